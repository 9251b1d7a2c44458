"""Loading a file into the line's own tables, in small transactions, so that calls go on beside it.

Reference data is replaced by what a file names; facts are never touched. Of an account either all lines are taken or
none: a file is read once to know which accounts are whole, and once more to load those.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ivr.billing.files.cells import BadLine, Cells
from ivr.billing.files.into_accounts import AccountsIn
from ivr.billing.files.into_facts import RequestsIn
from ivr.billing.files.into_money import DebtsIn
from ivr.billing.files.into_whole import replace_whole
from ivr.billing.files.lines import (
    account_line,
    debt_line,
    outage_line,
    request_line,
    territory_line,
    window_line,
)
from ivr.billing.files.lot import Lot, LotOf
from ivr.billing.files.sheets import Reject, Row, Sheet
from ivr.store import Store

BATCH = 500
_READ: dict[str, Callable[[Cells], Any]] = {
    "accounts": account_line,
    "debts": debt_line,
    "requests": request_line,
    "windows": window_line,
    "outages": outage_line,
    "territories": territory_line,
}
_INTO: dict[str, type[LotOf]] = {"accounts": AccountsIn, "debts": DebtsIn, "requests": RequestsIn}


@dataclass
class Loaded:
    """What a load did."""

    what: str
    taken: int = 0
    rejected: int = 0


@dataclass
class _Faults:
    """What is wrong in one sheet, told once each."""

    tell: Reject
    count: int = 0
    accounts: dict[str, str] = field(default_factory=dict)
    """Accounts that are not taken, and where the first bad line of each stands."""

    def reject(self, where: str, why: str) -> None:
        self.count += 1
        self.tell(where, why)


async def load(
    store: Store,
    supplier: str,
    sheet: Sheet,
    *,
    now: datetime,
    reject: Reject,
    relative: bool = False,
    progress: Callable[[int], None] = lambda lines: None,
) -> Loaded:
    """Take every good line of a sheet. Raises `StoreError` where the database fails: then load the file again."""
    done = Loaded(sheet.layout.what)
    faults = _Faults(reject)

    def read(row: Row) -> Any:
        if row.fault:
            raise BadLine("", row.fault)
        return _READ[done.what](Cells(row.cells, now, relative=relative))

    if done.what in _INTO:
        await _by_account(store, supplier, sheet, read, done, faults, progress)
    else:
        await _as_a_whole(store, supplier, sheet, read, done, faults)
    done.rejected = faults.count
    return done


async def _by_account(
    store: Store,
    supplier: str,
    sheet: Sheet,
    read: Callable[[Row], Any],
    done: Loaded,
    faults: _Faults,
    progress: Callable[[int], None],
) -> None:
    into = _INTO[done.what](store, supplier, sheet.layout)
    for row in sheet.rows():
        try:
            into.see(read(row))
        except BadLine as error:
            faults.reject(row.where, str(error))
            _blame(row, faults)
    lot: Lot = []
    for number, (row, line) in enumerate(_whole_accounts(sheet, read, faults), 1):
        lot.append((row.where, line))
        if len(lot) >= BATCH:
            done.taken += await into.put(lot, faults.reject)
            lot = []
            progress(number)
    if lot:
        done.taken += await into.put(lot, faults.reject)


def _whole_accounts(sheet: Sheet, read: Callable[[Row], Any], faults: _Faults) -> Iterator[tuple[Row, Any]]:
    for row in sheet.rows():
        try:
            line = read(row)
        except BadLine:
            continue
        blamed = faults.accounts.get(line.account)
        if blamed is None:
            yield row, line
        elif blamed != row.where:
            faults.reject(row.where, f"account {line.account} is not taken: its line {blamed} is bad")


def _blame(row: Row, faults: _Faults) -> None:
    """The other lines of this account are not taken either, if it can be told at all."""
    account = "".join(row.cells.get("account", "").split()).replace("-", "")
    if account:
        faults.accounts.setdefault(account, row.where)


async def _as_a_whole(
    store: Store, supplier: str, sheet: Sheet, read: Callable[[Row], Any], done: Loaded, faults: _Faults
) -> None:
    """Windows, outages, territories: the file is the complete list, so it is taken whole or not at all."""
    lines: list[Any] = []
    seen: dict[object, str] = {}
    for row in sheet.rows():
        try:
            line = read(row)
        except BadLine as error:
            faults.reject(row.where, str(error))
            continue
        key = _key(done.what, line)
        if key in seen:
            faults.reject(row.where, f"says the same as line {seen[key]} already does")
        seen.setdefault(key, row.where)
        lines.append(line)
    if faults.count:
        left = f"; {len(lines)} good lines wait for the bad ones" if lines else ""
        faults.tell(sheet.name, f"nothing was taken: {done.what} are replaced as a whole{left}")
        return
    await replace_whole(store, supplier, done.what, lines)
    done.taken = len(lines)


def _key(what: str, line: Any) -> Sequence[object]:
    match what:
        case "windows":
            return line.territory, line.house, line.principal, line.resource
        case "outages":
            return (line.number,)
    return (line.name,)

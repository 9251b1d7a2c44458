"""Loading accounts into the line's own tables and giving out the readings that were taken.

A load adds and replaces what its file names and leaves everything else alone; it goes in small transactions, so that
calls go on beside it. A bad line costs only itself.
"""

from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import date, datetime, tzinfo
from pathlib import Path
from typing import Any

from sqlalchemy import bindparam, delete, select
from sqlalchemy.exc import DBAPIError

from ivr.billing.account_lines import AccountLine, BadHeader, BadLine, Layout
from ivr.billing.addresses import serial_key, written
from ivr.billing.desk import MOSCOW
from ivr.billing.tables import accounts, last_readings, meters, phones, readings, zones
from ivr.clock import Clock
from ivr.settings import Settings
from ivr.store import Store, StoreError
from ivr.store.engine import reason

BATCH = 500


@dataclass
class Loaded:
    """What a load did."""

    lines: int = 0
    taken: int = 0
    rejected: int = 0


Reject = Callable[[int, str], None]
"""Told the number of a line and why it was not taken."""


def lines_of(file: Iterable[bytes], encoding: str, reject: Reject) -> Iterable[tuple[int, str]]:
    """The file's lines with their numbers; one that is not in this encoding is rejected."""
    for number, line in enumerate(file, 1):
        try:
            yield number, line.decode("utf-8-sig" if number == 1 and encoding == "utf-8" else encoding)
        except UnicodeDecodeError:
            reject(number, f"not in {encoding}; a file from Windows may want --encoding cp1251")


async def load_accounts(
    store: Store,
    supplier: str,
    file: Iterable[bytes],
    *,
    today: date,
    reject: Reject,
    encoding: str = "utf-8",
    relative_dates: bool = False,
) -> Loaded:
    """Take every good line of a CSV file. Raises `BadHeader` before anything is taken, `StoreError` in between."""
    done = Loaded()

    def refuse(number: int, why: str) -> None:
        done.rejected += 1
        reject(number, why)

    lines = iter(lines_of(file, encoding, refuse))
    first = next(lines, None)
    if first is None or first[0] != 1:
        raise BadHeader("the first line must name the columns; the file is empty or not text")
    try:
        layout = Layout.of(first[1])
    except BadLine as error:
        raise BadHeader(str(error)) from error
    load = _Load(store, supplier)
    for number, line in lines:
        if not line.strip():
            continue
        done.lines = number - 1
        try:
            one = layout.read(line, today, relative_dates=relative_dates)
            load.add(one, number)
        except BadLine as error:
            refuse(number, str(error))
            continue
        done.taken += 1
        if load.full:
            await load.flush()
    await load.flush()
    return done


class _Load:
    """One file on its way into the tables."""

    def __init__(self, store: Store, supplier: str) -> None:
        self._store = store
        self._supplier = supplier
        self._batch: list[AccountLine] = []
        # Hashes, not the numbers themselves: a file may have a million.
        self._meters: set[int] = set()
        self._accounts: set[int] = set()

    @property
    def full(self) -> bool:
        return len(self._batch) >= BATCH

    def add(self, line: AccountLine, number: int) -> None:
        if line.meter is not None:
            key = hash((line.account, line.meter.serial))
            if key in self._meters:
                raise BadLine(
                    f"meter {line.meter.serial!r} of account {line.account} stands in an earlier line already"
                )
            self._meters.add(key)
        self._batch.append(line)

    async def flush(self) -> None:
        if not self._batch:
            return
        batch, self._batch = self._batch, []
        try:
            await self._write(batch)
        except (DBAPIError, OSError, TimeoutError) as error:
            raise StoreError(f"the accounts were loaded in part: {reason(error)}. Load the file again") from error

    async def _write(self, batch: list[AccountLine]) -> None:
        own = {"supplier": self._supplier}
        people = {line.account: line for line in batch}
        metered = [(line.account, line.meter) for line in batch if line.meter is not None]
        new_here = [{"supplier_": self._supplier, "account_": each} for each in people if self._first(each)]
        meter_rows = [
            {
                **own,
                "account": account,
                "serial": meter.serial,
                "serial_key": serial_key(meter.serial),
                "resource": meter.resource,
                "digits": meter.digits,
                "fraction": meter.fraction,
                "max_kw": meter.max_kw,
            }
            for account, meter in metered
        ]
        zone_rows = [
            {**own, "account": account, "serial": meter.serial, "zone": zone.zone, "place": place, "daily": zone.daily}
            for account, meter in metered
            for place, zone in enumerate(meter.zones)
        ]
        last_rows = [
            {
                **own,
                "account": account,
                "serial": meter.serial,
                "zone": zone.zone,
                "value": zone.previous,
                "taken_on": meter.taken_on,
            }
            for account, meter in metered
            for zone in meter.zones
            if zone.previous is not None
        ]
        phone_rows = {(phone, line.account): {**own, "phone": phone, "account": line.account}
                      for line in batch for phone in line.phones}  # fmt: skip
        account_rows = [
            {
                **own,
                "number": each.account,
                "address": each.address,
                "territory": each.territory,
                **asdict(written(each.address)),
            }
            for each in people.values()
        ]
        of_account = delete(phones).where(
            phones.c.supplier == bindparam("supplier_"), phones.c.account == bindparam("account_")
        )
        of_meter = delete(zones).where(
            zones.c.supplier == bindparam("supplier_"),
            zones.c.account == bindparam("account_"),
            zones.c.serial == bindparam("serial_"),
        )
        gone = [
            {"supplier_": self._supplier, "account_": row["account"], "serial_": row["serial"]} for row in meter_rows
        ]
        async with self._store.writing() as connection:
            await connection.execute(self._upsert(accounts, account_rows), account_rows)
            if new_here:
                await connection.execute(of_account, new_here)
            if phone_rows:
                await connection.execute(self._store.insert(phones).on_conflict_do_nothing(), list(phone_rows.values()))
            if meter_rows:
                await connection.execute(self._upsert(meters, meter_rows), meter_rows)
                await connection.execute(of_meter, gone)
                await connection.execute(self._upsert(zones, zone_rows), zone_rows)
            if last_rows:
                await connection.execute(self._upsert(last_readings, last_rows), last_rows)

    def _first(self, account: str) -> bool:
        """Whether this file names the account for the first time: then its telephones are replaced."""
        key = hash(account)
        if key in self._accounts:
            return False
        self._accounts.add(key)
        return True

    def _upsert(self, table: Any, rows: list[dict[str, Any]]) -> Any:
        statement = self._store.insert(table)
        keys = [column.name for column in table.primary_key]
        given = {column for row in rows for column in row}
        rest = {name: statement.excluded[name] for name in sorted(given) if name not in keys}
        return statement.on_conflict_do_update(index_elements=keys, set_=rest)


async def load_demo(store: Store, settings: Settings, clock: Clock) -> Loaded | None:
    """Give an embedded line, at its first start, the invented accounts of its dialplan; None when it wants none."""
    path = settings.dialplans / settings.supplier / "demo-accounts.csv"
    if settings.database is not None or not path.is_file():
        return None
    async with store.reading() as connection:
        query = select(accounts.c.number).where(accounts.c.supplier == settings.supplier).limit(1)
        if (await connection.execute(query)).first() is not None:
            return None
    return await load_accounts(
        store,
        settings.supplier,
        path.read_bytes().splitlines(keepends=True),
        today=clock.now().astimezone(MOSCOW).date(),
        reject=_no_bad_demo(path),
        relative_dates=True,
    )


def _no_bad_demo(path: Path) -> Reject:
    def reject(number: int, why: str) -> None:
        raise StoreError(f"{path}:{number}: {why}")

    return reject


async def taken_readings(
    store: Store, supplier: str, since: datetime | None, until: datetime | None, zone: tzinfo
) -> AsyncIterator[dict[str, object]]:
    """The readings taken in [since, until), oldest first, as they go to billing."""
    query = select(readings).where(readings.c.supplier == supplier).order_by(readings.c.at, readings.c.key)
    if since is not None:
        query = query.where(readings.c.at >= since)
    if until is not None:
        query = query.where(readings.c.at < until)
    async with store.reading() as connection:
        async for batch in (await connection.stream(query)).partitions(1000):
            for row in batch:
                yield {
                    "key": str(row.key),
                    "account": row.account,
                    "serial": row.serial,
                    "zone": row.zone,
                    "value": row.value,
                    "taken_at": row.at.astimezone(zone).isoformat(timespec="seconds"),
                    "flagged": row.flagged,
                    "source": row.source,
                    "call": str(row.call) if row.call else "",
                }

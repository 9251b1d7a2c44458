"""The demo accounts of a folder, taken out of a real database of one moment into the memory of rehearsals.

They are loaded by the same code as those of an embedded line, so a scenario finds what a caller would find.
"""

import asyncio
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select

from bots.desk import Account
from ivr.billing import TableDesk
from ivr.billing.files.load import load
from ivr.billing.files.sheets import Sheet, sheets
from ivr.billing.tables import accounts, phones
from ivr.clock import VirtualClock
from ivr.flow.scenarios.scenario_parts import Known
from ivr.settings import Settings
from ivr.store import Store, StoreError, open_store

SUPPLIER = "demo"
LONG_AGO = timedelta(days=400)


async def demo_accounts(folder: Path, at: datetime) -> tuple[Known, ...]:
    """All accounts of `folder`'s demo files as they would be at the moment `at`; none where it has no such files."""
    found = await asyncio.to_thread(_sheets, folder)
    if not found:
        return ()
    clock = VirtualClock(at)
    with tempfile.TemporaryDirectory(prefix="gudok-demo-") as data:
        async with await open_store(Settings(data=Path(data), database=None)) as store:
            for sheet in found:
                await load(store, SUPPLIER, sheet, now=at, reject=_bad, relative=True)
            return await _taken_out(store, TableDesk(store, SUPPLIER, clock=clock), clock)


def _sheets(folder: Path) -> list[Sheet]:
    """Accounts first: the others speak of them."""
    found = [sheet for path in sorted(folder.glob("demo-*.csv")) for sheet in sheets(path)]
    return sorted(found, key=lambda sheet: sheet.layout.what != "accounts")


def _bad(where: str, why: str) -> None:
    raise StoreError(f"{where}: {why}")


async def _taken_out(store: Store, desk: TableDesk, clock: VirtualClock) -> tuple[Known, ...]:
    async with store.reading() as connection:
        rows = (await connection.execute(select(accounts.c.number, accounts.c.last_payment))).all()
        linked = (await connection.execute(select(phones.c.account, phones.c.phone))).all()
    since = clock.now() - LONG_AGO
    found = []
    for row in rows:
        account = await desk.account(row.number) or Account(row.number, "")
        found.append(
            Known(
                account,
                phones=tuple(each.phone for each in linked if each.account == row.number),
                meters=tuple(await desk.meters(row.number)),
                debts=tuple(await desk.debt(row.number)),
                outages=tuple(await desk.outages(row.number)),
                requests=tuple(await desk.requests(row.number)),
                taken=tuple(await desk.taken(row.number, since)),
                drafts=tuple(await desk.drafts(row.number, since)),
                last_payment=row.last_payment,
            )
        )
    return tuple(found)

"""The invented accounts an embedded line is tried with: the `demo-*.csv` of its dialplan, loaded at its first start."""

from sqlalchemy import select

from ivr.billing.files.load import Loaded, load
from ivr.billing.files.sheets import Reject, sheets
from ivr.billing.tables import accounts
from ivr.clock import Clock
from ivr.settings import Settings
from ivr.store import Store, StoreError


async def load_demo(store: Store, settings: Settings, clock: Clock) -> Loaded | None:
    """What was loaded of accounts; None where the line wants none: it has accounts, or a real database."""
    folder = settings.dialplans / settings.supplier
    found = [sheet for path in sorted(folder.glob("demo-*.csv")) for sheet in sheets(path)]
    if settings.database is not None or not found:
        return None
    async with store.reading() as connection:
        query = select(accounts.c.number).where(accounts.c.supplier == settings.supplier).limit(1)
        if (await connection.execute(query)).first() is not None:
            return None
    done = None
    for sheet in sorted(found, key=lambda sheet: sheet.layout.what != "accounts"):
        loaded = await load(store, settings.supplier, sheet, now=clock.now(), reject=_no_bad_demo(), relative=True)
        done = done or loaded
    return done


def _no_bad_demo() -> Reject:
    def reject(where: str, why: str) -> None:
        raise StoreError(f"{where}: {why}")

    return reject

"""`gudok db retain` and `gudok db forget`: what is over its time, and somebody who wants to be forgotten."""

import asyncio
import getpass
from typing import TYPE_CHECKING, Annotated

import typer
from sqlalchemy.exc import DBAPIError

from ivr.cli.db import db
from ivr.cli.options import Data, fail, settings

if TYPE_CHECKING:
    from ivr.recordings.index import Index
    from ivr.settings import Settings
    from ivr.store import Store

Supplier = Annotated[str | None, typer.Option(help="Whose; the line's supplier if not given.", show_default=False)]


def register(app: typer.Typer) -> None:
    """The commands stand below `gudok db`, which is registered already."""


@db.command()
def retain(
    data: Data = None,
    supplier: Supplier = None,
    dry: Annotated[bool, typer.Option("--dry-run", help="Only say what has come of age.")] = False,
) -> None:
    """Delete what is over its time and put pseudonyms where only counts are kept. The running service does it nightly.

    How long each kind is kept stands in line.yaml (`retention:`). Prints a line a kind: how many.

    Example: gudok db retain --dry-run
    """
    from ivr.clock import SystemClock
    from ivr.flow.supplier.supplier_settings import read_settings
    from ivr.retention.retain import Done, Retention
    from ivr.store import StoreError, open_store
    from ivr.store.engine import reason

    chosen = settings(data)
    whose = supplier or chosen.supplier
    told, _ = read_settings(chosen.dialplans / whose)
    if told is None:
        fail(f"{chosen.dialplans / whose}: there is no line.yaml that says how long things are kept")

    async def run() -> Done:
        async with await open_store(chosen, create=False) as store:
            key = chosen.places.secret("pseudonyms")
            retention = Retention(store, _index(store, chosen), key, SystemClock())
            return await retention.run(whose, told.retention, dry=dry)

    try:
        done = asyncio.run(run())
    except StoreError as error:
        fail(str(error))
    except DBAPIError as error:
        fail(f"the database: {reason(error)}")
    for what, count in done.counts.items():
        typer.echo(f"{what}\t{count}")


@db.command()
def forget(
    who: Annotated[str, typer.Argument(help="A telephone in any spelling, or an account.")],
    why: Annotated[str, typer.Option("--why", help="On whose wish; it is written down.")],
    data: Data = None,
    supplier: Supplier = None,
    by: Annotated[str | None, typer.Option("--as", help="Who does it; the user of the system.")] = None,
) -> None:
    """Forget a customer: recordings, words and messages are deleted, calls stay counted under a pseudonym.

    Exit 1 if something has to stay: a recording held for a court, a message still on its way, the supplier's own data.

    Example: gudok db forget "8 913 000-00-01" --why "заявление № 12"
    """
    from ivr.billing.phones import normal_phone
    from ivr.clock import SystemClock
    from ivr.retention.forget import Forgotten
    from ivr.retention.forget import forget as forgotten
    from ivr.retention.pseudonym import Pseudonyms
    from ivr.store import StoreError, open_store
    from ivr.store.engine import reason
    from ivr.turns.shelf import Shelf

    chosen = settings(data)
    whose = supplier or chosen.supplier
    if normal_phone(who) is None and not who.isdecimal():
        fail(f"{who}: neither a telephone nor an account", code=2)

    async def run() -> Forgotten:
        async with await open_store(chosen, create=False) as store:
            names = Pseudonyms(chosen.places.secret("pseudonyms"), whose)
            user = by or getpass.getuser()
            done = await forgotten(
                store, _index(store, chosen), names, whose, who, by=user, why=why, now=SystemClock().now()
            )
            shelf = Shelf(store, chosen.places.turns)
            for call in done.calls:
                await shelf.delete_call(whose, call)
            return done

    try:
        done = asyncio.run(run())
    except StoreError as error:
        fail(str(error))
    except DBAPIError as error:
        fail(f"the database: {reason(error)}")
    typer.echo(f"{len(done.calls)} calls, {done.recordings} recordings", err=True)
    stays = [
        f"{done.held} recordings are held for a court" if done.held else "",
        f"{done.waiting} messages are still on their way to another system" if done.waiting else "",
        "billing's own data name them: take them out there and import again" if done.in_billing else "",
    ]
    if any(stays):
        fail("; ".join(filter(None, stays)))


def _index(store: "Store", chosen: "Settings") -> "Index":
    from ivr.clock import SystemClock
    from ivr.recordings.index import Index

    return Index(store, chosen.places.recordings, SystemClock())

"""`gudok turns`: what a supplier keeps of answers, for learning. Whoever takes it out is written down."""

import asyncio
import json
import shutil
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from ivr.cli.options import Data, fail, settings
from ivr.cli.period import Moment, ZoneName, moment, zone_named
from ivr.cli.published import whoever

if TYPE_CHECKING:
    from datetime import datetime

    from ivr.settings import Settings
    from ivr.store import Store
    from ivr.turns.shelf import KeptTurn, Shelf

turns = typer.Typer(no_args_is_help=True, help="Recorded answers for learning: export them, forget them.")

Who = Annotated[str | None, typer.Option("--as", help="Who does it; the user of the system.", show_default=False)]
Why = Annotated[str, typer.Option("--why", help="Why, in words that will be read later.", show_default=False)]
SupplierName = Annotated[
    str | None, typer.Option("--supplier", help="Whose; the settings' one if not given.", show_default=False)
]


class Settled(StrEnum):
    confirmed = "confirmed"
    corrected = "corrected"
    denied = "denied"
    unknown = "unknown"


def register(app: typer.Typer) -> None:
    app.add_typer(turns, name="turns")


@turns.command()
def export(
    to_folder: Annotated[Path, typer.Option("-o", help="A folder that is not there yet, or is empty.")],
    since: Annotated[Moment, typer.Option("--from", help="A day or an instant.", show_default=False)] = None,
    until: Annotated[Moment, typer.Option("--to", help="Up to this, without it.", show_default=False)] = None,
    outcome: Annotated[list[Settled] | None, typer.Option(help="Only such; may be given again.")] = None,
    zone: ZoneName = "Europe/Moscow",
    supplier: SupplierName = None,
    who: Who = None,
    why: Why = "",
    data: Data = None,
) -> None:
    """Write answers and their sound into a folder that `gudok models test` reads.

    In turns.jsonl a line is a request of `gudok understand` with what was heard, and "truth" where a read-back settled
    it; write the caller's words into "said" to have words counted as well.

    Example: gudok turns export --from 2026-03-01 --to 2026-04-01 -o march
    """
    if to_folder.exists() and (not to_folder.is_dir() or any(to_folder.iterdir())):
        fail(f"{to_folder} is there already and not empty", code=2)
    chosen, where = settings(data), zone_named(zone)
    period = moment(since, where), moment(until, where)
    outcomes = [one.value for one in outcome or ()]
    noted = _Noted(supplier or chosen.supplier, who or whoever(), why, f"{since or '…'} – {until or '…'}")
    count, lacking = asyncio.run(_export(chosen, noted, period, outcomes, to_folder))
    if not count:
        fail("no such answers are kept; docs/speech.md says how to keep them")
    typer.echo(to_folder / "turns.jsonl")
    typer.echo(f"{count} answers" + (f"; the sound of {lacking} is missing" if lacking else ""), err=True)


@dataclass(frozen=True, slots=True)
class _Noted:
    """Who does what to whose turns, for the log of accesses."""

    supplier: str
    who: str
    why: str
    subject: str

    async def write(self, store: "Store", folder: Path, what: str) -> None:
        from ivr.clock import SystemClock
        from ivr.recordings.index import Index

        await Index(store, folder, SystemClock()).looked_at(self.supplier, self.who, what, self.subject, self.why)


async def _export(
    chosen: "Settings",
    noted: _Noted,
    period: "tuple[datetime | None, datetime | None]",
    outcomes: list[str],
    into: Path,
) -> tuple[int, int]:
    from ivr.store import StoreError, open_store
    from ivr.turns.shelf import Shelf

    count = lacking = 0
    try:
        async with await open_store(chosen, create=False) as store:
            shelf = Shelf(store, chosen.places.turns)
            await noted.write(store, chosen.places.recordings, "turns.export")
            await asyncio.to_thread((into / "audio").mkdir, parents=True)
            with (into / "turns.jsonl").open("x", encoding="utf-8") as file:
                async for kept in shelf.between(noted.supplier, *period, outcomes):
                    name = f"audio/{kept.id}.wav"
                    if not await asyncio.to_thread(_copy, shelf, kept, into / name):
                        lacking += 1
                        continue
                    told = {"id": str(kept.id), "at": kept.at.isoformat(), "audio": name, **kept.data}
                    file.write(json.dumps(told, ensure_ascii=False) + "\n")
                    count += 1
    except StoreError as error:
        fail(str(error))
    except OSError as error:
        fail(f"{into}: {error.strerror}")
    return count, lacking


def _copy(shelf: "Shelf", kept: "KeptTurn", target: Path) -> bool:
    try:
        shutil.copyfile(shelf.folder / kept.file, target)
    except FileNotFoundError:
        return False
    return True


@turns.command()
def forget(
    before: Annotated[Moment, typer.Option(help="Everything before this day or instant.", show_default=False)] = None,
    call: Annotated[UUID | None, typer.Option(help="Everything of this call.", show_default=False)] = None,
    zone: ZoneName = "Europe/Moscow",
    supplier: SupplierName = None,
    who: Who = None,
    why: Why = "",
    data: Data = None,
) -> None:
    """Delete answers and their sound: of a time, or of a call whose caller wishes it.

    Example: gudok turns forget --call 0192f0c4-7b7e-7b39-8f2e-3f6a4c1d2e5f
    """
    if (before is None) == (call is None):
        fail("say --before or --call", code=2)
    chosen = settings(data)
    noted = _Noted(supplier or chosen.supplier, who or whoever(), why, str(call or f"… – {before}"))
    gone = asyncio.run(_forget(chosen, noted, moment(before, zone_named(zone)), call))
    typer.echo(f"{gone} answers are forgotten", err=True)


async def _forget(chosen: "Settings", noted: _Noted, before: "datetime | None", call: UUID | None) -> int:
    from ivr.store import StoreError, open_store
    from ivr.turns.shelf import Shelf

    try:
        async with await open_store(chosen, create=False) as store:
            shelf = Shelf(store, chosen.places.turns)
            await noted.write(store, chosen.places.recordings, "turns.forget")
            if call is not None:
                return await shelf.delete_call(noted.supplier, call)
            assert before is not None
            return await shelf.delete_before(noted.supplier, before)
    except StoreError as error:
        fail(str(error))

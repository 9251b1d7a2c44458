"""`gudok recordings`: finding them, writing one out, keeping one for a court. Whoever looks is written down first."""

import asyncio
import getpass
import shutil
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar
from uuid import UUID

import typer

from ivr.cli.options import Data, fail, settings
from ivr.cli.period import Moment, ZoneName, moment, zone_named

if TYPE_CHECKING:
    from ivr.recordings.index import Index, Recording

recordings = typer.Typer(no_args_is_help=True, help="Recordings of talks: find, export, hold.")

Supplier = Annotated[str | None, typer.Option(help="Whose; the line's supplier if not given.", show_default=False)]
Who = Annotated[str | None, typer.Option("--as", help="Who looks; the user of the system.", show_default=False)]
Why = Annotated[str, typer.Option("--why", help="Why, in words that will be read later.")]
Call = Annotated[str, typer.Argument(help="The call's id, from `gudok report calls`.")]
KINDS = {"talk": "разговор", "debt": "разговор о долге", "bot": "диалог с роботом", "voicemail": "сообщение"}
Found = TypeVar("Found")


def register(app: typer.Typer) -> None:
    app.add_typer(recordings, name="recordings")


@recordings.command("list")
def show(
    data: Data = None,
    call: Annotated[str | None, typer.Option(help="Only those of this call.", show_default=False)] = None,
    since: Annotated[Moment, typer.Option("--from", help="First day or instant.")] = None,
    until: Annotated[Moment, typer.Option("--to", help="Day or instant that is no longer taken.")] = None,
    zone: ZoneName = "Europe/Moscow",
    most: Annotated[int, typer.Option(min=1, max=100_000, help="So many at most, the newest.")] = 200,
    supplier: Supplier = None,
    who: Who = None,
) -> None:
    """List recordings, the newest first.

    Example: gudok recordings list --from 2026-03-01
    """
    place = zone_named(zone)
    wanted = _uuid(call) if call is not None else None

    async def ask(index: "Index", whose: str) -> "Sequence[Recording]":
        subject = str(wanted) if wanted else f"{since or '…'} – {until or '…'}"
        await index.looked_at(whose, who or getpass.getuser(), "recordings.list", subject)
        if wanted is not None:
            return await index.of_call(whose, wanted)
        return await index.latest(whose, moment(since, place), moment(until, place), most)

    found = _with_index(data, supplier, ask)
    if not found:
        typer.echo("there are none", err=True)
    for one in found:
        began = one.started.astimezone(place).strftime("%d.%m.%Y %H:%M:%S")
        marks = " ".join(filter(None, ("удержана" if one.legal_hold else "", "удалена" if one.deleted_at else "")))
        fields = (str(one.call or one.uniqueid), began, f"{one.seconds:.0f} с", KINDS[one.kind], one.part, marks)
        typer.echo("\t".join(fields).rstrip())


@recordings.command()
def export(
    call: Call,
    output: Annotated[Path, typer.Option("-o", "--output", help="The file to write; -2, -3… for further parts.")],
    why: Why,
    data: Data = None,
    supplier: Supplier = None,
    who: Who = None,
) -> None:
    """Write the recordings of a call out, each checked against its SHA-256. Prints the files' names.

    Example: gudok recordings export 019ab3c4-5d6e-7f80-9123-456789abcdef -o talk.wav --why "жалоба 17"
    """
    wanted = _uuid(call)

    async def ask(index: "Index", whose: str) -> list[Path]:
        await index.looked_at(whose, who or getpass.getuser(), "recordings.export", str(wanted), why)
        kept = [one for one in await index.of_call(whose, wanted) if one.deleted_at is None]
        if not kept:
            fail(f"nothing is kept of call {wanted}")
        return [_copied(index, one, _numbered(output, at)) for at, one in enumerate(kept, start=1)]

    for path in _with_index(data, supplier, ask):
        typer.echo(str(path))


@recordings.command()
def hold(call: Call, why: Why, data: Data = None, supplier: Supplier = None, who: Who = None) -> None:
    """Keep what is recorded of a call beyond its time, until it is released.

    Example: gudok recordings hold 019ab3c4-5d6e-7f80-9123-456789abcdef --why "запрос суда"
    """
    _hold(call, why, data, supplier, who, held=True)


@recordings.command()
def release(call: Call, why: Why, data: Data = None, supplier: Supplier = None, who: Who = None) -> None:
    """Let what is recorded of a call be deleted in its time again.

    Example: gudok recordings release 019ab3c4-5d6e-7f80-9123-456789abcdef --why "дело закрыто"
    """
    _hold(call, why, data, supplier, who, held=False)


@recordings.command()
def accesses(
    data: Data = None,
    since: Annotated[Moment, typer.Option("--from", help="First day or instant.")] = None,
    zone: ZoneName = "Europe/Moscow",
    supplier: Supplier = None,
) -> None:
    """Who looked at recordings and other personal data, when and why; the newest first.

    Example: gudok recordings accesses --from 2026-03-01
    """
    place = zone_named(zone)
    begin = moment(since, place)
    for one in _with_index(data, supplier, lambda index, whose: index.deeds(whose, begin)):
        at: datetime = one.at.astimezone(place)
        typer.echo(f"{at:%d.%m.%Y %H:%M:%S}\t{one.who}\t{one.action}\t{one.subject}\t{one.why}".rstrip())


def _hold(call: str, why: str, data: Path | None, supplier: str | None, who: str | None, *, held: bool) -> None:
    wanted = _uuid(call)
    name = who or getpass.getuser()
    changed = _with_index(data, supplier, lambda index, whose: index.hold(whose, wanted, held, who=name, why=why))
    if not changed:
        fail(f"nothing of call {wanted} is {'to be held' if held else 'held'}")
    typer.echo(f"{changed} {'held' if held else 'released'}", err=True)


def _copied(index: "Index", one: "Recording", target: Path) -> Path:
    from ivr.recordings.finish import digest_of

    try:
        source = index.path(one)
        if digest_of(source) != one.sha256:
            fail(f"{source} is not what was recorded: its SHA-256 differs from the index; take it from a backup")
        shutil.copyfile(source, target)
    except OSError as error:
        fail(f"{error.filename}: {error.strerror}")
    target.chmod(0o600)
    return target


def _numbered(path: Path, at: int) -> Path:
    return path if at == 1 else path.with_name(f"{path.stem}-{at}{path.suffix}")


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        fail(f"{text}: not a call's id; `gudok report calls` shows them", code=2)


def _with_index(data: Path | None, supplier: str | None, ask: "Callable[[Index, str], Awaitable[Found]]") -> Found:
    from ivr.clock import SystemClock
    from ivr.recordings.index import Index
    from ivr.store import StoreError, open_store

    chosen = settings(data)

    async def run() -> Found:
        async with await open_store(chosen, create=False) as store:
            return await ask(Index(store, chosen.places.recordings, SystemClock()), supplier or chosen.supplier)

    try:
        return asyncio.run(run())
    except StoreError as error:
        fail(str(error))

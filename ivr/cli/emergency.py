"""`gudok emergency`: put an announcement on the air in one command, take it off, see who heard it."""

import asyncio
import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast
from uuid import UUID

import typer

from ivr.cli.options import Data, fail, settings
from ivr.cli.published import whoever

if TYPE_CHECKING:
    from ivr.flow.alarms.emergencies import Emergency
    from ivr.flow.alarms.emergencies_store import Heard, Kept
    from ivr.flow.supplier.supplier_settings import SupplierSettings
    from ivr.settings import Settings

emergency = typer.Typer(
    no_args_is_help=True, help="Emergency announcements: on the air within a minute, off by themselves."
)

SupplierName = Annotated[
    str | None, typer.Option("--supplier", help="Whose line; the settings' one if not given.", show_default=False)
]
Who = Annotated[
    str | None, typer.Option("--as", help="Who does it; the system's user if not given.", show_default=False)
]
Why = Annotated[str, typer.Option("--why", help="The reason; it is kept.")]
_SPAN = re.compile(r"(?P<number>[0-9]{1,4})\s*(?P<unit>m|h|d|м|ч|д)")
_CLOCK = re.compile(r"(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})")
_UNITS = {"m": "minutes", "м": "minutes", "h": "hours", "ч": "hours", "d": "days", "д": "days"}


class Then(StrEnum):
    go_on = "continue"
    hang_up = "hang_up"
    callback = "callback"


class As(StrEnum):
    table = "table"
    json = "json"


def register(app: typer.Typer) -> None:
    app.add_typer(emergency, name="emergency")


@emergency.command()
def on(
    text: Annotated[str, typer.Argument(help="What callers hear; {restored} says when it will be mended.")],
    until: Annotated[str, typer.Option(help="When it ends: 2h, 20:00, or 2026-03-04T20:00.")],
    since: Annotated[str | None, typer.Option("--from", help="When it begins; at once if not given.")] = None,
    restored: Annotated[str | None, typer.Option(help="When it will be mended, said in place of {restored}.")] = None,
    territory: Annotated[list[str] | None, typer.Option(help="Only this territory; may be given again.")] = None,
    street: Annotated[list[str] | None, typer.Option(help="Only this street; may be given again.")] = None,
    queue: Annotated[str, typer.Option(help="Only callers on the way to these operators.")] = "",
    after: Annotated[Then, typer.Option(help="What follows it.")] = Then.go_on,
    to_unknown: Annotated[
        bool | None,
        typer.Option("--to-unknown/--only-known", help="Whether callers hear it of whom the place is not known."),
    ] = None,
    name: Annotated[str, typer.Option(help="What to take it off by; a number if not given.")] = "",
    why: Why = "",
    who: Who = None,
    supplier: SupplierName = None,
    data: Data = None,
) -> None:
    """Put an announcement on the air. Its name is printed; the running line says it within seconds.

    Example: gudok emergency on "В Бийске авария на подстанции. Свет дадут {restored}." --until 4h --restored 22:00
    --territory Бийск --after callback
    """
    from ivr.flow.alarms.emergencies import Emergency
    from ivr.flow.alarms.emergencies_store import NameTaken, put_on
    from ivr.store import StoreError, open_store

    chosen, now = settings(data), datetime.now(UTC)
    own = _supplier(chosen, supplier)
    zone = own.zone
    expires = _moment("--until", until, now, zone)
    one = Emergency(
        name,
        " ".join(text.split()),
        expires,
        _moment("--from", since, now, zone) if since is not None else None,
        _moment("--restored", restored, now, zone) if restored is not None else None,
        tuple(dict.fromkeys(territory or ())),
        tuple(dict.fromkeys(street or ())),
        queue,
        after.value,
        to_unknown,
    )
    _check(one, own, now)

    async def run() -> "Kept":
        async with await open_store(chosen) as store:
            return await put_on(store, own.slug, one, who=who or whoever(), why=why, at=now)

    try:
        kept = asyncio.run(run())
    except NameTaken as error:
        fail(str(error))
    except StoreError as error:
        fail(str(error))
    typer.echo(kept.emergency.name)
    when = f"until {expires.astimezone(zone):%d.%m.%Y %H:%M}"
    typer.echo(f"on the air {when}: {kept.emergency.words(max(now, kept.emergency.starts or now), zone)}", err=True)


@emergency.command()
def off(
    names: Annotated[list[str] | None, typer.Argument(help="As `gudok emergency list` prints them.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All that were put on by command.")] = False,
    why: Why = "",
    who: Who = None,
    supplier: SupplierName = None,
    data: Data = None,
) -> None:
    """Take announcements off the air. One that stands in emergencies.yaml goes away with its lines there.

    Example: gudok emergency off 3 --why "починили раньше"
    """
    from ivr.flow.alarms.emergencies_store import lift
    from ivr.store import StoreError, open_store

    if bool(names) == everything:
        fail("name what to take off, or give --all; see `gudok emergency list`", code=2)
    chosen, now = settings(data), datetime.now(UTC)
    own = _supplier(chosen, supplier)

    async def run() -> "Sequence[Kept]":
        async with await open_store(chosen) as store:
            return await lift(store, own.slug, None if everything else names, who=who or whoever(), why=why, at=now)

    try:
        lifted = asyncio.run(run())
    except StoreError as error:
        fail(str(error))
    for kept in lifted:
        typer.echo(kept.emergency.name)
    missing = [each for each in names or () if each not in {kept.emergency.name for kept in lifted}]
    if missing:
        fail(f"not on the air by command: {', '.join(missing)}; see `gudok emergency list`")


@emergency.command("list")
def list_(
    everything: Annotated[bool, typer.Option("--all", help="Those of the past as well.")] = False,
    format: Annotated[As, typer.Option(help="For people, or for programs.")] = As.table,
    supplier: SupplierName = None,
    data: Data = None,
) -> None:
    """What is on the air, by command and by file, and how many heard it and hung up in it.

    Example: gudok emergency list --all --format json
    """
    from ivr.flow.alarms.emergencies_file import Known, read_emergencies
    from ivr.flow.alarms.emergencies_store import heard, history, in_force, of_file
    from ivr.store import StoreError, open_store

    chosen, now = settings(data), datetime.now(UTC)
    own = _supplier(chosen, supplier)
    known = Known(tuple(own.territories), own.queues)
    written, findings = read_emergencies(chosen.dialplans / own.slug, now=now, zone=own.zone, known=known)
    for finding in findings:
        typer.echo(str(finding), err=True)

    async def run() -> "tuple[Sequence[Kept], dict[UUID, Heard]]":
        async with await open_store(chosen) as store:
            by_command = await history(store, own.slug) if everything else await in_force(store, own.slug, now)
            by_file = [of_file(one, now) for one in written if everything or one.expires > now]
            found = [*by_command, *by_file]
            return found, await heard(store, own.slug, found)

    try:
        kept, counts = asyncio.run(run())
    except StoreError as error:
        fail(str(error))
    rows = [_row(one, counts[one.id], own.zone, now) for one in kept]
    if format is As.json:
        for row in rows:
            typer.echo(json.dumps(row, ensure_ascii=False))
    else:
        _print_table(rows)
    if any(finding.is_error for finding in findings):
        fail("emergencies.yaml is faulty: the running line keeps its last good version")


def _supplier(chosen: "Settings", slug: str | None) -> "SupplierSettings":
    from ivr.flow.supplier.supplier_settings import FILE, read_settings

    folder = chosen.dialplans / (slug or chosen.supplier)
    if not (folder / FILE).is_file():
        fail(f"there is no supplier {slug or chosen.supplier!r}: {folder / FILE} is missing", code=2)
    own, findings = read_settings(folder)
    if own is None:
        fail("\n".join(str(finding) for finding in findings))
    return own


def _check(one: "Emergency", own: "SupplierSettings", now: datetime) -> None:
    """Say everything that keeps it from going on the air, and leave; advice is only said."""
    from ivr.flow.alarms.emergencies import text_faults
    from ivr.flow.alarms.emergencies_file import term_faults
    from ivr.flow.finding import Finding, Place
    from ivr.flow.reading import Reader

    here = Place(Path("emergency"))
    found = text_faults(one.text, one.restored, here) + term_faults(one, now, here)
    if not one.text:
        found.append(Finding(here, "E104", "текст пуст"))
    if one.expires <= now:
        found.append(Finding(here, "E423", "срок уже прошёл"))
    known = {name.lower(): name for name in own.territories}
    for name in one.territories:
        if known and name.lower() not in known:
            hint = Reader.near(name, set(known.values()))
            found.append(Finding(here, "E427", f"нет такой территории: «{name}»", hint))
    if one.queue and one.queue not in own.queues:
        hint = Reader.near(one.queue, set(own.queues))
        found.append(Finding(here, "E112", f"нет такой очереди: «{one.queue}»", hint))
    for finding in found:
        hint = f" ({finding.hint})" if finding.hint else ""
        typer.echo(f"{finding.code} {finding.message}{hint}", err=True)
    if any(finding.is_error for finding in found):
        raise typer.Exit(1)


def _moment(option: str, text: str, now: datetime, zone: tzinfo) -> datetime:
    """«2h» from now, «20:00» the next time the clock shows it, or a day with its hour."""
    from ivr.flow.alarms.emergencies_file import as_moment

    span, clock = _SPAN.fullmatch(text.strip()), _CLOCK.fullmatch(text.strip())
    if span is not None:
        return now + timedelta(**{_UNITS[span["unit"]]: int(span["number"])})
    if clock is not None and int(clock["hour"]) < 24 and int(clock["minute"]) < 60:
        local = now.astimezone(zone)
        at = local.replace(hour=int(clock["hour"]), minute=int(clock["minute"]), second=0, microsecond=0)
        return at if at > local else at + timedelta(days=1)
    moment = as_moment(text.strip(), zone)
    if moment is None:
        fail(f"{option}: {text!r} is no moment; write 2h, 20:00 or 2026-03-04T20:00", code=2)
    return moment


def _row(kept: "Kept", heard: "Heard", zone: tzinfo, now: datetime) -> dict[str, object]:
    def at(moment: datetime | None) -> str | None:
        return moment.astimezone(zone).isoformat(timespec="minutes") if moment is not None else None

    one = kept.emergency
    return {
        "name": one.name,
        "by": "command" if one.place is None else "file",
        "on_air": one.active(now) and kept.lifted_at is None,
        "from": at(one.starts),
        "until": at(one.expires),
        "restored": at(one.restored),
        "territories": list(one.territories),
        "streets": list(one.streets),
        "queue": one.queue or None,
        "after": one.after,
        "text": one.text,
        "put_by": kept.put_by or None,
        "put_at": at(kept.put_at) if kept.put_by else None,
        "why": kept.why or None,
        "lifted_by": kept.lifted_by or None,
        "lifted_at": at(kept.lifted_at),
        "lifted_why": kept.lifted_why or None,
        "heard": heard.heard,
        "hung_up": heard.hung_up,
    }


def _print_table(rows: Sequence[dict[str, object]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    for title in ("Имя", "В эфире", "Кому", "До", "Кто", "Слышали", "Положили трубку", "Текст"):
        table.add_column(title, no_wrap=title != "Текст")
    for row in rows:
        scope = [*cast(list[str], row["streets"]), *cast(list[str], row["territories"])]
        if row["queue"]:
            scope.append(f"очередь {row['queue']}")
        table.add_row(
            str(row["name"]),
            "да" if row["on_air"] else "нет",
            ", ".join(scope) or "всем",
            str(row["until"])[:16].replace("T", " "),
            str(row["put_by"] or "файл"),
            str(row["heard"]),
            str(row["hung_up"]),
            str(row["text"]),
        )
    console = Console()
    if not console.is_terminal:
        console.width = 200
    console.print(table)

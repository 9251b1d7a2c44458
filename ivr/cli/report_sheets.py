"""The reports of `gudok report` that are one sheet: waits, channels, service level, operators, topics, load."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from ivr.cli.options import Data, fail, settings
from ivr.cli.period import Moment, ZoneName, moment, zone_named
from ivr.cli.report_store import (
    As,
    By_,
    Format,
    Out,
    Since,
    Until,
    Whose,
    check_form,
    counted,
    this_year,
    write,
)
from ivr.journal.periods import By

if TYPE_CHECKING:
    from ivr.journal.metrics import Tally
    from ivr.journal.reports.sheet import Sheet
    from ivr.settings import Settings
    from ivr.store import Store


@dataclass(frozen=True, slots=True)
class Asked:
    """Of whose calls and of which stretch of time a report is."""

    store: "Store"
    settings: "Settings"
    supplier: str
    since: datetime
    until: datetime
    zone: ZoneInfo

    async def tallies(self, by: By) -> "dict[datetime, Tally]":
        from ivr.journal.rollups import tallies_by

        return await tallies_by(self.store, self.supplier, self.since, self.until, by, self.zone)

    async def whole(self) -> "Tally":
        from ivr.journal import metrics

        return metrics.total((await self.tallies(By.MONTH)).values())

    async def months(self) -> "Mapping[tuple[int, int], Tally]":
        return {(at.year, at.month): tally for at, tally in (await self.tallies(By.MONTH)).items()}


Made = Callable[[Asked], Awaitable["Sheet"]]
Drawn = Callable[["Sheet"], str]


def register(report: typer.Typer) -> None:
    for command in (waits, channels, hours, service_level, operators, topics, load):
        report.command(command.__name__.replace("_", "-"))(command)


def waits(
    data: Data = None, since: Since = None, until: Until = None, zone: ZoneName = "Europe/Moscow",
    format: Format = As.table, out: Out = None, supplier: Whose = None,
    seconds: Annotated[bool, typer.Option("--seconds", help="Whole seconds (F2) instead of м:сс (F1).")] = False,
) -> None:  # fmt: skip
    """Mean wait and service by month, as suppliers publish them (F1; F2 with --seconds).

    Example: gudok report waits --from 2026-01-01 --to 2027-01-01 --format xlsx -o waits.xlsx
    """
    from ivr.journal.reports import charts, disclosure

    async def made(asked: Asked) -> "Sheet":
        months = await asked.months()
        return disclosure.waits_in_seconds(months) if seconds else disclosure.waits(months)

    make(made, data, since, until, zone, format, out, supplier, charts.waits)


def channels(
    data: Data = None, since: Since = None, until: Until = None, zone: ZoneName = "Europe/Moscow",
    format: Format = As.table, out: Out = None, supplier: Whose = None,
    also: Annotated[
        Path | None,
        typer.Option(help="CSV of channels that are no calls: channel;2026-01;count;parts.", show_default=False),
    ] = None,
) -> None:  # fmt: skip
    """Contacts by channel and month (F3): the contact centre, and the robot beside it.

    Example: gudok report channels --from 2026-01-01 --also cabinet.csv --format csv
    """
    from ivr.journal.reports import charts
    from ivr.journal.reports.disclosure import BadChannels, channels_of_calls, other_channels

    try:
        others = other_channels(also.read_text(encoding="utf-8-sig")) if also is not None else []
    except (OSError, UnicodeError) as error:
        fail(f"{also}: cannot be read: {error}", code=2)
    except BadChannels as error:
        fail(f"{also}: {error}")

    async def made(asked: Asked) -> "Sheet":
        return channels_of_calls(await asked.months(), others)

    make(made, data, since, until, zone, format, out, supplier, charts.channels)


def hours(data: Data = None, format: Format = As.table, out: Out = None, supplier: Whose = None) -> None:
    """When each channel works (F4), by the supplier's calendar.yaml; the robot always does.

    Example: gudok report hours --format csv
    """
    from ivr.flow.hours.calendar_file import read_calendar
    from ivr.flow.hours.written import ALWAYS, SOMETIMES, written
    from ivr.flow.supplier.supplier_settings import read_settings
    from ivr.journal.reports import disclosure

    check_form(format, out)
    chosen = settings(data)
    folder = chosen.dialplans / (supplier or chosen.supplier)
    told, _ = read_settings(folder)
    if told is None:
        fail(f"there is no supplier in {folder}: it needs a line.yaml")
    calendar, _ = read_calendar(folder, now=datetime.now(UTC), zone=told.zone, territories=told.zones)
    rows = [(each.title or name, written(each)) for name, each in calendar.schedules.items()]
    sheet = disclosure.hours([*rows, ("Робот", ALWAYS)])
    if any(each.conditional for each in calendar.schedules.values()):
        sheet = replace(sheet, notes=(*sheet.notes, SOMETIMES))
    write(sheet, format, out)


def service_level(
    data: Data = None, since: Since = None, until: Until = None, by: By_ = By.HALF,
    zone: ZoneName = "Europe/Moscow", format: Format = As.table, out: Out = None, supplier: Whose = None,
    within: Annotated[float, typer.Option(help="Seconds within which a call is answered in time.")] = 60.0,
    queue: Annotated[str | None, typer.Option(help="Only calls that came to this queue first.")] = None,
    every: Annotated[bool, typer.Option("--all-variants", help="Every way to count the level.")] = False,
) -> None:  # fmt: skip
    """Service level, loss and waits by interval; the variant of the level is named beside its number.

    Example: gudok report service-level --from 2026-11-24 --to 2026-11-25 --by 30min
    """
    from ivr.journal.metrics import ServiceLevel, Threshold
    from ivr.journal.reports import charts, service
    from ivr.journal.rollups import tallies_by

    limit = Threshold(seconds=within)
    variants = list(ServiceLevel) if every else [ServiceLevel.OFFERED, ServiceLevel.OFFERED_LESS_SHORT]

    async def made(asked: Asked) -> "Sheet":
        tallies = await tallies_by(
            asked.store, asked.supplier, asked.since, asked.until, by, asked.zone, threshold=limit, queue=queue
        )
        return service.service_level(tallies, by, variants=variants, threshold=limit)

    make(made, data, since, until, zone, format, out, supplier, charts.service_level)


def operators(
    data: Data = None, since: Since = None, until: Until = None,
    by: Annotated[By | None, typer.Option("--by", help="A row an operator and period.")] = None,
    zone: ZoneName = "Europe/Moscow", format: Format = As.table, out: Out = None, supplier: Whose = None,
) -> None:  # fmt: skip
    """Who talked how often and how long.

    Example: gudok report operators --from 2026-11-01 --to 2026-12-01 --by day
    """
    from ivr.journal.reports import service
    from ivr.journal.reports.rows import served_by

    async def made(asked: Asked) -> "Sheet":
        served = await served_by(asked.store, asked.supplier, asked.since, asked.until, by, asked.zone)
        return service.operators(served, by)

    make(made, data, since, until, zone, format, out, supplier)


def topics(
    data: Data = None, since: Since = None, until: Until = None, zone: ZoneName = "Europe/Moscow",
    format: Format = As.table, out: Out = None, supplier: Whose = None,
) -> None:  # fmt: skip
    """What people call about, how much of it the robot serves, complaints, and what goes to the back office.

    Example: gudok report topics --from 2026-11-01
    """
    from ivr.journal.reports import charts, service
    from ivr.journal.rollups import tallies_by_topic

    async def made(asked: Asked) -> "Sheet":
        return service.topics(await tallies_by_topic(asked.store, asked.supplier, asked.since, asked.until))

    make(made, data, since, until, zone, format, out, supplier, charts.topics)


def load(
    data: Data = None, since: Since = None, until: Until = None, by: By_ = By.HOUR,
    zone: ZoneName = "Europe/Moscow", format: Format = As.table, out: Out = None, supplier: Whose = None,
    numbers: Annotated[bool, typer.Option("--numbers", help="A row a number, its peak against its limit.")] = False,
) -> None:  # fmt: skip
    """The most calls at one time, and calls refused for lack of lines, by interval.

    Example: gudok report load --from 2026-11-24 --by hour
    """
    from ivr.flow.supplier.supplier_settings import canonical, read_settings
    from ivr.journal.reports import charts, service
    from ivr.journal.reports.rows import on_line

    async def made(asked: Asked) -> "Sheet":
        calls = await on_line(asked.store, asked.supplier, asked.since, asked.until)
        if not numbers:
            return service.load(calls, by, asked.zone)
        told, _ = read_settings(asked.settings.dialplans / asked.supplier)
        known = {canonical(number) for number in told.numbers} if told else set()
        limits = {name: one.most for name, one in told.limits.items() if name in known} if told else {}
        return service.load_of_numbers([replace(one, number=canonical(one.number)) for one in calls], limits)

    make(made, data, since, until, zone, format, out, supplier, None if numbers else charts.load)


def make(
    made: Made, data: Path | None, since: Moment, until: Moment, zone: str, format: As, out: Path | None,
    supplier: str | None, drawn: Drawn | None = None,
) -> None:  # fmt: skip
    """Open the database, have the sheet made and write it in the form that was asked for."""
    from ivr.store import StoreError

    chosen, place = settings(data), zone_named(zone)
    check_form(format, out, chart=drawn is not None)
    begin = moment(since, place) or this_year(place)
    end = moment(until, place) or datetime.now(UTC)

    async def run() -> "Sheet":
        async with counted(chosen) as store:
            return await made(Asked(store, chosen, supplier or chosen.supplier, begin, end, place))

    try:
        sheet = asyncio.run(run())
    except StoreError as error:
        fail(str(error))
    write(sheet, format, out, chart=drawn(sheet) if drawn is not None and format is As.svg else None)

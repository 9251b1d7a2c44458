"""The reports of `gudok report` that are one sheet: waits, channels, service level, operators, topics, load."""

import asyncio
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from ivr.cli.options import Data, fail, settings
from ivr.cli.period import Moment, ZoneName, moment, zone_named
from ivr.journal.periods import By

if TYPE_CHECKING:
    from ivr.journal.register import Contact
    from ivr.journal.reports.sheet import Sheet


class As(StrEnum):
    table = "table"
    json = "json"
    csv = "csv"
    xlsx = "xlsx"


Since = Annotated[Moment, typer.Option("--from", help="First day or instant; this year's first if not given.")]
Until = Annotated[Moment, typer.Option("--to", help="Day or instant that is no longer taken.")]
Format = Annotated[As, typer.Option("--format", help="For people, or for programs (times in milliseconds).")]
Out = Annotated[Path | None, typer.Option("--out", "-o", help="The file to write; xlsx needs one.")]
Whose = Annotated[str | None, typer.Option("--supplier", help="Whose calls; the line's supplier if not given.")]
By_ = Annotated[By, typer.Option("--by", help="The interval of a row.")]

Made = Callable[[Sequence["Contact"], ZoneInfo], "Sheet"]


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

    def made(found: Sequence["Contact"], place: ZoneInfo) -> "Sheet":
        from ivr.journal.reports import disclosure
        from ivr.journal.tallies import by_period

        months = {(at.year, at.month): tally for at, tally in by_period(found, By.MONTH, place).items()}
        return disclosure.waits_in_seconds(months) if seconds else disclosure.waits(months)

    _report(made, data, since, until, zone, format, out, supplier)


def channels(
    data: Data = None, since: Since = None, until: Until = None, zone: ZoneName = "Europe/Moscow",
    format: Format = As.table, out: Out = None, supplier: Whose = None,
) -> None:  # fmt: skip
    """Contacts by channel and month (F3): the contact centre, and the robot beside it.

    Example: gudok report channels --from 2026-01-01 --format csv
    """

    def made(found: Sequence["Contact"], place: ZoneInfo) -> "Sheet":
        from ivr.journal.reports.disclosure import channels_of_calls

        return channels_of_calls(found, place)

    _report(made, data, since, until, zone, format, out, supplier)


def hours(data: Data = None, format: Format = As.table, out: Out = None, supplier: Whose = None) -> None:
    """When each channel works (F4), by the supplier's calendar.yaml; the robot always does.

    Example: gudok report hours --format csv
    """
    from ivr.flow.hours.calendar_file import read_calendar
    from ivr.flow.hours.written import ALWAYS, SOMETIMES, written
    from ivr.flow.supplier.supplier_settings import read_settings
    from ivr.journal.reports import disclosure

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
    _no_file_no_xlsx(format, out)
    _written(sheet, format, out)


def service_level(
    data: Data = None, since: Since = None, until: Until = None, by: By_ = By.HALF,
    zone: ZoneName = "Europe/Moscow", format: Format = As.table, out: Out = None, supplier: Whose = None,
    within: Annotated[float, typer.Option(help="Seconds within which a call is answered in time.")] = 60.0,
) -> None:  # fmt: skip
    """Service level, loss and waits by interval; the variant of the level is named beside its number.

    Example: gudok report service-level --from 2026-11-24 --to 2026-11-25 --by 30min
    """

    def made(found: Sequence["Contact"], place: ZoneInfo) -> "Sheet":
        from ivr.journal.metrics import Threshold
        from ivr.journal.reports import service
        from ivr.journal.tallies import by_period

        limit = Threshold(seconds=within)
        return service.service_level(by_period(found, by, place, limit), by, threshold=limit)

    _report(made, data, since, until, zone, format, out, supplier)


def operators(
    data: Data = None, since: Since = None, until: Until = None, zone: ZoneName = "Europe/Moscow",
    format: Format = As.table, out: Out = None, supplier: Whose = None,
) -> None:  # fmt: skip
    """Who talked how often and how long.

    Example: gudok report operators --from 2026-11-01 --to 2026-12-01
    """
    from ivr.journal.reports import service

    _report(lambda found, _: service.operators(found), data, since, until, zone, format, out, supplier)


def topics(
    data: Data = None, since: Since = None, until: Until = None, zone: ZoneName = "Europe/Moscow",
    format: Format = As.table, out: Out = None, supplier: Whose = None,
) -> None:  # fmt: skip
    """What people call about, and how much of it the robot serves.

    Example: gudok report topics --from 2026-11-01
    """
    from ivr.journal.reports import service

    _report(lambda found, _: service.topics(found), data, since, until, zone, format, out, supplier)


def load(
    data: Data = None, since: Since = None, until: Until = None, by: By_ = By.HOUR,
    zone: ZoneName = "Europe/Moscow", format: Format = As.table, out: Out = None, supplier: Whose = None,
) -> None:  # fmt: skip
    """The most calls at one time, and calls refused for lack of lines, by interval.

    Example: gudok report load --from 2026-11-24 --by hour
    """
    from ivr.journal.reports import service

    _report(lambda found, place: service.load(found, by, place), data, since, until, zone, format, out, supplier)


def _report(
    made: Made, data: Path | None, since: Moment, until: Moment, zone: str, format: As, out: Path | None,
    supplier: str | None,
) -> None:  # fmt: skip
    from ivr.journal.contacts import contacts
    from ivr.store import StoreError, open_store

    chosen, place = settings(data), zone_named(zone)
    today = datetime.now(UTC).astimezone(place)
    begin = moment(since, place) or today.replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0)
    _no_file_no_xlsx(format, out)

    async def gathered() -> list["Contact"]:
        async with await open_store(chosen, create=False) as store:
            whose = supplier or chosen.supplier
            return [one async for one in contacts(store, whose, begin, moment(until, place)) if one.over]

    try:
        sheet = made(asyncio.run(gathered()), place)
    except StoreError as error:
        fail(str(error))
    _written(sheet, format, out)


def _no_file_no_xlsx(format: As, out: Path | None) -> None:
    if format is As.xlsx and out is None:
        fail("--format xlsx needs a file: add -o report.xlsx", code=2)


def _written(sheet: "Sheet", format: As, out: Path | None) -> None:
    from ivr.journal.reports import sheet as forms

    if format is As.xlsx and out is not None:
        from ivr.journal.reports.workbook import as_xlsx

        out.write_bytes(as_xlsx(sheet))
        return
    text = {As.table: forms.as_text, As.json: forms.as_json, As.csv: forms.as_csv}[format](sheet)
    if out is None:
        sys.stdout.write(text)
    else:
        # A spreadsheet knows a text in UTF-8 by its mark.
        out.write_text(text, encoding="utf-8-sig" if format is As.csv else "utf-8", newline="")

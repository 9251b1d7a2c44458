"""`gudok report forecast`: how many calls a day will bring, and how many operators they want."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from ivr.cli.options import Data, fail
from ivr.cli.period import ZoneName, zone_named
from ivr.cli.report_sheets import Asked, make
from ivr.cli.report_store import As, Format, Out, Whose
from ivr.journal.periods import By
from ivr.journal.reports.sheet import Sheet

if TYPE_CHECKING:
    from ivr.journal.forecast import Day, DayKind
    from ivr.journal.metrics import Tally
    from ivr.journal.reports.staffing import Wish

LOOKED_BACK = timedelta(days=730)
HANDLING = timedelta(days=56)
"""How long people are served is taken from the last eight weeks."""
_MINUTES = {By.HOUR: 60, By.HALF: 30, By.QUARTER: 15}


def register(report: typer.Typer) -> None:
    report.command()(forecast)


def forecast(
    on: Annotated[str, typer.Option("--on", help="The day, like 2026-12-24.")],
    data: Data = None,
    at: Annotated[str | None, typer.Option("--at", help="Only the interval of this time, like 10:30.")] = None,
    by: Annotated[By, typer.Option("--by", help="The interval of a row: hour, 30min or 15min.")] = By.HALF,
    zone: ZoneName = "Europe/Moscow",
    format: Format = As.table,
    out: Out = None,
    supplier: Whose = None,
    target: Annotated[float, typer.Option(min=1, max=99.9, help="Per cent that are to be answered in time.")] = 80,
    within: Annotated[float, typer.Option(min=1, help="Seconds within which that is.")] = 60,
    patience: Annotated[float, typer.Option(min=1, help="Seconds people wait on the average before they go.")] = 120,
    shrinkage: Annotated[float, typer.Option(min=0, max=90, help="Per cent of paid time without work.")] = 30,
    occupancy: Annotated[float, typer.Option(min=10, max=100, help="Per cent operators may be busy.")] = 85,
) -> None:
    """Calls by interval out of what came before, and the operators they want; the error of last month's beside it.

    Example: gudok report forecast --on 2026-12-24 --at 10:30
    """
    from ivr.journal.reports import charts
    from ivr.journal.reports.staffing import Wish

    wish = Wish(target / 100, within, patience, shrinkage / 100, occupancy / 100)
    if by not in _MINUTES:
        fail(f"--by {by.value}: operators are wanted by hour, 30min or 15min", code=2)
    day = _day(on)
    slot = None if at is None else _slot(at, _MINUTES[by])

    async def made(asked: Asked) -> Sheet:
        return await _made(asked, day, by, slot, wish)

    place = zone_named(zone)
    midnight = datetime.combine(day, time(), place)
    last = min(midnight, datetime.now(UTC).astimezone(place))
    since, until = (last - LOOKED_BACK).date().isoformat(), last.isoformat()
    make(made, data, since, until, zone, format, out, supplier, charts.staffing)


async def _made(asked: Asked, day: date, by: By, slot: int | None, wish: "Wish") -> Sheet:
    from ivr.journal.forecast import TooLittle, backtest, fit
    from ivr.journal.reports.staffing import Interval, staffing

    minutes = _MINUTES[by]
    kind_of = _kinds(asked)
    tallies = await asked.tallies(by)
    history = _days(tallies, minutes, kind_of, asked.until.astimezone(asked.zone).date())
    try:
        model = fit(history)
    except TooLittle as error:
        fail(str(error))
    handling = _handling(tallies, minutes, asked.until - HANDLING)
    calls = model.day(day, kind_of(day))
    month = asked.until.astimezone(asked.zone).date().replace(day=1)
    before = (month - timedelta(days=1)).replace(day=1)
    missed = backtest(history, before, month)
    rows = [
        Interval(f"{at * minutes // 60:02}:{at * minutes % 60:02}", minutes * 60, calls[at], handling[at])
        for at in (range(len(calls)) if slot is None else [slot])
        if slot is not None or calls[at] >= 0.05
    ]
    from ivr.journal.reports.disclosure import MONTHS

    tested = f"{MONTHS[before.month - 1].lower()} {before.year}"
    return staffing(f"Прогноз на {day:%d.%m.%Y}", rows, wish, missed, tested)


def _kinds(asked: Asked) -> "Callable[[date], DayKind]":
    """What is known of a day beforehand: the supplier's calendar and its window of readings."""
    from ivr.flow.hours.calendar_file import read_calendar
    from ivr.flow.hours.production import DayType
    from ivr.flow.supplier.supplier_settings import read_settings
    from ivr.journal.forecast import DayKind, readings_kind, work_kind

    folder = asked.settings.dialplans / asked.supplier
    told, _ = read_settings(folder)
    calendar, _ = read_calendar(folder, now=asked.until, zone=asked.zone, territories={})

    def kind(day: date) -> DayKind:
        type_ = calendar.day_type(day)
        work = work_kind(day, works=type_.works, short=type_ is DayType.SHORT)
        return DayKind(work, readings_kind(day, told.window.open_on) if told is not None else "")

    return kind


def _days(
    tallies: "Mapping[datetime, Tally]", minutes: int, kind_of: "Callable[[date], DayKind]", today: date
) -> "list[Day]":
    """Whole days of history: calls that came to operators, by interval. A day of change of the clocks has them too."""
    from ivr.journal.forecast import Day

    calls: dict[date, list[float]] = {}
    for at, one in tallies.items():
        if at.date() < today:
            slots = calls.setdefault(at.date(), [0.0] * (24 * 60 // minutes))
            slots[(at.hour * 60 + at.minute) // minutes] += one.offered + one.callbacks
    return [Day(day, kind_of(day), tuple(calls[day])) for day in sorted(calls)]


def _handling(tallies: "Mapping[datetime, Tally]", minutes: int, since: datetime) -> list[float]:
    """Seconds an interval's calls take: of the time of day where enough were served then, else of all."""
    from ivr.journal import metrics
    from ivr.journal.metrics import NOTHING

    slots = [NOTHING] * (24 * 60 // minutes)
    for at, one in tallies.items():
        if at >= since:
            slots[(at.hour * 60 + at.minute) // minutes] += one
    whole = metrics.average_handling(metrics.total(slots)) or 180_000
    found = [(metrics.average_handling(one) if one.answered >= 30 else None) or whole for one in slots]
    return [milliseconds / 1000 for milliseconds in found]


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        fail(f"--on: {text!r} is no day; write e.g. 2026-12-24", code=2)


def _slot(text: str, minutes: int) -> int:
    try:
        at = time.fromisoformat(text)
    except ValueError:
        fail(f"--at: {text!r} is no time; write e.g. 10:30", code=2)
    return (at.hour * 60 + at.minute) // minutes

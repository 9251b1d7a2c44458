"""When somebody is there: working hours by weekday, the production calendar, the supplier's own exceptions. Pure.

A day's hours are settled by the first rule that knows the day: an exception by date, a public holiday or a day off
moved onto a weekday, a Saturday worked for another day, the weekday's hours, a conditional day; then a short day ends
earlier. Hours are local and become instants here, so that callers of several zones can be asked about at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from ivr.flow.finding import Place
from ivr.flow.hours import calendar_words
from ivr.flow.hours.production import DayType, Production
from ivr.flow.hours.spans import ALL_DAY, Span, Spans

HORIZON = 400
"""Days looked ahead for the next opening or closing; a line that is not open within them never is."""
_DAY = timedelta(days=1)
_REMEMBERED = 5_000
LAST = -1


class NoSuchSchedule(KeyError):
    """A schedule that calendar.yaml does not name was asked for."""

    def __str__(self) -> str:
        return f"there is no schedule «{self.args[0]}» in calendar.yaml"


@dataclass(frozen=True, slots=True)
class Conditional:
    """A weekday that is worked only sometimes. All conditions that are given must hold."""

    weekday: int
    spans: Spans
    numbers: frozenset[int] = frozenset()
    """Which of the month: 1 to 5, or `LAST`."""
    dates: frozenset[date] = frozenset()
    from_day: int | None = None
    to_day: int | None = None
    """Days of the month, both included; 31 is the last day of any month."""
    previous_works: bool | None = None
    next_works: bool | None = None
    """Whether the nearest day from Monday to Friday before it, after it, is a working day."""

    def holds(self, day: date, production: Production) -> bool:
        if day.weekday() != self.weekday:
            return False
        if self.dates and day not in self.dates:
            return False
        last = (day + 7 * _DAY).month != day.month
        if self.numbers and (day.day - 1) // 7 + 1 not in self.numbers and not (last and LAST in self.numbers):
            return False
        if self.from_day is not None and not self._within(day):
            return False
        if self.previous_works is not None and production.day_type(_weekday(day, -1)).works != self.previous_works:
            return False
        return self.next_works is None or production.day_type(_weekday(day, 1)).works == self.next_works

    def _within(self, day: date) -> bool:
        end = ((day.replace(day=28) + 4 * _DAY).replace(day=1) - _DAY).day
        first, last = min(self.from_day or 1, end), min(self.to_day or 31, end)
        return first <= day.day <= last if first <= last else not last < day.day < first


def _weekday(day: date, step: int) -> date:
    """The nearest day from Monday to Friday before (-1) or after (1) `day`."""
    day += step * _DAY
    while day.weekday() >= 5:
        day += step * _DAY
    return day


@dataclass(frozen=True, slots=True)
class Exact:
    """The hours of one date, whatever day it is; no spans is closed."""

    spans: Spans
    why: str = ""


@dataclass(frozen=True, slots=True)
class Schedule:
    name: str
    place: Place
    week: tuple[Spans, ...]
    """Monday first."""
    title: str = ""
    follows: bool = True
    """Whether holidays and short days count; they do not where somebody is there day and night."""
    short_by: int = 60
    """Minutes a short day ends earlier."""
    holidays: Spans = ()
    """Hours of public holidays and of days off moved onto a weekday."""
    conditional: tuple[Conditional, ...] = ()
    exceptions: Mapping[date, Exact] = field(default_factory=dict)
    zone: ZoneInfo | None = None
    """The zone of its hours; the supplier's if not given."""
    local: bool = False
    """Whether its hours are those of the caller's territory: an office everywhere from eight, by its own clock."""

    @property
    def always(self) -> bool:
        return not self.follows and all(spans == ALL_DAY for spans in self.week) and not self.exceptions


class Calendar:
    """All schedules of a supplier."""

    def __init__(
        self,
        production: Production,
        schedules: Mapping[str, Schedule],
        zone: ZoneInfo,
        territories: Mapping[str, ZoneInfo] | None = None,
    ) -> None:
        self.production = production
        self.schedules = schedules
        self.zone = zone
        self.territories = territories or {}
        self._known: dict[tuple[str, date, str], tuple[tuple[datetime, datetime], ...]] = {}

    # -- days ----------------------------------------------------------------------------------------------------

    def day_type(self, day: date) -> DayType:
        return self.production.day_type(day)

    def working_days_between(self, first: date, last: date) -> int:
        """Working days from `first` on and before `last`."""
        return self.production.working_days_between(first, last)

    def hours_on(self, day: date, schedule: str) -> Spans:
        """The hours of a date, in the schedule's own zone."""
        return _hours(self.schedule(schedule), day, self.production)

    # -- instants ------------------------------------------------------------------------------------------------

    def open_at(self, instant: datetime, schedule: str, territory: str | None = None) -> bool:
        zone = self.zone_of(schedule, territory)
        today = instant.astimezone(zone).date()
        return any(
            begins <= instant < ends
            for day in (today, today - _DAY)
            for begins, ends in self._intervals(schedule, day, zone)
        )

    def opens_next(self, instant: datetime, schedule: str, territory: str | None = None) -> datetime | None:
        """The first instant from now on at which it is open: now, if it is. None: it never opens."""
        zone = self.zone_of(schedule, territory)
        day = instant.astimezone(zone).date() - _DAY
        for number in range(HORIZON):
            later = [one for one in self._intervals(schedule, day + number * _DAY, zone) if one[1] > instant]
            if later:
                return max(later[0][0], instant)
        return None

    def closes_next(self, instant: datetime, schedule: str, territory: str | None = None) -> datetime | None:
        """When what is open now closes; None where it is closed, and where it never closes."""
        if self.schedule(schedule).always:
            return None
        zone = self.zone_of(schedule, territory)
        day = instant.astimezone(zone).date() - _DAY
        open_until: datetime | None = None
        for number in range(HORIZON):
            for begins, ends in self._intervals(schedule, day + number * _DAY, zone):
                if open_until is None:
                    open_until = ends if begins <= instant < ends else None
                    if open_until is None and begins > instant:
                        return None
                elif begins <= open_until:
                    open_until = max(open_until, ends)
                else:
                    return open_until
            if open_until is not None and open_until < _at(day + number * _DAY, 0, zone):
                return open_until
        return None

    def words(self, fact: str, instant: datetime, schedule: str, territory: str | None = None) -> str:
        """A schedule as a caller hears it: one of `calendar_words.FACTS`; empty where there is nothing to say."""
        return calendar_words.FACTS[fact](self, instant, schedule, territory)

    def zone_of(self, schedule: str, territory: str | None = None) -> ZoneInfo:
        """The zone whose clock the schedule's hours are told by."""
        asked = self.schedule(schedule)
        if asked.local and territory is not None and territory in self.territories:
            return self.territories[territory]
        return asked.zone or self.zone

    def schedule(self, name: str) -> Schedule:
        """Raises `NoSuchSchedule`."""
        try:
            return self.schedules[name]
        except KeyError:
            raise NoSuchSchedule(name) from None

    def _intervals(self, schedule: str, day: date, zone: ZoneInfo) -> tuple[tuple[datetime, datetime], ...]:
        key = (schedule, day, zone.key)
        known = self._known.get(key)
        if known is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            spans = _hours(self.schedule(schedule), day, self.production)
            known = tuple((_at(day, span.begins, zone), _at(day, span.ends, zone)) for span in spans)
            self._known[key] = known
        return known


def _at(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    return (datetime.combine(day, time()) + timedelta(minutes=minutes)).replace(tzinfo=zone).astimezone(UTC)


def _hours(schedule: Schedule, day: date, production: Production) -> Spans:
    exact = schedule.exceptions.get(day)
    if exact is not None:
        return exact.spans
    weekday = day.weekday()
    if not schedule.follows:
        return schedule.week[weekday]
    kind = production.day_type(day)
    if kind is DayType.HOLIDAY or (kind is DayType.OFF and weekday < 5):
        return schedule.holidays
    if weekday >= 5 and kind.works:
        # A Saturday worked for a Monday has Monday's hours.
        swapped = production.swapped_with(day)
        spans = schedule.week[swapped.weekday() if swapped is not None else 4]
    else:
        spans = schedule.week[weekday] or next(
            (each.spans for each in schedule.conditional if each.holds(day, production)), ()
        )
    return _shorter(spans, schedule.short_by) if kind is DayType.SHORT else spans


def _shorter(spans: Spans, minutes: int) -> Spans:
    """The day without its last minutes of work; a break does not count as work."""
    kept = list(spans)
    while kept and minutes > 0:
        last = kept.pop()
        worked = last.ends - last.begins
        if worked > minutes:
            kept.append(Span(last.begins, last.ends - minutes))
        minutes -= worked
    return tuple(kept)

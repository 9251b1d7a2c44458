"""The Russian production calendar: which days are worked, which are an hour shorter, which are public holidays.

The years are data (`calendars/<year>.yaml`), each with its source; a supplier's folder may bring a year we were
shipped without. A year nobody has falls back on what the Labour Code fixes for ever; transfers are then unknown.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path

from ivr.flow.finding import Finding, Place
from ivr.flow.reading import Reader
from ivr.flow.source import Table

SHIPPED = Path(__file__).with_name("calendars")
WARNS_FROM_MONTH = 11
"""From this month on a missing next year is reported: the government has published it by then."""
_FIXED = frozenset(
    [(1, day) for day in range(1, 9)] + [(2, 23), (3, 8), (5, 1), (5, 9), (6, 12), (11, 4)]
)  # Labour Code, article 112
_DAY = timedelta(days=1)


class DayType(StrEnum):
    WORKING = "working"
    SHORT = "short"
    """Worked, an hour less."""
    OFF = "off"
    """A weekend, or a weekday that became a day off."""
    HOLIDAY = "holiday"

    @property
    def works(self) -> bool:
        return self in (DayType.WORKING, DayType.SHORT)


@dataclass(frozen=True, slots=True)
class Year:
    """One published year."""

    year: int
    source: str
    holidays: Mapping[date, str]
    moved: Mapping[date, date]
    """A day of rest → the day it was moved from."""
    short: frozenset[date]
    swapped: Mapping[date, date] = field(init=False)
    """A weekend day that is worked → the weekday that rests for it."""

    def __post_init__(self) -> None:
        swapped = {given: taken for taken, given in self.moved.items() if given not in self.holidays}
        object.__setattr__(self, "swapped", swapped)

    def day_type(self, day: date) -> DayType:
        if day in self.holidays:
            return DayType.HOLIDAY
        if day in self.moved or (day.weekday() >= 5 and day not in self.swapped):
            return DayType.OFF
        return DayType.SHORT if day in self.short else DayType.WORKING

    def days(self) -> Iterable[date]:
        day = date(self.year, 1, 1)
        while day.year == self.year:
            yield day
            day += _DAY


@dataclass(frozen=True, slots=True)
class Production:
    """All years that are known, and the holidays of the region."""

    years: Mapping[int, Year]
    regional: Mapping[tuple[int, int], str] = field(default_factory=dict)
    """Month and day → a holiday every year that only the region keeps."""

    def day_type(self, day: date) -> DayType:
        if (day.month, day.day) in self.regional:
            return DayType.HOLIDAY
        year = self.years.get(day.year)
        return year.day_type(day) if year is not None else _by_the_code(day)

    def holiday_name(self, day: date) -> str:
        """What is kept on a public holiday; empty for any other day and where it is not known."""
        year = self.years.get(day.year)
        name = year.holidays.get(day, "") if year is not None else ""
        return name or self.regional.get((day.month, day.day), "")

    def swapped_with(self, day: date) -> date | None:
        """The weekday that rests for a worked Saturday or Sunday."""
        year = self.years.get(day.year)
        return year.swapped.get(day) if year is not None else None

    def working_days_between(self, first: date, last: date) -> int:
        """Working days from `first` on and before `last`; negative when `last` is the earlier one."""
        if last < first:
            return -self.working_days_between(last, first)
        return sum(self.day_type(first + _DAY * number).works for number in range((last - first).days))

    def add_working_days(self, day: date, count: int) -> date:
        """The `count`-th working day after `day`."""
        while count > 0:
            day += _DAY
            count -= self.day_type(day).works
        return day

    def missing(self, now: datetime, place: Place) -> list[Finding]:
        """What to say at `now` (local time) about years that are not there."""
        found = []
        if now.year not in self.years:
            message = f"нет производственного календаря на {now.year} год: переносы выходных не учитываются"
            found.append(Finding(place, "W401", message, _how_to_get(now.year)))
        if now.month >= WARNS_FROM_MONTH and now.year + 1 not in self.years:
            message = f"нет производственного календаря на следующий, {now.year + 1} год"
            found.append(Finding(place, "W402", message, _how_to_get(now.year + 1)))
        return found


def _how_to_get(year: int) -> str:
    return f"обновите gudok или положите calendars/{year}.yaml в папку поставщика"


def _by_the_code(day: date) -> DayType:
    """What is certain without the year's decree: fixed holidays, weekends, the shorter weekday before a holiday."""
    if (day.month, day.day) in _FIXED:
        return DayType.HOLIDAY
    if day.weekday() >= 5:
        return DayType.OFF
    after = day + _DAY
    return DayType.SHORT if (after.month, after.day) in _FIXED else DayType.WORKING


# -- files -----------------------------------------------------------------------------------------------------------


def read_years(folder: Path, reader: Reader) -> dict[int, Year]:
    """The years of a folder; what is wrong with them is left with the reader."""
    years = {}
    for path in sorted(folder.glob("*.yaml")):
        root = reader.file(path)
        year = _year(root, path, reader) if root is not None else None
        if year is not None:
            years[year.year] = year
    return years


@cache
def shipped() -> Mapping[int, Year]:
    """The years this version came with. They are tested, so a fault in them is ours."""
    reader = Reader()
    years = read_years(SHIPPED, reader)
    if reader.findings:
        raise ValueError("\n".join(str(finding) for finding in reader.findings))
    return years


def _year(root: Table, path: Path, reader: Reader) -> Year | None:
    reader.known(root, {"year", "source", "checked", "holidays", "moved", "short", "working_days", "working_hours"})
    number = reader.whole(reader.needed(root, "year"), 0, least=1992, most=2999)
    source = reader.need(root, "source")
    reader.day(reader.needed(root, "checked"))
    if not number:
        return None
    if path.stem != str(number):
        reader.fault(root.place, "E403", f"в файле {path.name} лежит {number} год", f"назовите его {number}.yaml")
    holidays = {}
    for key, node in reader.table(reader.needed(root, "holidays")) or ():
        day = reader.day(key)
        if day is not None and _inside(day, number, key.place, reader):
            holidays[day] = reader.text(node)
    moved = {}
    for key, node in reader.table(root.get("moved")) or ():
        taken, given = reader.day(key), reader.day(node)
        if taken is None or given is None or not _inside(taken, number, key.place, reader):
            continue
        if not _inside(given, number, node.place, reader):
            continue
        if taken.weekday() >= 5 or taken in holidays:
            reader.fault(key.place, "E404", f"{taken:%d.%m.%Y} и так не рабочий день: перенести на него нельзя")
        if given.weekday() < 5 and given not in holidays:
            reader.fault(node.place, "E404", f"{given:%d.%m.%Y} не выходной: переносить с него нечего")
        moved[taken] = given
    short = set()
    for item in reader.texts(root.get("short")):
        day = reader.day(item)
        if day is not None and _inside(day, number, item.place, reader):
            short.add(day)
    year = Year(number, source, holidays, moved, frozenset(short))
    for day in sorted(short):
        if year.day_type(day) is not DayType.SHORT:
            reader.fault(root.place, "E404", f"{day:%d.%m.%Y} не рабочий день: коротким он быть не может")
    _check_sums(year, root, reader)
    return year


def _inside(day: date, year: int, place: Place, reader: Reader) -> bool:
    if day.year != year:
        reader.fault(place, "E403", f"{day:%d.%m.%Y} не этого года", f"здесь только дни {year} года")
    return day.year == year


def _check_sums(year: Year, root: Table, reader: Reader) -> None:
    """The published totals of the year prove that no day was mistyped."""
    types = [year.day_type(day) for day in year.days()]
    days = sum(kind.works for kind in types)
    hours = days * 8 - types.count(DayType.SHORT)
    for key, counted in (("working_days", days), ("working_hours", hours)):
        node = root.get(key)
        said = reader.whole(node, counted, least=1, most=3000)
        if node is not None and said != counted:
            reader.fault(node.place, "E405", f"«{key}»: сказано {said}, а по дням выходит {counted}")

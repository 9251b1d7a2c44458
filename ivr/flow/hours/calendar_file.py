"""`calendar.yaml` of a supplier's folder read into a `Calendar`; docs/calendar.md tells how it is written."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ivr.flow.finding import Finding, Place
from ivr.flow.hours.calendar import LAST, Calendar, Conditional, Exact, Schedule
from ivr.flow.hours.production import Production, read_years, shipped
from ivr.flow.hours.spans import ALL_DAY, DAY_MINUTES, Span, Spans
from ivr.flow.reading import Reader
from ivr.flow.source import Node, Rows, Table, Text

FILE = "calendar.yaml"
ALWAYS, CLOSED = ("always", "круглосуточно"), ("closed", "закрыто")
NUMBERS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "last": LAST}
_WORKS = {"working": True, "off": False}
_NAMES = ("пн", "вт", "ср", "чт", "пт", "сб", "вс")
_ENGLISH = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEKDAYS = {name: number for names in (_NAMES, _ENGLISH) for number, name in enumerate(names)}
_WHOLE = {"ежедневно": range(7), "будни": range(5), "выходные": range(5, 7)}
_SPAN = re.compile(r"(?P<h1>[0-9]{1,2})(?::(?P<m1>[0-9]{2}))?\s*[-–—]\s*(?P<h2>[0-9]{1,2})(?::(?P<m2>[0-9]{2}))?")
_DAY_SPAN = re.compile(r"(?P<first>[0-9]{1,2})\s*[-–—]\s*(?P<last>[0-9]{1,2}|last)")
_REGIONAL = re.compile(r"(?P<month>[0-9]{2})-(?P<day>[0-9]{2})|(?P<day2>[0-9]{2})\.(?P<month2>[0-9]{2})")
_SCHEDULE = {"title", "hours", "conditional", "short_day", "holidays", "exceptions", "zone"}
_CONDITIONS = {"only", "dates", "month_days", "previous", "next"}


def read_calendar(
    folder: Path, *, now: datetime, zone: ZoneInfo, territories: Mapping[str, ZoneInfo] | None = None
) -> tuple[Calendar, list[Finding]]:
    """The supplier's calendar and all that is wrong with its files; without a file there are no schedules.

    `zone` and `territories` are the supplier's (`ivr.flow.supplier`); `now` decides which years must be there.
    """
    reader = _CalendarReader()
    path = folder / FILE
    years = {**shipped(), **read_years(folder / "calendars", reader)}
    root = reader.file(path) if path.exists() else None
    schedules: dict[str, Schedule] = {}
    regional: dict[tuple[int, int], str] = {}
    if root is not None:
        reader.known(root, {"schedules", "exceptions", "holidays"})
        regional = reader.regional(root.get("holidays"))
        schedules = reader.schedules(root)
    production = Production(years, regional)
    if any(schedule.follows for schedule in schedules.values()):
        reader.findings.extend(production.missing(now.astimezone(zone), Place(path)))
    return Calendar(production, schedules, zone, territories), reader.sorted_findings()


class _CalendarReader(Reader):
    def schedules(self, root: Table) -> dict[str, Schedule]:
        common = self._exceptions(root.get("exceptions"))
        found = {}
        for key, node in self.table(self.needed(root, "schedules")) or ():
            table = self.table(node)
            if table is not None:
                found[key.value] = self._schedule(key, table, common)
        return found

    def regional(self, node: Node | None) -> dict[tuple[int, int], str]:
        """Holidays the region keeps each year."""
        found = {}
        for key, title in self.table(node) or ():
            match = _REGIONAL.fullmatch(key.value)
            try:
                if match is None:
                    raise ValueError
                # A leap year, so that 29 February is a day.
                day = date(2024, int(match["month"] or match["month2"]), int(match["day"] or match["day2"]))
            except ValueError:
                self.fault(key.place, "E116", f"не день года: «{key.value}»", "например 18.03 или 03-18")
                continue
            found[day.month, day.day] = self.text(title)
        return found

    def _schedule(self, key: Text, table: Table, common: Mapping[date, Exact]) -> Schedule:
        faults = len(self.findings)
        self.known(table, _SCHEDULE)
        hours = self.needed(table, "hours")
        week: tuple[Spans, ...] = ((),) * 7
        always = isinstance(hours, Text) and self.text(hours).lower() in ALWAYS
        if always:
            week = (ALL_DAY,) * 7
        elif isinstance(hours, Text | Rows):
            self.fault(hours.place, "E412", "не сказано, в какие дни", "например {пн-чт: 8:00-18:00, пт: 8:00-17:00}")
        elif hours is not None:
            week = self._week(hours)
        conditional = tuple(
            one for row in self.rows(table.get("conditional")) if (one := self._conditional(row, week)) is not None
        )
        holidays = table.get("holidays")
        exceptions = self._exceptions(table.get("exceptions"))
        schedule = Schedule(
            key.value,
            key.place,
            week,
            title=self.text(table.get("title")),
            follows=not always,
            short_by=self.whole(table.get("short_day"), 60, least=0, most=480),
            holidays=self._spans(holidays) if holidays is not None else (),
            conditional=conditional,
            exceptions=exceptions if always else {**common, **exceptions},
            zone=self.zone(table.get("zone")),
            local=self.text(table.get("zone")) == "territory",
        )
        # Hours that could not be read are a fault already.
        if len(self.findings) == faults and not any(week) and not conditional:
            self.fault(key.place, "W415", f"по расписанию «{key.value}» никогда не открыто")
        if not always and all(spans == ALL_DAY for spans in week):
            hint = "если праздники не перерыв, напишите hours: always"
            self.fault(key.place, "W419", f"«{key.value}» работает круглосуточно, но в праздники закрыто", hint)
        return schedule

    def _week(self, node: Node) -> tuple[Spans, ...]:
        week: list[Spans] = [()] * 7
        taken: set[int] = set()
        for key, hours in self.table(node) or ():
            days = self._days(key)
            for twice in sorted(taken.intersection(days)):
                self.fault(key.place, "E412", f"день «{_NAMES[twice]}» назван дважды")
            taken.update(days)
            spans = self._spans(hours)
            for day in days:
                week[day] = spans
        return tuple(week)

    def _days(self, key: Text) -> list[int]:
        """«пн-чт», «пн, ср», «будни»."""
        found: list[int] = []
        for part in re.split(r"\s*,\s*", key.value.strip().lower()):
            if part in _WHOLE:
                found.extend(_WHOLE[part])
                continue
            ends = [_WEEKDAYS.get(name) for name in re.split(r"\s*[-–—]\s*", part)]
            if len(ends) > 2 or None in ends:
                hint = self.near(part, {*_WEEKDAYS, *_WHOLE}) or "например пн, пн-пт, сб, будни, ежедневно"
                self.fault(key.place, "E412", f"не день недели: «{part}»", hint)
                continue
            first, last = int(ends[0] or 0), int(ends[-1] or 0)
            found.extend((first + step) % 7 for step in range((last - first) % 7 + 1))
        return found

    def _spans(self, node: Node | None) -> Spans:
        """«8:00-12:00, 13:00-17:00», the same as a list, «круглосуточно», «закрыто»."""
        if isinstance(node, Text) and self.text(node).lower() in CLOSED:
            return ()
        if isinstance(node, Text) and self.text(node).lower() in ALWAYS:
            return ALL_DAY
        spans: list[Span] = []
        for item in self.texts(node):
            for part in item.value.split(","):
                span = _span(part.strip())
                if span is None:
                    hint = "например 8:00-18:00; закрыто; круглосуточно"
                    self.fault(item.place, "E410", f"не часы работы: «{part.strip()}»", hint)
                elif spans and span.begins < spans[-1].ends:
                    self.fault(item.place, "E411", f"«{part.strip()}» начинается раньше, чем кончилось предыдущее")
                else:
                    spans.append(span)
        return tuple(spans)

    def _exceptions(self, node: Node | None) -> dict[date, Exact]:
        found = {}
        for key, value in self.table(node) or ():
            day = self.day(key)
            why, hours = "", None
            if isinstance(value, Table):
                self.known(value, {"hours", "why"})
                why, hours = self.text(value.get("why")), self.needed(value, "hours")
            spans = self._spans(hours or value) if hours or not isinstance(value, Table) else ()
            if day is not None:
                found[day] = Exact(spans, why)
        return found

    def _conditional(self, row: Node, week: tuple[Spans, ...]) -> Conditional | None:
        table = self.table(row)
        if table is None:
            return None
        self.known(table, {"day", "hours", "why", *_CONDITIONS})
        day = self.needed(table, "day")
        if not any(table.get(key) is not None for key in _CONDITIONS):
            hint = "одно из: " + ", ".join(sorted(_CONDITIONS))
            self.fault(table.place, "E413", "не сказано, в какие именно дни открыто", hint)
        days = self._days(Text(self.text(day), day.place)) if day is not None else []
        spans = self._spans(self.needed(table, "hours"))
        if len(days) != 1 or not spans:
            if day is not None and len(days) > 1:
                self.fault(day.place, "E412", "здесь нужен один день недели")
            return None
        if week[days[0]] and day is not None:
            self.fault(day.place, "W417", f"«{_NAMES[days[0]]}» и так рабочий день: условие ни на что не влияет")
        numbers = {self.one_of(item, NUMBERS, "first") for item in self.texts(table.get("only"))}
        from_day, to_day = self._month_days(table.get("month_days"))
        return Conditional(
            days[0],
            spans,
            frozenset(NUMBERS[number] for number in numbers),
            self._dates(table.get("dates"), days[0]),
            from_day,
            to_day,
            _WORKS.get(self.one_of(table.get("previous"), _WORKS, "")),
            _WORKS.get(self.one_of(table.get("next"), _WORKS, "")),
        )

    def _dates(self, node: Node | None, weekday: int) -> frozenset[date]:
        found = set()
        for item in self.texts(node):
            day = self.day(item)
            if day is None:
                continue
            if day.weekday() != weekday:
                text = f"{day:%d.%m.%Y} — это «{_NAMES[day.weekday()]}», а не «{_NAMES[weekday]}»"
                self.fault(item.place, "E418", text)
            found.add(day)
        return frozenset(found)

    def _month_days(self, node: Node | None) -> tuple[int | None, int | None]:
        if node is None:
            return None, None
        match = _DAY_SPAN.fullmatch(self.text(node))
        if match is not None:
            first, last = int(match["first"]), 31 if match["last"] == "last" else int(match["last"])
            if 1 <= first <= 31 and 1 <= last <= 31:
                return first, last
        self.fault(node.place, "E418", f"не дни месяца: «{self.text(node)}»", "например 20-26 или 23-last")
        return None, None

    def zone(self, node: Node | None) -> ZoneInfo | None:
        name = self.text(node)
        if node is None or name in ("", "territory"):
            return None
        return read_zone(self, node)


def read_zone(reader: Reader, node: Node) -> ZoneInfo | None:
    """A time zone by its name."""
    name = reader.text(node)
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        hint = "например Europe/Moscow, Asia/Yekaterinburg, Asia/Barnaul"
        reader.fault(node.place, "E414", f"нет такого часового пояса: «{name}»", hint)
        return None


def _span(text: str) -> Span | None:
    match = _SPAN.fullmatch(text)
    if match is None:
        return None
    begins, ends = (int(match[f"h{n}"]) * 60 + int(match[f"m{n}"] or 0) for n in (1, 2))
    if begins >= DAY_MINUTES or ends > DAY_MINUTES or int(match["m1"] or 0) > 59 or int(match["m2"] or 0) > 59:
        return None
    if begins == ends:
        return None
    return Span(begins, ends if ends > begins else ends + DAY_MINUTES)

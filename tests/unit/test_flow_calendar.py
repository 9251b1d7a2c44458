"""Working hours: open exactly when the admin wrote, in every year, zone and edge of the day."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.flow.finding import Place
from ivr.flow.hours.calendar import Calendar, NoSuchSchedule, Schedule
from ivr.flow.hours.calendar_file import read_calendar
from ivr.flow.hours.calendar_words import FACTS, hours, opens, until, week, when
from ivr.flow.hours.production import SHIPPED, DayType, Production, shipped
from ivr.flow.hours.spans import ALL_DAY, Span
from ivr.prompts.pieces import pieces

MOSCOW, CHELYABINSK, BARNAUL = (ZoneInfo(name) for name in ("Europe/Moscow", "Asia/Yekaterinburg", "Asia/Barnaul"))
NOW = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)
CALENDAR = """
schedules:
  operators:
    title: Операторы
    hours:
      пн-чт: 8:00-18:00
      пт: 8:00-17:00
    conditional:
      - {day: сб, hours: 9:00-17:00, only: [first, last]}
    exceptions:
      2026-12-30: {hours: 8:00-12:00, why: Корпоративный день}
  office:
    zone: territory
    hours: {вт-сб: "9:00-13:00, 14:00-18:00"}
    short_day: 0
  b2b:
    hours: {будни: 9-18}
    holidays: 10:00-14:00
  night:
    hours: {ежедневно: 22:00-6:00}
  bot:
    hours: always
exceptions:
  08.07.2026: closed
"""


def written(folder: Path, text: str = CALENDAR, *, now: datetime = NOW) -> tuple[Calendar, list[str]]:
    (folder / "calendar.yaml").write_text(text, encoding="utf-8")
    calendar, findings = read_calendar(
        folder, now=now, zone=MOSCOW, territories={"Челябинск": CHELYABINSK, "Барнаул": BARNAUL}
    )
    return calendar, [f"{finding.place.line}:{finding.place.col} {finding.code}" for finding in findings]


@pytest.fixture
def calendar(tmp_path: Path) -> Calendar:
    read, findings = written(tmp_path)
    assert findings == []
    return read


def moscow(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=MOSCOW)


# -- the production calendar -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "kind"),
    [
        ("2024-01-08", DayType.HOLIDAY),
        ("2024-02-22", DayType.SHORT),
        ("2024-04-27", DayType.SHORT),  # a worked Saturday, and short
        ("2024-04-29", DayType.OFF),
        ("2024-04-30", DayType.OFF),
        ("2024-05-10", DayType.OFF),
        ("2024-11-02", DayType.SHORT),
        ("2024-12-28", DayType.WORKING),
        ("2024-12-31", DayType.OFF),
        ("2025-05-02", DayType.OFF),
        ("2025-05-08", DayType.OFF),
        ("2025-06-13", DayType.OFF),
        ("2025-11-01", DayType.SHORT),
        ("2025-11-03", DayType.OFF),
        ("2025-12-30", DayType.WORKING),
        ("2026-01-09", DayType.OFF),
        ("2026-03-09", DayType.OFF),
        ("2026-05-08", DayType.SHORT),
        ("2026-05-09", DayType.HOLIDAY),
        ("2026-05-11", DayType.OFF),
        ("2026-11-03", DayType.SHORT),
        ("2026-11-07", DayType.OFF),
        ("2026-11-23", DayType.WORKING),
        ("2027-02-20", DayType.SHORT),
        ("2027-02-22", DayType.OFF),
        ("2027-06-14", DayType.OFF),
        ("2027-11-05", DayType.OFF),
    ],
)
def test_days_of_the_published_years_are_what_was_published(day: str, kind: DayType) -> None:
    assert Production(shipped()).day_type(date.fromisoformat(day)) is kind


@pytest.mark.parametrize(("year", "days", "hours_"), [(2024, 248, None), (2025, 247, 1972), (2026, 247, 1972)])
def test_a_year_has_the_published_number_of_working_days(year: int, days: int, hours_: int | None) -> None:
    one = shipped()[year]
    types = [one.day_type(day) for day in one.days()]
    assert sum(kind.works for kind in types) == days
    assert hours_ is None or days * 8 - types.count(DayType.SHORT) == hours_
    assert Production(shipped()).working_days_between(date(year, 1, 1), date(year + 1, 1, 1)) == days


def test_every_shipped_year_names_its_source() -> None:
    assert set(shipped()) >= {2024, 2025, 2026, 2027}
    assert all(len(year.source) > 40 for year in shipped().values())


def test_a_year_nobody_published_keeps_what_the_labour_code_fixes() -> None:
    later = Production(shipped())
    assert later.day_type(date(2031, 1, 8)) is DayType.HOLIDAY
    assert later.day_type(date(2031, 6, 11)) is DayType.SHORT
    assert later.day_type(date(2031, 6, 14)) is DayType.OFF
    assert later.day_type(date(2031, 6, 16)) is DayType.WORKING


def test_the_working_day_after_next_skips_holidays() -> None:
    production = Production(shipped())
    assert production.add_working_days(date(2026, 12, 30), 1) == date(2027, 1, 11)
    assert production.working_days_between(date(2026, 5, 12), date(2026, 5, 8)) == -1


def test_a_missing_next_year_is_reported_from_november(tmp_path: Path) -> None:
    last = max(shipped())
    place = Place(tmp_path / "calendar.yaml")
    known = Production(shipped())
    assert known.missing(datetime(last, 10, 31, 23, 59, tzinfo=MOSCOW), place) == []
    (warning,) = known.missing(datetime(last, 11, 1, tzinfo=MOSCOW), place)
    assert (warning.code, warning.is_error) == ("W402", False)
    assert str(last + 1) in warning.message
    assert [each.code for each in known.missing(datetime(last + 1, 11, 1, tzinfo=MOSCOW), place)] == ["W401", "W402"]


def test_november_begins_by_the_clock_of_the_supplier(tmp_path: Path) -> None:
    last = max(shipped())
    assert written(tmp_path, now=datetime(last, 10, 31, 20, 59, tzinfo=UTC))[1] == []
    assert written(tmp_path, now=datetime(last, 10, 31, 21, 0, tzinfo=UTC))[1] == ["1:1 W402"]


def test_a_supplier_may_bring_a_year_we_were_shipped_without(tmp_path: Path) -> None:
    (tmp_path / "calendars").mkdir()
    (tmp_path / "calendars" / "2028.yaml").write_text(
        "year: 2028\nsource: Постановление\nchecked: 2027-10-01\nholidays: {2028-01-03: Каникулы}\n"
        "moved: {2028-05-02: 2028-05-06}\nshort: [2028-05-06]\n",
        encoding="utf-8",
    )
    calendar, findings = written(tmp_path)
    assert findings == []
    assert calendar.day_type(date(2028, 5, 6)) is DayType.SHORT
    assert calendar.day_type(date(2028, 5, 2)) is DayType.OFF


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("working_days: 247", "working_days: 248", "E405"),
        ("2026-01-09: 2026-01-03", "2026-01-10: 2026-01-03", "E404"),
        ("2026-01-09: 2026-01-03", "2026-01-09: 2026-01-14", "E404"),
        ("short: [2026-04-30", "short: [2026-05-01", "E404"),
        ("short: [2026-04-30", "short: [2025-04-30", "E403"),
        ("2026-06-12:", "2026-06-31:", "E116"),
        ("year: 2026", "year: 2025", "E403"),
        ("checked: 2026-11-21", "checked: вчера", "E116"),
    ],
)
def test_a_mistyped_year_is_found(tmp_path: Path, old: str, new: str, code: str) -> None:
    text = (SHIPPED / "2026.yaml").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "calendars").mkdir()
    (tmp_path / "calendars" / "2026.yaml").write_text(text.replace(old, new), encoding="utf-8")
    assert code in {finding.split()[1] for finding in written(tmp_path)[1]}


# -- open or not -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("schedule", "at", "is_open"),
    [
        ("operators", "2026-03-04T07:59:59.999999", False),
        ("operators", "2026-03-04T08:00", True),
        ("operators", "2026-03-04T17:59:59.999999", True),
        ("operators", "2026-03-04T18:00", False),
        ("operators", "2026-03-06T17:30", False),  # Friday
        ("operators", "2026-03-07T10:00", True),  # the first Saturday
        ("operators", "2026-03-14T10:00", False),
        ("operators", "2026-03-28T10:00", True),  # the last Saturday
        ("operators", "2026-03-09T10:00", False),  # Monday off for Sunday the 8th
        ("operators", "2026-04-30T16:59", True),  # Thursday, short
        ("operators", "2026-04-30T17:00", False),
        ("operators", "2026-07-08T10:00", False),  # the supplier's own day off
        ("operators", "2026-12-30T12:00", False),
        ("operators", "2025-11-01T16:59", True),  # Saturday worked for Monday, short
        ("operators", "2025-11-01T17:00", False),
        ("operators", "2025-11-03T12:00", False),
        ("operators", "2024-11-02T16:30", True),  # worked for Tuesday 30 April
        ("operators", "2026-05-02T10:00", True),  # an ordinary Saturday between holidays, the first of the month
        ("operators", "2026-05-09T10:00", False),  # a Saturday that is a holiday
        ("b2b", "2026-05-09T10:00", True),
        ("b2b", "2026-05-11T13:59", True),
        ("b2b", "2026-05-10T10:00", False),
        ("night", "2026-03-04T21:59", False),
        ("night", "2026-03-04T23:00", True),
        ("night", "2026-03-05T05:59", True),
        ("night", "2026-03-05T06:00", False),
        ("bot", "2026-01-01T00:00", True),
        ("bot", "2026-07-08T00:00", True),
    ],
)
def test_it_is_open_when_the_hours_say_so(calendar: Calendar, schedule: str, at: str, is_open: bool) -> None:
    assert calendar.open_at(moscow(at), schedule) is is_open


def test_an_office_opens_by_the_clock_of_its_own_territory(calendar: Calendar) -> None:
    at = datetime(2026, 3, 4, 4, 30, tzinfo=UTC)  # 7:30 in Moscow, 9:30 in Chelyabinsk, 11:30 in Barnaul
    assert not calendar.open_at(at, "office")
    assert calendar.open_at(at, "office", "Челябинск")
    assert calendar.open_at(at, "office", "Барнаул")
    assert not calendar.open_at(at, "office", "Неизвестный")
    lunch = datetime(2026, 3, 4, 8, 30, tzinfo=UTC)
    assert not calendar.open_at(lunch, "office", "Челябинск")


def test_an_office_keeps_its_hours_on_a_short_day(calendar: Calendar) -> None:
    assert calendar.open_at(moscow("2026-04-30T17:30"), "office")


def test_the_operators_hours_do_not_follow_the_caller(calendar: Calendar) -> None:
    assert calendar.open_at(moscow("2026-03-04T17:30"), "operators", "Барнаул")


def test_a_schedule_that_does_not_exist_is_said_by_name(calendar: Calendar) -> None:
    with pytest.raises(NoSuchSchedule, match="operatorz"):
        calendar.open_at(NOW, "operatorz")


def test_the_next_opening_skips_new_year(calendar: Calendar) -> None:
    assert calendar.opens_next(moscow("2026-12-30T12:00"), "operators") == moscow("2027-01-11T08:00")
    assert calendar.opens_next(moscow("2026-12-30T12:00"), "b2b") == moscow("2026-12-30T12:00")
    assert calendar.opens_next(moscow("2026-12-30T18:00"), "b2b") == moscow("2026-12-31T10:00")


def test_what_closes_at_midnight_closes_once(calendar: Calendar) -> None:
    assert calendar.closes_next(moscow("2026-03-04T23:00"), "night") == moscow("2026-03-05T06:00")
    assert calendar.closes_next(moscow("2026-03-04T12:00"), "night") is None
    assert calendar.closes_next(moscow("2026-03-04T12:00"), "bot") is None


@pytest.mark.parametrize(
    ("condition", "days"),
    [
        ("only: first", {7}),
        ("only: [second, fourth]", {14, 28}),
        ("only: last", {28}),
        ("only: fifth", set()),
        ("month_days: 20-26", {21}),
        ("month_days: 23-last", {28}),
        ("month_days: 28-7", {7, 28}),
        ("dates: [2026-03-14, 21.03.2026]", {14, 21}),
        ("next: off", {7}),  # Monday the 9th rests
        ("next: working", {14, 21, 28}),
        ("previous: off", set()),
        ("{only: first, next: working}", set()),
    ],
)
def test_a_conditional_saturday_is_worked_only_when_its_condition_holds(
    tmp_path: Path, condition: str, days: set[int]
) -> None:
    row = "{day: сб, hours: 9-17, " + condition.strip("{}") + "}"
    text = "schedules: {o: {hours: {пн-пт: 8-18}, conditional: [" + row + "]}}"
    calendar, findings = written(tmp_path, text)
    assert findings == []
    worked = {
        day for day in range(1, 32) if date(2026, 3, day).weekday() == 5 and calendar.hours_on(date(2026, 3, day), "o")
    }
    assert worked == days


def test_a_regional_holiday_is_kept_every_year(tmp_path: Path) -> None:
    calendar, findings = written(tmp_path, "holidays: {18.03: Воссоединение}\n" + CALENDAR.lstrip())
    assert findings == []
    assert calendar.day_type(date(2026, 3, 18)) is DayType.HOLIDAY
    assert calendar.production.holiday_name(date(2026, 3, 18)) == "Воссоединение"
    assert not calendar.open_at(moscow("2026-03-18T10:00"), "operators")


def test_a_short_day_takes_its_hour_from_the_end_of_work(tmp_path: Path) -> None:
    calendar, _ = written(tmp_path, "schedules: {o: {hours: {чт: '8:00-12:00, 13:00-13:30'}}}")
    assert calendar.hours_on(date(2026, 4, 30), "o") == (Span(480, 690),)


def test_a_folder_without_a_calendar_has_no_schedules(tmp_path: Path) -> None:
    calendar, findings = read_calendar(tmp_path, now=NOW, zone=MOSCOW)
    assert (dict(calendar.schedules), findings) == ({}, [])


# -- what is wrong is found --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("schedules: {o: {hours: {пн: §8:00-25:00}}}", "E410"),
        ("schedules: {o: {hours: {пн: §с восьми}}}", "E410"),
        ("schedules: {o: {hours: {пн: §8:00-8:00}}}", "E410"),
        ("schedules: {o: {hours: {пн: §8:60-9:00}}}", "E410"),
        ("schedules: {o: {hours: {пн: §'8-12, 11-18'}}}", "E411"),
        ("schedules: {o: {hours: {§пнд: 8-12, вт: 9-10}}}", "E412"),
        ("schedules: {o: {hours: {пн-ср: 8-12, §вт: 9-10}}}", "E412"),
        ("schedules: {o: {hours: §8-12}}", "E412"),
        ("schedules: {o: §{title: О}}", "E103"),
        ("schedules: {§o: {hours: {пн: закрыто}}}", "W415"),
        ("schedules: {§o: {hours: {ежедневно: круглосуточно}}}", "W419"),
        ("schedules: {o: {hours: {пн: 8-9}, zone: §Europe/Mosco}}", "E414"),
        ("schedules: {o: {hours: {пн: 8-9}, short_day: §да}}", "E107"),
        ("schedules: {o: {hours: {пн: 8-9}, §shortday: 60}}", "E102"),
        ("schedules: {o: {hours: {пн: 8-9}, exceptions: {§2026-02-30: closed}}}", "E116"),
        ("schedules: {o: {hours: {пн: 8-9}, exceptions: {2026-02-20: §{why: ремонт}}}}", "E103"),
        ("schedules: {o: {hours: {пн: 8-9}, conditional: [§{day: сб, hours: 9-12}]}}", "E413"),
        ("schedules: {o: {hours: {пн: 8-9}, conditional: [{day: сб, hours: 9-12, only: §frst}]}}", "E115"),
        ("schedules: {o: {hours: {пн: 8-9}, conditional: [{day: §пн, hours: 9-12, only: last}]}}", "W417"),
        ("schedules: {o: {hours: {пн: 8-9}, conditional: [{day: сб, hours: 9-12, dates: [§2026-03-06]}]}}", "E418"),
        ("schedules: {o: {hours: {пн: 8-9}, conditional: [{day: сб, hours: 9-12, month_days: §5}]}}", "E418"),
        ("holidays: {§32.01: День}\nschedules: {o: {hours: {пн: 8-9}}}", "E116"),
        ("schedules: §[o]", "E106"),
        ("schedules: {o: {hours: {пн: 8-9}}}\n§hours: {пн: 8-9}", "E102"),
    ],
)
def test_a_fault_is_found_where_it_stands(tmp_path: Path, text: str, code: str) -> None:
    before, after = text.split("§")
    line, col = before.count("\n") + 1, len(before.rpartition("\n")[2]) + 1
    assert written(tmp_path, before + after)[1] == [f"{line}:{col} {code}"]


@given(st.text(max_size=80))
@settings(max_examples=60)
def test_no_text_in_the_place_of_hours_breaks_the_reader(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    folder = tmp_path_factory.mktemp("calendar")
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    written(folder, f'schedules: {{o: {{hours: {{"{quoted}": "{quoted}"}}}}}}')


# -- properties --------------------------------------------------------------------------------------------------------

_spans = st.lists(st.integers(0, 1440), min_size=0, max_size=4, unique=True).map(
    lambda ends: tuple(Span(*pair) for pair in zip(*[iter(sorted(ends))] * 2, strict=False))
)
_instants = st.datetimes(datetime(2023, 12, 1), datetime(2028, 2, 1)).map(lambda at: at.replace(tzinfo=UTC))  # noqa: DTZ001


@st.composite
def _calendars(draw: st.DrawFn) -> Calendar:
    schedule = Schedule(
        "o",
        Place(Path("calendar.yaml")),
        tuple(draw(_spans) for _ in range(7)),
        follows=draw(st.booleans()),
        short_by=draw(st.sampled_from([0, 60, 300])),
        holidays=draw(_spans),
    )
    zone = draw(st.sampled_from([MOSCOW, BARNAUL, ZoneInfo("Asia/Kamchatka"), ZoneInfo("Europe/Kaliningrad")]))
    return Calendar(Production(shipped()), {"o": schedule}, zone)


@given(_calendars(), _instants)
@settings(max_examples=150, deadline=None)
def test_nothing_is_open_before_the_next_opening(calendar: Calendar, at: datetime) -> None:
    begins = calendar.opens_next(at, "o")
    if begins is None:
        assert not any(calendar.open_at(at + timedelta(hours=step), "o") for step in range(24 * 8))
        return
    assert begins >= at
    assert calendar.open_at(begins, "o")
    assert (begins == at) == calendar.open_at(at, "o")
    for part in range(1, 8):
        between = at + (begins - at) * part / 8
        assert between >= begins or not calendar.open_at(between, "o")


@given(_calendars(), _instants)
@settings(max_examples=150, deadline=None)
def test_it_stays_open_until_the_next_closing(calendar: Calendar, at: datetime) -> None:
    ends = calendar.closes_next(at, "o")
    if ends is None:
        return
    assert calendar.open_at(at, "o")
    assert not calendar.open_at(ends, "o")
    assert calendar.open_at(ends - timedelta(microseconds=1), "o")
    for part in range(1, 8):
        assert calendar.open_at(at + (ends - at) * part / 8 - timedelta(microseconds=1) * (part == 8), "o")


@given(_calendars(), _instants)
@settings(max_examples=100, deadline=None)
def test_what_is_said_of_the_hours_has_no_digit(calendar: Calendar, at: datetime) -> None:
    said = {fact: calendar.words(fact, at, "o") for fact in FACTS}
    assert not any(letter.isdigit() for text in said.values() for letter in text)
    assert bool(said["closes_words"]) == calendar.open_at(at, "o")
    if said["opens_words"]:
        assert not said["closes_words"]
    for text in said.values():
        if text:
            pieces("{said}.", {"said": text})


# -- words -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "schedule", "said"),
    [
        ("2026-03-04T09:00", "operators", "до восемнадцати часов"),
        ("2026-03-06T09:00", "operators", "до семнадцати часов"),
        ("2026-04-30T09:00", "operators", "до семнадцати часов"),
        ("2026-03-04T22:00", "operators", ""),
        ("2026-03-04T23:00", "night", "до шести часов"),
        ("2026-03-04T09:00", "bot", "круглосуточно"),
    ],
)
def test_a_caller_hears_until_when(calendar: Calendar, at: str, schedule: str, said: str) -> None:
    assert until(calendar, moscow(at), schedule) == said


@pytest.mark.parametrize(
    ("at", "said"),
    [
        ("2026-03-04T09:00", ""),
        ("2026-03-04T07:00", "сегодня с восьми часов"),
        ("2026-03-04T18:00", "завтра с восьми часов"),
        ("2026-03-06T18:00", "завтра с девяти часов"),
        ("2026-03-13T18:00", "в понедельник с восьми часов"),
        ("2026-03-14T18:00", "послезавтра с восьми часов"),
        ("2026-12-30T18:00", "одиннадцатого января с восьми часов"),
    ],
)
def test_a_caller_hears_when_it_opens(calendar: Calendar, at: str, said: str) -> None:
    assert opens(calendar, moscow(at), "operators") == said


def test_hours_are_said_as_people_say_them(calendar: Calendar) -> None:
    assert hours(()) == ""
    assert hours(ALL_DAY) == "круглосуточно"
    assert (
        hours((Span(480, 720), Span(780, 1080))) == "с восьми до двенадцати часов и с тринадцати до восемнадцати часов"
    )
    assert hours((Span(510, 1080),)) == "с восьми часов тридцати минут до восемнадцати часов"
    assert hours((Span(1080, 1440),)) == "с восемнадцати часов до полуночи"
    assert week(calendar.schedules["operators"].week) == (
        "с понедельника по четверг с восьми до восемнадцати часов, в пятницу с восьми до семнадцати часов"
    )
    assert week((ALL_DAY,) * 7) == "круглосуточно"
    assert week(calendar.schedules["office"].week).startswith("со вторника по субботу с девяти до тринадцати часов и ")
    assert when(date(2026, 3, 11), date(2026, 3, 4)) == "одиннадцатого марта"
    assert when(date(2026, 3, 10), date(2026, 3, 4)) == "во вторник"


@pytest.mark.parametrize("minute", [0, 1])
def test_a_step_that_asks_the_calendar_costs_little(calendar: Calendar, minute: int) -> None:
    at = moscow(f"2026-03-04T09:0{minute}")
    assert calendar.open_at(at, "operators")
    assert len(calendar._known) <= 2  # today and yesterday are worked out once

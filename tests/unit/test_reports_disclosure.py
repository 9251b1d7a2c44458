"""What suppliers have published comes out to the letter, from events that have those averages."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest

from ivr.journal.events import Event, Kind
from ivr.journal.metrics import Tally
from ivr.journal.periods import By
from ivr.journal.register import Contact, contact
from ivr.journal.reports.disclosure import (
    BadChannels,
    Channel,
    channels,
    channels_of_calls,
    hours,
    other_channels,
    waits,
    waits_in_seconds,
)
from ivr.journal.reports.sheet import THIN, Sheet, as_csv, as_json, as_text, clock, half_up, shown
from ivr.journal.tallies import by_period, tally

MURMANSK = ZoneInfo("Europe/Moscow")
# Contact centre, 2023: month, mean wait, mean service.
PUBLISHED = """
Январь 0:18 2:34
Февраль 0:22 2:20
Март 0:11 3:20
Апрель 0:15 2:20
Май 0:19 2:09
Июнь 0:11 2:10
Июль 0:18 2:05
Август 0:18 1:53
Сентябрь 0:15 2:08
Октябрь 0:16 2:24
Ноябрь 0:15 2:20
Декабрь 0:14 2:26
"""
ROWS = [line.split() for line in PUBLISHED.split("\n") if line]
# Requests by channel, 2024: January to December, total.
CHANNELS = {
    "Заочное обслуживание": "34218 38148 42360 32627 36522 43139 51140 102917 41919 48211 53512 42701 567414",
    "Контакт-центр": "22953 24644 26866 22144 24783 28434 33740 30395 27497 31126 34758 27660 335000",
    "Робот": "10378 12656 14844 9790 11399 13978 16687 14924 13410 15989 17565 13835 165455",
    "Личный кабинет": "888 862 690 694 689 727 845 752 1013 1096 1162 1206 10624",
}


def seconds(text: str) -> int:
    minutes, rest = text.split(":")
    return int(minutes) * 60 + int(rest)


def served(arrived: datetime, wait: float, talk: float) -> Contact:
    """A call whose caller heard the line for ten seconds, waited and talked."""
    call: UUID = uuid4()
    queued = arrived + timedelta(seconds=10)
    answered = queued + timedelta(seconds=wait)
    over = answered + timedelta(seconds=talk)
    told: list[tuple[Kind, datetime, dict[str, object]]] = [
        (Kind.ARRIVED, arrived, {"dialled": "88003505566", "caller": "+79130000001"}),
        (Kind.QUEUED, queued, {"queue": "operators"}),
        (Kind.LEFT_QUEUE, answered, {"why": "connected"}),
        (Kind.CONNECTED, answered, {"operator": "101"}),
        (Kind.BRIDGED, answered, {"bridge": "b", "type": "basic", "others": ["101"]}),
        (Kind.UNBRIDGED, over, {"bridge": "b"}),
        (Kind.HUNG_UP, over, {"by": "caller"}),
    ]
    return contact(
        Event(uuid4(), "murmansk", "node", call, seq, at, kind, 1, data) for seq, (kind, at, data) in enumerate(told)
    )


def year() -> Iterator[Contact]:
    """Each month three calls that differ and have the published means, one of them in its first minute."""
    for month, (_, wait, service) in enumerate(ROWS, start=1):
        first = datetime(2023, month, 1, 0, 0, 5, tzinfo=MURMANSK).astimezone(UTC)
        for number, shift in enumerate((-6.4, 0, 6.4)):
            yield served(first + timedelta(days=number * 9), seconds(wait) + shift, seconds(service) - 5 * shift)


def months(found: dict[datetime, Tally]) -> dict[tuple[int, int], Tally]:
    return {(at.year, at.month): tally for at, tally in found.items()}


def cells(sheet: Sheet) -> list[list[str]]:
    return [
        [shown(cell, column.kind) for cell, column in zip(row, sheet.columns, strict=True)] for row in sheet.lines()
    ]


def test_a_year_of_waits_as_it_was_published() -> None:
    sheet = waits(months(by_period(year(), By.MONTH, MURMANSK)))
    assert [column.title for column in sheet.columns] == [
        "Период",
        "Среднее время ожидания ответа оператора",
        "Среднее время обслуживания",
    ]
    assert cells(sheet)[:-1] == ROWS
    assert cells(sheet)[-1] == ["Итого", "0:16", "2:21"]
    assert any("не среднее из месяцев" in note for note in sheet.notes)


def test_the_total_is_of_calls_and_not_of_months() -> None:
    start = datetime(2023, 1, 10, tzinfo=UTC)
    many = [served(start, 10, 100)] * 3 + [served(start + timedelta(days=40), 50, 200)]
    sheet = waits_in_seconds(months(by_period(many, By.MONTH, MURMANSK)))
    assert cells(sheet) == [["Январь", "10", "100"], ["Февраль", "50", "200"], ["Итого", "20", "125"]]


def test_months_of_two_years_are_told_apart_and_an_empty_one_says_so() -> None:
    sheet = waits({(2023, 12): Tally(), (2024, 1): Tally(answered=1, wait_answered=499, talk=500)})
    assert cells(sheet) == [
        ["Декабрь 2023", "н/д", "н/д"],
        ["Январь 2024", "0:00", "0:01"],
        ["Итого", "0:00", "0:01"],
    ]


def published_channels() -> Sheet:
    table = []
    for title, counts in CHANNELS.items():
        by_month = {(2024, month): int(count) for month, count in enumerate(counts.split()[:12], start=1)}
        parts = ("Контакт-центр", "Робот", "Личный кабинет") if title == "Заочное обслуживание" else ()
        table.append(Channel(title, by_month, parts))
    return channels(table)


def test_a_year_of_channels_as_it_was_published() -> None:
    sheet = published_channels()
    expected = [
        [title, *(f"{int(count):,}".replace(",", THIN) for count in counts.split())]
        for title, counts in CHANNELS.items()
    ]
    assert cells(sheet) == expected
    assert [column.title for column in sheet.columns] == [
        "Канал обращения", "Январь", "Февраль", "Март", "Апрель", "Май", "Июнь", "Июль", "Август", "Сентябрь",
        "Октябрь", "Ноябрь", "Декабрь", "Итого",
    ]  # fmt: skip


def by_robot(arrived: datetime) -> Contact:
    call = uuid4()
    told: list[tuple[Kind, int, dict[str, object]]] = [
        (Kind.ARRIVED, 0, {}),
        (Kind.STORED, 40, {"account": "7001234567", "values": {"single": 12345}}),
        (Kind.HUNG_UP, 60, {}),
    ]
    return contact(
        Event(uuid4(), "belgorod", "node", call, seq, arrived + timedelta(seconds=at), kind, 1, data)
        for seq, (kind, at, data) in enumerate(told)
    )


def times(one: Tally, count: int) -> Tally:
    """So many calls like this one."""
    if not count:
        return Tally()
    half = times(one, count // 2)
    return half + half + (one if count % 2 else Tally())


def test_the_table_that_was_published_comes_of_calls_and_of_what_the_line_is_told() -> None:
    months: dict[tuple[int, int], Tally] = {}
    for month in range(1, 13):
        at = datetime(2024, month, 10, 12, tzinfo=UTC)
        centre, robot = (int(CHANNELS[title].split()[month - 1]) for title in ("Контакт-центр", "Робот"))
        months[2024, month] = times(tally(served(at, 15, 130)), centre) + times(tally(by_robot(at)), robot)
    lines = ["Канал;Месяц;Обращений;Сумма"]
    for title, parts in (("Заочное обслуживание", "Контакт-центр + Робот + Личный кабинет"), ("Личный кабинет", "")):
        counts = CHANNELS[title].split()[:12]
        lines += [f"{title};2024-{month:02};{count};{parts}" for month, count in enumerate(counts, start=1)]
    sheet = channels_of_calls(months, other_channels("\n".join(lines)))
    assert cells(sheet) == cells(published_channels())
    assert sheet.notes == published_channels().notes


@pytest.mark.parametrize("line", ["А;2024-13;5", "А;январь;5", "А;2024-01", "А;2024-01;много"])
def test_a_line_of_other_channels_that_makes_no_sense_is_named(line: str) -> None:
    with pytest.raises(BadChannels, match="line 3"):
        other_channels(f"Канал;Месяц;Обращений\n\n{line}\n")


def test_channels_that_do_not_add_up_are_named_with_their_gap() -> None:
    [note] = published_channels().notes
    assert f"август +56{THIN}846" in note
    assert "ноябрь +27" in note


def test_hours_of_channels() -> None:
    table = [("Операторы", "пн–чт 08:00–18:00, пт 08:00–17:00"), ("Интерактивный помощник в КЦ", "Круглосуточно")]
    assert cells(hours(table)) == [list(row) for row in table]


@pytest.mark.parametrize(
    ("milliseconds", "text"), [(0, "0:00"), (499, "0:00"), (500, "0:01"), (59_500, "1:00"), (207_600, "3:28")]
)
def test_times_are_rounded_half_up(milliseconds: int, text: str) -> None:
    assert clock(milliseconds) == text


def test_a_half_is_always_up() -> None:
    assert [half_up(value) for value in (0.5, 1.5, 2.5, 2.4999)] == [1, 2, 3, 2]


def test_for_people_for_programs_and_for_spreadsheets() -> None:
    sheet = waits({(2023, 1): Tally(answered=2, wait_answered=36_000, talk=308_000)})
    text = as_text(sheet)
    assert "Январь" in text
    assert "0:18" in text
    assert "Итого" in text.splitlines()[-5]
    assert json.loads(as_json(sheet))["rows"] == [{"period": "Январь", "wait_ms": 18000.0, "service_ms": 154000.0}]
    assert as_csv(sheet).splitlines()[1] == "Январь;0:18;2:34"


def test_a_cell_that_a_spreadsheet_would_run_is_kept_a_text() -> None:
    assert as_csv(hours([("=HYPERLINK(1)", "+7")])).splitlines()[1] == "'=HYPERLINK(1);+7"

"""What supervisors read: by interval, by operator, by topic, and how full the lines were."""

import io
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from ivr.journal.metrics import ServiceLevel, Tally
from ivr.journal.periods import By
from ivr.journal.register import Contact, Exit
from ivr.journal.reports import service
from ivr.journal.reports.service import OnLine, Served
from ivr.journal.reports.sheet import Sheet, shown
from ivr.journal.reports.workbook import as_xlsx
from ivr.journal.tallies import by_period, tally
from ivr.journal.times import Doing, Segment

BARNAUL = ZoneInfo("Asia/Barnaul")
MORNING = datetime(2026, 11, 24, 9, tzinfo=BARNAUL)


def call(
    minute: float,
    exit: Exit = Exit.ANSWERED,
    *,
    wait: int = 0,
    talk: int = 0,
    topic: str | None = None,
    operators: tuple[str, ...] = ("101",),
    ivr: int = 10_000,
) -> Contact:
    """A contact that came so many minutes after nine, with these milliseconds of each thing."""
    arrived = at = MORNING + timedelta(minutes=minute)
    parts = []
    for doing, milliseconds in ((Doing.IVR, ivr), (Doing.QUEUE, wait), (Doing.TALK, talk)):
        if milliseconds:
            until = at + timedelta(milliseconds=milliseconds)
            who = operators if doing is Doing.TALK else ()
            parts.append(Segment(doing, at, until, "operators", who, milliseconds))
            at = until
    return Contact(
        uuid4(), "demo", arrived, at, True, exit, "88003505566", "+79130000001", None, topic, operators if talk else (),
        {}, bool(wait), wait, tuple(parts), arrived + timedelta(milliseconds=ivr) if wait else None,
    )  # fmt: skip


def cells(sheet: Sheet) -> list[list[str]]:
    return [
        [shown(cell, column.kind) for cell, column in zip(row, sheet.columns, strict=True)] for row in sheet.lines()
    ]


DAY = [
    call(1, wait=60_000, talk=100_000),
    call(2, wait=60_001, talk=200_000, operators=("102",)),
    call(3, Exit.ABANDONED_QUEUE, wait=4_999),
    call(29.9, Exit.ABANDONED_QUEUE, wait=30_000),  # arrived in one half hour, queued in the next
    call(39, Exit.QUEUE_TIMEOUT, wait=120_000),
    call(40, Exit.SELF_SERVED, topic="показания"),
    call(41, Exit.BLOCKED, ivr=0),
    call(42, Exit.ABANDONED_IVR, topic="показания"),
]


def test_service_level_by_the_interval_of_the_queue_with_its_variants_named() -> None:
    sheet = service.service_level(by_period(DAY, By.HALF, BARNAUL), By.HALF)
    titles = [column.title for column in sheet.columns]
    assert titles[5:7] == ["SL от поступивших", "SL без коротких"]
    assert cells(sheet) == [
        ["24.11.2026 09:00", "3", "2", "1", "0", "33,3%", "50,0%", "33,3%", "1:00", "1:00", "2:30"],
        ["24.11.2026 09:30", "2", "0", "1", "1", "0,0%", "0,0%", "100,0%", "н/д", "2:00", "н/д"],
        ["Итого", "5", "2", "2", "1", "20,0%", "25,0%", "60,0%", "1:00", "2:00", "2:30"],
    ]


@pytest.mark.parametrize("variant", list(ServiceLevel))
def test_every_variant_has_a_title_of_its_own(variant: ServiceLevel) -> None:
    sheet = service.service_level({MORNING: Tally()}, By.DAY, variants=[variant])
    assert [column.title for column in sheet.columns].count(service.TITLES[variant]) == 1
    assert cells(sheet)[0][:2] == ["24.11.2026", "0"]


def test_operators_by_their_talk() -> None:
    table = [Served("101", 2, 150_000, 0), Served("102", 1, 200_000, 5_000), Served("104", 0, 0, 1_000)]
    assert cells(service.operators(table)) == [
        ["102", "1", "3:20", "0:05", "3:20"],
        ["101", "2", "2:30", "0:00", "1:15"],
        ["104", "0", "0:00", "0:01", "н/д"],
    ]


def test_operators_by_the_day() -> None:
    table = [Served("101", 2, 150_000, 0, MORNING + timedelta(days=1)), Served("102", 1, 60_000, 0, MORNING)]
    rows = cells(service.operators(table, By.DAY))
    assert [row[:3] for row in rows] == [["24.11.2026", "102", "1"], ["25.11.2026", "101", "2"]]


def by_topic(calls: Iterable[Contact]) -> dict[str, Tally]:
    tallies: dict[str, Tally] = {}
    for one in calls:
        tallies[one.topic or ""] = tallies.get(one.topic or "", Tally()) + tally(one)
    return tallies


def test_topics_and_what_the_robot_serves_of_them() -> None:
    complaint = replace(call(43, Exit.ABANDONED_IVR, topic="жалоба"), complaint=True, passed_on=True)
    assert cells(service.topics(by_topic([*DAY, complaint]))) == [
        ["тема не определена", "6", "66,7%", "0", "2", "2:30", "0", "0"],
        ["показания", "2", "22,2%", "1", "0", "н/д", "0", "0"],
        ["жалоба", "1", "11,1%", "0", "0", "н/д", "1", "1"],
        ["Итого", "9", "100,0%", "1", "2", "2:30", "1", "1"],
    ]
    assert cells(service.topics({})) == [["Итого", "0", "н/д", "0", "0", "н/д", "0", "0"]]


def on_line(calls: Iterable[Contact]) -> list[OnLine]:
    return [OnLine(one.arrived, one.ended, one.dialled or "", one.exit is Exit.BLOCKED) for one in calls]


def test_the_load_of_the_lines() -> None:
    sheet = service.load(on_line(DAY), By.HALF, BARNAUL)
    assert cells(sheet) == [
        ["24.11.2026 09:00", "4", "3", "0"],
        ["24.11.2026 09:30", "4", "2", "1"],
        ["Итого", "8", "3", "1"],
    ]


def test_a_long_call_fills_a_line_in_every_interval_it_touches() -> None:
    sheet = service.load(on_line([call(20, talk=60 * 60_000), call(75, talk=60_000)]), By.HALF, BARNAUL)
    assert [row[2] for row in cells(sheet)] == ["1", "1", "2", "2"]


def test_the_peak_of_a_number_stands_against_its_limit() -> None:
    calls = [*on_line(DAY), OnLine(MORNING, MORNING, "88003505567")]
    assert cells(service.load_of_numbers(calls, {"88003505566": 4, "88003505568": 10})) == [
        ["88003505566", "8", "3", "4", "75,0%", "1"],
        ["88003505567", "1", "0", "н/д", "н/д", "0"],
        ["88003505568", "0", "0", "10", "0,0%", "0"],
    ]


@pytest.mark.parametrize(
    ("by", "after"),
    [
        (By.MONTH, datetime(2026, 12, 1, tzinfo=BARNAUL)),
        (By.DAY, datetime(2026, 11, 25, tzinfo=BARNAUL)),
        (By.HOUR, datetime(2026, 11, 24, 10, tzinfo=BARNAUL)),
        (By.QUARTER, datetime(2026, 11, 24, 9, 15, tzinfo=BARNAUL)),
    ],
)
def test_periods_follow_one_another(by: By, after: datetime) -> None:
    start = {By.MONTH: MORNING.replace(day=1, hour=0), By.DAY: MORNING.replace(hour=0)}.get(by, MORNING)
    assert service.next_period(start, by, BARNAUL) == after


def test_a_spreadsheet_has_figures_and_not_texts() -> None:
    sheet = service.service_level(by_period(DAY, By.HALF, BARNAUL), By.HALF)
    page = openpyxl.load_workbook(io.BytesIO(as_xlsx(sheet))).active
    assert page is not None
    rows = list(page.iter_rows(min_row=3, max_row=6))
    assert rows[0][0].value == "Период"
    assert rows[1][5].value == pytest.approx(1 / 3)
    assert rows[1][5].number_format == "0.0%"
    assert rows[2][7].value == 1
    assert rows[2][8].value == "н/д"
    assert rows[3][0].font.bold
    assert page.freeze_panes == "B4"

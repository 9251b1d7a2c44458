"""What came of calls: the robot's steps, who came again, callbacks, and every figure against its target."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from ivr.journal.events import Event, Kind
from ivr.journal.metrics import Tally
from ivr.journal.reports import targets
from ivr.journal.reports.robot import Steps, robot
from ivr.journal.reports.sheet import Sheet, shown
from ivr.journal.reports.targets import Promise, Target
from ivr.journal.spoken import Spoken, spoken

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def cells(sheet: Sheet) -> list[list[str]]:
    return [
        [shown(cell, column.kind) for cell, column in zip(row, sheet.columns, strict=True)] for row in sheet.lines()
    ]


def told(*events: tuple[float, Kind, dict[str, object]]) -> list[Event]:
    return [
        Event(UUID(int=seq), "demo", "node1", UUID(int=7), seq, NOON + timedelta(seconds=at), kind, 1, data)
        for seq, (at, kind, data) in enumerate(events, 1)
    ]


def step(at: float, name: str, verb: str, **data: object) -> tuple[float, Kind, dict[str, object]]:
    return at, Kind.STEP, {"flow": "main", "step": name, "verb": verb, **data}


def test_a_step_is_what_was_asked_in_it_and_the_way_out_that_was_taken() -> None:
    found = spoken(
        told(
            (0, Kind.ARRIVED, {}),
            step(1, "hello", "say"),
            step(3, "topic", "ask"),
            (8, Kind.UNDERSTOOD, {"act": "nothing", "by": "voice"}),
            (12, Kind.SILENT, {}),
            (15, Kind.UNDERSTOOD, {"act": "choice", "by": "keys"}),
            step(15.5, "readings", "bot", by="choice", of="main.topic"),
            (20, Kind.UNDERSTOOD, {"act": "value", "by": "voice"}),
            (30, Kind.ENDED, {"exit": "caller_left", "left": True}),
            (30, Kind.HUNG_UP, {}),
        )
    )
    assert found == [
        Spoken("main.topic", "ask", NOON + timedelta(seconds=3), "choice", 12_500, 3, 1, 1, 1),
        Spoken("main.readings", "bot", NOON + timedelta(seconds=15.5), "hang_up", 14_500, 1),
    ]
    assert found[0].asked_again == 2


def test_a_call_without_an_end_of_its_flow_ends_in_the_step_it_was_in() -> None:
    [one] = spoken(told((0, Kind.ARRIVED, {}), step(1, "ask", "bot"), (9, Kind.HUNG_UP, {})))
    assert (one.outcome, one.milliseconds) == ("hang_up", 8000)
    assert spoken([]) == []


def test_the_robots_steps_with_the_busiest_first() -> None:
    table = [
        Steps("main.topic", "ask", "choice", 8, 80_000, 10, 1, 1, 4),
        Steps("main.topic", "ask", "operator", 1, 5_000, 1, 0, 0, 0),
        Steps("main.topic", "ask", "hang_up", 1, 5_000, 1, 0, 1, 0),
        Steps("main.readings", "bot", "accepted", 3, 90_000, 12, 2, 0, 0),
        Steps("main.readings", "bot", "no_match", 1, 30_000, 4, 4, 0, 0),
    ]
    whole = Tally(entered=10, self_served=4, abandoned_ivr=1, bot_started=4, bot_closed=3)
    sheet = robot(table, whole, {"voice": 3, "keys": 1})
    assert cells(sheet) == [
        ["main.topic", "вопрос", "10", "80,0%", "10,0%", "10,0%", "1,20", "0,30", "8,3%", "16,7%", "44,4%", "0:09"],
        ["main.readings", "диалог", "4", "75,0%", "0,0%", "0,0%", "4,00", "1,50", "37,5%", "0,0%", "0,0%", "0:30"],
        ["Итого", "", "14", "78,6%", "7,1%", "7,1%", "2,00", "0,64", "25,0%", "7,1%", "21,1%", "0:15"],
    ]
    assert sheet.facts["containment"] == 0.4
    assert sheet.facts["bot_closure"] == 0.75
    assert "голосом — 3" in " ".join(sheet.notes)


def test_a_robot_that_nobody_talked_with_has_no_figures() -> None:
    sheet = robot([], Tally(), {})
    assert cells(sheet) == [["Итого", "", "0", *["н/д"] * 9]]
    assert "н/д" in sheet.notes[0]


def test_figures_stand_against_their_targets() -> None:
    whole = Tally(
        entered=100, self_served=65, answered=30, in_time=24, abandoned_late=1, wait_answered=300_000, talk=9_000_000,
        complaints=2, passed_on=10, ratings_offered=30, ratings={5: 9, 4: 1},
    )  # fmt: skip
    rows = {row[0]: row[1:] for row in cells(targets.targets(whole, 0.9, None))}
    assert rows["SL 80/60 от поступивших"] == ["77,4%", "≥ 80,0%", "нет"]
    assert rows["Потери"] == ["3,2%", "≤ 5,0%", "да"]
    assert rows["Средний разговор (ATT)"] == ["5:00", "≤ 4:24", "нет"]
    assert rows["Решено с первого обращения (FCR)"] == ["90,0%", "≥ 85,0%", "да"]
    assert rows["Средняя оценка (CSI)"] == ["4,90", "≥ 4,90", "да"]
    assert rows["Решено в IVR и роботом"] == ["65,0%", "≥ 60,0%", "да"]
    assert rows["Передано в бэк-офис"] == ["10,0%", "", ""]
    assert rows["Жалобы и претензии"] == ["2", "", ""]
    assert rows["Обратные звонки за 2 часа"] == ["н/д", "≥ 95,0%", ""]


@pytest.mark.parametrize(
    ("target", "holds"), [(Target("≥", 0.8), True), (Target("≤", 0.8), True), (Target("≥", 0.81), False)]
)
def test_a_target_that_is_just_met_holds(target: Target, holds: bool) -> None:
    assert target.holds(0.8) is holds


def test_repeats_by_topic_say_when_they_are_not_final() -> None:
    sheet = targets.repeats({"долг": (10, 2), "": (4, 0)}, settled=False)
    assert cells(sheet) == [
        ["долг", "10", "2", "80,0%"],
        ["тема не определена", "4", "0", "100,0%"],
        ["Итого", "14", "2", "85,7%"],
    ]
    assert len(sheet.notes) == 2
    assert len(targets.repeats({}, settled=True).notes) == 1


def test_callbacks_by_day_with_how_long_they_took() -> None:
    def one(state: str, minutes: float | None = None, requests: int = 1) -> Promise:
        rung = None if minutes is None else NOON + timedelta(minutes=minutes)
        return Promise("2026-11-24", state, requests, NOON, NOON + timedelta(hours=2), rung)

    book = [one("done", 10), one("done", 30, 2), one("done", 180), one("expired"), one("cancelled"), one("requested")]
    assert cells(targets.callbacks(book)) == [
        ["2026-11-24", "6", "1", "3", "0", "1", "1", "1", "30:00", "180:00", "50,0%"],
        ["Итого", "6", "1", "3", "0", "1", "1", "1", "30:00", "180:00", "50,0%"],
    ]
    assert targets.in_time([]) is None

"""`gudok report calls` tells of each call what its journal tells, for people and for programs."""

import asyncio
import csv
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
import typer
from typer.testing import CliRunner

from ivr.cli import report
from ivr.ids import new_id
from ivr.journal.contacts import contacts
from ivr.journal.counting import count_all
from ivr.journal.events import Kind
from ivr.journal.register import Exit
from ivr.journal.writer import Journal
from ivr.settings import Settings, load
from ivr.store import open_store

MORNING = datetime(2026, 3, 4, 6, 0, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else None
    return load(data=tmp_path, database=url)


def a_call(journal: Journal, at: datetime, *told: tuple[float, Kind, dict[str, object]], supplier: str) -> UUID:
    call = journal.open_call(supplier, new_id(at))
    call.note_at(at, Kind.ARRIVED, dialled="88003505566", caller="+79130000001")
    for seconds, kind, data in told:
        call.note_at(at + timedelta(seconds=seconds), kind, **data)
    return call.call


def answered(journal: Journal, at: datetime, supplier: str = "energosbyt") -> UUID:
    return a_call(
        journal,
        at,
        (2, Kind.SAID, {"text": "Здравствуйте"}),
        (10, Kind.QUEUED, {"queue": "energosbyt-operators", "topic": "readings"}),
        (28, Kind.LEFT_QUEUE, {"why": "connected"}),
        (28, Kind.CONNECTED, {"operator": "101"}),
        (28, Kind.BRIDGED, {"type": "basic", "others": ["101"]}),
        (88.4, Kind.UNBRIDGED, {}),
        (88.4, Kind.HUNG_UP, {"cause": 16}),
        supplier=supplier,
    )


def by_robot(journal: Journal, at: datetime) -> UUID:
    return a_call(
        journal,
        at,
        (30, Kind.STORED, {"account": "7001234567", "serial": "s1", "values": {"day": 12345, "night": 6789}}),
        (40, Kind.ENDED, {"exit": "self_served"}),
        (41, Kind.HUNG_UP, {"cause": 16}),
        supplier="energosbyt",
    )


def a_day(settings: Settings) -> list[UUID]:
    async def write() -> list[UUID]:
        async with await open_store(settings) as store, Journal(store, node="node1") as journal:
            answered(journal, MORNING, supplier="vodokanal")
            return [answered(journal, MORNING), by_robot(journal, MORNING + timedelta(hours=3))]

    return asyncio.run(write())


def run(settings: Settings, *arguments: str) -> tuple[int, str, str]:
    app = typer.Typer()
    report.register(app)
    runner = CliRunner(env={"GUDOK_DATABASE": settings.database} if settings.database else {})
    day = ["--from", "2026-03-04", "--to", "2026-03-05"]
    said = runner.invoke(app, ["report", "calls", "--data", str(settings.data), *day, *arguments])
    return said.exit_code, said.stdout, said.stderr


def test_a_program_gets_every_call_of_its_supplier_in_milliseconds(settings: Settings) -> None:
    calls = a_day(settings)
    code, out, _ = run(settings, "--format", "json")
    assert code == 0
    assert json.loads(out) == [
        {
            "call": str(calls[0]),
            "arrived": "2026-03-04T09:00:00.000+03:00",
            "dialled": "88003505566",
            "number": "***0001",
            "account": None,
            "topic": "readings",
            "ivr_ms": 10000,
            "wait_ms": 18000,
            "talk_ms": 60400,
            "hold_ms": 0,
            "operator": "101",
            "exit": "answered",
            "reading": None,
            "rating": None,
            "recording": None,
        },
        {
            "call": str(calls[1]),
            "arrived": "2026-03-04T12:00:00.000+03:00",
            "dialled": "88003505566",
            "number": "***0001",
            "account": "7001234567",
            "topic": None,
            "ivr_ms": 41000,
            "wait_ms": 0,
            "talk_ms": 0,
            "hold_ms": 0,
            "operator": None,
            "exit": "self_served",
            "reading": {"day": "12345", "night": "6789"},
            "rating": None,
            "recording": None,
        },
    ]


def test_a_spreadsheet_gets_the_same_rows(settings: Settings) -> None:
    a_day(settings)
    rows = list(csv.DictReader(io.StringIO(run(settings, "--format", "csv")[1])))
    assert [(row["exit"], row["wait_ms"], row["reading"]) for row in rows] == [
        ("answered", "18000", ""),
        ("self_served", "0", "day 12345; night 6789"),
    ]


def test_people_read_a_table_in_their_own_words(settings: Settings) -> None:
    a_day(settings)
    lines = run(settings)[1].splitlines()
    assert lines[0].split()[:2] == ["Поступил", "Куда"]
    assert "2026-03-04 09:00:00" in lines[1]
    assert "0:18" in lines[1]
    assert "1:00" in lines[1]
    assert "обслужен оператором" in lines[1]
    assert "день 12345, ночь 6789" in lines[2]


def test_periods_are_added_up_by_the_clocks_of_the_zone(settings: Settings) -> None:
    a_day(settings)
    rows = json.loads(run(settings, "--format", "json", "--by", "hour", "--zone", "Asia/Barnaul")[1])
    assert [(row["period"], row["arrived"], row["answered"], row["self_served"]) for row in rows] == [
        ("2026-03-04T13:00+07:00", 1, 1, 0),
        ("2026-03-04T16:00+07:00", 1, 0, 1),
    ]
    assert [(row["loss"], row["mean_wait_ms"], row["mean_talk_ms"]) for row in rows] == [
        (0.0, 18000, 60400),
        (None,) * 3,
    ]
    assert "н/д" in run(settings, "--by", "hour")[1]


def test_a_day_without_calls_is_an_empty_report(settings: Settings) -> None:
    a_day(settings)
    assert json.loads(run(settings, "--from", "2027-01-01", "--to", "2027-01-02", "--format", "json")[1]) == []


@pytest.mark.parametrize("wrong", [["--from", "yesterday"], ["--zone", "Mars/Olympus"], ["--by", "week"]])
def test_wrong_usage_says_so(tmp_path: Path, wrong: list[str]) -> None:
    code, _, said = run(load(data=tmp_path), *wrong)
    assert code == 2
    assert wrong[1] in said


def test_without_a_database_there_is_nothing_to_report(tmp_path: Path) -> None:
    code, _, said = run(load(data=tmp_path / "none"))
    assert code == 1
    assert "no database yet" in said


async def test_an_event_of_a_newer_version_is_passed_over(settings: Settings) -> None:
    from sqlalchemy import update

    from ivr.journal.tables import events

    async with await open_store(settings) as store:
        async with Journal(store, node="node1") as journal:
            answered(journal, MORNING)
        async with store.writing() as connection:
            await connection.execute(update(events).where(events.c.kind == "left_queue").values(kind="later"))
        await count_all(store)
        (one,) = [one async for one in contacts(store, "energosbyt")]
    assert one.exit is Exit.ANSWERED

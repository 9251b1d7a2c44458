"""Every report comes out of the command in every form, and the books can be counted again and proved."""

import asyncio
import csv
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

import openpyxl
import pytest
import typer
from sqlalchemy import delete, update
from typer.testing import CliRunner, Result

from ivr.cli import db, report
from ivr.ids import new_id
from ivr.journal.events import Kind
from ivr.journal.tables import contacts, tallies
from ivr.journal.writer import Journal
from ivr.settings import Settings
from ivr.store import open_store

MORNING = datetime(2026, 3, 4, 6, 0, tzinfo=UTC)
STRETCH = ("--from", "2026-03-04", "--to", "2026-03-05")
WITH_CHART = ("waits", "channels", "service-level", "topics", "load", "bot")
REPORTS = (*WITH_CHART, "operators", "repeats", "callbacks", "targets")


class Line:
    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.app = typer.Typer()
        report.register(self.app)
        db.register(self.app)

    def run(self, *arguments: str) -> Result:
        environment = {"GUDOK_DATABASE": self.settings.database} if self.settings.database else {}
        return CliRunner(env=environment).invoke(self.app, [*arguments, "--data", str(self.settings.data)])

    def out(self, *arguments: str) -> str:
        said = self.run(*arguments)
        assert said.exit_code == 0, said.output
        return said.stdout


@pytest.fixture
def line(settings: Settings) -> Line:
    """Three calls of a morning: with an operator, with the robot, and one that was sent away by its queue."""

    async def write() -> None:
        async with await open_store(settings) as store, Journal(store, node="node1") as journal:
            for number, (exit_, told) in enumerate(CALLS):
                at = MORNING + timedelta(minutes=20 * number)
                pen = journal.open_call(settings.supplier, new_id(at))
                pen.note_at(at, Kind.ARRIVED, dialled="88003505566", caller="+79130000001")
                for seconds, kind, data in told:
                    pen.note_at(at + timedelta(seconds=seconds), kind, **data)
                pen.note_at(at + timedelta(seconds=99), Kind.ENDED, exit=exit_)
                pen.note_at(at + timedelta(seconds=100), Kind.HUNG_UP, cause=16)

    asyncio.run(write())
    return Line(settings)


CALLS: tuple[tuple[str, list[tuple[float, Kind, dict[str, object]]]], ...] = (
    (
        "answered",
        [
            (5, Kind.TOPIC, {"topic": "долг", "name": "debt"}),
            (10, Kind.QUEUED, {"queue": "operators"}),
            (28, Kind.CONNECTED, {"operator": "101"}),
            (28, Kind.BRIDGED, {"type": "basic", "others": ["101"]}),
            (88, Kind.UNBRIDGED, {}),
            (95, Kind.RATED, {"rating": 5, "scale": [1, 5]}),
        ],
    ),
    (
        "self_served",
        [
            (1, Kind.STEP, {"flow": "main", "step": "readings", "verb": "bot"}),
            (9, Kind.UNDERSTOOD, {"act": "value", "by": "keys"}),
            (40, Kind.STORED, {"account": "7001234567", "serial": "s", "values": {"single": 12345}}),
        ],
    ),
    ("done", [(10, Kind.QUEUED, {"queue": "operators"}), (70, Kind.LEFT_QUEUE, {"why": "timeout"})]),
)


def test_every_report_comes_in_every_form(line: Line, tmp_path: Path) -> None:
    for name in REPORTS:
        told = json.loads(line.out("report", name, *STRETCH, "--format", "json"))
        assert told["title"], name
        assert line.out("report", name, *STRETCH).startswith(told["title"]), name
        rows = list(csv.reader(io.StringIO(line.out("report", name, *STRETCH, "--format", "csv")), delimiter=";"))
        assert len(rows) == 1 + len(told["rows"]) + (told["total"] is not None), name
        file = tmp_path / f"{name}.xlsx"
        line.out("report", name, *STRETCH, "--format", "xlsx", "-o", str(file))
        assert openpyxl.load_workbook(file).active is not None
    for name in WITH_CHART:
        ElementTree.fromstring(line.out("report", name, *STRETCH, "--format", "svg"))
    assert line.run("report", "operators", "--format", "svg").exit_code == 2


def test_what_the_reports_say_of_one_morning(line: Line) -> None:
    def told(name: str, *more: str) -> dict[str, object]:
        found: dict[str, object] = json.loads(line.out("report", name, *STRETCH, "--format", "json", *more))
        return found

    assert told("waits")["rows"] == [{"period": "Март", "wait_ms": 18_000.0, "service_ms": 60_000.0}]
    level = told("service-level", "--by", "day", "--queue", "operators")["total"]
    assert isinstance(level, dict)
    assert (level["offered"], level["answered"], level["timed_out"], level["sl_offered"]) == (2, 1, 1, 0.5)
    stricter = told("service-level", "--by", "day", "--within", "10")["total"]
    assert isinstance(stricter, dict)
    assert stricter["sl_offered"] == 0
    assert told("bot")["facts"] == {
        "containment": 1 / 3, "bot_closure": 1.0, "self_served": 1, "abandoned_ivr": 0,
    }  # fmt: skip
    rows = told("operators", "--by", "day")["rows"]
    assert isinstance(rows, list)
    operator = rows[0]
    assert (operator["period"], operator["operator"], operator["talk_ms"]) == ("04.03.2026", "101", 60_000)
    assert told("targets")["facts"]["csi"] == 5.0  # type: ignore[index]


def test_the_register_by_segments_and_by_customer(line: Line, tmp_path: Path) -> None:
    rows = json.loads(line.out("report", "calls", *STRETCH, "--segments", "--format", "json"))
    assert [(row["doing"], row["ms"]) for row in rows[:4]] == [
        ("ivr", 10_000), ("queue", 18_000), ("talk", 60_000), ("ivr", 12_000),
    ]  # fmt: skip
    [one] = json.loads(line.out("report", "calls", "--account", "7001234567", "--format", "json"))
    assert one["exit"] == "self_served"
    history = json.loads(line.out("report", "calls", "--phone", "+79130000001", "--format", "json"))
    assert [row["rating"] for row in history] == [5, None, None]
    assert json.loads(line.out("report", "calls", *STRETCH, "--operator", "102", "--format", "json")) == []
    file = tmp_path / "calls.xlsx"
    line.out("report", "calls", *STRETCH, "--format", "xlsx", "-o", str(file))
    page = openpyxl.load_workbook(file).active
    assert page is not None
    assert page.max_row >= 6


def test_the_books_are_counted_again_and_proved(line: Line) -> None:
    line.out("report", "waits", *STRETCH)
    line.out("db", "recount", *STRETCH, "--check")

    async def spoil() -> None:
        async with await open_store(line.settings) as store, store.writing() as connection:
            await connection.execute(update(tallies).values(answered=7))
            await connection.execute(delete(contacts).where(contacts.c.exit == "self_served"))

    asyncio.run(spoil())
    said = line.run("db", "recount", *STRETCH, "--check")
    assert said.exit_code == 1
    assert "answered: 7 is kept" in said.stdout
    assert "never counted" in said.stdout
    line.out("db", "recount", *STRETCH)
    line.out("db", "recount", *STRETCH, "--check")


def test_what_cannot_be_made_is_said(line: Line, tmp_path: Path) -> None:
    for wrong, code, words in (
        (("report", "forecast", "--on", "2026-04-01"), 1, "too few"),
        (("report", "forecast", "--on", "tomorrow"), 2, "2026-12-24"),
        (("report", "forecast", "--on", "2026-04-01", "--at", "half past"), 2, "10:30"),
        (("report", "forecast", "--on", "2026-04-01", "--by", "month"), 2, "15min"),
        (("report", "crosscheck",), 1, "queue log"),
        (("report", "waits", "--format", "xlsx"), 2, "-o"),
        (("report", "calls", "--by", "day", "--phone", "1"), 2, "--phone"),
    ):  # fmt: skip
        said = line.run(*wrong)
        assert said.exit_code == code, said.output
        assert words in said.stderr


def test_a_queue_log_that_tells_otherwise_is_a_finding(line: Line, tmp_path: Path) -> None:
    entered, log = int((MORNING + timedelta(seconds=10)).timestamp()), tmp_path / "queue_log"
    queue = f"{line.settings.supplier}-operators"
    log.write_text(f"{entered}|x-1|{queue}|NONE|ENTERQUEUE||1|1\n{entered + 9}|x-1|{queue}|NONE|ABANDON|1|1|9\n")
    said = line.run("report", "crosscheck", *STRETCH, "--queue-log", str(log), "--format", "json")
    assert said.exit_code == 1
    assert json.loads(said.stdout)["facts"]["differences"] >= 1

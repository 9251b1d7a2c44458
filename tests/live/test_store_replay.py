"""Finished calls out of the journal are played again on a draft: the same where nothing changed, and what differs."""

import json
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from ivr.call.rehearsal.rehearse import rehearse, set_stage
from ivr.call.replay import Comparison
from ivr.call.replaying import CannotReplay, replay
from ivr.call.text_phone import Script, acts
from ivr.flow.scenarios.scenario_parts import Staff, World
from ivr.ids import new_id
from ivr.journal.contacts import contacts
from ivr.journal.counting import count_all
from ivr.journal.events import Kind
from ivr.journal.told import last_finished, told
from ivr.journal.writer import Journal
from ivr.settings import load
from ivr.store import Store, open_store

AT = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)
LINE = """title: Свет
numbers: {"88001000000": main}
queues: {operators: {title: Операторы, always_open: да}}
on: {silence: people, no_match: people, refused: people, too_many: people, deaf: people, operator: people}
"""
FLOW = """start: menu
steps:
  menu:
    menu: Скажите «тариф» или «оператор».
    choices:
      tariff: {key: "1", say: [тариф], next: tariff}
      people: {key: "0", say: [оператор], next: people}
    tries: 2
  tariff: {say: Тариф пять рублей., next: done}
  people: {queue: operators, topic: вопрос, served: done, timeout: done, no_operators: done}
  done: {end: self_served}
"""


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with await open_store(load(data=tmp_path / "data")) as opened:
        yield opened


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return written(tmp_path / "live", FLOW)


def written(place: Path, flow: str, line: str = LINE) -> Path:
    folder = place / "svet"
    (folder / "flows").mkdir(parents=True, exist_ok=True)
    (folder / "line.yaml").write_text(line, encoding="utf-8")
    (folder / "flows" / "main.yaml").write_text(flow, encoding="utf-8")
    return folder


async def happened(
    store: Store, folder: Path, script: Sequence[str], *, world: World | None = None, at: datetime = AT, **more: object
) -> UUID:
    """A call that was answered by this folder, in the journal."""
    played = await rehearse(set_stage(folder), Script(acts(script)), at=at, world=world or World())
    call = new_id(at)
    async with Journal(store, node="node1") as journal:
        pen = journal.open_call("svet", call)
        for noted in played.book.noted:
            extra = {"version": 1, **more} if noted.kind is Kind.ARRIVED else {}
            pen.note_at(at + timedelta(seconds=noted.second), noted.kind, **noted.data, **extra)
        await pen.durable()
    return call


async def again(store: Store, draft: Path, call: UUID) -> Comparison:
    return await replay(set_stage(draft), store, await told(store, "svet", call))


@pytest.mark.parametrize("script", [["тариф"], ["#1"], ["", "оператор"], ["", ""], ["мяу", "!"], []])
async def test_on_the_same_dialplan_every_call_comes_out_the_same(
    store: Store, folder: Path, script: Sequence[str]
) -> None:
    call = await happened(store, folder, script)
    found = await again(store, folder, call)
    assert found.verdict == "same", [row for row in found.rows if not row.same]


async def test_other_words_are_shown_beside_the_old_ones(store: Store, folder: Path, tmp_path: Path) -> None:
    call = await happened(store, folder, ["тариф"])
    draft = written(tmp_path / "draft", FLOW.replace("Тариф пять", "Тариф шесть"))
    found = await again(store, draft, call)
    assert (found.verdict, found.said, found.steps) == ("differs", 1, 0)
    assert found.exits == ("self_served", "self_served")


async def test_a_key_that_leads_elsewhere_changes_steps_and_exit(store: Store, folder: Path, tmp_path: Path) -> None:
    call = await happened(store, folder, ["#1"])
    draft = FLOW.replace("next: tariff}", "next: gone}").replace("  done:", "  gone: {end: closed}\n  done:")
    found = await again(store, written(tmp_path / "draft", draft), call)
    assert found.verdict == "differs"
    assert found.exits == ("self_served", "closed")


async def test_a_new_question_ends_the_replay_and_is_named(store: Store, folder: Path, tmp_path: Path) -> None:
    call = await happened(store, folder, ["тариф"])
    asks = "  first: {menu: «Вы физическое лицо?», choices: {yes: {key: '1', say: [да], next: menu}}, tries: 1}\n"
    draft = FLOW.replace("start: menu", "start: first").replace("steps:\n", f"steps:\n{asks}")
    found = await again(store, written(tmp_path / "draft", draft), call)
    assert found.verdict == "not_known"
    assert found.not_known is not None
    assert found.not_known.step == "main.first"


@pytest.mark.parametrize("why", ["abandoned", "connected"])
async def test_a_caller_who_hangs_up_in_the_queue_or_in_the_talk_does_so_again(
    store: Store, folder: Path, why: str
) -> None:
    call = new_id(AT)
    async with Journal(store, node="node1") as journal:
        pen = journal.open_call("svet", call)
        pen.note(Kind.ARRIVED, dialled="88001000000", caller="+79130000001", version=1)
        pen.note(Kind.STEP, flow="main", step="menu", verb="menu")
        pen.note(Kind.SAID, text="Скажите тариф или оператор.")
        pen.note(Kind.PRESSED, keys="0")
        pen.note(Kind.STEP, flow="main", step="people", verb="queue", by="people", of="main.menu")
        pen.note(Kind.QUEUED, queue="svet-operators", position=1)
        pen.note(Kind.LEFT_QUEUE, queue="svet-operators", why=why)
        pen.note(Kind.ENDED, exit="caller_left")
        await pen.durable()
    found = await again(store, folder, call)
    assert found.exits == ("caller_left", "caller_left")
    assert found.verdict == "same", [row for row in found.rows if not row.same]


async def test_a_queue_nobody_served_in_is_so_again(store: Store, folder: Path) -> None:
    call = await happened(store, folder, ["оператор"], world=World(staff=Staff("none")))
    async with Journal(store, node="node2") as journal:
        pen = journal.open_call("svet", call)
        pen.note_at(AT, Kind.LEFT_QUEUE, queue="svet-operators", why="no_operators")
        await pen.durable()
    assert (await again(store, folder, call)).verdict == "same"


async def test_a_number_the_draft_does_not_answer_is_said(store: Store, folder: Path, tmp_path: Path) -> None:
    call = await happened(store, folder, ["тариф"])
    with pytest.raises(CannotReplay, match="88001000000"):
        await again(store, written(tmp_path / "draft", FLOW, LINE.replace("88001000000", "88002000000")), call)


async def test_a_call_of_a_draft_is_in_no_report(store: Store, folder: Path) -> None:
    call = await happened(store, folder, ["тариф"])
    await happened(store, folder, ["тариф"], at=AT + timedelta(minutes=1), draft=True)
    await count_all(store)
    assert [one.call async for one in contacts(store, "svet")] == [call]


async def test_the_latest_finished_calls_are_taken_and_drafts_are_not(store: Store, folder: Path) -> None:
    calls = [await happened(store, folder, ["тариф"], at=AT + timedelta(minutes=number)) for number in range(4)]
    await happened(store, folder, ["тариф"], at=AT + timedelta(hours=1), draft=True)
    assert await last_finished(store, "svet", 3) == list(reversed(calls))[:3]
    assert await last_finished(store, "teplo", 3) == []


def gudok(*words: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "ivr.cli", *words]
    return subprocess.run(argv, capture_output=True, text=True, check=False, timeout=60)


async def test_the_command_tells_programs_and_people(store: Store, folder: Path, tmp_path: Path) -> None:
    await happened(store, folder, ["тариф"])
    await happened(store, folder, ["оператор"], at=AT + timedelta(minutes=1))
    draft = written(tmp_path / "draft", FLOW.replace("Тариф пять", "Тариф шесть"))
    flags = ["--draft", str(draft), "--data", str(tmp_path / "data")]
    people = gudok("replay", *flags)
    assert people.returncode == 1, people.stderr
    assert "Тариф шесть рублей." in people.stdout
    assert "то же самое: 1, иначе: 1" in people.stderr
    programs = gudok("replay", *flags, "--json")
    lines = [json.loads(line) for line in programs.stdout.splitlines()]
    assert [line["verdict"] for line in lines] == ["same", "differs"]
    assert lines[1]["said"] == 1
    strange = gudok("replay", *flags, "nothing")
    assert (strange.returncode, "no call's id" in strange.stderr) == (2, True)

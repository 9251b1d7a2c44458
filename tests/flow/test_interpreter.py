"""Flows in text: the real interpreter and the real understanding, on the telephone that is a script."""

from collections.abc import Mapping, Sequence
from datetime import UTC
from pathlib import Path
from uuid import UUID

import pytest

from bots.talk import CallerLeft
from ivr.call.conversation import Conversation
from ivr.call.interpreter import Call, OutcomeWithoutEdge, TooManySteps, run
from ivr.call.phone import CallInfo, CannotHear, QueueEnd, Utterance
from ivr.call.text_phone import Act, TextPhone, acts
from ivr.clock import SystemClock
from ivr.flow.load import load
from ivr.journal.events import Kind

LINE = 'title: Т\nnumbers: {"100": main}\nqueues: {operators: О}\n'
FLOW = """
start: menu
on: {silence: people, no_match: people, refused: people, too_many: people, deaf: people, operator: people}
steps:
  menu:
    menu: Показания или оператор?
    choices:
      readings: {key: "2", say: [показания, передать показания], next: readings}
      operator: {key: "0", say: [оператор], next: people}
      again: {key: "1", next: menu}
    tries: 2
  readings: {bot: readings, outcomes: {accepted: thanks}}
  thanks: {say: Спасибо., next: done}
  people: {queue: operators, topic: разное, served: done, timeout: message, no_operators: message}
  message: {record: Оставьте сообщение., next: done}
  done: {end: self_served}
"""


class PlainSpeaker:
    """Speaks by writing: nothing has to be rendered for a telephone of text."""

    async def utterance(self, text: str, slots: Mapping[str, object]) -> Utterance:
        return Utterance(text.format_map(slots), (), 0.0)


class Notes:
    def __init__(self) -> None:
        self.kinds: list[Kind] = []

    def note(self, kind: Kind, **data: object) -> None:
        self.kinds.append(kind)


class Told:
    """One finished call: what was heard, where it went, how it ended."""

    def __init__(self, phone: TextPhone, notes: Notes, exit: str | None) -> None:
        self.phone, self.notes, self.exit = phone, notes, exit


async def tell(
    folder: Path,
    script: Sequence[str | Act],
    *,
    flow: str = FLOW,
    outcome: str = "accepted",
    queue: QueueEnd = QueueEnd.SERVED,
) -> Told:
    (folder / "flows").mkdir()
    (folder / "line.yaml").write_text(LINE, encoding="utf-8")
    (folder / "flows" / "main.yaml").write_text(flow, encoding="utf-8")
    dialplan = load(folder)
    info = CallInfo(UUID(int=1), "100", "+79130000001", "channel", "1.1", "1.1")
    doings = [act for item in script for act in (acts([item]) if isinstance(item, str) else [item])]
    phone = TextPhone(info, iter(doings), queue_ends=queue)
    notes = Notes()
    talk = Conversation(phone, PlainSpeaker(), notes, SystemClock(), UTC, {})

    async def bots(name: str) -> str:
        assert name == "readings"
        return outcome

    call = Call(phone, talk, notes, bots, folder)
    try:
        left_by = await run(dialplan, dialplan.flows["main"], call)
    except CallerLeft:
        return Told(phone, notes, None)
    return Told(phone, notes, left_by)


async def test_a_key_and_a_word_lead_to_the_same_step(tmp_path: Path) -> None:
    for script in (["#2"], ["передать показания"]):
        folder = tmp_path / script[0].strip("#")
        folder.mkdir()
        told = await tell(folder, script)
        assert told.exit == "self_served"
        assert told.phone.heard == ["Показания или оператор?", "Спасибо."]


async def test_silence_twice_leads_to_a_person(tmp_path: Path) -> None:
    told = await tell(tmp_path, ["", ""])
    assert told.phone.heard == ["Показания или оператор?"] * 2
    assert [handover.topic for handover in told.phone.queued] == ["разное"]


async def test_the_word_operator_is_heard_in_every_menu(tmp_path: Path) -> None:
    told = await tell(tmp_path, ["девушку позовите, с роботом не разговариваю"])
    assert told.phone.queued


async def test_asking_to_repeat_costs_no_attempt(tmp_path: Path) -> None:
    told = await tell(tmp_path, ["повторите пожалуйста", "повторите пожалуйста", "повторите пожалуйста", "#2"])
    assert told.exit == "self_served"
    assert told.phone.heard.count("Показания или оператор?") == 4


async def test_a_caller_who_cannot_be_heard_is_asked_for_keys(tmp_path: Path) -> None:
    told = await tell(tmp_path, [CannotHear("full"), *acts(["#0"])])
    assert told.phone.queued


async def test_with_no_operators_a_message_is_recorded(tmp_path: Path) -> None:
    told = await tell(tmp_path, ["#0"], queue=QueueEnd.NO_OPERATORS)
    assert told.phone.heard[-1] == "Оставьте сообщение."
    assert Kind.RECORDED in told.notes.kinds


@pytest.mark.parametrize("before", [[], [""], ["#1"], ["повторите"]])
async def test_a_hang_up_anywhere_ends_the_walk(tmp_path: Path, before: list[str]) -> None:
    told = await tell(tmp_path, [*before, "!"])
    assert told.exit is None
    assert not told.phone.queued


async def test_a_flow_in_a_circle_is_ended_by_a_cap(tmp_path: Path) -> None:
    circle = "start: a\nsteps:\n  a: {say: А, next: b}\n  b: {say: Б, next: a}\n"
    with pytest.raises(TooManySteps):
        await tell(tmp_path, ["#1"], flow=circle)


async def test_an_outcome_without_an_edge_is_an_error_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(OutcomeWithoutEdge, match=r"main\.yaml:12:.*no_account"):
        await tell(tmp_path, ["#2"], outcome="no_account")


async def test_every_step_is_noted(tmp_path: Path) -> None:
    told = await tell(tmp_path, ["", "#2"])
    assert told.notes.kinds == [
        Kind.STEP, Kind.SAID, Kind.SILENT, Kind.SAID, Kind.PRESSED, Kind.UNDERSTOOD, Kind.STEP, Kind.STEP, Kind.SAID,
        Kind.STEP,
    ]  # fmt: skip

"""Flows in text: the real interpreter and the real understanding, on the telephone that is a script."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
import structlog

from bots.dialogue import Dialogue, Outcome
from bots.seat import HouseRules, Seat
from ivr.call.in_progress import open_call
from ivr.call.interpreter import LIMITS, Limits, OutcomeWithoutEdge, TooDeep, TooLong, TooManySteps, live
from ivr.call.manner import MannersOfNow
from ivr.call.phone import CallInfo, CannotHear, Utterance
from ivr.call.rehearsal.desk import RehearsedDesk
from ivr.call.services import CallbackWanted, MessageWanted, Ordered, Services
from ivr.call.text_phone import Act, Around, Operators, Script, TextPhone, acts
from ivr.call.wording import Wordings
from ivr.clock import VirtualClock
from ivr.flow.load import read
from ivr.flow.scenarios.scenario_parts import Known
from ivr.ids import new_id
from ivr.journal.events import Kind
from ivr.prompts.pieces import pieces, spelled

THERE = Operators()
AT = datetime(2026, 3, 4, 10, tzinfo=UTC)
LINE = """
title: Т
numbers: {"100": main}
queues: {operators: О}
on: {silence: people, no_match: people, refused: no, too_many: many, deaf: deaf, operator: people}
"""
FLOW = """
start: menu
on: {silence: people, no_match: people, refused: people, too_many: people, deaf: people, operator: people}
steps:
  menu:
    menu: Показания или оператор?
    choices:
      readings: {key: "2", say: [показания, передать показания], next: readings}
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

    async def utterance(
        self, text: str, slots: Mapping[str, object], *, pace: float = 1.0, louder: bool = False
    ) -> Utterance:
        return Utterance(spelled(pieces(text, slots)), (), 0.0)


@dataclass
class Notes:
    written: list[tuple[Kind, dict[str, object]]] = field(default_factory=list)

    def note(self, kind: Kind, **data: object) -> None:
        self.written.append((kind, data))

    @property
    def kinds(self) -> list[Kind]:
        return [kind for kind, _ in self.written]

    def of(self, kind: Kind) -> list[dict[str, object]]:
        return [data for found, data in self.written if found is kind]


class Messages:
    def __init__(self) -> None:
        self.sent: list[MessageWanted] = []

    async def send(self, wanted: MessageWanted) -> bool:
        self.sent.append(wanted)
        return True


class Callbacks:
    def __init__(self) -> None:
        self.ordered: list[CallbackWanted] = []

    async def order(self, wanted: CallbackWanted) -> Ordered:
        self.ordered.append(wanted)
        return Ordered("merged", AT) if len(self.ordered) > 1 else Ordered("made", AT)


@dataclass
class Told:
    """One finished call: what was heard, where it went, how it ended."""

    phone: TextPhone
    notes: Notes
    exit: str
    left: bool
    messages: Messages
    callbacks: Callbacks
    variables: Mapping[str, object]

    @property
    def steps(self) -> list[str]:
        return [str(data["step"]) for data in self.notes.of(Kind.STEP)]


def a_dialogue(outcome: str) -> Dialogue:
    class Course:
        def __init__(self, seat: Seat) -> None:
            self._seat = seat

        async def run(self) -> Outcome:
            return Outcome(outcome, facts={"said": "двенадцать"})

    return Dialogue("readings", "Показания", {outcome: ""}, {}, Course)


async def tell(
    folder: Path,
    script: Sequence[str | Act],
    *,
    flow: str = FLOW,
    flows: Mapping[str, str] | None = None,
    outcome: str = "accepted",
    operators: Operators = THERE,
    manners: MannersOfNow | None = None,
    limits: Limits = LIMITS,
    known: Sequence[Known] = (),
) -> Told:
    (folder / "flows").mkdir()
    (folder / "line.yaml").write_text(LINE if "on:" not in flow else LINE.split("on:")[0], encoding="utf-8")
    for name, text in {"main": flow, **(flows or {})}.items():
        (folder / "flows" / f"{name}.yaml").write_text(text, encoding="utf-8")
    dialplan, _ = read(folder)  # what a checker would say of it is not asked here
    assert dialplan is not None
    info = CallInfo(UUID(int=1), "100", "+79130000001", "channel", "1.1", "1.1")
    doings = [act for item in script for act in (acts([item]) if isinstance(item, str) else [item])]
    clock = VirtualClock(AT)
    phone = TextPhone(info, Script(doings), clock=clock, around=Around(operators))
    notes, messages, callbacks = Notes(), Messages(), Callbacks()
    services = Services(
        desk=RehearsedDesk(known),
        new_key=lambda: new_id(clock.now()),
        dialogues={"readings": a_dialogue(outcome)},
        rules=HouseRules(zone=UTC),
        messages=messages,
        callbacks=callbacks,
    )
    call = open_call(
        dialplan, Wordings(dialplan.types), phone, PlainSpeaker(), notes, services,
        clock=clock, recordings=folder, prompts={}, manners=manners,
    )  # fmt: skip
    ended = await live(call, "main", limits)
    return Told(phone, notes, ended.exit, ended.left, messages, callbacks, call.variables.own)


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


@pytest.mark.parametrize("asked", ["девушку позовите, с роботом не разговариваю", "#0"])
async def test_an_operator_is_a_word_or_a_key_away_in_every_menu(tmp_path: Path, asked: str) -> None:
    told = await tell(tmp_path, [asked])
    assert told.phone.queued


async def test_asking_to_repeat_costs_no_attempt(tmp_path: Path) -> None:
    told = await tell(tmp_path, ["повторите пожалуйста", "#*", "повторите пожалуйста", "#2"])
    assert told.exit == "self_served"
    assert told.phone.heard.count("Показания или оператор?") == 4


async def test_a_caller_who_cannot_be_heard_is_asked_for_keys(tmp_path: Path) -> None:
    told = await tell(tmp_path, [CannotHear("full"), *acts(["#0"])])
    assert told.phone.queued


async def test_with_no_operators_a_message_is_recorded(tmp_path: Path) -> None:
    told = await tell(tmp_path, ["#0", "Перезвоните мне"], operators=Operators("none"))
    assert told.phone.heard[-1] == "Оставьте сообщение."
    assert Kind.RECORDED in told.notes.kinds


@pytest.mark.parametrize("before", [[], [""], ["#1"], ["повторите"]])
async def test_a_hang_up_anywhere_ends_the_walk(tmp_path: Path, before: list[str]) -> None:
    told = await tell(tmp_path, [*before, "!"])
    assert told.left
    assert told.exit == "caller_left"
    assert not told.phone.queued
    assert told.notes.kinds[-1] is Kind.ENDED


async def test_a_flow_in_a_circle_is_ended_by_a_cap(tmp_path: Path) -> None:
    circle = "start: a\nsteps:\n  a: {say: А, next: b}\n  b: {say: Б, next: a}\n"
    with pytest.raises(TooManySteps):
        await tell(tmp_path, ["#1"], flow=circle)


async def test_a_call_that_does_not_end_is_ended_by_its_time(tmp_path: Path) -> None:
    circle = "start: a\nsteps:\n  a: {say: А, next: b}\n  b: {say: Б, next: a}\n"
    with pytest.raises(TooLong):
        await tell(tmp_path, [], flow=circle, limits=Limits(seconds=2.0))


async def test_an_outcome_without_an_edge_is_an_error_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(OutcomeWithoutEdge, match=r"main\.yaml:11:.*no_account"):
        await tell(tmp_path, ["#2"], outcome="no_account")


async def test_every_step_is_noted_with_the_edge_it_was_come_by(tmp_path: Path) -> None:
    told = await tell(tmp_path, ["", "#2"])
    assert told.notes.kinds == [
        Kind.STEP, Kind.SAID, Kind.SILENT, Kind.SAID, Kind.PRESSED, Kind.UNDERSTOOD, Kind.STEP, Kind.STEP, Kind.SAID,
        Kind.STEP, Kind.ENDED,
    ]  # fmt: skip
    assert [(data.get("of"), data.get("by")) for data in told.notes.of(Kind.STEP)] == [
        (None, None), ("main.menu", "readings"), ("main.readings", "accepted"), ("main.thanks", "next"),
    ]  # fmt: skip


# -- flows that call flows ---------------------------------------------------------------------------------------------

CALLS = """
start: a
steps:
  a: {call: other, with: {wanted: '7'}, ends: {good: b, bad: c}}
  b: {say: "Сказано {heard}.", next: e}
  c: {say: Плохо., next: e}
  e: {end: self_served}
"""


async def test_a_flow_that_was_called_leaves_by_its_exit_and_what_it_learned_stays(tmp_path: Path) -> None:
    other = "start: x\ntakes: {wanted: text}\nsteps:\n  x: {set: {heard: wanted}, next: y}\n  y: {end: good}\n"
    told = await tell(tmp_path, [], flow=CALLS, flows={"other": other})
    assert told.phone.heard == ["Сказано семь."]
    assert told.notes.of(Kind.STEP)[-2]["of"] == "main.a"
    assert told.notes.of(Kind.STEP)[-2]["by"] == "good"


async def test_who_goes_to_another_flow_does_not_come_back(tmp_path: Path) -> None:
    other = "start: x\nsteps:\n  x: {goto: flow:third}\n  y: {end: good}\n"
    third = "start: z\nsteps:\n  z: {end: answered}\n"
    told = await tell(tmp_path, [], flow=CALLS, flows={"other": other, "third": third})
    assert told.exit == "answered"
    assert told.phone.heard == []


async def test_a_flow_that_calls_itself_is_ended_by_a_cap(tmp_path: Path) -> None:
    other = "start: x\nsteps:\n  x: {call: other, ends: {good: y}}\n  y: {end: good}\n"
    with pytest.raises(TooDeep):
        await tell(tmp_path, [], flow=CALLS, flows={"other": other})


# -- after the caller has left -----------------------------------------------------------------------------------------

LEFT = """
start: menu
on: {silence: people, no_match: people, refused: people, too_many: people, deaf: people, operator: people}
steps:
  menu: {menu: Да?, choices: {yes: {key: "1", next: done}, sub: {key: "2", next: sub}}, hang_up: note}
  sub: {call: other, ends: {good: done}, hang_up: note}
  note: {set: {why: 'ушёл'}, next: ask_back}
  ask_back: {callback: operators, topic: "{why}", into: at, made: tell, merged: tell, refused: gone}
  tell: {message: sorry, next: gone, refused: gone}
  gone: {end: callback}
  people: {queue: operators, topic: разное, served: done, timeout: done, no_operators: done}
  done: {end: self_served}
"""


async def test_who_hangs_up_may_still_be_called_back(tmp_path: Path) -> None:
    told = await tell(tmp_path, ["!"], flow=LEFT)
    assert (told.exit, told.left) == ("callback", True)
    assert [wanted.topic for wanted in told.callbacks.ordered] == ["ушёл"]
    assert [wanted.message for wanted in told.messages.sent] == ["sorry"]
    assert told.phone.heard == ["Да?"], "nothing is said to nobody"


async def test_a_hang_up_in_a_called_flow_is_the_business_of_the_step_that_called_it(tmp_path: Path) -> None:
    other = "start: x\nsteps:\n  x: {record: Говорите., next: y}\n  y: {end: good}\n"
    told = await tell(tmp_path, ["#2", "!"], flow=LEFT, flows={"other": other})
    assert told.exit == "callback"


async def test_what_fails_after_the_hang_up_is_logged_and_not_raised(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    flow = LEFT.replace('topic: "{why}"', 'topic: "{nobody}"')
    with structlog.testing.capture_logs() as logged:
        told = await tell(tmp_path, ["!"], flow=flow)
    assert (told.exit, told.left) == ("caller_left", True)
    assert [entry["action"] for entry in logged if entry["log_level"] == "error"] == ["after_hang_up"]
    assert told.notes.kinds[-1] is Kind.ENDED


async def test_what_runs_in_a_circle_after_the_hang_up_is_stopped(tmp_path: Path) -> None:
    flow = LEFT.replace("next: gone, refused: gone}\n", "next: ask_back, refused: gone}\n", 1)
    with structlog.testing.capture_logs():
        told = await tell(tmp_path, ["!"], flow=flow)
    assert told.exit == "caller_left"
    assert len(told.messages.sent) < 20


async def test_a_fault_names_its_step(tmp_path: Path) -> None:
    flow = FLOW.replace("thanks: {say: Спасибо.", 'thanks: {say: "Спасибо, {nobody}."')
    with structlog.testing.capture_logs() as logged, pytest.raises(Exception, match="nobody") as fault:
        await tell(tmp_path, ["#2"], flow=flow)
    assert "main.thanks" in fault.value.__notes__[0]
    assert logged[0]["step"] == "main.thanks"

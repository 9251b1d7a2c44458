"""A call in progress: one task walks the flow step by step until the flow ends or the caller leaves.

Everything a step does is noted for the journal. A flow that runs in circles is ended by a cap, not by the caller's
patience. What goes wrong here is raised: the guard of the call (see `ivr.app`) lets the dialplan's fallback take over.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bots.talk import Answer, NoAnswer
from ivr.call.conversation import CallLog, Conversation
from ivr.call.phone import Handover, Phone, QueueEnd
from ivr.flow.dialplan import Bot, Dialplan, End, Flow, Menu, Queue, Record, Say, Step, Transfer
from ivr.journal.events import Kind

MAX_STEPS = 300

RunBot = Callable[[str], Awaitable[str]]
"""Runs the dialogue of this name in this call and returns its outcome."""


class TooManySteps(Exception):
    """The flow went on for too many steps: it runs in a circle. Check the edges of the last steps in the log."""


class OutcomeWithoutEdge(Exception):
    """A dialogue ended in an outcome for which its step names no next step."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call and all it needs."""

    phone: Phone
    talk: Conversation
    log: CallLog
    bots: RunBot
    recordings: Path


async def run(dialplan: Dialplan, flow: Flow, call: Call) -> str:
    """Walk `flow` to its end; returns the name of the exit. Raises `CallerLeft` when the caller hangs up."""
    name = flow.start
    for _ in range(MAX_STEPS):
        step = flow.steps[name]
        call.log.note(Kind.STEP, flow=flow.name, step=name, verb=type(step).__name__.lower())
        if isinstance(step, End):
            return step.exit
        name = await _walk(dialplan, step, call)
    raise TooManySteps(f"{dialplan.supplier}/{flow.name}: more than {MAX_STEPS} steps, last «{name}»")


async def _walk(dialplan: Dialplan, step: Step, call: Call) -> str:
    """Do one step; the name of the next one."""
    match step:
        case Say():
            # Who knows the line presses the menu's key in the greeting and need not hear it out.
            await call.talk.speak(step.text, skippable=True)
            return step.next
        case Menu():
            return await _menu(step, call)
        case Bot():
            outcome = await call.bots(step.bot)
            if outcome not in step.outcomes:
                raise OutcomeWithoutEdge(f"{step.place}: «{step.name}» has no edge for the outcome «{outcome}»")
            return step.outcomes[outcome]
        case Queue():
            if step.topic:
                call.log.note(Kind.TOPIC, topic=step.topic)
            end = await call.phone.enter_queue(Handover(step.queue, step.seconds, step.topic or None))
            return {QueueEnd.SERVED: step.served, QueueEnd.TIMEOUT: step.timeout}.get(end, step.no_operators)
        case Transfer():
            call.log.note(Kind.TRANSFERRED, target=step.target)
            end_of_transfer = await call.phone.transfer(step.target)
            return step.answered if end_of_transfer.answered else step.failed
        case Record():
            await call.talk.speak(step.text)
            file = call.recordings / "voicemail" / f"{call.phone.info.call}.wav"
            recorded = await call.phone.record(file, longest=step.seconds, silence=5.0)
            call.log.note(Kind.RECORDED, file=str(recorded.file), seconds=recorded.seconds, why=recorded.why)
            return step.next
        case End():
            raise AssertionError("an end has no next step")


async def _menu(step: Menu, call: Call) -> str:
    phrases = {choice.name: choice.phrases for choice in step.choices if choice.phrases}
    keys = {choice.key: choice.name for choice in step.choices if choice.key}
    answer = await call.talk.menu(step.text, phrases, keys, step.tries)
    nexts: Mapping[str, str] = {choice.name: choice.next for choice in step.choices}
    match answer:
        case Answer(act="choice"):
            return nexts[answer.values["choice"]]
        case NoAnswer(why="silence"):
            return step.silence
        case NoAnswer(why="operator") if "operator" in nexts:
            return nexts["operator"]
    return step.no_match

"""A call in progress: one task walks the flow step by step until the flow ends or the caller leaves.

Everything a step does is noted for the journal. A flow that runs in circles is ended by a cap, not by the caller's
patience. What goes wrong here is raised: the guard of the call (see `ivr.app`) lets the dialplan's fallback take over.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from bots.talk import Answer, NoAnswer
from ivr.call.conversation import CallLog, Conversation
from ivr.call.phone import Handover, Phone, QueueEnd
from ivr.flow.dialplan import Bot, Dialplan, End, Flow, Goto, Menu, Queue, Record, Say, Step, Transfer
from ivr.journal.events import Kind

MAX_STEPS = 300

RunBot = Callable[[str], Awaitable[str]]
"""Runs the dialogue of this name in this call and returns its outcome."""


class TooManySteps(Exception):
    """The flow went on for too many steps: it runs in a circle. Check the edges of the last steps in the log."""


class OutcomeWithoutEdge(Exception):
    """A dialogue ended in an outcome for which its step names no next step."""


class StepNotServed(Exception):
    """The dialplan has a step that this service cannot do."""


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
        call.log.note(Kind.STEP, flow=flow.name, step=name, verb=step.verb)
        if isinstance(step, End):
            return step.exit
        name = await _walk(dialplan, step, call)
    raise TooManySteps(f"{dialplan.supplier}/{flow.name}: more than {MAX_STEPS} steps, last «{name}»")


async def _walk(dialplan: Dialplan, step: Step, call: Call) -> str:
    """Do one step; the name of the next one."""
    match step:
        case Say():
            # Who knows the line presses the menu's key in the greeting and need not hear it out.
            await call.talk.speak(step.wording.text, skippable=step.skippable)
            return _by(step, "next")
        case Menu():
            return await _menu(step, call)
        case Bot():
            return _by(step, await call.bots(step.bot))
        case Queue():
            topic = step.topic.text if step.topic is not None else None
            if topic:
                call.log.note(Kind.TOPIC, topic=topic)
            end = await call.phone.enter_queue(Handover(step.queue, step.seconds, topic))
            return _by(step, {QueueEnd.SERVED: "served", QueueEnd.TIMEOUT: "timeout"}.get(end, "no_operators"))
        case Transfer():
            call.log.note(Kind.TRANSFERRED, target=step.target)
            end_of_transfer = await call.phone.transfer(step.target)
            return _by(step, "answered" if end_of_transfer.answered else "failed")
        case Record():
            await call.talk.speak(step.wording.text)
            file = call.recordings / "voicemail" / f"{call.phone.info.call}.wav"
            recorded = await call.phone.record(file, longest=step.seconds, silence=5.0)
            call.log.note(Kind.RECORDED, file=str(recorded.file), seconds=recorded.seconds, why=recorded.why)
            return _by(step, "next")
        case Goto():
            return _by(step, "next")
    raise StepNotServed(f"{step.place}: «{step.name}» is a «{step.verb}»")


def _by(step: Step, way: str) -> str:
    target = step.way(way)
    if target is None:
        raise OutcomeWithoutEdge(f"{step.place}: «{step.name}» has no edge for the outcome «{way}»")
    return target


_EXITS = {"cannot_hear": "deaf"}


async def _menu(step: Menu, call: Call) -> str:
    phrases = {choice.name: choice.phrases for choice in step.choices if choice.phrases}
    keys = {choice.key: choice.name for choice in step.choices if choice.key}
    answer = await call.talk.menu(step.ladder.first.text, phrases, keys, step.ladder.tries)
    match answer:
        case Answer(act="choice"):
            return _by(step, answer.values["choice"])
        case NoAnswer(why):
            return _by(step, _EXITS.get(why, why))
    return _by(step, "no_match")

"""A caller who follows a script, for dialogues under test; it also holds the dialogue to what it declares.

Every key must be declared, every text must be sayable with the slots given, and nothing may be told to a caller who is
not known well enough for it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import count
from uuid import UUID

from table_desk import Awaits, TableDesk

from bots.dialogue import RUNGS, Dialogue, Outcome, Prompt
from bots.disclosure import may_speak
from bots.seat import Caller, HouseRules, Seat
from bots.talk import Answer, CallerLeft, NoAnswer, Question
from bots.understanding.understand import understand
from ivr.call.phone import Utterance
from ivr.call.text_phone import speaking_seconds
from ivr.prompts.pieces import pieces, spelled

NOW = datetime(2026, 3, 23, 9, 0, tzinfo=UTC)
NUMBER = "7001234567"
CALLER = "+79130000001"
CALL = UUID(int=7)


class LinkBroken(Exception):
    """What a telephone may raise besides a hang-up."""


@dataclass(slots=True)
class ScriptedTalk:
    """Says these lines, one a question, and then hangs up; `None` is somebody who is never understood."""

    prompts: Mapping[str, Prompt]
    caller: Caller
    lines: list[str | None]
    today: date
    awaits: Awaits = field(default_factory=Awaits)
    silent: bool = False
    """Who has no more lines says nothing, instead of leaving."""
    breaks_at: str | None = None
    """The link breaks when this is said."""
    said: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)

    async def say(self, key: str, **slots: object) -> None:
        self._heard(key, slots)
        self.awaits.step()

    async def ask(self, question: Question) -> Answer | NoAnswer:
        for rung in RUNGS:
            if question.key + rung in self.prompts:
                self._text(question.key + rung, question.slots)
        self._heard(question.key, question.slots)
        self.questions.append(question)
        self.awaits.step()
        if not self.lines:
            if self.silent:
                return NoAnswer("silence")
            raise CallerLeft
        line = self.lines.pop(0)
        if line is None:
            return NoAnswer("no_match")
        answer = understand(question, line, self.today)
        if answer.act == "operator":
            return NoAnswer("operator")
        return NoAnswer("no_match") if answer.act == "nothing" else answer

    def _heard(self, key: str, slots: Mapping[str, object]) -> None:
        self.said.append(key)
        self.texts.append(self._text(key, slots))
        if key == self.breaks_at:
            raise LinkBroken

    def _text(self, key: str, slots: Mapping[str, object]) -> str:
        prompt = self.prompts[key]
        assert set(slots) == set(prompt.slots), f"{key} is given {sorted(slots)}, and declares {sorted(prompt.slots)}"
        if prompt.discloses is not None:
            assert may_speak(self.caller.level, prompt.discloses), f"{key} is told at {self.caller.level}"
        return spelled(pieces(prompt.text, slots))

    @property
    def turns(self) -> int:
        return len(self.questions)

    @property
    def seconds(self) -> float:
        """How long all that was said takes to say, by the clock of the text phone."""
        return sum(speaking_seconds(Utterance(text, (), 0.0)) for text in self.texts)


@dataclass(slots=True)
class Conducted:
    """A dialogue that was carried through: what came of it, and what was said."""

    talk: ScriptedTalk
    desk: TableDesk
    caller: Caller
    outcome: Outcome | None
    """None: the caller left."""

    @property
    def said(self) -> list[str]:
        return self.talk.said

    @property
    def name(self) -> str | None:
        return self.outcome.name if self.outcome is not None else None

    @property
    def values(self) -> list[dict[str, int]]:
        return [{str(zone): value for zone, value in reading.values.items()} for reading in self.desk.stored]

    @property
    def drafts(self) -> list[dict[str, str]]:
        return [dict(draft.heard) for draft in self.desk.kept]


async def conduct(
    dialogue: Dialogue,
    desk: TableDesk,
    *lines: str | None,
    phone: str | None = CALLER,
    caller: Caller | None = None,
    rules: HouseRules | None = None,
    inputs: Mapping[str, object] | None = None,
    now: Callable[[], datetime] = lambda: NOW,
    leaves_at: int | None = None,
    silent: bool = False,
    breaks_at: str | None = None,
) -> Conducted:
    """Carry `dialogue` through with a caller who says `lines`."""
    caller = caller or Caller(phone)
    desk.awaits = Awaits(leaves_at)
    desk.now = now()
    rules = rules or HouseRules()
    talk = ScriptedTalk(dialogue.prompts, caller, list(lines), rules.day(now()), desk.awaits, silent, breaks_at)
    numbers = count(1)
    seat = Seat(
        talk,
        desk,
        now=now,
        new_key=lambda: UUID(int=next(numbers)),
        caller=caller,
        rules=rules,
        call=CALL,
        inputs=dialogue.read_inputs(inputs or {}),
    )
    try:
        outcome = await dialogue.make(seat).run()
    except CallerLeft:
        return Conducted(talk, desk, caller, None)
    assert outcome.name in dialogue.outcomes, f"{outcome.name} is no outcome of {dialogue.name}"
    return Conducted(talk, desk, caller, outcome)

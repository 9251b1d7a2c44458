"""A call about one meter: the real dialogue of a dial, a truthful caller, and the noise between them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from random import Random
from typing import Literal
from uuid import UUID

from corpus.caller import Asked, Caller
from corpus.households import Household, household
from corpus.recognition import Ear, Hearing

from bots.dialogues.dial import Dial, GiveUp
from bots.meters import Meter, Zone
from bots.talk import Answer, NoAnswer, Question
from bots.understanding.hearing import understand_heard

TODAY = date(2026, 3, 23)
RUNGS = 3
_REFUSED = ("LESS", "IMPOSSIBLE", "TOO_MUCH", "ZERO_SAID", "TOO_LONG", "SWAP")
FREE_TURNS = 6

Hear = Callable[[Sequence[str]], Hearing]
End = Literal["right", "wrong", "operator"]


@dataclass(slots=True)
class Told:
    """How one call went. `turns` are what was asked, heard and understood."""

    home: Household
    ear: Ear
    missed: set[str] = field(default_factory=set)
    """Zones of which something else than the truth was understood, or nothing that could be used."""
    yes_anew: set[str] = field(default_factory=set)
    """Zones whose truth was read back without its «да» being heard."""
    stored: dict[str, int] = field(default_factory=dict)
    turns: list[tuple[str, str, str]] = field(default_factory=list)

    def ends(self) -> Iterator[tuple[End, bool]]:
        """Of each reading how it ended, and whether its first hearing was the truth."""
        for zone, shows in self.home.truth.items():
            end: End = "operator" if zone not in self.stored else "right" if self.stored[zone] == shows else "wrong"
            yield end, end == "right" and zone not in self.missed


class Line:
    """The `Talk` of a dial, with the ladder of re-asks a telephone has: short, hint, keys, then nobody."""

    def __init__(self, caller: Caller, hear: Hear, told: Told) -> None:
        self._caller, self._hear, self._told = caller, hear, told

    async def say(self, key: str, **slots: object) -> None:
        self._told.turns.append((key, "", ""))

    async def ask(self, question: Question) -> Answer | NoAnswer:
        asked = _asked(question)
        rung = free = 0
        while rung < RUNGS:
            say, words = self._hear(self._caller.answer(asked))
            answer = understand_heard(question, say, words, (), TODAY)
            shown = f"{question.key} {dict(question.confirming) or ''}".strip()
            self._told.turns.append((shown, say, f"{answer.act} {dict(answer.values) or ''}".strip()))
            self._weigh(question, answer)
            if answer.act == "operator":
                return NoAnswer("operator")
            if answer.act in ("repeat", "hold") and free < FREE_TURNS:
                free += 1
            elif answer.act in ("nothing", "repeat", "hold", "louder", "slower"):
                rung += 1
            else:
                return answer
        return NoAnswer("no_match")

    def _weigh(self, question: Question, answer: Answer) -> None:
        truth, told = self._told.home.truth, self._told
        if question.expect == "reading" and answer.act not in ("hold", "repeat"):
            for zone in self._caller.spoke_of:
                understood = answer.proposed.get(zone, answer.values.get(zone))
                refused = answer.verdict.get(zone) in _REFUSED and zone not in answer.proposed
                if answer.act != "same" and (refused or understood != str(truth[zone])):
                    told.missed.add(zone)
        for zone, value in question.confirming.items():
            if truth[zone] != value:
                told.missed.add(zone)
            elif answer.act != "yes":
                told.yes_anew.add(zone)


def _asked(question: Question) -> Asked:
    """What a caller understands of the words this question is asked in."""
    if question.expect == "reading":
        return Asked("reading", question.key.rpartition(".")[2])
    if question.confirming:
        zone, value = next(iter(question.confirming.items()))
        return Asked("right", zone, value)
    return Asked("swapped" if question.key == "readings.swapped" else "no_use")


def meter_of(home: Household, *, history: bool) -> Meter:
    """The meter as billing knows it; without a `history` every number that fits the dial is read back."""
    zones = tuple(
        Zone(r.zone, r.previous if history else None, r.days, r.daily)  # type: ignore[arg-type]
        for r in home.registers
    )
    return Meter(home.digits, home.fraction, zones)


async def call(
    seed: object, rate: float, *, polarity: bool = False, history: bool = True, confidences: bool = False
) -> Told:
    """The call of this seed; the same words are said at every rate of errors until the first of them matters."""
    home = household(Random(f"{seed} home"))
    caller = Caller(home, Random(f"{seed} caller"))
    ear = Ear(rate, Random(f"{seed} {rate}"), polarity, Random(f"{seed} sure") if confidences else None)
    told = Told(home, ear)
    line = Line(caller, ear.heard, told)
    dial = Dial(line, meter_of(home, history=history), lambda: UUID(int=1))
    try:
        taken = await dial.take()
    except GiveUp:
        return told
    told.stored = {zone: value for zone, (value, _) in taken.items()}
    return told

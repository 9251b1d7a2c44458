"""One turn as it is kept: the question, what was heard in the answer, what it was taken for, and what proved true.

The truth comes from the read-back: what the caller said yes to is what they had said before. Pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from asr.recognizer import Hearing
from bots.meters import Meter
from bots.talk import Act, Answer, Question

Outcome = Literal["unknown", "confirmed", "corrected", "denied"]
"""`confirmed`: read back and accepted. `corrected`: something else was accepted in the end. `denied`: it was wrong, and
what was right nobody knows."""

_NUMBERS_OF_PEOPLE = frozenset(("account", "phone", "digits"))


@dataclass(slots=True)
class Turn:
    id: UUID
    at: datetime
    question: Question
    hearing: Hearing
    answer: Answer
    outcome: Outcome = "unknown"
    truth: Mapping[str, str] | None = None
    """The values that proved true."""

    @property
    def act(self) -> Act:
        return self.answer.act

    @property
    def values(self) -> dict[str, str]:
        return {**self.answer.values, **self.answer.proposed}

    def told(self) -> dict[str, Any]:
        """As `gudok understand` would be asked, and what came: a line of an export."""
        question = self.question
        told: dict[str, Any] = {
            "question": question.key,
            "expect": question.expect,
            "say": self.hearing.text,
            "words": [[word.word, word.conf] for word in self.hearing.words],
            "alternatives": list(self.hearing.alternatives),
            "engine": self.hearing.engine,
            "model": self.hearing.model,
            "act": self.act,
            "values": self.values,
            "doubtful": self.answer.doubtful,
            "outcome": self.outcome,
            "truth": {"act": self.act, "values": dict(self.truth)} if self.truth is not None else None,
            "said": None,
        }
        if question.meter is not None:
            told["meter"] = _meter(question.meter)
        if question.confirming:
            told["confirming"] = dict(question.confirming)
        if question.choices:
            told["choices"] = {name: list(phrases) for name, phrases in question.choices.items()}
            told["phrases"] = [phrase for phrases in question.choices.values() for phrase in phrases]
        if question.expect == "rating":
            told["scale"] = list(question.scale)
        return told


def may_be_kept(question: Question, answer: Answer, *, accounts: bool) -> bool:
    """No secret is, and no number that names a person unless the supplier wants that."""
    if question.secret:
        return False
    return accounts or not (question.expect in _NUMBERS_OF_PEOPLE or {"account", "phone"} & answer.values.keys())


def _meter(meter: Meter) -> dict[str, Any]:
    """Its face; what it showed before is the customer's own."""
    zones = [{"name": zone.name} for zone in meter.zones]
    return {"digits": meter.digits, "fraction": meter.fraction, "zones": zones}


@dataclass(slots=True)
class Settling:
    """Follows a call's answers and settles what earlier ones were."""

    _open: list[Turn] = field(default_factory=list)
    """Answers with a value that nobody has said yes to yet."""
    _asked: str = ""

    def answered(self, question: Question, answer: Answer, turn: Turn | None) -> None:
        """`turn` is this answer's own, if it is kept: spoken, not pressed, and no secret."""
        if question.expect != "confirm":
            if question.key != self._asked:
                self._open.clear()  # something else is asked: what stands open stays unknown
            self._asked = question.key
        elif answer.act == "yes":
            self._accept({zone: str(value) for zone, value in question.confirming.items()})
        elif answer.act in ("no", "again") and self._open:
            self._open[-1].outcome = "denied"
        if turn is not None and turn.act in ("value", "choice") and turn.values:
            self._open.append(turn)

    def _accept(self, accepted: Mapping[str, str]) -> None:
        if self._open and not accepted:
            accepted = self._open[-1].values  # what was read back is what was understood last
        for turn in self._open:
            meant = {name: accepted[name] for name in turn.values if name in accepted}
            if len(meant) == len(turn.values):
                turn.truth = meant
                turn.outcome = "confirmed" if meant == turn.values else "corrected"
        self._open.clear()

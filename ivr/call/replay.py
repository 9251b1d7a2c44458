"""A finished call played again: what its caller did, given to another dialplan, and what then differs. Pure.

The journal tells what was said, where the call went and what the caller answered at which step. An answer is given
again where the same step asks for it; where a step asks that the call never came to, nobody knows what its caller would
have said, and the replay ends there and says so.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Literal

from ivr.call.phone import CannotHear, Pressed, Said, Silence
from ivr.journal.events import Kind
from ivr.journal.register import CALLER_LEFT

What = Literal["step", "said", "caller", "end"]
Answer = Said | Pressed | Silence | CannotHear


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a call's course: a step come to, a text said, something the caller did, the end."""

    what: What
    text: str

    def __str__(self) -> str:
        return f"{_MARKS[self.what]} {self.text}"


_MARKS: Mapping[What, str] = {"step": "·", "said": "«", "caller": ">", "end": "■"}


@dataclass(frozen=True, slots=True)
class Answered:
    """What the caller did, and at which step (`flow.step`)."""

    step: str
    act: Answer


@dataclass(frozen=True, slots=True)
class Course:
    """A call from its arrival to its exit."""

    lines: tuple[Line, ...]
    answers: tuple[Answered, ...]
    exit: str | None

    @property
    def steps(self) -> tuple[str, ...]:
        return tuple(line.text for line in self.lines if line.what == "step")

    @property
    def said(self) -> tuple[str, ...]:
        return tuple(line.text for line in self.lines if line.what == "said")

    @property
    def left(self) -> bool:
        """Whether the caller hung up."""
        return self.exit == CALLER_LEFT


def course(told: Iterable[tuple[Kind, Mapping[str, object]]]) -> Course:
    """The course of a call, out of its journal."""
    lines: list[Line] = []
    answers: list[Answered] = []
    step, end = "", None
    for kind, data in told:
        match kind:
            case Kind.STEP:
                step = f"{data['flow']}.{data['step']}"
                lines.append(Line("step", step))
            case Kind.SAID:
                lines.append(Line("said", str(data["text"])))
            case Kind.HEARD | Kind.PRESSED | Kind.SILENT:
                act = _act(kind, data)
                answers.append(Answered(step, act))
                lines.append(Line("caller", _shown(act)))
            case Kind.ENDED:
                end = str(data["exit"])
                lines.append(Line("end", end))
    return Course(tuple(lines), tuple(answers), end)


def _act(kind: Kind, data: Mapping[str, object]) -> Answer:
    if kind is Kind.HEARD:
        return Said(str(data["text"]))
    if kind is Kind.PRESSED:
        return Pressed(str(data["keys"]))
    return CannotHear(str(data["why"])) if data.get("why") else Silence()


def _shown(act: Answer) -> str:
    match act:
        case Said(text):
            return text
        case Pressed(keys):
            return f"#{keys}"
        case CannotHear():
            return "(распознавания нет)"
    return "(молчит)"


# -- what the caller would answer ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NotKnown:
    """The draft asks what this call cannot answer."""

    step: str
    why: Literal["new_step", "asked_again"]

    def __str__(self) -> str:
        if self.why == "new_step":
            return f"шаг «{self.step}» спрашивает то, чего в этом звонке не спрашивали"
        return f"шаг «{self.step}» спрашивает ещё раз, а ответов этого звонка больше нет"


class Left:
    """The caller hung up here."""


@dataclass(slots=True)
class Answers:
    """The answers of a call, given again in their order, each at its own step."""

    past: Course
    skipped: list[Answered] = field(default_factory=list)
    """Answers to questions that were not asked any more."""
    _at: int = 0

    def next(self, step: str) -> Answer | NotKnown | Left:
        """What the caller says when `step` asks."""
        left = self.past.answers[self._at :]
        place = next((place for place, answered in enumerate(left) if answered.step == step), None)
        if place is not None:
            self.skipped += left[:place]
            self._at += place + 1
            return left[place].act
        if not left and self.past.left and step in self.past.steps:
            return Left()
        return NotKnown(step, "asked_again" if step in self.past.steps else "new_step")


# -- side by side -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Row:
    """What was, and what is in its place; equal where nothing changed."""

    before: Line | None
    after: Line | None

    @property
    def same(self) -> bool:
        return self.before == self.after


Verdict = Literal["same", "differs", "not_known", "failed"]


@dataclass(frozen=True, slots=True)
class Comparison:
    rows: tuple[Row, ...]
    verdict: Verdict
    not_known: NotKnown | None = None
    fault: str = ""
    skipped: tuple[Answered, ...] = ()

    @property
    def said(self) -> int:
        return self._different("said")

    @property
    def steps(self) -> int:
        return self._different("step")

    @property
    def exits(self) -> tuple[str | None, str | None]:
        """How the call ended, and how it ends now."""
        before = [row.before.text for row in self.rows if row.before and row.before.what == "end"]
        after = [row.after.text for row in self.rows if row.after and row.after.what == "end"]
        return (before[-1] if before else None, after[-1] if after else None)

    def _different(self, what: What) -> int:
        return sum(
            not row.same and any(line is not None and line.what == what for line in (row.before, row.after))
            for row in self.rows
        )


def compare(
    before: Course, after: Course, *, not_known: NotKnown | None = None, fault: str = "",
    skipped: Sequence[Answered] = (),
) -> Comparison:  # fmt: skip
    """Two courses side by side; where the replay could not go on, that alone is the verdict."""
    rows = tuple(_rows(before.lines, after.lines))
    if fault:
        verdict: Verdict = "failed"
    elif not_known is not None:
        verdict = "not_known"
    else:
        verdict = "same" if all(row.same for row in rows) else "differs"
    return Comparison(rows, verdict, not_known, fault, tuple(skipped))


def _rows(before: Sequence[Line], after: Sequence[Line]) -> Iterable[Row]:
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for _, first, last, begins, ends in matcher.get_opcodes():
        old, new = before[first:last], after[begins:ends]
        for place in range(max(len(old), len(new))):
            yield Row(old[place] if place < len(old) else None, new[place] if place < len(new) else None)


def differing(rows: Sequence[Row], around: int = 1) -> Iterable[Row | None]:
    """The rows that differ with some that do not around them; None where rows were left out."""
    shown = {
        near
        for place, row in enumerate(rows)
        if not row.same
        for near in range(max(0, place - around), min(len(rows), place + around + 1))
    }
    last = -1
    for place in sorted(shown):
        if place > last + 1:
            yield None
        yield rows[place]
        last = place
    if shown and last < len(rows) - 1:
        yield None

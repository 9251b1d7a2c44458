"""What a dialogue declares of itself, so that a flow can name it and a checker can judge the flow and the wording.

A declaration is data: inputs, outcomes, prompts with the slots each may use, and how well the caller must be known.
The dialogue itself is a `Script` (bots/dialogues/script.py), made for one call from a `Seat` (bots/seat.py).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Literal, Protocol

from bots.disclosure import Fact, Level
from bots.outcome import Outcome as Outcome
from bots.seat import Seat
from bots.slots import SLOT

RUNGS = (".hint", ".keys")
"""A question's key with one of these is what it is asked by the second and the third time."""

SlotKind = str
"""The form in which the default wording says it (`words`, `digits`, `rubles`, `date`…); "": its value decides."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """One thing a dialogue may say. The supplier's own wording may use any of `slots`, and no other."""

    text: str
    also: Mapping[str, SlotKind] = field(default_factory=dict)
    """Slots that are given besides those in `text`."""
    discloses: Fact | None = None
    """What it gives away, if anything: it is said only to a caller who is known well enough."""

    @property
    def slots(self) -> Mapping[str, SlotKind]:
        """Every slot that is given, and its form."""
        return {**self.also, **{match[1]: match[2] or "" for match in SLOT.finditer(self.text)}}

    def unknown_slots(self, wording: str) -> list[str]:
        """Slots of a supplier's wording that nobody fills."""
        return [name for name in _names(wording) if name not in self.slots]

    def lost_slots(self, wording: str) -> list[str]:
        """Slots of the default wording that the supplier's leaves out: a sum that is never named."""
        kept = _names(wording)
        return [name for name in _names(self.text) if name not in kept]


def _names(wording: str) -> list[str]:
    return list(dict.fromkeys(match[1] for match in SLOT.finditer(wording)))


def rungs(
    key: str,
    text: str,
    hint: str = "",
    keys: str = "",
    *,
    also: Mapping[str, SlotKind] | None = None,
    discloses: Fact | None = None,
) -> Mapping[str, Prompt]:
    """A question as it is asked short, then with a hint, then for keys; each rung is given the slots of all."""
    worded = {key + rung: words for rung, words in zip(("", *RUNGS), (text, hint, keys), strict=True) if words}
    given = dict(also or {})
    for words in worded.values():
        given.update(Prompt(words).slots)
    return {rung: Prompt(words, given, discloses) for rung, words in worded.items()}


InputKind = Literal["text", "number", "money", "date", "time", "account", "phone", "choice"]


class BadInput(Exception):
    """An input of a dialogue cannot be used; the text says which, in Russian, and what it should be."""


@dataclass(frozen=True, slots=True)
class Input:
    """Something a flow or a row of a campaign hands to a dialogue."""

    kind: InputKind
    title: str
    """What it is, in Russian, for those who write flows and lists."""
    required: bool = True
    choices: tuple[str, ...] = ()

    def read(self, name: str, value: object) -> object:
        """The value as the dialogue takes it, out of a text of a file or as it already is."""
        if self.kind == "choice":
            if value not in self.choices:
                raise BadInput(f"«{name}» ({self.title}): {value!r}, а нужно одно из: {', '.join(self.choices)}")
            return value
        try:
            return _READ[self.kind](value)
        except (ValueError, TypeError, InvalidOperation) as error:
            raise BadInput(f"«{name}» ({self.title}): {value!r}, а нужно {_EXAMPLES[self.kind]}") from error


def _text(value: object) -> str:
    text = " ".join(str(value).split())
    if not text:
        raise ValueError("empty")
    return text


def _digits(value: object) -> str:
    text = re.sub(r"[\s()-]", "", str(value))
    if not re.fullmatch(r"\+?[0-9]+", text):
        raise ValueError("no digits")
    return text


def _number(value: object) -> int:
    if isinstance(value, bool):
        raise TypeError("a truth is no number")
    return value if isinstance(value, int) else int(_text(value))


def _money(value: object) -> Decimal:
    """Roubles; «1 240,50» is one thousand two hundred and forty and a half."""
    if isinstance(value, bool | float):
        raise TypeError("roubles are written as a decimal or a text")
    found = value if isinstance(value, Decimal | int) else re.sub(r"\s", "", str(value)).replace(",", ".")
    sum_ = Decimal(found)
    if not sum_.is_finite():
        raise ValueError("not a sum")
    return sum_


def _date(value: object) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = _text(value)
    russian = re.fullmatch(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", text)
    return date(int(russian[3]), int(russian[2]), int(russian[1])) if russian else date.fromisoformat(text)


def _time(value: object) -> time:
    if isinstance(value, datetime):
        return value.time()
    return value if isinstance(value, time) else time.fromisoformat(_text(value).zfill(5))


_READ: Mapping[InputKind, Callable[[object], object]] = {
    "text": _text, "number": _number, "money": _money, "date": _date, "time": _time, "account": _digits,
    "phone": _digits,
}  # fmt: skip
_EXAMPLES: Mapping[InputKind, str] = {
    "text": "непустой текст",
    "number": "целое число, например 4567",
    "money": "сумма в рублях, например 1240,50",
    "date": "дата, например 25.03.2026",
    "time": "время, например 09:00",
    "account": "номер лицевого счёта из цифр",
    "phone": "номер телефона, например +79130000001",
}


class Runs(Protocol):
    async def run(self) -> Outcome: ...


@dataclass(frozen=True, slots=True)
class Dialogue:
    """A dialogue by its name. A flow's step names an edge for each of `outcomes`."""

    name: str
    title: str
    """In Russian, for those who write flows."""
    outcomes: Mapping[str, str]
    """Every way it may end, each with what it means in Russian."""
    prompts: Mapping[str, Prompt]
    make: Callable[[Seat], Runs]
    inputs: Mapping[str, Input] = field(default_factory=dict)
    needs_level: Level = Level.L0
    """The level it brings the caller to before it tells anything."""
    outbound: bool = False
    """We ring: it opens with the robot's notice and always offers to be called no more."""

    def read_inputs(self, given: Mapping[str, object]) -> Mapping[str, object]:
        """The inputs as the dialogue takes them; raises `BadInput` naming all that is wrong."""
        faults = [f"нет такого входа: «{name}»" for name in given if name not in self.inputs]
        read: dict[str, object] = {}
        for name, wanted in self.inputs.items():
            value = given.get(name)
            if value is None or value == "":
                if wanted.required:
                    faults.append(f"не хватает «{name}»: {wanted.title}")
                continue
            try:
                read[name] = wanted.read(name, value)
            except BadInput as bad:
                faults.append(str(bad))
        if faults:
            raise BadInput(f"{self.name}: " + "; ".join(faults))
        return read

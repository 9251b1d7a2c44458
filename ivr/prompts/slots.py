"""Slots in a text, `{name|form}`: what the line fills in, and how it is said. Pure.

A form is one of `FORMS`, groups of digits (`3-3-4`), or a counted word: `plural:заявка` and, where the dictionary would
not know the word, all three of its forms (`заявка/заявки/заявок`). Without a form the value's own type decides.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from bots.slots import SLOT as SLOT
from bots.understanding.lemmas import dictionary

FORMS = ("words", "digits", "rubles", "phone", "account", "date", "day", "time", "text")
"""`rubles` of a whole number are kopecks; `day` is a date with its weekday."""

_GROUPS = re.compile(r"[0-9]+(?:-[0-9]+)+")
_STRESS = re.compile(r"\+(?=[аеёиоуыэюяАЕЁИОУЫЭЮЯ])")


@dataclass(frozen=True, slots=True)
class Slot:
    name: str
    form: str
    start: int
    """Where it begins in the text, from 0."""


def slots(text: str) -> tuple[Slot, ...]:
    """The slots of a text in order."""
    return tuple(Slot(match[1], match[2] or "", match.start()) for match in SLOT.finditer(text))


def slots_of(text: str) -> dict[str, str]:
    """The form of each slot by its name ("" when its value decides)."""
    return {slot.name: slot.form for slot in slots(text)}


def stray_brace(text: str) -> int | None:
    """Where a brace stands that belongs to no slot."""
    bare = SLOT.sub(lambda match: " " * len(match[0]), text)
    return next((at for at, letter in enumerate(bare) if letter in "{}"), None)


def known_form(form: str) -> bool:
    return not form or form in FORMS or bool(_GROUPS.fullmatch(form)) or counted_forms(form) is not None


def groups_of(form: str) -> tuple[int, ...] | None:
    """The sizes of groups in which digits are said."""
    return tuple(int(size) for size in form.split("-")) if _GROUPS.fullmatch(form) else None


def counted_forms(form: str) -> tuple[str, str, str] | None:
    """«заявка, заявки, заявок» of a form that counts; None where it does not, or the word is unknown."""
    if form.startswith("plural:"):
        return _declined(form.removeprefix("plural:").strip())
    parts = tuple(part.strip() for part in form.split("/"))
    return parts if len(parts) == 3 and all(parts) else None


def without_stress(text: str) -> str:
    """The text as people read it: the «+» before a stressed vowel is for voices alone."""
    return _STRESS.sub("", text)


@lru_cache(maxsize=500)
def _declined(word: str) -> tuple[str, str, str] | None:
    nouns = [parsed for parsed in dictionary().parse(word) if {"NOUN", "nomn", "sing"} in parsed.tag]
    if not nouns or not nouns[0].is_known:
        return None
    forms = [nouns[0].make_agree_with_number(count) for count in (1, 2, 5)]
    if any(form is None for form in forms):
        return None
    one, few, many = (form.word for form in forms)
    return one, few, many

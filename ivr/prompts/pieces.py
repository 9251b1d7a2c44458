"""A prompt's text with its slots, cut into pieces that are spoken once and played many times.

A number is never rendered as a whole: any up to 999,999 is joined from a small set («двенадцать тысяч», «триста»,
«сорок пять»), so it starts at once, whatever the voice takes, and the cache stays small and knows nobody's debts.
Every piece but the last of a sentence ends on a comma, for there the voice stays up.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from decimal import Decimal

from ivr.prompts import spoken
from ivr.prompts.normal import PREPOSITION_LAST, case_after, speakable
from ivr.prompts.slots import FORMS, SLOT, counted_forms, groups_of, slots_of, without_stress
from ivr.prompts.spoken import NotSpeakable
from ivr.prompts.written import kopecks_of

_TUESDAY = 1
_IN = re.compile(r"\b([Вв])\s+$")
"""«во вторник», but «в среду»."""
_JOIN, _BREATH, _COMMA, _SENTENCE = 0.03, 0.22, 0.15, 0.3
"""Silence after a piece: inside a number, between groups of digits, at a comma, at the end of a sentence."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Speakable text with its punctuation, and the silence that follows."""

    text: str
    tail: float = _JOIN


class SlotMissing(NotSpeakable):
    """A text has a slot that nobody filled."""


def pieces(text: str, slots: Mapping[str, object]) -> tuple[Piece, ...]:
    """What to speak, in order; raises `NotSpeakable`. How slots are written: `ivr.prompts.slots`."""
    made: list[Piece] = []
    for item in _items(text, slots):
        if isinstance(item, str):
            made = _with_text(made, item)
        else:
            if made and made[-1].text[-1] not in ",.?!:;":
                made[-1] = Piece(f"{made[-1].text},", _JOIN * 2)
            made += item
    return tuple(_ended(made))


def spelled(said: Sequence[Piece]) -> str:
    """The pieces as a text to read: without stress marks and the commas that only hold the voice up."""
    return without_stress(" ".join(piece.text.rstrip(",") if piece.tail < _COMMA else piece.text for piece in said))


_SAMPLES: Mapping[str, tuple[object, object]] = {
    "words": (12345, 7),
    "digits": ("67", "8"),
    "account": ("67", "8"),
    "rubles": (123456, 700),
    "phone": ("88003505566", "112"),
    "date": (date(2026, 3, 25), date(2026, 4, 1)),
    "day": (date(2026, 3, 25), date(2026, 4, 2)),
    "time": (time(8), time(21, 30)),
}
"""Two values of each form that have no piece in common."""


def fixed_pieces(text: str) -> tuple[Piece, ...]:
    """The pieces of a text that are the same whatever fills its slots; raises `NotSpeakable` for one without slots."""
    forms = slots_of(text)
    if not forms:
        return pieces(text, {})
    try:
        first, second = (pieces(text, {name: _sample(form, turn) for name, form in forms.items()}) for turn in (0, 1))
    except NotSpeakable:
        return ()  # whether it can be said depends on what fills it
    return tuple(piece for piece in first if piece in second)


def _sample(form: str, turn: int) -> object:
    if form in _SAMPLES:
        return _SAMPLES[form][turn]
    if groups_of(form) is not None:
        return ("6789", "1234")[turn]
    if counted_forms(form) is not None:
        return (12345, 7)[turn]
    return ("слово", "другое")[turn]


_LONG_FIRST = 90
_SENTENCES = re.compile(r"(?<=[.!?…])\s+(?=[А-ЯЁA-Z«\"])")


def in_sentences(piece: Piece) -> list[Piece]:
    """The piece cut where a voice breathes anyway, so that its beginning can be heard while the rest is being made.

    A long first sentence is cut at its first comma as well.
    """
    parts = _SENTENCES.split(piece.text)
    first = parts[0]
    if len(first) > _LONG_FIRST and (comma := first.find(", ", 20, _LONG_FIRST)) > 0:
        head = Piece(first[: comma + 1], _COMMA)
        parts = [first[comma + 2 :], *parts[1:]]
    else:
        head = None
    made = [Piece(part, _SENTENCE) for part in parts[:-1]] + [Piece(parts[-1], piece.tail)]
    return [head, *made] if head else made


def number(value: int, *, ending: str = "") -> list[str]:
    """The parts of a number: «двенадцать тысяч», «триста», «сорок пять». `ending` stays with the last («рублей»)."""
    if value < 0:
        return ["минус", *number(-value, ending=ending)]
    return _parts(value, "m", ending)


def warm_set() -> Iterator[Piece]:
    """The pieces of every whole number up to 999,999, in the middle and at the end of a sentence."""
    below_hundred = [spoken.cardinal(value) for value in range(100)]
    hundreds = [spoken.cardinal(value) for value in range(100, 1000, 100)]
    thousands = [_thousands(value) for value in (*range(1, 100), *range(100, 1000, 100))]
    for words in (*hundreds, *thousands, *below_hundred):
        yield Piece(f"{words},")
        yield Piece(f"{words}.", _SENTENCE)


def _parts(value: int, gender: spoken.Gender, ending: str = "") -> list[str]:
    if value > 999_999:
        return [f"{spoken.cardinal(value, gender=gender)} {ending}".strip()]
    thousands, rest = divmod(value, 1000)
    parts = []
    if thousands >= 100 and thousands % 100:
        parts.append(spoken.cardinal(thousands // 100 * 100))
        thousands %= 100
    if thousands:
        parts.append(_thousands(thousands))
    if rest >= 100:
        parts.append(spoken.cardinal(rest // 100 * 100))
    if rest % 100 or not parts:
        parts.append(spoken.cardinal(rest % 100, gender=gender))
    parts[-1] = f"{parts[-1]} {ending}".strip()
    return parts


def _thousands(count: int) -> str:
    return spoken.counted(count, "тысяча", "тысячи", "тысяч", "f")


def _items(text: str, slots: Mapping[str, object]) -> Iterator[str | list[Piece]]:
    """Plain text and filled slots in turn; a slot of text melts into the text around it."""
    plain, at = "", 0
    for match in SLOT.finditer(text):
        plain += text[at : match.start()]
        at = match.end()
        name, kind = match[1], match[2] or ""
        if name not in slots:
            raise SlotMissing(f"«{text}» wants {{{name}}}, which was not given")
        value = slots[name]
        kind = kind or _kind(name, value)
        if kind == "text":
            plain += str(value)
        elif kind in ("date", "day", "time"):
            before = PREPOSITION_LAST.search(plain)
            yield plain[: before.start()] if before else plain
            plain = ""
            yield _joined([_moment(before[0] if before else "", name, kind, value)])
        else:
            yield plain
            plain = ""
            yield _filled(name, kind, value)
    yield plain + text[at:]


def _kind(name: str, value: object) -> str:
    if isinstance(value, bool):
        raise NotSpeakable(f"{{{name}}} is {value}: say yes and no in words")
    if isinstance(value, int):
        return "words"
    if isinstance(value, Decimal):
        return "rubles"
    if isinstance(value, datetime):
        raise NotSpeakable(f"{{{name}}} is a date with a time: ask for {{{name}|date}} or {{{name}|time}}")
    if isinstance(value, date):
        return "date"
    if isinstance(value, time):
        return "time"
    if isinstance(value, str):
        return "digits" if re.fullmatch(r"[0-9]+", value) else "text"
    raise NotSpeakable(f"{{{name}}} is {value!r}, which nobody can say")


def _filled(name: str, kind: str, value: object) -> list[Piece]:
    try:
        return _said(kind, value)
    except (ValueError, TypeError, ArithmeticError, AttributeError) as error:
        raise NotSpeakable(f"{{{name}|{kind}}} cannot say {value!r}: {error}") from error


def _moment(before: str, name: str, kind: str, value: object) -> str:
    """A day or a time after its preposition, which decides how it is said."""
    try:
        if kind == "time":
            moment = value.time() if isinstance(value, datetime) else value
            return speakable(f"{before}{moment if isinstance(moment, time) else time.fromisoformat(str(moment)):%H:%M}")
        day = value if isinstance(value, date) else date.fromisoformat(str(value))
    except ValueError as error:
        raise NotSpeakable(f"{{{name}|{kind}}} cannot say {value!r}: {error}") from error
    if kind == "day":
        if day.weekday() == _TUESDAY:
            before = _IN.sub(r"\1о ", before)
        return before + spoken.weekday(day, case_after(before))
    return speakable(f"{before}{day.day} {spoken.MONTHS[day.month]}")


def _said(kind: str, value: object) -> list[Piece]:
    if kind == "words":
        return _joined(number(int(str(value))))
    if kind == "rubles":
        return _joined(_money(kopecks_of(value)))
    if kind == "phone":
        return _grouped(spoken.phone(str(value)))
    if kind in ("digits", "account"):
        return _grouped(spoken.account(str(value)))
    if (sizes := groups_of(kind)) is not None:
        return _grouped(spoken.account(str(value), sizes))
    if (forms := counted_forms(kind)) is not None:
        return _joined(_counted(int(str(value)), forms))
    raise NotSpeakable(f"there is no such form; there are {', '.join(FORMS)}, 3-3-4 and plural:заявка")


def _joined(parts: Sequence[str]) -> list[Piece]:
    return [Piece(f"{part},") for part in parts]


def _grouped(said: str) -> list[Piece]:
    """Groups of digits, each joined of its parts, a breath between them."""
    made: list[Piece] = []
    for group in said.split(", "):
        words = _joined(_group_parts(group))
        made += [*words[:-1], replace(words[-1], tail=_BREATH)]
    return made


def _group_parts(group: str) -> list[str]:
    """«плюс», each «ноль» and each number apart, a hundred apart from what follows it."""
    parts: list[str] = []
    for word in group.split():
        follows = bool(parts) and (word in _THOUSAND or (parts[-1] in _TENS and word in _UNITS))
        parts = [*parts[:-1], f"{parts[-1]} {word}"] if follows else [*parts, word]
    return parts


_TENS = frozenset(spoken.cardinal(value) for value in range(20, 100, 10))
_UNITS = frozenset((*(spoken.cardinal(value) for value in range(1, 10)), "одна", "две"))
_THOUSAND = frozenset(("тысяча", "тысячи", "тысяч"))


def _money(kopecks: int) -> list[str]:
    roubles, rest = divmod(abs(kopecks), 100)
    parts = ["минус"] if kopecks < 0 else []
    if roubles or not rest:
        parts += _parts(roubles, "m", spoken.agreeing(roubles, "рубль", "рубля", "рублей"))
    if rest:
        parts.append(spoken.counted(rest, "копейка", "копейки", "копеек", "f"))
    return parts


def _counted(count: int, forms: Sequence[str]) -> list[str]:
    one = forms[0].strip().lower()
    gender: spoken.Gender = "f" if one.endswith(("а", "я")) else "n" if one.endswith(("о", "е", "ё")) else "m"
    minus = ["минус"] if count < 0 else []
    return [*minus, *_parts(abs(count), gender, spoken.agreeing(count, *(form.strip() for form in forms)))]


def _with_text(made: list[Piece], text: str) -> list[Piece]:
    said = speakable(text)
    leading = re.match(r"[.,!?:;…]+", said)
    if leading:
        said = said[leading.end() :].strip()
        if made:
            made = [*made[:-1], _closed(made[-1], leading[0][0].replace("…", "."))]
    if not any(letter.isalpha() for letter in said):
        return made
    return [*made, _closed(Piece(said), said[-1])]


def _closed(piece: Piece, mark: str) -> Piece:
    """The piece ends on this punctuation mark, if it is one."""
    text = piece.text.rstrip(",")
    if mark in ".!?":
        return Piece(text if text[-1] in ".!?" else text + mark, _SENTENCE)
    if mark in ",:;":
        return Piece(text if text[-1] in ":;" else f"{text},", _COMMA)
    return piece


def _ended(made: list[Piece]) -> list[Piece]:
    """The last piece comes down, unless it asks."""
    if not made:
        return made
    last = made[-1].text
    return [*made[:-1], Piece(last if last[-1] in ".!?" else last.rstrip(",:;") + ".", _SENTENCE)]

"""Slips of the tongue: which digits stand after «ой», «точнее», «не пять, а шесть», «заново».

What is said after a repair word replaces the whole if it is as long or longer, else as many digits at the end. Wherever
two people could understand a correction differently the result is `Unclear` and the digits are asked for again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from bots.understanding.dictation import extract, in_words
from bots.understanding.number import Number, Room
from bots.understanding.numerals import number
from bots.understanding.tokens import NUMBER_KINDS, Token

Unclear = Literal["again", "approximate"]


_SIGHS = frozenset(("ой", "ай", "ох", "тьфу", "стоп", "извините", "извини", "простите", "прости", "прошу прощения"))


@dataclass(slots=True)
class _Part:
    """What was said between two repair words."""

    tokens: list[Token] = field(default_factory=list)
    fresh: bool = False
    """Said after «заново»: what came before does not count."""
    sighed: bool = False
    """Said after a mere «ой»: perhaps it corrects nothing."""


def said(tokens: Sequence[Token], room: Room, base: Number | None = None) -> Number | Unclear | None:
    """The number these tokens say, given the one being corrected (`base`); None where no number was said."""
    current, spoken = base, False
    parts = _parts(tokens)
    for part in parts:
        if part.fresh:
            current = None
        if not any(token.kind in NUMBER_KINDS for token in part.tokens):
            continue
        corrected = spoken or part is not parts[0]
        found = _contrast(part.tokens, room, current) or extract(part.tokens, room)
        if isinstance(found, str):
            return found
        if found is None:
            continue
        if found.settled or not corrected:
            current = found
        else:
            if current is not None and part.sighed and _goes_on(current, found, room):
                return "again"
            joined = correct(current, found, room)
            if joined is None:
                return "again"
            current = joined
        spoken = True
    if not spoken or current is None:
        return None
    if len(parts) > 1 and _dangling(parts):
        return "again"
    if room.fits(len(current.raw)) and any(
        room.fits(len(other)) and int(other) != int(current.raw) for other in current.others
    ):
        return "again"
    return current


def correction(tokens: Sequence[Token], room: Room, base: Number) -> Number | Unclear | None:
    """Like `said`, but even the first words correct `base`: an answer to «верно?»."""
    return said([Token("repair", 0, ""), *tokens], room, base)


def correct(current: Number | None, new: Number, room: Room) -> Number | None:
    """`new` in the place of what it corrects; None where it could be meant otherwise."""
    if current is None:
        return new
    longer = len(new.raw) - len(current.raw)
    if new.thousands and (longer < 0 or (longer == 0 and new.low > current.low)):
        return None  # «двенадцать тысяч сто, ой, одиннадцать тысяч»: and the hundred?
    if len(new.raw) >= len(current.raw):
        return None if _could_be_the_end(current, new, room) else new
    if new.others or current.others or (current.pointed and not new.pointed):
        return None
    if current.bare_thousands or current.run > 1:
        return None
    cut = len(current.raw) - len(new.raw)
    if cut in current.cuts:
        return None
    cuts = frozenset(place for place in current.cuts if place < cut) | {cut + place for place in new.cuts}
    return Number(
        current.raw[:cut] + new.raw,
        (current.raw[:cut], new.raw),
        current.thousands,
        low=new.low,
        cuts=cuts,
        doubtful=current.doubtful or new.doubtful,
    )


def _could_be_the_end(current: Number, new: Number, room: Room) -> bool:
    """«двадцать три сорок, ой, пятьдесят пять шестьдесят семь»: the whole anew, or on from a place in the middle?"""
    if room.complete(len(new.raw)):
        return False
    singles = current.run > 1 or (current.run == 1 and len(current.groups) == 1)
    if new.groups[0] == current.groups[0] and not singles:
        return False
    kept = current.raw
    for group in reversed(current.groups[1:]):
        kept = kept[: -len(group)]
        length = len(kept) + len(new.raw)
        if len(group) == len(new.groups[0]) and (room.fits(length) or room.with_fraction(length)):
            return True
    return False


def _goes_on(current: Number, new: Number, room: Room) -> bool:
    """«двенадцать, ой, триста сорок пять»: 345 by the letter, but perhaps 12345 with a sigh in the middle."""
    length = len(current.raw) + len(new.raw)
    return len(new.raw) >= len(current.raw) and len(new.groups[0]) != len(current.groups[0]) and room.fits(length)


def _parts(tokens: Sequence[Token]) -> list[_Part]:
    parts = [_Part()]
    for token in tokens:
        if token.kind == "repair":
            parts.append(_Part(sighed=token.text in _SIGHS))
        elif token.kind == "restart":
            parts.append(_Part(fresh=True))
        else:
            parts[-1].tokens.append(token)
    return parts


def _dangling(parts: Sequence[_Part]) -> bool:
    """Whether the last word of all was a repair: something was wrong, and nobody said what."""
    return not any(token.kind in NUMBER_KINDS for token in parts[-1].tokens)


def _contrast(tokens: Sequence[Token], room: Room, current: Number | None) -> Number | Unclear | None:
    """«не A, а B», «B, а не A»; None where the words are no such contrast."""
    denied = next((at for at, token in enumerate(tokens) if token.kind == "not" and _number_next(tokens, at)), None)
    if denied is None:
        return None
    before = [token for token in tokens[:denied] if token.kind != "but"]
    turned = any(token.kind == "but" for token in tokens[max(0, denied - 2) : denied])
    after = tokens[denied + 1 :]
    but = next((at for at, token in enumerate(after) if token.kind == "but"), None)
    if but is not None:
        wrong, right = list(after[:but]), list(after[but + 1 :])
        if any(token.kind in NUMBER_KINDS for token in before):
            first = extract(before, room)
            if first is None or isinstance(first, str):
                return first or "again"
            current = first
    elif turned and any(token.kind in NUMBER_KINDS for token in before):
        wrong, right = list(after), before
    else:
        halves = _halves([token for token in after if token.kind in NUMBER_KINDS], room)
        if halves is None:
            return "again"
        wrong, right = halves
        if any(token.kind in NUMBER_KINDS for token in before):
            first = extract(before, room)
            if first is None or isinstance(first, str):
                return first or "again"
            current = first
    out, into = extract(wrong, room), extract(right, room)
    if out is None or into is None or isinstance(out, str) or isinstance(into, str):
        return "again"
    if current is None:
        return replace(into, settled=True)
    found = swap(current, wrong, out, right, into)
    return "again" if isinstance(found, str) else replace(found, settled=True)


def _number_next(tokens: Sequence[Token], at: int) -> bool:
    for token in tokens[at + 1 :]:
        if token.kind in NUMBER_KINDS:
            return True
        if token.kind not in ("fill", "comma"):
            return False
    return False


def _halves(tokens: list[Token], room: Room) -> tuple[list[Token], list[Token]] | None:
    """«не пять шесть»: where recognition lost the «а», two numbers of one length stand side by side."""
    for middle in range(1, len(tokens)):
        left, right = number(tokens[:middle], room), number(tokens[middle:], room)
        if left is None or right is None or len(left.raw) != len(right.raw) or left.raw == right.raw:
            continue
        both = number(tokens, room)
        if both is None or both.raw == left.raw + right.raw:
            return tokens[:middle], tokens[middle:]
    return None


def swap(
    current: Number, wrong: Sequence[Token], out: Number, right: Sequence[Token], into: Number
) -> Number | Literal["none", "twice"]:
    """`into` in the place of `out`, found first among the words of the value's cardinal, then among its digits."""
    words = in_words(int(current.raw))
    missed = [token for token in wrong if token.kind in NUMBER_KINDS]
    wanted = [token for token in right if token.kind in NUMBER_KINDS]
    if any(token.kind == "digits" for token in (*missed, *wanted)):
        missed, wanted = in_words(int(out.raw)), in_words(int(into.raw))
    places = _found(words, missed)
    at = [place for place in range(len(current.raw)) if current.raw.startswith(out.raw, place)]
    if len(places) > 1 or len(at) > 1:
        return "twice"
    by_words = by_digits = None
    if places:
        by_words = _reworded(words, places[0], missed, wanted, len(current.raw))
        if by_words is None:
            return "twice"
    if at and len(out.raw) == len(into.raw):
        by_digits = current.raw[: at[0]] + into.raw + current.raw[at[0] + len(out.raw) :]
    if by_words is not None and by_digits is not None and int(by_words) != int(by_digits):
        return "twice"
    chosen = by_words if by_words is not None else by_digits
    if chosen is None:
        return "none" if not at else "twice"
    return Number(chosen, (chosen,))


def _found(words: Sequence[Token], wanted: Sequence[Token]) -> list[int]:
    shape = [(token.kind, token.value) for token in wanted]
    line = [(token.kind, token.value) for token in words]
    if not shape:
        return []
    return [at for at in range(len(line) - len(shape) + 1) if line[at : at + len(shape)] == shape]


def _reworded(
    words: Sequence[Token], at: int, missed: Sequence[Token], wanted: Sequence[Token], length: int
) -> str | None:
    """The cardinal with some of its words exchanged, if it is a cardinal still."""
    after = list(words[at + len(missed) :])
    middle = list(wanted)
    thousand = missed[-1].kind == "thousand"
    if thousand and middle[-1].kind != "thousand":
        middle.append(missed[-1])
    elif not thousand and middle[-1].kind == "thousand":
        if not after or after[0].kind != "thousand":
            return None
        middle.pop()
    line = [*words[:at], *middle, *after]
    found = number(line, Room(9))
    if found is None or len(found.groups) != 1:
        return None
    return found.raw.rjust(length, "0")

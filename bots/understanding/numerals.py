"""A number from its words, whoever stammers: groups, then what was said twice, then what was stuttered."""

from collections.abc import Sequence

from bots.understanding.groups import build
from bots.understanding.number import NoNumber, Number, Room
from bots.understanding.tokens import Token
from bots.understanding.written import multiplied, side_by_side, split_digits, with_thousands


def number(tokens: Sequence[Token], room: Room) -> Number | None:
    """The digits of one uninterrupted dictation, or None where they must be asked for again."""
    if (written := with_thousands(tokens, room)) is not None:
        return written
    try:
        atoms = multiplied(split_digits(tokens, room))
    except NoNumber:
        return None
    if not atoms:
        return None
    whole = build(atoms)
    try:
        once = _said_once(atoms, whole, room)
    except NoNumber:
        return None
    if once is not None:
        return once
    if whole is None:
        return None
    literal = side_by_side(tokens)
    if literal is not None and literal != whole.raw:
        whole = whole.also(literal)
    if room.too_long(len(whole.raw)):
        return _unstutter(whole, room)
    return whole


def _said_once(atoms: Sequence[Token], whole: Number | None, room: Room) -> Number | None:
    """The number said twice over, as once; None when it was not."""
    if len(atoms) < 2 or (whole is not None and len(whole.raw) < 6):
        return None
    if whole is not None and len(set(whole.raw)) == 1 and len(whole.raw) == len(whole.groups):
        return None  # «один один один один один один»
    once = _one_of_two(atoms, whole, room)
    if once is None or len(once.raw) < 3 or whole is None:
        return once
    if room.lengths:
        if room.fits(len(whole.raw)):
            return once.also(whole.raw) if room.fits(len(once.raw)) else None
        return once
    if room.fits(len(whole.raw)):
        return once.also(whole.raw)
    if room.with_fraction(len(whole.raw)) and all(len(group) == 1 for group in whole.groups):
        raise NoNumber
    return once


def _one_of_two(atoms: Sequence[Token], whole: Number | None, room: Room) -> Number | None:
    """One of two equal halves; said in other words the second time only where the whole makes no sense."""
    middle = len(atoms) // 2
    if len(atoms) % 2 == 0 and _alike(atoms[:middle], atoms[middle:]):
        return _of_three(build(atoms[:middle]))
    if whole is not None:
        h = len(whole.raw) // 2
        if not room.too_long(len(whole.raw)) or whole.raw[:h] != whole.raw[h:]:
            return None
    for middle in range(1, len(atoms)):
        left = _of_three(build(atoms[:middle]))
        if left is not None:
            right = build(atoms[middle:])
            if right is not None and right.raw == left.raw:
                return left
    return None


def _alike(left: Sequence[Token], right: Sequence[Token]) -> bool:
    return all(a.kind == b.kind and a.value == b.value for a, b in zip(left, right, strict=True)) and all(
        a.text == b.text for a, b in zip(left, right, strict=True) if a.kind == "literal"
    )


def _of_three(found: Number | None) -> Number | None:
    return found if found is not None and len(found.raw) >= 3 else None


def _unstutter(whole: Number, room: Room) -> Number | None:
    """A group said twice by a stutter counts once, if only that brings the number onto the dial."""
    kept: list[str] = []
    for group in whole.groups:
        if kept and len(kept[-1]) > 1 and (group == kept[-1] or (whole.thousands and group[:-3] == kept[-1])):
            kept[-1] = group
        else:
            kept.append(group)
    if len(kept) == len(whole.groups):
        return whole
    if room.with_fraction(len(whole.raw)):
        return None
    return Number("".join(kept), tuple(kept), whole.thousands, whole.bare_thousands)

"""Two readings or three in one breath without a zone's name: where one ends and the next begins.

Only where exactly one place, or the caller's own commas and «и», divide the digits into numbers that fit the dial.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from bots.understanding.number import Number, Room
from bots.understanding.repair import said
from bots.understanding.tokens import NUMBER_KINDS, Token

_MARKS = frozenset(("comma", "and", "but"))
MOST_WORDS = 24
"""More number words than two readings can have."""
LEAST_DIVIDED = 3
"""Digits of a reading that is told from its neighbour by the dial alone: shorter ones are anybody's guess."""


def marked(tokens: Sequence[Token], count: int, room: Room) -> list[str] | None:
    """The numbers between commas and «и», where there are just enough of them and each fits."""
    if any(token.kind in ("repair", "restart", "not") for token in tokens):
        return None
    marks = [at for at, token in enumerate(tokens) if token.kind in _MARKS and _digits_around(tokens, at)]
    if len(marks) != count - 1:
        return None
    numbers = [said(tokens[a + 1 : b], room) for a, b in pairwise([-1, *marks, len(tokens)])]
    raws = [number.raw for number in numbers if isinstance(number, Number) and room.fits(len(number.raw))]
    return raws if len(raws) == count else None


def by_groups(whole: Number, count: int, room: Room) -> list[str] | None:
    """The one division of the groups into so many numbers that fit; [] for several, None for none."""
    ways = list(_ways(whole.groups, count, room))
    if len(ways) > 1:
        return []
    return ways[0] if ways else None


def _ways(groups: Sequence[str], count: int, room: Room) -> Iterator[list[str]]:
    if count == 1:
        raw = "".join(groups)
        if len(raw) >= LEAST_DIVIDED and room.fits(len(raw)):
            yield [raw]
        return
    for at in range(1, len(groups)):
        left = "".join(groups[:at])
        if room.too_long(len(left)):
            return
        if len(left) < LEAST_DIVIDED:
            continue
        # Among single digits nobody can tell where one reading ends.
        if not len(groups[at - 1]) == len(groups[at]) == 1:
            for rest in _ways(groups[at:], count - 1, room):
                yield [left, *rest]


def by_thousands(tokens: Sequence[Token], count: int, room: Room) -> list[str] | None:
    """«двенадцать тысяч сто пять тысяч двести»: where only one place to divide leaves two numbers that fit."""
    plain = [token for token in tokens if token.kind not in ("comma", "fill", "and", "but")]
    if count != 2 or len(plain) > MOST_WORDS:
        return None
    ways: list[list[str]] = []
    for at in range(1, len(plain)):
        left = said(plain[:at], room)
        if isinstance(left, Number) and room.fits(len(left.raw)):
            right = said(plain[at:], room)
            if isinstance(right, Number) and room.fits(len(right.raw)):
                ways.append([left.raw, right.raw])
    if len(ways) > 1:
        return []
    return ways[0] if ways else None


def _digits_around(tokens: Sequence[Token], at: int) -> bool:
    return any(token.kind in NUMBER_KINDS for token in tokens[:at]) and any(
        token.kind in NUMBER_KINDS for token in tokens[at + 1 :]
    )

"""The mark a caller gives: «пятёрка с плюсом» is five, «четыре или пять» is a question."""

import re

from bots.number import Number, Room
from bots.repair import Unclear, said
from bots.tokens import lex

_AROUND = re.compile(r"\b(?:с (?:большим |жирным )?(?:плюсом|минусом)|(?:балл|звезд|звездоч|оценк)\w*|из \w+)\b")
_TOP = re.compile(r"\b(?:отлично|превосходно|на отлично|великолепно)\b")
_WORDED = {"кол": "один"}


def rating(normal: str, scale: tuple[int, int]) -> int | Unclear | None:
    """The mark, inside the scale or not; None where none was given."""
    text = _AROUND.sub(" ", normal)
    text = " ".join(_WORDED.get(word, word) for word in text.split())
    tokens = lex(text, fraction=0)
    if any(token.kind in ("point", "half") for token in tokens):
        return "again"
    found = said(tokens, Room(2))
    if isinstance(found, Number):
        if len(found.groups) > 1 and len(set(found.groups)) > 1:
            return "again"
        return int(found.groups[0])
    if found is None and scale == (1, 5) and _TOP.search(normal) and " не " not in f" {normal} ":
        return 5
    return found

"""The mark a caller gives: «пятёрка с плюсом» is five, «четыре или пять» is a question."""

import re

from bots.understanding.number import Number, Room
from bots.understanding.repair import Unclear, said
from bots.understanding.tokens import lex

_AROUND = re.compile(
    r"\b(?:с (?:большим |жирным |двумя |тремя )?(?:плюс(?:ом|ами)|минус(?:ом|ами))"
    r"|(?:балл|звезд|звездоч|оценк)\w*|из \w+)\b"
)
_TOP = re.compile(r"\b(?:отлично|превосходно|великолепно)\b")
_SCHOOL = {"на хорошо": 4, "на удовлетворительно": 3, "на неудовлетворительно": 2}
"""Marks by their names at school; a bare «хорошо» is mere consent."""
_HIGHEST = re.compile(r"\b(?:высш(?:ий|ая|ую)|наивысш\w+|максимум|максимальн\w+|сам(?:ый|ая|ую) (?:высок|больш)\w+)\b")
_LOWEST = re.compile(r"\b(?:низш(?:ий|ая|ую)|наинизш\w+|минимум|минимальн\w+|сам(?:ый|ая|ую) (?:низк|маленьк)\w+)\b")
_NONE = re.compile(r"\bни одно(?:го|й)\b|\bменьше\b|\bбольше\b|\bвыше\b|\bниже\b")
_DENIED = re.compile(r"\bне\b")
_WORDED = {"кол": "один", "пятак": "пять", "двояк": "два", "трояк": "три"}
SCHOOL = (1, 5)


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
        return "again" if _NONE.search(normal) else int(found.groups[0])
    return found if found is not None else _named(normal, scale)


def _named(normal: str, scale: tuple[int, int]) -> int | Unclear | None:
    """A mark without a number: «высший балл», «на хорошо»."""
    if _DENIED.search(normal):
        return None
    low, high = scale
    marks = {mark for pattern, mark in ((_HIGHEST, high), (_LOWEST, low)) if pattern.search(normal)}
    if scale == SCHOOL:
        marks |= {mark for words, mark in _SCHOOL.items() if re.search(rf"\b{words}\b", normal)}
        marks |= {high} if _TOP.search(normal) else set()
    if len(marks) > 1:
        return "again"
    return marks.pop() if marks else None

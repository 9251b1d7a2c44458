"""Hours of the day people name: «после шести вечера», «в 18:30», «утром», «с десяти до двенадцати».

An hour without its part of the day is the one inside calling hours (nine to twenty); where neither or both halves of
the day are, there is none. Of a span its beginning counts.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time

from bots.understanding.lexicon import TEENS, TENS, UNITS, words

EARLIEST, LATEST = 9, 20

_PARTS = {"утра": 0, "утром": 0, "ночи": 0, "дня": 12, "днем": 12, "вечера": 12, "вечером": 12}
_LEADS = frozenset(words("в во после с со к ко около районе между часов часиков часа"))
_OTHER_THINGS = ("числ", "дн", "недел", "месяц", "раз", "рубл", "тысяч", "процент")
_MONTHS = ("январ", "феврал", "март", "апрел", "мая", "июн", "июл", "август", "сентябр", "октябр", "ноябр", "декабр")
_WHOLE = (
    (re.compile(r"\b(?:до обеда|до полудня|(?:в|во) перв\w+ половин[еу](?: дня)?)\b"), time(9)),
    (re.compile(r"\b(?:после обед(?:а|енного)|(?:в|во) втор\w+ половин[еу](?: дня)?)\b"), time(14)),
    (re.compile(r"\b(?:в обед|в полдень|к обеду|в обеденное время|в обеденный перерыв)\b"), time(12)),
    (re.compile(r"\b(?:после работы|вечером|вечерком|ближе к вечеру|под вечер)\b"), time(18)),
    (re.compile(r"\b(?:утром|с утра|утречком)\b"), time(9)),
    (re.compile(r"\bднем\b"), time(12)),
)
_CLOCK = re.compile(r"\b([01]?\d|2[0-3])(?::([0-5]\d)|\.(00|1[3-9]|[2-5]\d))\b(?!\.)")
_HALF = re.compile(r"\bпол(?:овин[аеу])? ?(?P<next>[а-я]+го)\b(?: (?P<part>утра|дня|вечера))?")
_QUARTER = re.compile(r"\bчетверть (?P<next>[а-я]+го)\b(?: (?P<part>утра|дня|вечера))?")
_LACKING = re.compile(
    r"\bбез (?P<lack>четверти|пяти|десяти|пятнадцати|двадцати(?: пяти)?) (?P<hour>[а-я]+|\d{1,2})"
    r"(?: час(?:а|ов))?(?: (?P<part>утра|дня|вечера))?"
)
_LACK = {"четверти": 15, "пяти": 5, "десяти": 10, "пятнадцати": 15, "двадцати": 20, "двадцати пяти": 25}
_NIGHT = re.compile(r"\b(?:в )?(?:двенадцать|12) ночи\b|\bв полночь\b|(?<!и )\bночью\b")
"""Nobody is rung at night, and «двенадцать ночи» is of either of two days."""
_ORDINALS = {
    "первого": 1, "второго": 2, "третьего": 3, "четвертого": 4, "пятого": 5, "шестого": 6, "седьмого": 7,
    "восьмого": 8, "девятого": 9, "десятого": 10, "одиннадцатого": 11, "двенадцатого": 12,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Hours:
    at: time | None = None
    unclear: bool = False


def hour(normal: str) -> Hours:
    """The time of day an utterance names."""
    half = _HALF.search(normal)
    if half is not None and half["next"] in _ORDINALS:
        return _inside((_ORDINALS[half["next"]] - 1) or 12, 30, half["part"])
    quarter = _QUARTER.search(normal)
    if quarter is not None and quarter["next"] in _ORDINALS:
        return _inside((_ORDINALS[quarter["next"]] - 1) or 12, 15, quarter["part"])
    lacking = _LACKING.search(normal)
    if lacking is not None:
        ahead, used = _small([lacking["hour"]]) if lacking["hour"] != "час" else (1, 1)
        if not used or ahead > 12:
            return Hours(unclear=True)
        return _inside((ahead - 1) or 12, 60 - _LACK[lacking["lack"]], lacking["part"])
    if _NIGHT.search(normal):
        return Hours(unclear=True)
    clock = _CLOCK.search(normal)
    if clock is not None:
        return Hours(time(int(clock[1]), int(clock[2] or clock[3])))
    said = re.findall(r"[а-я]+|\d+", normal)
    for at, word in enumerate(said[:-1]):
        if word in _LEADS:
            named = _spoken(said[at + 1 : at + 7])
            if named is not None:
                return named
    for at in range(len(said)):
        if _small(said[at : at + 2])[1] and not (at and said[at - 1] in _LEADS):
            named = _standing(said[at : at + 6])
            if named is not None:
                return named
    for pattern, moment in _WHOLE:
        if pattern.search(normal):
            return Hours(moment)
    return Hours()


def _spoken(said: Sequence[str]) -> Hours | None:
    """«шести вечера», «восемнадцать тридцать», «десять часов утра»; None where the words are no hour."""
    if said[0] in ("час", "часу"):
        number, rest = 1, list(said[1:])
    else:
        number, used = _small(said)
        if not used or number > 23:
            return None
        rest = list(said[used:])
        if rest and rest[0].startswith("час"):
            rest = rest[1:]
    minutes, used = _small(rest) if rest else (0, 0)
    if used and minutes < 60:
        rest = rest[used:]
        if rest and rest[0].startswith("минут"):
            rest = rest[1:]
    elif used:
        return None
    if rest and rest[0].startswith((*_OTHER_THINGS, *_MONTHS)) and rest[0] not in _PARTS:
        return None
    part = rest[0] if rest and rest[0] in _PARTS else None
    return _inside(number, minutes, part)


def _standing(said: Sequence[str]) -> Hours | None:
    """«пять вечера», «пятнадцать тридцать»: no word leads to the hour, so it must be one beyond doubt."""
    number, used = _small(said)
    rest = list(said[used:])
    if rest and rest[0].startswith("час"):
        rest = rest[1:]
    if rest and rest[0] in _PARTS and rest[0] != "дня" and 0 < number <= 12:  # «через три дня» is no hour
        return _inside(number, 0, rest[0])
    minutes, counted = _small(rest) if rest else (0, 0)
    if counted and 12 < number < 24 and 10 <= minutes < 60 and len(rest) == counted:
        return Hours(time(number, minutes))
    return None


def _small(said: Sequence[str]) -> tuple[int, int]:
    """A number below a hundred and how many words it took."""
    word = said[0]
    if word.isdigit():
        return (int(word), 1) if len(word) <= 2 else (0, 0)
    if word in TENS:
        follows = UNITS.get(said[1]) if len(said) > 1 else None
        return (TENS[word] + follows, 2) if follows else (TENS[word], 1)
    value = UNITS.get(word) or TEENS.get(word)
    return (value, 1) if value else (0, 0)


def _inside(number: int, minutes: int, part: str | None) -> Hours:
    if number > 12 or number == 0:
        return Hours(time(number, minutes))
    if part is not None:
        if part.startswith("вечер") and number < 4:
            return Hours(unclear=True)
        late = _PARTS[part] if not (part in ("дня", "днем") and number in (10, 11)) else 0
        return Hours(time(number % 12 + late, minutes))
    if number == 12:
        return Hours(time(12, minutes))
    halves = [value for value in (number, number + 12) if EARLIEST <= value < LATEST]
    return Hours(time(halves[0], minutes)) if len(halves) == 1 else Hours(unclear=True)

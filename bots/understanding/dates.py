"""Days people name: «в пятницу», «пятого», «через неделю», «до конца месяца», counted from a given today.

A day that could be two days is none: the caller is asked again. Which way an open date points (the coming Friday or the
last one) is the caller's tense, and is handed in as `past`.
"""

import calendar
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from bots.understanding.calendar_names import MONTHS, ORDINALS, WEEKDAYS
from bots.understanding.lexicon import REPAIRS, TEENS, TENS, UNITS, words

_AFTER_TOMORROW = re.compile(r"\bпосле завтра\b")
_RELATIVE = {"сегодня": 0, "сейчас": 0, "завтра": 1, "послезавтра": 2, "вчера": -1, "позавчера": -2}
_NEXT = frozenset(words("следующий следующую следующее следующего следующей следующему следующем будущий будущую"))
_THIS = frozenset(words("этот эту это этого этой ближайший ближайшую ближайшее ближайшего ближайшей этом"))
_LAST = frozenset(words("прошлый прошлую прошлое прошлого прошлой прошлом"))
_WRITTEN = re.compile(r"\b(\d{1,2})\.(\d{1,2})(?:\.(\d{4}|\d{2}))?\b(?!\.\d)")
_ISO = re.compile(r"\b(20\d\d) (\d\d) (\d\d)\b")
_DAY_NUMBER = re.compile(r"\b([0-3]?\d) ?(?:го|е|ого|ое|му|ому|числа)\b")
_WORDS = re.compile(r"[а-я]+|\d+|[,;:.!?]")
_REPAIRS = tuple(sorted(REPAIRS, key=len, reverse=True))
_REPAIR = re.compile(r"\b(?:" + "|".join(_REPAIRS) + r"|заново)\b")
_DENIED = re.compile(
    r"\bне (?!позже\b|позднее\b)[^,.;]*?(?:,| )\s*а (?=в |во |на |\w+ого\b|\w+втра\b|сегодня\b|до |\d)"
)
_VAGUE = re.compile(
    r"\b(?:не раньше|не ранее|на днях|как нибудь|когда нибудь|числа (?:\w+ого|\d)|через (?:день|пару|несколько|час"
    r"|полчаса|\w+ (?:час|минут)\w*)|после (?:\w+ого|\d+го|\d+ го|\d+ числа)|(?:дня|дней|недели|месяца) через"
    r"|в начале|в середине|выходн\w+|скоро|потом как|числу к|кажд\w+ (?:день|дни|вечер|утро)|(?:по )?будн\w+"
    r"|в первых числах|после (?:понедельника|вторника|среды|четверга|пятницы|субботы|воскресенья)"
    r"|с (?:понедельника|вторника|среды|четверга|пятницы|субботы) (?:по|до)|или|либо)\b"
)
_NEXT_WEEK = re.compile(r"\bна (?:следующей|будущей|этой|той) неделе\b")
_HALF_PAST = re.compile(r"\b(?:пол(?:овин[аеу])?|четверть) [а-я]+го\b")
"""Hours of the day, not days of the month."""
_YEAR_SAID = re.compile(r"\bдве тысячи двадцать (?P<unit>[а-я]+го)\b")


@dataclass(frozen=True, slots=True)
class Days:
    """The days found in an utterance: exactly one, or a reason to ask."""

    day: date | None = None
    unclear: bool = False


def day(normal: str, today: date, *, past: bool = False) -> Days:
    """The day an utterance names."""
    text = _DENIED.sub(" ", _AFTER_TOMORROW.sub("послезавтра", normal))
    parts = [part for part in _REPAIR.split(text) if part.strip()]
    answer = Days()
    for part in parts:
        found = _in_part(part, today, past=past)
        if found.unclear or found.day is not None:
            answer = found
    return answer


def _in_part(text: str, today: date, *, past: bool) -> Days:
    if _VAGUE.search(text):
        return Days(unclear=True)
    found: list[date | None] = []
    text = _YEAR_SAID.sub(lambda hit: f"20{20 + ORDINALS.get(hit['unit'], 0)}", _HALF_PAST.sub(" ", text))
    text = _ISO.sub(lambda hit: _note(found, _safe(int(hit[1]), int(hit[2]), int(hit[3]))), text)
    text = _WRITTEN.sub(lambda hit: _written(hit, found, today, past=past), text)
    said = _WORDS.findall(_DAY_NUMBER.sub(r"\1 числа", text))
    at = 0
    while at < len(said):
        taken = 0
        for reader in _READERS:
            taken = reader(said, at, today, past, found)
            if taken:
                break
        at += taken or 1
    if None in found:
        return Days(unclear=True)
    days = {moment for moment in found if moment is not None}
    if len(days) > 1:
        return Days(unclear=True)
    if not days:
        return Days(unclear=_NEXT_WEEK.search(text) is not None)
    return Days(days.pop())


def _note(found: list[date | None], moment: date | None) -> str:
    found.append(moment)
    return " "


def _written(hit: re.Match[str], found: list[date | None], today: date, *, past: bool) -> str:
    number, month = int(hit[1]), int(hit[2])
    if not 1 <= month <= 12 or not number:
        return hit[0]
    if hit[3]:
        year = int(hit[3]) + (2000 if len(hit[3]) == 2 else 0)
        return _note(found, _safe(year, month, number))
    return _note(found, _of_month(number, month, today, past=past))


def _relative(said: Sequence[str], at: int, today: date, past: bool, found: list[date | None]) -> int:
    shift = _RELATIVE.get(said[at])
    if shift is None or said[at] == "сейчас":
        return 0
    found.append(today + timedelta(days=shift))
    return 1


def _after(said: Sequence[str], at: int, today: date, past: bool, found: list[date | None]) -> int:
    """«через три дня», «через неделю», «через месяц»; «три дня назад»."""
    if said[at] == "через":
        count, used = _count(said, at + 1)
        unit = said[at + 1 + used] if at + 1 + used < len(said) else ""
        moment = _shifted(today, count if used else 1, unit)
        if moment is None:
            return 0
        found.append(moment)
        return used + 2
    count, used = _count(said, at)
    if (used or said[at][:4] in ("неде", "меся")) and "назад" in said[at + used + 1 : at + used + 2]:
        found.append(_shifted(today, -(count if used else 1), said[at + used]))
        return used + 2
    return 0


def _count(said: Sequence[str], at: int) -> tuple[int, int]:
    """A small number and how many said it took."""
    word = said[at] if at < len(said) else ""
    if word.isdigit() and len(word) < 4:
        return int(word), 1
    if word in TENS and at + 1 < len(said) and said[at + 1] in UNITS:
        return TENS[word] + UNITS[said[at + 1]], 2
    for table in (UNITS, TEENS, TENS):
        if word in table:
            return table[word], 1
    return 0, 0


def _shifted(today: date, count: int, unit: str) -> date | None:
    if unit.startswith(("день", "дня", "дней", "сут", "денек", "денечек")):
        return today + timedelta(days=count)
    if unit.startswith("недел"):
        return today + timedelta(weeks=count)
    if unit.startswith("месяц"):
        return _months_on(today, count)
    if unit in ("год", "года", "лет"):
        return _months_on(today, 12 * count)
    return _months_on(today, 6 * count) if unit == "полгода" else None


def _months_on(today: date, count: int) -> date:
    years, month = divmod(today.month - 1 + count, 12)
    year = today.year + years
    return date(year, month + 1, min(today.day, calendar.monthrange(year, month + 1)[1]))


def _weekday(said: Sequence[str], at: int, today: date, past: bool, found: list[date | None]) -> int:
    """«в пятницу», «в следующую пятницу», «в пятницу на следующей неделе»."""
    which = said[at] if said[at] in _NEXT or said[at] in _THIS or said[at] in _LAST else ""
    name = said[at + 1] if which and at + 1 < len(said) else said[at]
    wanted = WEEKDAYS.get(name)
    if wanted is None:
        return 0
    if not which:
        week = [place for place, word in enumerate(said) if word in ("неделе", "недели", "неделю")]
        which = said[week[0] - 1] if week and week[0] else ""
    monday = today - timedelta(days=today.weekday())
    if which in _NEXT:
        moment = monday + timedelta(days=7 + wanted)
    elif which in _LAST:
        back = (today.weekday() - wanted) % 7 or 7
        moment = today - timedelta(days=back)
    elif past:
        moment = today - timedelta(days=(today.weekday() - wanted) % 7 or 7)
    else:
        ahead = (wanted - today.weekday()) % 7
        moment = today + timedelta(days=ahead or (0 if which in _THIS else 7))
    found.append(moment)
    return 2 if said[at] != name else 1


def _ends(said: Sequence[str], at: int, today: date, past: bool, found: list[date | None]) -> int:
    """«до конца недели», «в конце месяца», «к концу марта»."""
    if said[at] not in ("конца", "конце", "концу", "конец"):
        return 0
    following = at + 1 < len(said) and said[at + 1] in _NEXT
    place = at + 2 if following or (at + 1 < len(said) and said[at + 1] in _THIS) else at + 1
    of = said[place] if place < len(said) else ""
    if of.startswith("недел"):
        sunday = today + timedelta(days=6 - today.weekday())
        found.append(sunday + timedelta(days=7) if following else sunday)
    elif of == "месяца":
        found.append(_last_day(_months_on(today, 1) if following else today))
    elif of in MONTHS:
        year = today.year + (1 if MONTHS[of] < today.month else 0)
        found.append(_last_day(date(year, MONTHS[of], 1)))
    elif of == "дня":
        found.append(today)
    elif of == "года":
        found.append(date(today.year, 12, 31))
    else:
        return 0
    return place - at + 1


def _last_day(moment: date) -> date:
    return moment.replace(day=calendar.monthrange(moment.year, moment.month)[1])


def _numbered(said: Sequence[str], at: int, today: date, past: bool, found: list[date | None]) -> int:
    """«пятого», «двадцать пятого марта», «10 числа», «десятого следующего месяца»."""
    number, used, named = 0, 0, False
    if said[at] in TENS and at + 1 < len(said) and ORDINALS.get(said[at + 1], 99) < 10:
        number, used, named = TENS[said[at]] + ORDINALS[said[at + 1]], 2, True
    elif said[at] in ORDINALS:
        number, used, named = ORDINALS[said[at]], 1, True
    else:
        number, used = _count(said, at)
    if not used:
        return 0
    place = at + used
    while place < len(said) and said[place] == "числа":
        named, place = True, place + 1
    after = said[place] if place < len(said) else ""
    second = said[place + 1] if place + 1 < len(said) else ""
    if after in MONTHS:
        year = _year(said, place + 1)
        found.append(_safe(year, MONTHS[after], number) if year else _of_month(number, MONTHS[after], today, past=past))
        return place + 1 - at + (1 if year else 0)
    if not named:
        return 0
    if not 1 <= number <= 31:
        found.append(None)
        return place - at
    if after in _NEXT and second == "месяца":
        found.append(_clamped(_months_on(today.replace(day=1), 1), number))
        return place + 2 - at
    if after in _THIS and second == "месяца":
        found.append(_clamped(today, number))
        return place + 2 - at
    found.append(_nearest(number, today, past=past))
    return place - at


def _year(said: Sequence[str], at: int) -> int | None:
    word = said[at] if at < len(said) else ""
    return int(word) if re.fullmatch(r"20\d\d", word) else None


def _nearest(number: int, today: date, *, past: bool) -> date:
    """That day of this month, or of the next (the last) one if it has gone by (is yet to come)."""
    here = _clamped(today, number)
    first = today.replace(day=1)
    if past:
        return here if here <= today else _clamped(_months_on(first, -1), number)
    return here if here >= today else _clamped(_months_on(first, 1), number)


def _clamped(month: date, number: int) -> date:
    return month.replace(day=min(number, calendar.monthrange(month.year, month.month)[1]))


def _of_month(number: int, month: int, today: date, *, past: bool) -> date | None:
    here = _safe(today.year, month, number)
    if here is not None and not past and here < today:
        return _safe(today.year + 1, month, number)
    if here is not None and past and here > today:
        return _safe(today.year - 1, month, number)
    return here


def _safe(year: int, month: int, number: int) -> date | None:
    try:
        return date(year, month, number)
    except ValueError:
        return None


_Reader = Callable[[Sequence[str], int, date, bool, list[date | None]], int]
_READERS: tuple[_Reader, ...] = (_relative, _after, _ends, _weekday, _numbered)

"""Numbers that are left: which one («5 этаж», «3-й», «XXI век»), how many («до 5 рабочих дней»), from and to."""

import re
from re import Match

from ivr.prompts import spoken
from ivr.prompts.agreement import counted, inflected, is_adjective, noun_after, readings, which
from ivr.prompts.cases import Case, Gender
from ivr.prompts.normal.amounts import whole
from ivr.prompts.normal.before import BEFORE, MINUS, NUMBER, case_after, case_of, integer, lead, rules, value_of
from ivr.prompts.normal.letters import letter
from ivr.prompts.spoken import NotSpeakable

_WHICH = frozenset(
    ("этаж", "подъезд", "квартал", "полугодие", "век", "категория", "разряд", "класс", "число", "очередь", "тарифный")
)
"""Nouns that are numbered, not counted, even where the form would do for «один»."""
_NAMES = frozenset(("номер", "номера", "корпус", "строение", "квартира", "литера", "офис", "улица", "телефон"))
"""A number before one of these is of what stands before it: «дом 5 квартира 3»."""
_PART_OF_DAY = frozenset(("утра", "дня", "вечера", "ночи"))
_ENDINGS: dict[str, tuple[Case, Gender]] = {
    **dict.fromkeys(("й", "ый", "ой", "ий"), (Case.NOMINATIVE, "m")),
    **dict.fromkeys(("я", "ая", "ья"), (Case.NOMINATIVE, "f")),
    **dict.fromkeys(("е", "ое", "ье"), (Case.NOMINATIVE, "n")),
    **dict.fromkeys(("го", "ого", "его"), (Case.GENITIVE, "m")),
    **dict.fromkeys(("му", "ому", "ему"), (Case.DATIVE, "m")),
    **dict.fromkeys(("ю", "ую", "ью"), (Case.ACCUSATIVE, "f")),
    **dict.fromkeys(("ым", "им"), (Case.INSTRUMENTAL, "m")),
    **dict.fromkeys(("ом", "ем"), (Case.PREPOSITIONAL, "m")),
}
_FEW = {"2": "двух", "3": "трёх", "4": "четырёх"}
_ROMAN = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}
_COMPOUND = {1: "одно", 40: "сорока", 90: "девяносто", 100: "сто", 1000: "тысяче"}


def _ordinal(match: Match[str]) -> str:
    number, ending = int(match["number"]), match["ending"].lower()
    noun = noun_after(match["after"].split())
    before = match["before"] or ""
    if ending == "й" and noun and (found := which(noun, _place_case(before))) and found[1] == "f":
        return f"{lead(match)}{spoken.ordinal(number, *found)}"
    if ending == "м":
        if any(reading[0] is Case.DATIVE and reading[1] for reading in readings(noun)):
            return f"{lead(match)}{spoken.cardinal(number, Case.DATIVE)}"  # «к 2-м часам»
        case = Case.PREPOSITIONAL if before.lower() in ("в", "во", "на", "о", "об", "при") else Case.INSTRUMENTAL
        return f"{lead(match)}{spoken.ordinal(number, case)}"
    if ending in ("х", "ых", "их"):
        return f"{lead(match)}{_plural(number, 'х')}"
    if ending == "е" and number % 10 == 0 and 20 <= number <= 90 and (not noun or noun.startswith("год")):
        return f"{lead(match)}{_plural(number, 'е')}"  # «90-е»
    case, gender = _ENDINGS[ending]
    return f"{lead(match)}{spoken.ordinal(number, case, gender)}"


def _place_case(before: str) -> Case:
    return Case.PREPOSITIONAL if before.lower() in ("в", "во", "на") else case_after(before)


def _plural(number: int, ending: str) -> str:
    """«1-х», «90-х»: of ordinals in the plural."""
    said = spoken.ordinal(number, Case.NOMINATIVE)
    return f"{said[:-2]}{'и' if said.endswith('ий') else 'ы'}{ending}"


def _so_many_of(match: Match[str]) -> str:
    """«2-х», «5-ти», «3-мя»: how many, in a case."""
    number, ending = int(match["number"]), match["ending"].lower()
    case = {"х": Case.GENITIVE, "ти": Case.GENITIVE, "ми": Case.INSTRUMENTAL, "мя": Case.INSTRUMENTAL,
            "м": Case.DATIVE, "тью": Case.INSTRUMENTAL, "и": Case.GENITIVE}[ending]  # fmt: skip
    return spoken.cardinal(number, case)


def _compound(match: Match[str]) -> str:
    """«2-тарифный», «24-часовой», «3-фазного»."""
    return f"{_as_prefix(int(match['number']))}{match['rest']}"


def _as_prefix(number: int) -> str:
    if number in _COMPOUND:
        return _COMPOUND[number]
    return spoken.cardinal(number, Case.GENITIVE).replace(" ", "")


def _roman(match: Match[str]) -> str:
    number = _value(match["roman"].upper())
    noun = noun_after([match["noun"]])
    if not number or not noun:
        return match[0]
    before = match["before"] or ""
    found = which(noun, _place_case(before))
    if found is None:
        return match[0]
    return f"{lead(match)}{spoken.ordinal(number, *found)} {match['noun']}"


def _romans(match: Match[str]) -> str:
    """«I и II кварталы»."""
    noun = match["noun"]
    found = readings(noun)
    gender: Gender = found[0][2] if found else "m"
    case = found[0][0] if found else Case.NOMINATIVE
    first, last = (spoken.ordinal(_value(match[name].upper()), case, gender) for name in ("first", "last"))
    return f"{first} и {last} {noun}" if found else match[0]


def _of_that_name(match: Match[str]) -> str:
    """«Пётр I»."""
    return f"{match['name']} {spoken.ordinal(_value(match['roman']))}"


def _by_a_stroke(match: Match[str]) -> str:
    """«Ленина 5/1»."""
    return f"{spoken.cardinal(int(match['first']))} дробь {spoken.cardinal(int(match['last']))}"


def _too_fine(match: Match[str]) -> str:
    raise NotSpeakable(f"«{match[0]}» has more places after the comma than anybody says")


_CENTURY = {"в.": "век", "вв.": "века", "кв.": "квартал", "кв": "квартал"}


def _roman_short(match: Match[str]) -> str:
    """«в XIX в.», «II кв. 2026 года»."""
    number, noun = _value(match["roman"].upper()), _CENTURY[match["noun"].lower()]
    before = match["before"] or ""
    case = _place_case(before)
    if not number:
        return match[0]
    return f"{lead(match)}{spoken.ordinal(number, case)} {inflected(noun, case)}"


def _value(roman: str) -> int:
    total = 0
    values = [_ROMAN[letter] for letter in roman]
    for at, value in enumerate(values):
        total += -value if at + 1 < len(values) and value < values[at + 1] else value
    return total


def _whiches(match: Match[str]) -> str:
    """«с 1 по 5 этаж», «в 1 и 2 подъездах» is left to the counted ones."""
    noun = match["noun"]
    found = [reading for reading in readings(noun) if not reading[1] and reading[0] is Case.ACCUSATIVE]
    if not found:
        return match[0]
    gender = found[0][2]
    first = spoken.ordinal(int(match["first"]), Case.GENITIVE, gender)
    return f"{match['before']} {first} по {spoken.ordinal(int(match['last']), Case.ACCUSATIVE, gender)} {noun}"


def _span(match: Match[str]) -> str:
    """«3-5 дней», «1–3 рабочих дня», «с 3-5 минут»."""
    first, last = integer(match["first"]), integer(match["last"])
    noun = noun_after(match["after"].split())
    found = counted(last, noun, case_of(match)) if noun else None
    case, gender = found or (_plain_case(match), "m")
    return f"{lead(match)}{spoken.cardinal(first, case, gender)}-{spoken.cardinal(last, case, gender)}"


def _plain_case(match: Match[str]) -> Case:
    return case_of(match)


def _decimal(match: Match[str]) -> str:
    case = case_of(match)
    if case is Case.DATIVE and (match["before"] or "").lower() == "по":
        case = Case.NOMINATIVE
    value = value_of(match)
    after = match["after"]
    noun = noun_after(after.split())
    if abs(value) == 1.5 and noun:
        gender = readings(noun)[0][2]
        half = (
            "полутора" if case not in (Case.NOMINATIVE, Case.ACCUSATIVE) else "полторы" if gender == "f" else "полтора"
        )
        return f"{lead(match)}{'минус ' if value < 0 else ''}{half}"
    return f"{lead(match)}{spoken.fraction(value, case)}"


def _plain(match: Match[str]) -> str:
    """A number and what it counts: «1 минута», «2 новые заявки», «до 5 рабочих дней», «на 5 этаже»."""
    number, case, after = integer(match["number"]), case_of(match), match["after"]
    minus = "минус " if match["minus"] else ""
    words = re.findall(r"[а-яё-]+", after, re.IGNORECASE)
    noun = noun_after(words)
    gender: Gender = "m"
    if noun in _NAMES:
        noun = ""
    if noun:
        numbered = any(word in _WHICH for word in (_lemma(noun),))
        place = Case.PREPOSITIONAL if (match["before"] or "").lower() in ("в", "во", "на") else case
        found = None if numbered and which(noun, place) else counted(number, noun, case)
        if noun in _PART_OF_DAY and found is None:
            found = case, "m"
        if found is None and (which_one := which(noun, place)) and number < 1000 and noun == words[0]:
            return f"{lead(match)}{spoken.ordinal(number, *which_one)}"
        if found is None:
            found = counted(number, noun, place)
        if found is not None:
            case, gender = found
    elif words and is_adjective(words[0]) and number % 10 in (1, 2):
        gender = "f" if words[0].endswith(("ая", "ую", "яя")) else "n" if words[0].endswith(("ое", "ее")) else "m"
    if not noun and case is Case.ACCUSATIVE:
        case = Case.NOMINATIVE
    if not noun and case is Case.DATIVE and (match["before"] or "").lower() == "по":
        case = Case.NOMINATIVE
    if not noun and match["listed"]:
        case = Case.NOMINATIVE
    return f"{lead(match)}{minus}{whole(number, case, gender, noun)}"


def _lemma(noun: str) -> str:
    from bots.understanding.lemmas import lemma

    return lemma(noun.lower())


def _with_letter(match: Match[str]) -> str:
    """«251В»: a house, a class."""
    return f"{spoken.cardinal(int(match['number']))} {letter(match['letter'])}"


def _percentage(match: Match[str]) -> str:
    """«100%-ная»."""
    return f"{_as_prefix(int(match['number']))}процент{match['rest']}"


def _times(match: Match[str]) -> str:
    return f"{match['first']} на {match['last']}"


_NO = r"(?<![0-9.,])"
_AFTER = r"(?=(?P<after>(?:\s+[а-яё]+(?:-[а-яё]+)?(?!\w)){0,3}))"
_ROMANS = r"(?P<roman>(?-i:[IVX]{1,6}))"

PERCENTAGES = rules((rf"{_NO}(?P<number>[0-9]{{1,3}})\s?%-?(?P<rest>н[а-яё]{{1,3}})(?!\w)", _percentage))
"""Before the rules of amounts."""

RULES = (
    *rules(
        (r"[0-9][.,][0-9]{5,}", _too_fine),
        (r"\b(?P<first>(?-i:[IVX]{1,6}))\s+и\s+(?P<last>(?-i:[IVX]{1,6}))\s+(?P<noun>[а-яё]+)\b", _romans),
        (rf"{BEFORE}\b{_ROMANS}\s+(?P<noun>вв\.|в\.|кв\.?)(?!\w)(?!\s*[0-9]{{1,3}}(?![0-9]))", _roman_short),
        (rf"{BEFORE}\b{_ROMANS}\s+(?P<noun>[а-яё]+)\b", _roman),
        (r"(?P<name>(?-i:[А-ЯЁ])[а-яё]+)\s+(?P<roman>(?-i:[IVX]{1,5}))(?![\w.])", _of_that_name),
        (rf"{BEFORE}{_NO}(?P<number>[0-9]{{1,4}})-(?P<ending>ый|ой|ий|й|ая|ья|я|ое|ье|е|ого|его|го|ому|ему|му|ую|ью|ю|ым|им|ом|ем)"
         rf"(?!\w){_AFTER}", _ordinal),
        (rf"{BEFORE}{_NO}(?P<number>1|[0-9]?1[0-9]|[0-9]*[05-9]0?)-(?P<ending>х)(?!\w){_AFTER}", _ordinal),
        (rf"{BEFORE}{_NO}(?P<number>[0-9]{{1,4}})-(?P<ending>м)(?!\w){_AFTER}", _ordinal),
        (rf"{_NO}(?P<number>[0-9]{{1,3}})-(?P<ending>ти|тью|мя|ми|х|м|и)(?!\w)", _so_many_of),
        (rf"{_NO}(?P<number>[0-9]{{1,4}})-(?:ми|ти|х|и)?(?P<rest>[а-яё]{{4,}})", _compound),
        (rf"{_NO}(?P<number>[0-9]{{1,4}})(?P<letter>[а-яё])(?![а-яё-])", _with_letter),
        (r"\b(?P<before>с)\s+(?P<first>[0-9]{1,3})\s+по\s+(?P<last>[0-9]{1,3})\s+(?P<noun>[а-яё]+)\b", _whiches),
        (rf"{_NO}(?P<first>[0-9]+)\s?[x×х*]\s?(?P<last>[0-9]+)(?![0-9])", _times),
        (r"(?<![0-9/.,])(?P<first>[0-9]{1,4})/(?P<last>[0-9]{1,4})(?![0-9/.,])", _by_a_stroke),
        (rf"{BEFORE}{_NO}(?P<first>[0-9]{{1,6}})\s?[-–—]\s?(?P<last>[0-9]{{1,6}})(?![0-9.,]|-){_AFTER}", _span),
        (rf"{BEFORE}{MINUS}{_NO}(?P<number>{NUMBER})[.,](?P<part>[0-9]{{1,4}})(?![0-9]){_AFTER}", _decimal),
        (r"±\s?", "плюс-минус "),
        (r"\s?\+\s?(?=[0-9])", " плюс "),
        (r"(?<=[0-9])\+(?!\w)", " плюс"),
        (r"(?<=[0-9])\s?=\s?(?=[0-9])", " равно "),
        (rf"{BEFORE}{MINUS}(?<![0-9])(?P<number>{NUMBER})(?![0-9])(?P<listed>(?=,\s*[0-9]|\s+и\s+[0-9]))?{_AFTER}",
         _plain),
    ),
)  # fmt: skip

"""Written Russian made speakable: every digit becomes words, so that no voice can skip one or read it its own way.

The rules know what stands in the texts of an energy retailer's line: numbers with their nouns, sums, dates, hours,
telephones, accounts. What they leave is an error and not a guess.
"""

import re
import unicodedata
from collections.abc import Callable
from datetime import date, time
from decimal import Decimal
from re import Match

from ivr.prompts import spoken
from ivr.prompts.spoken import Case, NotSpeakable

_CASES = {
    **dict.fromkeys(
        ("до", "с", "со", "от", "из", "без", "для", "после", "около", "у", "более", "менее", "больше", "меньше",
         "свыше", "порядка", "в течение"), Case.GENITIVE
    ),
    **dict.fromkeys(("к", "ко", "по"), Case.DATIVE),
    **dict.fromkeys(("за", "на", "в", "во", "через"), Case.ACCUSATIVE),
}  # fmt: skip

_BEFORE = rf"(?:(?P<before>\b(?:{'|'.join(_CASES)}))\s+)?"
PREPOSITION_LAST = re.compile(rf"\b(?:{'|'.join(_CASES)})\s+$", re.IGNORECASE)
"""A text that ends on a preposition: it decides the case of what follows."""


def case_after(preposition: str) -> Case:
    return _CASES.get(preposition.strip().lower(), Case.NOMINATIVE)


_MONTH = "|".join(spoken.MONTHS[1:])
_NUMBER = r"[0-9]{1,3}(?: [0-9]{3})+(?![0-9])|[0-9]+"

_YO = {
    "счет": "счёт", "счета": "счёта", "счету": "счёту", "счетом": "счётом", "счете": "счёте", "счетчик": "счётчик",
    "счетчика": "счётчика", "счетчику": "счётчику", "счетчиком": "счётчиком", "счетчике": "счётчике",
    "счетчики": "счётчики", "счетчиков": "счётчиков", "еще": "ещё", "расчет": "расчёт", "расчета": "расчёта",
    "расчетный": "расчётный", "расчетном": "расчётном", "расчетного": "расчётного", "учет": "учёт", "учета": "учёта",
    "учтем": "учтём", "зачтем": "зачтём", "отчет": "отчёт", "пришлем": "пришлём", "идет": "идёт", "дает": "даёт",
    "соединен": "соединён", "проведен": "проведён", "отключен": "отключён", "подключен": "подключён",
    "введен": "введён", "ведется": "ведётся", "решетка": "решётка", "решетку": "решётку", "звездочка": "звёздочка",
    "звездочку": "звёздочку", "ее": "её",
}  # fmt: skip
"""Words of the trade people write without ё; a voice would stress them wrongly."""

_SAID = {
    "sms": "эс-эм-эс", "смс": "эс-эм-эс", "e-mail": "имейл", "email": "имейл", "qr": "кью-ар", "пр-т": "проспект",
    "ул.": "улица", "пр.": "проспект", "пер.": "переулок", "кв.": "квартира", "стр.": "строение", "корп.": "корпус",
    "тел.": "телефон", "т.е.": "то есть", "т.д.": "так далее", "т.п.": "тому подобное", "обл.": "область",
    "р-н": "район", "гис жкх": "гис жэ-ка-ха", "жкх": "жэ-ка-ха", "жку": "жэ-ка-у", "тсж": "тэ-эс-жэ", "ук": "у-ка",
}  # fmt: skip


class DigitLeft(NotSpeakable):
    """A text still has a digit after normalisation: the text says where."""


def speakable(text: str) -> str:
    """The text with everything written in digits said in words; raises `NotSpeakable`."""
    said = _tidy(text)
    for pattern, words in _RULES:
        said = pattern.sub(words, said)
    said = re.sub(r"\s+([,.!?;:…])", r"\1", re.sub(r"\s+", " ", said)).strip()
    left = next((at for at, letter in enumerate(said) if letter.isnumeric()), None)
    if left is not None:
        around = said[max(0, left - 15) : left + 15]
        raise DigitLeft(f"do not know how to say {said[left]!r} in «{around}» (of «{text}»): write it in words")
    return said


def _tidy(text: str) -> str:
    text = unicodedata.normalize("NFC", text)
    text = re.sub(r"[\u00a0\u2000-\u200a\u202f\u205f\u3000\t\r\n]", " ", text)
    text = re.sub(r"[\u00ad\u200b-\u200f\ufeff]", "", text)
    text = re.sub(r"(?<=[0-9])[\u2010\u2011\u2012\u2013\u2014\u2212](?=[0-9])", "-", text)
    text = re.sub(r"[\u2010\u2011]", "-", text)
    text = re.sub(r"(?<=кВт)\*(?=ч)", "·", text, flags=re.IGNORECASE)
    return re.sub(r"[«»„“”\"*_#|<>\[\]{}\\]", " ", text)


def _case(match: Match[str]) -> Case:
    return _CASES.get((match["before"] or "").lower(), Case.NOMINATIVE)


def _lead(match: Match[str]) -> str:
    return f"{match['before']} " if match["before"] else ""


def _integer(text: str) -> int:
    return int(text.replace(" ", ""))


def _date(match: Match[str]) -> str:
    parts = match.groupdict()
    month = spoken.MONTHS.index(parts["name"].lower()) if parts.get("name") else int(parts["month"])
    year = parts.get("year")
    try:
        value = date(int(year) if year else 2024, month, int(parts["day"]))
    except ValueError:
        raise NotSpeakable(f"«{match[0].strip()}» is not a date") from None
    case = Case.NOMINATIVE if _case(match) is Case.ACCUSATIVE else _case(match)
    if (match["before"] or "").lower() == "по":
        case = Case.NOMINATIVE  # «по двадцать пятое марта»: up to and with that day
    return _lead(match) + spoken.day(value, case, year=bool(year))


def _time(match: Match[str]) -> str:
    hour, minute = int(match["hour"]), int(match["minute"])
    if hour == 24 and minute == 0:
        return _lead(match) + ("двадцати четырёх часов" if _case(match) is Case.GENITIVE else "двадцать четыре часа")
    if hour > 23 or minute > 59:
        raise NotSpeakable(f"«{match['hour']}:{match['minute']}» is not a time of day")
    return _lead(match) + spoken.clock(time(hour, minute), _case(match))


def _day_of_month(match: Match[str]) -> str:
    case = {"числа": Case.GENITIVE, "числу": Case.DATIVE}.get(match["noun"].lower(), Case.NOMINATIVE)
    return f"{spoken.ordinal(int(match['number']), case, 'n')} {match['noun']}"


def _days_span(match: Match[str]) -> str:
    first = spoken.ordinal(int(match["first"]), Case.GENITIVE, "n")
    return f"{match['before']} {first} по {spoken.ordinal(int(match['last']), gender='n')} {match['noun']}"


def _ordinal(match: Match[str]) -> str:
    forms: dict[str, tuple[Case, spoken.Gender]] = {
        "й": (Case.NOMINATIVE, "m"), "ый": (Case.NOMINATIVE, "m"), "ой": (Case.NOMINATIVE, "m"),
        "я": (Case.NOMINATIVE, "f"), "ая": (Case.NOMINATIVE, "f"), "е": (Case.NOMINATIVE, "n"),
        "ое": (Case.NOMINATIVE, "n"), "го": (Case.GENITIVE, "m"), "ого": (Case.GENITIVE, "m"),
        "му": (Case.DATIVE, "m"), "ому": (Case.DATIVE, "m"), "ю": (Case.ACCUSATIVE, "f"), "ую": (Case.ACCUSATIVE, "f"),
    }  # fmt: skip
    case, gender = forms[match["ending"].lower()]
    return spoken.ordinal(int(match["number"]), case, gender)


def _money(match: Match[str]) -> str:
    kopecks = (match["kopecks"] or "0").ljust(2, "0")
    case = Case.GENITIVE if _case(match) is Case.GENITIVE else Case.NOMINATIVE
    return _lead(match) + spoken.money(_integer(match["roubles"]) + Decimal(int(kopecks)) / 100, case)


def _percent(match: Match[str]) -> str:
    if match["part"]:
        return f"{spoken.fraction(Decimal(_integer(match['number'])) + Decimal('0.' + match['part']))} процента"
    return spoken.counted(_integer(match["number"]), "процент", "процента", "процентов")


def _energy(match: Match[str]) -> str:
    if match["part"]:
        return f"{spoken.fraction(Decimal(_integer(match['number'])) + Decimal('0.' + match['part']))} киловатт-часа"
    return spoken.counted(_integer(match["number"]), "киловатт-час", "киловатт-часа", "киловатт-часов")


def _long(match: Match[str]) -> str:
    return spoken.digits(match[0])


def _decimal(match: Match[str]) -> str:
    return spoken.fraction(Decimal(_integer(match["number"])) + Decimal("0." + match["part"]))


def _plain(match: Match[str]) -> str:
    """A number and the noun it counts: «1 минута», «2 минуты», «до 5 минут», «через 1 минуту»."""
    number, noun, case = _integer(match["number"]), (match["noun"] or "").lower(), _case(match)
    if case is Case.DATIVE and (match["before"] or "").lower() == "по":
        case = Case.NOMINATIVE
    if case is Case.ACCUSATIVE:
        # Of a thing the accusative is the nominative, but for «одну минуту».
        case = Case.ACCUSATIVE if noun.endswith(("у", "ю")) else Case.NOMINATIVE
    gender = _gender(number, noun, case)
    return f"{_lead(match)}{spoken.cardinal(number, case, gender)}{match['gap'] or ''}{match['noun'] or ''}"


def _gender(number: int, noun: str, case: Case) -> spoken.Gender:
    if number % 100 in (11, 12) or number % 10 not in (1, 2) or not noun:
        return "m"
    if number % 10 == 2 or case is Case.GENITIVE:
        return "f" if noun.endswith(("ы", "и")) else "m"  # две минуты, одной минуты; два дня, одного дня
    if noun.endswith(("а", "я", "у", "ю")):
        return "f"
    return "n" if noun.endswith(("о", "е", "ё")) else "m"


def _place(match: Match[str]) -> str:
    """«в 1 квартале», «на 2 этаже»: which one, not how many."""
    return f"{match['where']} {spoken.ordinal(int(match['number']), Case.PREPOSITIONAL)} {match['noun']}"


def _days_range(match: Match[str]) -> str:
    first, last = (spoken.ordinal(int(match[name]), Case.GENITIVE, "n") for name in ("first", "last"))
    return f"{first} - {last} {match['noun']}"


def _phone(match: Match[str]) -> str:
    return spoken.phone(match[0])


def _number_sign(match: Match[str]) -> str:
    return "номер "


_ALL_DAY = "круглосуточно"

_RULES: tuple[tuple[re.Pattern[str], str | Callable[[Match[str]], str]], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), words)
    for pattern, words in (
        (r"\b24\s?/\s?7\b", _ALL_DAY),
        (r"№\s*", _number_sign),
        (r"(?<![0-9+])(?:\+7|8)[ -]?\(?[0-9]{3}\)?[ -]?[0-9]{3}[ -]?[0-9]{2}[ -]?[0-9]{2}(?![0-9])", _phone),
        (r"(?<![0-9])[0-9]{1,3}-[0-9]{2}-[0-9]{2}(?![0-9])", _phone),
        (rf"{_BEFORE}(?<![0-9])(?P<day>[0-9]{{1,2}})\.(?P<month>[0-9]{{2}})\.(?P<year>[0-9]{{4}})(?![0-9])(?:\s*г\.?(?!\w)|\s+года)?",
         _date),
        (rf"{_BEFORE}(?<![0-9])(?P<year>[0-9]{{4}})-(?P<month>[0-9]{{2}})-(?P<day>[0-9]{{2}})(?![0-9])", _date),
        (rf"{_BEFORE}(?<![0-9])(?P<day>[0-9]{{1,2}})\s+(?P<name>{_MONTH})\b"
         r"(?:\s+(?P<year>[0-9]{4})(?:\s*г\.?(?!\w)|\s+года)?)?", _date),
        (rf"{_BEFORE}(?<![0-9])(?P<hour>[0-9]{{1,2}}):(?P<minute>[0-9]{{2}})(?![0-9])(?!:[0-9])", _time),
        (rf"{_BEFORE}(?<![0-9])(?P<roubles>{_NUMBER})(?:[.,](?P<kopecks>[0-9]{{1,2}}))?\s*(?:₽|руб\.?(?!\w)|рубл(?:ь|я|ей)(?!\w)|р\.)",
         _money),
        (rf"(?<![0-9])(?P<number>{_NUMBER})(?:[.,](?P<part>[0-9]{{1,3}}))?\s*%", _percent),
        (rf"(?<![0-9])(?P<number>{_NUMBER})(?:[.,](?P<part>[0-9]{{1,3}}))?\s*кВт[·⋅∙*-]?ч\.?(?!\w)", _energy),
        (r"\b(?P<before>с)\s+(?P<first>[0-9]{1,2})(?:-?го)?\s+(?:-\s+)?по\s+(?P<last>[0-9]{1,2})(?:-?е)?\s+(?P<noun>число|числа)",
         _days_span),
        (r"(?<![0-9])(?P<first>[0-9]{1,2})-(?P<last>[0-9]{1,2})\s+(?P<noun>числа)\b", _days_range),
        (r"(?<![0-9])(?P<number>[0-9]{1,2})\s+(?P<noun>числа|числу|число)\b", _day_of_month),
        (r"\b(?P<where>в|во|на)\s+(?P<number>[0-9]{1,2})\s+(?P<noun>[а-яё]+[бвгджзклмнпрстфхцчшщ]е)\b", _place),
        (r"(?<![0-9])(?P<number>[0-9]{1,4})-(?P<ending>ый|ой|й|ая|я|ое|е|ого|го|ому|му|ую|ю)\b", _ordinal),
        (r"(?<![0-9])(?:0[0-9]+|[0-9]{7,})(?![0-9])", _long),
        (rf"(?<![0-9])(?P<number>{_NUMBER})[.,](?P<part>[0-9]{{1,3}})(?![0-9])", _decimal),
        (rf"{_BEFORE}(?<![0-9])(?P<number>{_NUMBER})(?![0-9])(?:(?P<gap>\s+)(?P<noun>[а-яё]+))?", _plain),
        (rf"(?<!\w)(?:{'|'.join(re.escape(word) for word in _SAID)})(?!\w)", lambda match: _SAID[match[0].lower()]),
        (r"[А-Яа-яЁё]+", lambda match: _with_yo(match[0])),
    )
)  # fmt: skip


def _with_yo(word: str) -> str:
    right = _YO.get(word.lower())
    if right is None:
        return word
    return right.capitalize() if word[0].isupper() else right

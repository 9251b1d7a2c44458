"""Sums, shares and measured amounts: numbers with a unit, which takes its form from the number."""

import re
from collections.abc import Mapping
from decimal import Decimal
from re import Match

from ivr.prompts import spoken
from ivr.prompts.agreement import inflected, with_number
from ivr.prompts.cases import Case, Gender
from ivr.prompts.normal.before import BEFORE, MINUS, NUMBER, case_of, lead, rules, value_of

Unit = tuple[str, str, str, Gender]
"""One, two, five of it, and its gender."""

_KWH: Unit = ("киловатт-час", "киловатт-часа", "киловатт-часов", "m")
_MWH: Unit = ("мегаватт-час", "мегаватт-часа", "мегаватт-часов", "m")
_CUBE: Unit = ("кубический метр", "кубических метра", "кубических метров", "m")
_SQUARE: Unit = ("квадратный метр", "квадратных метра", "квадратных метров", "m")
_ROUBLE: Unit = ("рубль", "рубля", "рублей", "m")
_KOPECK: Unit = ("копейка", "копейки", "копеек", "f")

UNITS: Mapping[str, Unit] = {
    r"МВт[·⋅∙*./-]?\s?ч": _MWH,
    r"кВт[·⋅∙*./-]?\s?ч": _KWH,
    r"Вт[·⋅∙*]ч": ("ватт-час", "ватт-часа", "ватт-часов", "m"),
    "МВт": ("мегаватт", "мегаватта", "мегаватт", "m"),
    "кВт": ("киловатт", "киловатта", "киловатт", "m"),
    "Вт": ("ватт", "ватта", "ватт", "m"),
    "(?-i:кВ)": ("киловольт", "киловольта", "киловольт", "m"),
    r"(?-i:(?<=[0-9] )В|(?<=[1-4][0-9]0)В)": ("вольт", "вольта", "вольт", "m"),
    r"(?-i:(?<=[0-9] )А)": ("ампер", "ампера", "ампер", "m"),
    "(?-i:кВА)": ("киловольт-ампер", "киловольт-ампера", "киловольт-ампер", "m"),
    "Гц": ("герц", "герца", "герц", "m"),
    "Гкал": ("гигакалория", "гигакалории", "гигакалорий", "f"),
    r"(?:м³|м3|куб\.?\s?м\.?|кубометр\.?)": _CUBE,
    r"(?:м²|м2|кв\.?\s?м\.?)": _SQUARE,
    "км": ("километр", "километра", "километров", "m"),
    "см": ("сантиметр", "сантиметра", "сантиметров", "m"),
    "мм": ("миллиметр", "миллиметра", "миллиметров", "m"),
    r"(?-i:м)(?=[\s,.;:!?)]|$)": ("метр", "метра", "метров", "m"),
    r"(?-i:л)(?=[\s,.;:!?)]|$)": ("литр", "литра", "литров", "m"),
    "кг": ("килограмм", "килограмма", "килограммов", "m"),
    r"(?-i:т)(?=[\s,.;:!?)]|$)": ("тонна", "тонны", "тонн", "f"),
    r"(?:ч|час)\.?(?=[\s,.;:!?)]|$)": ("час", "часа", "часов", "m"),
    r"мин\.?(?=[\s,.;:!?)]|$)": ("минута", "минуты", "минут", "f"),
    r"сек\.?": ("секунда", "секунды", "секунд", "f"),
    r"сут\.?": ("сутки", "суток", "суток", "f"),
    r"дн\.": ("день", "дня", "дней", "m"),
    r"нед\.": ("неделя", "недели", "недель", "f"),
    r"мес\.?": ("месяц", "месяца", "месяцев", "m"),
    r"чел\.?": ("человек", "человека", "человек", "m"),
    r"шт\.?": ("штука", "штуки", "штук", "f"),
    r"экз\.": ("экземпляр", "экземпляра", "экземпляров", "m"),
    r"°\s?[CС]|℃": ("градус", "градуса", "градусов", "m"),
    "°": ("градус", "градуса", "градусов", "m"),
    "бар": ("бар", "бара", "бар", "m"),
    r"атм\.?": ("атмосфера", "атмосферы", "атмосфер", "f"),
    "ГБ": ("гигабайт", "гигабайта", "гигабайт", "m"),
    "МБ": ("мегабайт", "мегабайта", "мегабайт", "m"),
    r"(?:₽|руб\.?|рубл(?:ь|я|ей)|р\.)": _ROUBLE,
    r"коп\.?": _KOPECK,
    "%": ("процент", "процента", "процентов", "m"),
}
_ANY = "|".join(f"(?P<u{number}>{unit})(?!\\w)" for number, unit in enumerate(UNITS))
_FORMS = tuple(UNITS.values())
_PERCENT = f"u{len(UNITS) - 1}"
_SCALES = {"тыс": 1000, "млн": 10**6, "млрд": 10**9}
_PER = {
    "кВт": "киловатт-час", "гкал": "гигакалорию", "куб": "кубический метр", "м³": "кубический метр",
    "м3": "кубический метр", "м²": "квадратный метр", "м2": "квадратный метр", "кв": "квадратный метр",
    "мес": "месяц", "ч": "час", "сут": "сутки", "чел": "человека", "год": "год", "день": "день", "шт": "штуку",
}  # fmt: skip
_PER_UNIT = (
    r"(?:/\s?(?P<per>кВт[·⋅∙*]?ч|Гкал|куб\.?\s?м\.?|м³|м3|м²|м2|кв\.?\s?м\.?|"
    r"мес\.?|сут\.?|чел\.?|год|день|шт\.?|ч)(?!\w))?"
)


_TOGETHER = {1: "одни", 2: "двое", 3: "трое", 4: "четверо"}
"""«двое суток»: what has no singular is counted so."""


def whole(number: int, case: Case, gender: Gender, noun: str) -> str:
    """A whole number before a noun."""
    if noun in ("сутки", "суток") and number in _TOGETHER and case in (Case.NOMINATIVE, Case.ACCUSATIVE):
        return _TOGETHER[number]
    return spoken.cardinal(number, case, gender)


def amount(value: Decimal, unit: Unit, case: Case) -> str:
    """«пять киловатт-часов», «до пяти целых пяти десятых киловатт-часа», «полтора часа»."""
    minus = "минус " if value < 0 else ""
    value = abs(value)
    if value == value.to_integral_value():
        number = int(value)
        if not number and case is not Case.GENITIVE:
            case = Case.NOMINATIVE  # «под ноль процентов»
        return f"{minus}{whole(number, case, unit[3], unit[0])} {with_number(number, unit[:3], case)}"
    one_of = inflected(unit[0], Case.GENITIVE)
    if value == Decimal("1.5"):
        return f"{minus}{_one_and_a_half(unit, case)}"
    return f"{minus}{spoken.fraction(value, case)} {one_of}"


def _one_and_a_half(unit: Unit, case: Case) -> str:
    if case in (Case.NOMINATIVE, Case.ACCUSATIVE):
        return f"{'полторы' if unit[3] == 'f' else 'полтора'} {inflected(unit[0], Case.GENITIVE)}"
    return f"полутора {inflected(unit[0], case, plural=True)}"


def _unit_of(match: Match[str]) -> Unit:
    return next(_FORMS[number] for number in range(len(_FORMS)) if match[f"u{number}"])


def _per(match: Match[str]) -> str:
    said = match.groupdict().get("per")
    if not said:
        return ""
    of_time = re.match(r"мес|сут|год|день|ч(?!ел)", said, re.IGNORECASE)
    return f" {'в' if of_time else 'за'} {_per_name(said)}"


def _per_name(said: str) -> str:
    low = said.lower()
    if low.startswith("квт"):
        return "киловатт-час"
    return next(name for key, name in sorted(_PER.items(), key=lambda pair: -len(pair[0])) if low.startswith(key))


def _case(match: Match[str]) -> Case:
    """Of amounts the dative after «по» is rare: «по пять рублей», and «по одному рублю» is said as «по рублю»."""
    case = case_of(match)
    if match.groupdict().get(_PERCENT) and (match["before"] or "").lower() in ("в", "во"):
        return Case.PREPOSITIONAL  # «в пятидесяти процентах случаев»
    return Case.NOMINATIVE if case is Case.DATIVE and (match["before"] or "").lower() == "по" else case


def _amount(match: Match[str]) -> str:
    unit, value, case = _unit_of(match), value_of(match), _case(match)
    if scale := match["scale"]:
        value *= _SCALES[scale.lower().rstrip(".")]
    if (match["before"] or "").lower() == "по" and abs(value) % 10 == 1 and abs(value) % 100 != 11:
        case = Case.DATIVE
    if unit is _ROUBLE and value == value.quantize(Decimal("0.01")):
        return f"{lead(match)}{spoken.money(value, case)}{_per(match)}"
    return f"{lead(match)}{amount(value, unit, case)}{_per(match)}"


def _sum_in_parts(match: Match[str]) -> str:
    """«1240 руб. 50 коп.»"""
    value = Decimal(int(match["number"].replace(" ", ""))) + Decimal(int(match["kopecks"])) / 100
    return lead(match) + spoken.money(value, _case(match))


def _span(match: Match[str]) -> str:
    """«5-10 %», «100–200 руб.»: from one to the other."""
    unit = _unit_of(match)
    if unit in (UNITS[r"дн\."], UNITS[r"мес\.?"], UNITS[r"чел\.?"]) or unit[0] in ("час", "минута"):
        last = int(match["last"])
        case = _case(match)
        words = f"{spoken.cardinal(int(match['first']), case, unit[3])}-{spoken.cardinal(last, case, unit[3])}"
        return f"{lead(match)}{words} {with_number(last, unit[:3], case)}"
    first = spoken.fraction(_decimal(match["first"]), Case.GENITIVE)
    if unit[3] == "f":
        first = spoken.cardinal(int(_decimal(match["first"])), Case.GENITIVE, "f")
    return f"от {first} до {amount(_decimal(match['last']), unit, Case.GENITIVE)}{_per(match)}"


def _decimal(text: str) -> Decimal:
    return Decimal(text.replace(" ", "").replace(",", "."))


def _scaled(match: Match[str]) -> str:
    """«5 тыс. заявок», «2 млн человек»: the noun follows a number of thousands."""
    value, case = value_of(match), _case(match)
    names = {
        "тыс": ("тысяча", "тысячи", "тысяч", "f"),
        "млн": ("миллион", "миллиона", "миллионов", "m"),
        "млрд": ("миллиард", "миллиарда", "миллиардов", "m"),
    }
    one, few, many, gender = names[match["scale"].lower().rstrip(".")]
    return lead(match) + amount(value, (one, few, many, "f" if gender == "f" else "m"), case)


def _half(match: Match[str]) -> str:
    noun = match["noun"].lower()
    return {"часа": "полчаса", "года": "полгода"}.get(noun, f"половина {match['noun']}")


def _fraction(match: Match[str]) -> str:
    """«1/2», «3/4»: simple shares."""
    top, bottom, case = int(match["top"]), int(match["bottom"]), case_of(match)
    part = spoken.ordinal(bottom, case if top == 1 else Case.GENITIVE, "f")
    if top != 1:
        part = f"{part[:-2]}ых" if part.endswith("ой") else f"{part[:-2]}их"
        part = {3: "третьих"}.get(bottom, part)
    return f"{lead(match)}{spoken.cardinal(top, case, 'f')} {part}"


_SIGNS = {"½": "1/2", "¼": "1/4", "¾": "3/4", "⅓": "1/3", "⅔": "2/3"}
_NO = r"(?<![0-9.,])"
_NUMBER = rf"{_NO}(?P<number>{NUMBER})(?:[.,](?P<part>[0-9]{{1,4}}))?"

RULES = (
    *rules(
        (r"½\s*(?P<noun>[а-яё]+)\b", _half),
        (rf"[{''.join(_SIGNS)}]", lambda match: _SIGNS[match[0]]),
        (rf"{BEFORE}{_NO}(?P<number>{NUMBER})\s*(?:₽|руб\.?|рубл(?:ь|я|ей)|р\.)\s*(?P<kopecks>[0-9]{{2}})\s*коп(?:\.|е[а-я]+)?(?!\w)",
         _sum_in_parts),
    ),
    (re.compile(
        rf"{BEFORE}{_NO}(?P<first>[0-9]+(?:,[0-9]+)?)\s?[-–—]\s?(?P<last>[0-9]+(?:,[0-9]+)?)\s*(?:{_ANY}){_PER_UNIT}",
        re.IGNORECASE), _span),
    (re.compile(
        rf"{BEFORE}{MINUS}{_NUMBER}\s*(?:(?P<scale>тыс|млн|млрд)\.?\s*)?(?:{_ANY}){_PER_UNIT}", re.IGNORECASE),
     _amount),
    *rules(
        (rf"{BEFORE}{MINUS}{_NUMBER}\s*(?P<scale>тыс|млн|млрд)(?!\w)\.?", _scaled),
        (rf"{BEFORE}(?<![0-9/.,])(?P<top>[1-9])/(?P<bottom>[2-9]|[1-9][0-9]{{1,2}})(?![0-9/])(?=\s+(?:доли|часть|части|ставки|тарифа|площади|дня|суммы)|[.,;]|$)",
         _fraction),
    ),
)  # fmt: skip

"""Addresses: streets, houses and flats with their abbreviations, which take the case of the preposition before them."""

import re
from re import Match

from ivr.prompts import spoken
from ivr.prompts.agreement import inflected
from ivr.prompts.cases import Case
from ivr.prompts.normal.before import case_after, rules
from ivr.prompts.normal.letters import letter

_NAMED = {
    "ул": "улица", "пр-т": "проспект", "пр-кт": "проспект", "просп": "проспект", "пр-д": "проезд", "пр": "проспект",
    "пер": "переулок", "б-р": "бульвар", "бул": "бульвар", "ш": "шоссе", "наб": "набережная", "пл": "площадь",
    "мкр": "микрорайон", "мкрн": "микрорайон", "мкр-н": "микрорайон", "пос": "посёлок", "пгт": "посёлок",
    "дер": "деревня",
    "ст-ца": "станица", "р-н": "район", "обл": "область", "респ": "республика", "г": "город", "с": "село",
    "п": "посёлок",
    "д": "деревня",
    "х": "хутор", "тер": "территория", "снт": "эс-эн-тэ", "туп": "тупик", "им": "имени",
}  # fmt: skip
"""Before a name: «ул. Ленина»."""
_NUMBERED = {
    "д": "дом", "дом": "дом", "кв": "квартира", "корп": "корпус", "к": "корпус", "стр": "строение", "эт": "этаж",
    "под": "подъезд", "оф": "офис", "каб": "кабинет", "пом": "помещение", "ком": "комната", "уч": "участок",
    "вл": "владение", "лит": "литера", "ст": "статья", "п": "пункт", "пп": "подпункт", "ч": "часть", "гл": "глава",
    "стр.": "страница", "рис": "рисунок", "табл": "таблица", "доб": "добавочный",
}  # fmt: skip
"""Before a number: «д. 5»."""
_PLACE_PREPOSITIONS = "на|в|во|по|с|со|из|от|до|к|у|около|возле|для|о|об|при|за|перед|между"
_HOUSE = re.compile(
    r"(?P<first>[0-9]+)\s?(?P<letter>[А-ЕЖИКа-ежик](?![А-Яа-яё]))?(?:\s?/\s?(?P<part>[0-9]+)(?P<part_letter>[А-Еа-е](?![а-яё]))?)?"
)


def _where(before: str) -> Case:
    """A place after «на» and «в» is where, not where to; after «по» it is a street."""
    low = before.lower()
    if low in ("на", "в", "во"):
        return Case.PREPOSITIONAL
    if low in ("за", "перед", "между"):
        return Case.INSTRUMENTAL
    if low in ("возле",):
        return Case.GENITIVE
    return case_after(low)


def _named(match: Match[str]) -> str:
    before = match["before"] or ""
    word = _NAMED[match["short"].lower()]
    return f"{before} {inflected(word, _where(before))} " if before else f"{word} "


def _numbered(match: Match[str]) -> str:
    before = match["before"] or ""
    word = _NUMBERED[match["short"].lower()]
    said = f"{before} {inflected(word, _where(before))}" if before else word
    return f"{said} {house(match['number'])}"


def _floor(match: Match[str]) -> str:
    if match["where"]:
        return f"{match['where']} {spoken.ordinal(int(match['floor']), Case.PREPOSITIONAL)} этаже"
    return f"{spoken.ordinal(int(match['floor']))} этаж"


def _houses(match: Match[str]) -> str:
    first = spoken.ordinal(int(match["first"]), Case.GENITIVE)
    return f"дома с {first} по {spoken.ordinal(int(match['last']), Case.ACCUSATIVE)}"


def _flats(match: Match[str]) -> str:
    first = spoken.ordinal(int(match["first"]), Case.GENITIVE, "f")
    return f"квартиры с {first} по {spoken.ordinal(int(match['last']), Case.ACCUSATIVE, 'f')}"


def _dotted(match: Match[str]) -> str:
    """«п. 2.1»."""
    before = match["before"] or ""
    word = _NUMBERED[match["short"].lower()]
    said = f"{before} {inflected(word, _where(before))}" if before else word
    return f"{said} {' точка '.join(spoken.cardinal(int(part)) for part in match['dotted'].split('.'))}"


def _of_a_day(match: Match[str]) -> str:
    """«ул. 9 Января», «площадь 1 Мая»: of that day."""
    return f"{match['street']} {spoken.ordinal(int(match['day']), Case.GENITIVE, 'n')} {match['month']}"


def house(number: str) -> str:
    """«5» → «пять», «5А» → «пять а», «5/2» → «пять дробь два»."""
    match = _HOUSE.fullmatch(number)
    if match is None:
        return number
    said = spoken.cardinal(int(match["first"]))
    if match["letter"]:
        said += f" {letter(match['letter'])}"
    if match["part"]:
        said += f" дробь {spoken.cardinal(int(match['part']))}"
    if match["part_letter"]:
        said += f" {letter(match['part_letter'])}"
    return said


def _house_alone(match: Match[str]) -> str:
    return f"{match['word']} {house(match['number'])}"


def _area(match: Match[str]) -> str:
    """«Павловский р-н», «Алтайская обл.»: in the case of the adjective before it."""
    from ivr.prompts.agreement import case_of_adjective

    word = _NAMED[match["short"].lower()]
    return f"{match['name']} {inflected(word, case_of_adjective(match['name']))}"


_BEFORE = rf"(?:\b(?P<before>{_PLACE_PREPOSITIONS})\s+)?"
_NUMBER = r"(?P<number>[0-9]+\s?[А-ЕЖИКа-ежик]?(?![А-Яа-яё0-9])(?:\s?/\s?[0-9]+[А-Еа-е]?)?)"
_SHORT_NAMED = "|".join(sorted(map(re.escape, _NAMED), key=len, reverse=True))
_DOTTED = "|".join(sorted((re.escape(word) for word in _NUMBERED if word != "дом"), key=len, reverse=True))

STREETS = rules(
    (
        r"\b(?P<street>ул\.?|улиц[а-я]+|пр-т|пр\.|проспект[а-я]*|пл\.|площад[а-я]+|пер\.|переул[а-я]+|б-р|бульвар[а-я]*|"
        rf"наб\.|набережн[а-я]+)\s*(?P<day>[0-9]{{1,2}})\s+(?P<month>{'|'.join(spoken.MONTHS[1:])})\b",
        _of_a_day,
    ),
)
"""Before the rules of dates."""

RULES = (
    *rules(
        (r"\b(?P<name>[А-ЯЁ]?[а-яё]+(?:ий|ый|ой|ого|ом|ому|ая|ую))\s+(?P<short>р-н|обл|респ)(?!\w)\.?", _area),
        (r"(?:\b(?P<where>на|в)\s+)?(?<![0-9])(?P<floor>[0-9]{1,2})(?:-?(?:й|м|ом))?\s?эт\.", _floor),
        (r"(?:\bдд?\.\s?|\bдома?\s+)(?P<first>[0-9]{1,3})-(?P<last>[0-9]{1,3})(?![0-9-])", _houses),
        (r"\bкв\.\s?(?P<first>[0-9]{1,3})-(?P<last>[0-9]{1,3})(?![0-9-])", _flats),
        (rf"{_BEFORE}\b(?P<short>{_DOTTED})\.\s?(?:№|номер)?\s?{_NUMBER}(?![0-9]|[.,][0-9])", _numbered),
        (rf"{_BEFORE}\b(?P<short>п|пп|ст|ч|гл)\.\s?(?P<dotted>[0-9]+(?:\.[0-9]+)+)(?![0-9])", _dotted),
        (r"\b(?P<word>(?:дом|корпус|строени|офис|подъезд|этаж|кабинет|пункт|участ|участок|статья|квартир|комнат)[а-яё]{0,3})\s+"
         r"(?:номер\s+)?(?P<number>[0-9]+\s?(?:[А-ЕЖИК]|[а-ежик](?!\s[а-яё]))(?![А-Яа-яё])"
         r"|[0-9]+\s?/\s?[0-9]+[А-Еа-е]?(?![а-яё])|[0-9]{1,4}(?![0-9.,-]|\s+[а-яё])"
         r"|[0-9]{1,4}(?=\s+(?:корп|строен|квартир|подъезд|офис|этаж|литер|комн)))",
         _house_alone),
    ),
    (re.compile(rf"(?i:{_BEFORE})(?<![\w.-])(?P<short>(?i:{_SHORT_NAMED}))\.\s?(?=[А-ЯЁ][а-яё])"), _named),
    (re.compile(rf"(?i:{_BEFORE})(?<![\w.-])(?P<short>(?i:пр-т|пр-кт|пр-д|б-р|мкр|мкрн|мкр-н|пгт))\s+"
                r"(?=[А-ЯЁ0-9][а-яё0-9]*|[а-яё]+ого |[а-яё]+его )"),
     _named),
    *rules((rf"{_BEFORE}(?<![\w.-])(?P<short>ул|пер|просп|мкр|наб|пл|пр)\.\s?(?=[0-9]|[а-яё]+[ое]го )",
            _named)),
)  # fmt: skip

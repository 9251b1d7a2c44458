"""Telephones, accounts, document numbers: digits that are no amount."""

import re
from re import Match

from ivr.prompts import spoken
from ivr.prompts.normal.before import rules


def _phone(match: Match[str]) -> str:
    return spoken.phone(match[0])


def _spelled(match: Match[str]) -> str:
    """A code: digit by digit."""
    return f"{match['word']}{match['gap']}{' '.join(spoken.cardinal(int(digit)) for digit in match['number'])}"


def _short_number(match: Match[str]) -> str:
    return f"{match['word']} {spoken.phone(match['number'])}"


def _index(match: Match[str]) -> str:
    return f"{match['word']} {spoken.grouped(match['number'], (3, 3))}"


def _account(match: Match[str]) -> str:
    return f"{match['word']} {spoken.digits(match['number'])}"


def _document(match: Match[str]) -> str:
    """«№ 22-0154/2026»: part by part."""
    said = re.sub(r"[0-9]+", lambda part: spoken.grouped(part[0], (len(part[0]),)), match["number"])
    return f"номер {said.replace('-', ' тире ').replace('/', ' дробь ')}"


def _town_phone(match: Match[str]) -> str:
    """«8 (3852) 23-08-49»: the code of a town by pairs, the number by pairs."""
    lead = "плюс семь" if match[0].startswith("+") else "восемь"
    code = match["code"]
    first = code[: len(code) % 2 + 2]
    pairs = [first, *re.findall("..", code[len(first) :])]
    rest = re.sub(r"\D", "", match["rest"])
    groups = pairs + ([rest[0], *re.findall("..", rest[1:])] if len(rest) % 2 else re.findall("..", rest))
    return ", ".join([lead, *(spoken.grouped(group, (len(group),)) for group in groups)])


def _long(match: Match[str]) -> str:
    return spoken.digits(match[0])


def _grouped(match: Match[str]) -> str:
    groups = match[0].split("-")
    return spoken.grouped("".join(groups), tuple(map(len, groups)))


def _standard(match: Match[str]) -> str:
    """«ГОСТ 31819.21-2012»: part by part."""
    said = re.sub(r"[0-9]+", lambda number: spoken.cardinal(int(number[0])), match["number"])
    return f"{match['word']} {said.replace('.', ' точка ').replace('-', ' тире ')}"


_END = r"(?![0-9])"

RULES = rules(
    (r"(?:\bкруглосуточно,?\s+)?\b24\s?/\s?7\b", "круглосуточно"),
    (r"(?<=[0-9])(?=[A-Za-z])", " "),
    (r"№\s?№\s*", "номера "),
    (r"(?<![\w/])(?P<before>с|от|до|для|без|у|из)\s+№\s*", r"\g<before> номера "),
    (r"\b(?P<before>по|к)\s+№\s*", r"\g<before> номеру "),
    (r"\b(?P<before>в|о)\s+№\s*", r"\g<before> номере "),
    (r"№\s*", "номер "),
    (
        r"\b(?P<word>код[а-яё]*|пин(?:-код[а-яё]*)?|парол[а-яё]+|коротк[а-яё]+ номер[а-яё]*)(?P<gap>:?\s+)"
        r"(?P<number>[0-9]{3,8})(?![0-9])",
        _spelled,
    ),
    (
        r"\b(?P<word>(?:лицев[а-яё]+\s+сч[её]т[а-яё]*|л/с|договор[а-яё]*)(?:\s+номер)?)\s+(?P<number>[0-9]{5,20})(?![0-9-])",
        _account,
    ),
    (r"\b(?P<word>ГОСТ(?: Р)?|СанПиН|СНиП)\s+(?P<number>[0-9]+(?:[.-][0-9]+)+)", _standard),
    (
        r"(?<![0-9+])(?:\+7|8)[ -]?\((?P<code>[0-9]{4,5})\)[ -]?(?P<rest>[0-9]{1,2}(?:-?[0-9]{2}){2})" + _END,
        _town_phone,
    ),
    (r"(?<![0-9+])(?:\+7|8)[ -]?\(?[0-9]{3}\)?[ -]?[0-9]{3}[ -]?[0-9]{2}[ -]?[0-9]{2}" + _END, _phone),
    (r"(?<![0-9.,-])[0-9]{1,3}-[0-9]{2}-[0-9]{2}" + _END + r"(?!-[0-9])", _grouped),
    (r"\bномер\s+(?P<number>[0-9]+(?:[-/][0-9]+)+)(?![0-9-])(?<!-[0-9]{4})", _document),
    (r"\b(?P<word>(?:(?:на|по|с) номер|телефон)[а-яё]*)\s+(?P<number>[0-9]{3,4})(?![0-9-])", _short_number),
    (r"\b(?P<word>индекс[а-яё]*)\s+(?P<number>[0-9]{6})(?![0-9])", _index),
    (r"(?<![\w+])\+\s?(?=[0-9](?![0-9]{6}))", "плюс "),
    (r"(?<![0-9.,-])[0-9]{3}-[0-9]{3,4}-[0-9]{3,4}" + _END + r"(?!-[0-9])", _grouped),
)
LONG = rules((r"(?<![0-9.,:/])(?<![0-9] )(?:0[0-9]+(?![,.:/][0-9])|[0-9]{7,})" + _END, _long))
"""What is no amount after all the other rules had their turn: a leading zero, a long row of digits."""

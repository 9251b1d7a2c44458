"""One written message with readings, as people send them by SMS and e-mail: «день 12345 ночь 6789 л/с 7001234567».

Account, zones and numbers come in any order, with courtesies, dates, addresses and telephones around them. Whatever
could be read two ways is refused and named, never guessed: the sender is asked to write again.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from bots.meters import ZoneName
from bots.understanding.lexicon import HUNDREDS, TEENS, TENS, THOUSANDS

Refusal = Literal["no_values", "unclear", "two_accounts", "other_zones"]

LONGEST_READING = 8
MOST_LETTERS = 4000


@dataclass(frozen=True, slots=True)
class Texted:
    """What a message says. `values` is empty where `refused` tells why; `account` is None unless beyond doubt."""

    account: str | None = None
    values: Mapping[ZoneName, str] = field(default_factory=dict)
    """Whole kilowatt-hours by zone, without leading zeros."""
    raw: Mapping[ZoneName, str] = field(default_factory=dict)
    """The same with the leading zeros as they were written: a dial's length is judged by them."""
    serial: str | None = None
    """The meter's number, where one was written."""
    not_understood: tuple[str, ...] = ()
    """Pieces that name or may name a number and found no place."""
    refused: Refusal | None = None


@dataclass(frozen=True, slots=True)
class _Item:
    """A number or a zone, where it stands."""

    at: int
    zone: str = ""
    number: str = ""


_QUOTED = re.compile(r"(?m)^\s*>.*$")
_COURTESY = re.compile(
    r"\b(?:добр\w+|хорош\w+|удачн\w+|прекрасн\w+|приятн\w+|сегодняшн\w+|данн\w+|отчетн\w+|последн\w+|рабоч\w+|спокойн\w+)"
    r" (?:день|дня|дню|вечер\w*|утр\w*|ноч\w*|сут\w*)\b|\b(?:день|вечер|утро) добр\w+|\bна (?:этот|сей) день\b"
)
_MONTH = r"(?:январ|феврал|март|апрел|ма[йя]|июн|июл|август|сентябр|октябр|ноябр|декабр)\w*"
_PHONE = re.compile(
    r"(?:\b(?:тел|телефон|моб|сот)\w*[.: ]*)?(?<!\d)(?:\+7|8|7)[ (-]*9\d{2}[ )-]*\d{3}[ -]?\d{2}[ -]?\d{2}(?!\d)"
)
_DATES = (
    re.compile(r"(?<![\d.,])\d{1,2}[./-]\d{1,2}[./-](?:20\d\d|\d\d)(?![\d])(?: ?г(?:ода?|\.)?\b)?"),
    re.compile(rf"\b\d{{1,2}}(?:-?(?:го|е|ое))? {_MONTH}(?: 20\d\d)?(?: ?г(?:ода?|\.)?\b)?"),
    re.compile(rf"\b{_MONTH} 20\d\d(?: ?г(?:ода?|\.)?\b)?"),
    re.compile(r"\b(?:на|за|от|дата|до|с)[: ]+\d{1,2}\.(?:0[1-9]|1[0-2])\b(?!\d)"),
    re.compile(r"\b\d{1,2}(?:-?го)? числ\w+|\b20\d\d ?г(?:ода?|\.)?(?!\w)|(?<!\d)[0-2]?\d:[0-5]\d(?!\d)"),
)
_ADDRESS = re.compile(
    r"\b(?:ул|улица|пр|пр-т|проспект|пер|переулок|мкр|микрорайон|б-р|бульвар|ш|шоссе)\b[. ]*[а-я][а-я. -]*?[ ,]*"
    r"(?:д(?:ом)?[. ]*)?\d+ ?(?:[а-г]\b|/ ?\d+)?"
    r"|\b(?:дом|кв|квартира|корп|корпус|подъезд|этаж|стр|строение|участок|гараж|комната)\b[. №]*\d+ ?(?:[а-г]\b|/\d+)?"
    r"|\bд\. ?\d{1,3}(?!\d)(?=[ ,]*(?:к|кв|корп)\b)"
)
_MONEY = re.compile(r"\b\d+(?:[.,]\d{1,2})? ?(?:р\b|руб\w*|₽|коп\w*)")
_FORMER = re.compile(
    r"\b(?:было|были|предыдущ\w+|прошл\w+|прежн\w+|пред|расход\w*|разниц\w+|потреблени\w+)\b[а-я :=.-]*?\d+(?:[.,]\d+)?"
)
_TOTAL = re.compile(r"\b(?:[тt][ .-]?0|итог\w*|сумм\w*|общ\w*|всего)\b[ :=.-]*\d+(?:[.,]\d+)?")
_OTHERS = re.compile(
    r"\b(?:хвс|гвс|хол\w*|гор\w* вод\w*|вод[аыуе]\w*|газ\w*|тепл\w*|отоплен\w*)\b[^\d]{0,20}\d+(?:[.,]\d+)?"
)
"""Readings of water, gas and heat: theirs is another message."""
_UNIT = re.compile(r"(?<=\d) ?к[вb][тt](?: ?[*/·.]? ?ч(?:ас\w*)?)?\b")
_SERIAL = re.compile(
    r"\b(?:счетчик\w*|пу|прибор\w*(?: учета)?|зав|заводск\w+|серийн\w+)[. ]*(?:сер\w*|зав\w*)?[. ]*"
    r"(?:номер\w*|№|n|no)[ :.]*(\d{5,16})(?!\d)"
)
_ACCOUNT = re.compile(
    r"\b(?:л[ ./\\-]?с(?:ч(?:ет)?)?|l[ ./\\-]?s|лиц\w*[. ]*(?:сч(?:ет)?\w*)?|счет|абонент\w*|аб|договор\w*)(?![а-яa-z])"
    r"[ .:=№#-]*(?:номер\w*|no?)?[ .:=№#-]*(\d[\d -]*\d|\d)"
)
_ZONES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("half_peak", re.compile(r"\bполу[ -]?пик\w*|\bп ?/ ?п(?:ик\w*)?\b|\bппик\w*")),
    ("peak", re.compile(r"\bпик\w*")),
    ("day", re.compile(r"\b(?:день|днем|дня|дн|дневн\w*|day)\b")),
    ("night", re.compile(r"\b(?:ночь|ночи|ночью|ноч|ночн\w*|night)\b")),
    (
        "t",
        re.compile(
            r"\b[тt][ .-]?([1-4])\b|\b(?:тариф|зон)\w*[ №.-]*([1-4])\b"
            r"|\b([1-4])[ -]?(?:й|ый|ой|ая)?[ -]?(?:тариф\w*|зон\w*)\b"
        ),
    ),
)
_SHORT_ZONES = re.compile(r"\b([дн])[ .:=-]*(?=\d)")
_NUMBER = re.compile(r"(?<![\w.,])(?:\d{1,3}(?: \d{3})+|\d+)(?:[.,]\d+)?(?![\w])")
_DOUBTED = re.compile(r"\b(?:примерно|приблизительно|около|где-то|ориентировочно|наверное|вроде|не) \d")
_IN_WORDS = frozenset((*THOUSANDS, *HUNDREDS, *TENS, *TEENS))
_DIGITS = re.compile(r"\w*\d[\w.,/-]*")


def texted(
    text: str,
    *,
    lengths: Sequence[int] = (10,),
    pattern: str | None = None,
    zones: Sequence[ZoneName] | None = None,
) -> Texted:
    """What the message says. `zones` are the meter's own, where the account is known already."""
    if len(text) > MOST_LETTERS:
        return Texted(refused="unclear", not_understood=(text[:80],))
    left = _plain(text)
    for known in (_COURTESY, *_DATES, _UNIT):
        left = known.sub(_blank, left)
    serial, left = _taken(_SERIAL, left)
    accounts, strange, left = _accounts(left, lengths, pattern)
    for known in (_PHONE, _ADDRESS, _MONEY, _FORMER):
        left = known.sub(_blank, left)
    unplaced = strange + [found[0].strip() for found in _OTHERS.finditer(left)]
    unplaced += [found[0] for found in _DOUBTED.finditer(left)]
    unplaced += [word for word in re.findall(r"[а-я]+", left) if word in _IN_WORDS]
    left = _OTHERS.sub(_blank, left)
    totals = _TOTAL.findall(left)
    left = _TOTAL.sub(_blank, left)
    items, left = _items(left)
    accounts, items = _bare_account(accounts, items, lengths, pattern)
    unplaced += [found[0] for found in _DIGITS.finditer(left)]
    return _judged(accounts, serial, items, unplaced, totals, zones)


def _blank(found: re.Match[str]) -> str:
    """Room where a piece stood: numbers on its two sides never grow together."""
    return "\n" * len(found[0])


def _plain(text: str) -> str:
    low = _QUOTED.sub(_blank, text.lower().replace("ё", "е"))
    low = re.sub(r"[\u2010-\u2015\u2212]", "-", low)
    return re.sub(r"[\u00a0\u202f\u2009]", " ", low).replace("\t", "  ")


def _taken(pattern: re.Pattern[str], text: str) -> tuple[str | None, str]:
    found = pattern.search(text)
    if found is None:
        return None, text
    return found[1], text[: found.start()] + _blank(found) + text[found.end() :]


def _accounts(text: str, lengths: Sequence[int], pattern: str | None) -> tuple[list[str], list[str], str]:
    """The accounts that are called so, labelled numbers that can be none, and the text without them."""
    named: list[str] = []
    strange: list[str] = []
    at = 0
    while (found := _ACCOUNT.search(text, at)) is not None:
        number, end = "", found.start(1)
        for part in re.finditer(r"\d+", found[1]):
            if len(number) in lengths or len(number) + len(part[0]) > max(lengths):
                break
            number, end = number + part[0], found.start(1) + part.end()
        if len(number) in lengths and (pattern is None or re.fullmatch(pattern, number)):
            named.append(number)
        else:
            end = found.end()
            strange.append(found[0].strip())
        text = text[: found.start()] + "\n" * (end - found.start()) + text[end:]
        at = end
    return list(dict.fromkeys(named)), strange, text


def _bare_account(
    named: list[str], items: list[_Item], lengths: Sequence[int], pattern: str | None
) -> tuple[list[str], list[_Item]]:
    """A number too long for a reading and as long as an account needs no name."""
    found = [
        item.number
        for item in items
        if item.number.isdigit()
        and len(item.number) in lengths
        and len(item.number) > LONGEST_READING
        and (pattern is None or re.fullmatch(pattern, item.number))
    ]
    return list(dict.fromkeys([*named, *found])), [item for item in items if item.number not in found or item.zone]


def _items(text: str) -> tuple[list[_Item], str]:
    """Zones and numbers in the order they stand, and the text without them."""
    items: list[_Item] = []

    def put(zone: str, found: re.Match[str]) -> str:
        tariff = next(filter(None, found.groups()), "")
        items.append(_Item(found.start(), zone=f"t{tariff}" if zone == "t" else zone))
        return _blank(found)

    for zone, pattern in _ZONES:
        text = pattern.sub(lambda found, zone=zone: put(zone, found), text)  # type: ignore[misc]
    short = list(_SHORT_ZONES.finditer(text))
    if {found[1] for found in short} == {"д", "н"}:
        for found in short:
            items.append(_Item(found.start(), zone="day" if found[1] == "д" else "night"))
        text = _SHORT_ZONES.sub(_blank, text)
    for found in _NUMBER.finditer(text):
        items.append(_Item(found.start(), number=found[0]))
    return sorted(items, key=lambda item: item.at), _NUMBER.sub(_blank, text)


def _judged(
    accounts: Sequence[str],
    serial: str | None,
    items: Sequence[_Item],
    unplaced: Sequence[str],
    totals: Sequence[str],
    zones: Sequence[ZoneName] | None,
) -> Texted:
    account = accounts[0] if len(accounts) == 1 else None

    def refused(why: Refusal, *pieces: str) -> Texted:
        return Texted(account, serial=serial, not_understood=(*unplaced, *pieces), refused=why)

    if len(accounts) > 1:
        return refused("two_accounts", *accounts)
    written = [item.number for item in items if item.number]
    if unplaced:
        return refused("unclear", *written)
    if not written:
        return refused("no_values", *totals)
    placed = _placed(items, zones)
    if placed is None:
        return refused("unclear", *written)
    if zones is not None and not set(placed) <= set(zones):
        return refused("other_zones", *written)
    values = {zone: raw.lstrip("0") or "0" for zone, raw in placed.items()}
    return Texted(account, values, placed, serial)


def _placed(items: Sequence[_Item], zones: Sequence[ZoneName] | None) -> dict[ZoneName, str] | None:
    """Every number in its zone, or None where there are two ways."""
    kinds = "".join("n" if item.number else "z" for item in items)
    numbers = [_whole(item.number) for item in items if item.number]
    grouped = any(" " in item.number for item in items)
    if any(number is None or len(number) > LONGEST_READING for number in numbers):
        return None
    wholes = [number for number in numbers if number is not None]
    if "z" not in kinds:
        if len(wholes) == 1 and not (grouped and zones is not None and len(zones) > 1):
            return {"single": wholes[0]} if zones is None or len(zones) != 1 else {zones[0]: wholes[0]}
        return dict(zip(zones, wholes, strict=True)) if zones and len(zones) == len(wholes) and not grouped else None
    in_turn = re.fullmatch(r"(?:zn)+|(?:nz)+", kinds)
    in_rows = re.fullmatch(r"(z{2,})(n{2,})", kinds)
    if in_turn is None and (in_rows is None or len(in_rows[1]) != len(in_rows[2]) or grouped):
        return None
    labels = _named([item.zone for item in items if item.zone], zones)
    if labels is None:
        return None
    out: dict[ZoneName, str] = {}
    for zone, number in zip(labels, wholes, strict=True):
        if out.setdefault(zone, number) != number:
            return None
    return out


def _named(labels: Sequence[str], zones: Sequence[ZoneName] | None) -> list[ZoneName] | None:
    """The zones behind «т1», «т2», «т3»: T2 is the night always, T1 the day or, where there are three, the peak."""
    many = len(zones) if zones is not None else 3 if "t3" in labels else 2 if "t2" in labels else 0
    tariffs: dict[int, dict[str, ZoneName]] = {
        1: {"t1": "single"},
        2: {"t1": "day", "t2": "night"},
        3: {"t1": "peak", "t2": "night", "t3": "half_peak"},
    }
    names: dict[str, ZoneName] = {
        "day": "day", "night": "night", "peak": "peak", "half_peak": "half_peak", **tariffs.get(many, {})
    }  # fmt: skip
    if any(label not in names for label in labels):
        return None
    return [names[label] for label in labels]


def _whole(number: str) -> str | None:
    """The digits before the comma; «12,345» may be twelve thousand or twelve, «12345,6789» two numbers."""
    whole, mark, rest = number.replace(" ", "").partition("," if "," in number else ".")
    return None if mark and (len(rest) > 3 or (len(rest) == 3 and len(whole) <= 3)) else whole

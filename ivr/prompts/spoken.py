"""Values as a Russian says them: numbers, sums, dates, times, telephones, accounts. Pure; what comes has no digit."""

import re
from datetime import date, time
from decimal import ROUND_HALF_UP, Decimal

from num2words import num2words

from ivr.prompts.agreement import with_number
from ivr.prompts.cases import Case as Case
from ivr.prompts.cases import Gender as Gender

MONTHS = (
    "", "января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября", "ноября",
    "декабря",
)  # fmt: skip

WEEKDAYS: dict[Case, tuple[str, ...]] = {
    Case.NOMINATIVE: ("понедельник", "вторник", "среда", "четверг", "пятница", "суббота", "воскресенье"),
    Case.GENITIVE: ("понедельника", "вторника", "среды", "четверга", "пятницы", "субботы", "воскресенья"),
    Case.DATIVE: ("понедельнику", "вторнику", "среде", "четвергу", "пятнице", "субботе", "воскресенью"),
    Case.ACCUSATIVE: ("понедельник", "вторник", "среду", "четверг", "пятницу", "субботу", "воскресенье"),
}

LARGEST = 10**12 - 1


class NotSpeakable(ValueError):
    """A value that cannot be said; the text names it."""


def cardinal(number: int, case: Case = Case.NOMINATIVE, gender: Gender = "m") -> str:
    if abs(number) > LARGEST:
        raise NotSpeakable(f"{number} is too large to be said as a number; say it digit by digit")
    if number == 0 and case in _OF_ZERO:
        return _OF_ZERO[case]
    return str(num2words(number, lang="ru", case=case.value, gender=gender, animate=False))


_OF_ZERO = {
    Case.GENITIVE: "нуля", Case.DATIVE: "нулю", Case.INSTRUMENTAL: "нулём", Case.PREPOSITIONAL: "нуле",
}  # fmt: skip
"""«от нуля», though «ноль» by itself."""


def ordinal(number: int, case: Case = Case.NOMINATIVE, gender: Gender = "m") -> str:
    """«пятое» (`gender="n"`), «пятого» (genitive)…"""
    if not 0 <= number <= LARGEST:
        raise NotSpeakable(f"{number} has no ordinal that could be said")
    return str(num2words(number, lang="ru", to="ordinal", case=case.value, gender=gender, animate=False))


def agreeing(number: int, one: str, few: str, many: str) -> str:
    """The form of the counted word: 1 рубль, 2 рубля, 5 рублей."""
    number = abs(number)
    if number % 100 in range(11, 15):
        return many
    return {1: one, 2: few, 3: few, 4: few}.get(number % 10, many)


def counted(number: int, one: str, few: str, many: str, gender: Gender = "m") -> str:
    return f"{cardinal(number, gender=gender)} {agreeing(number, one, few, many)}"


_WHOLE = {
    Case.NOMINATIVE: ("целая", "целых"), Case.GENITIVE: ("целой", "целых"), Case.DATIVE: ("целой", "целым"),
    Case.ACCUSATIVE: ("целую", "целых"), Case.INSTRUMENTAL: ("целой", "целыми"), Case.PREPOSITIONAL: ("целой", "целых"),
}  # fmt: skip
_PARTS = {1: "десят", 2: "сот", 3: "тысячн", 4: "десятитысячн"}
_ENDINGS = {
    Case.NOMINATIVE: ("ая", "ых"), Case.GENITIVE: ("ой", "ых"), Case.DATIVE: ("ой", "ым"),
    Case.ACCUSATIVE: ("ую", "ых"), Case.INSTRUMENTAL: ("ой", "ыми"), Case.PREPOSITIONAL: ("ой", "ых"),
}  # fmt: skip


def fraction(number: Decimal, case: Case = Case.NOMINATIVE) -> str:
    """«три целых пять десятых»: up to four places."""
    whole, _, part = f"{abs(number):f}".partition(".")
    if not part.strip("0"):
        return cardinal(int(number), case)
    if len(part) > len(_PARTS):
        raise NotSpeakable(f"{number} has more than four places after the comma")
    minus = "минус " if number < 0 else ""
    ends = [f"{_PARTS[len(part)]}{ending}" for ending in _ENDINGS[case]]
    return f"{minus}{_so_many(int(whole), case, *_WHOLE[case])} {_so_many(int(part), case, *ends)}"


def _so_many(number: int, case: Case, one: str, many: str) -> str:
    return f"{cardinal(number, case, 'f')} {one if number % 10 == 1 and number % 100 != 11 else many}"


def money(sum_: Decimal | int, case: Case = Case.NOMINATIVE) -> str:
    """«одна тысяча двести сорок рублей пятьдесят копеек»; kopecks only when there are any."""
    kopecks = int((Decimal(sum_) * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))
    roubles, rest = divmod(abs(kopecks), 100)
    said = []
    if roubles or not rest:
        said.append(f"{cardinal(roubles, case)} {with_number(roubles, ('рубль', 'рубля', 'рублей'), case)}")
    if rest:
        said.append(f"{cardinal(rest, case, 'f')} {with_number(rest, ('копейка', 'копейки', 'копеек'), case)}")
    return ("минус " if kopecks < 0 else "") + " ".join(said)


def day(value: date, case: Case = Case.NOMINATIVE, *, year: bool = False) -> str:
    """«двадцать пятое марта», with the year «… две тысячи двадцать шестого года»."""
    said = f"{ordinal(value.day, case, 'n')} {MONTHS[value.month]}"
    return f"{said} {ordinal(value.year, Case.GENITIVE)} года" if year else said


def weekday(value: date, case: Case = Case.NOMINATIVE) -> str:
    """«пятница, двадцать седьмое ноября», «(в) пятницу, двадцать седьмого ноября», «(до) пятницы, …»."""
    of_day = Case.GENITIVE if case is Case.ACCUSATIVE else case
    return f"{WEEKDAYS[case][value.weekday()]}, {day(value, of_day)}"


def clock(value: time, case: Case = Case.NOMINATIVE) -> str:
    """«восемь часов», «семнадцать часов тридцать минут»; genitive «восьми часов»."""
    hours = f"{cardinal(value.hour, case)} {with_number(value.hour, ('час', 'часа', 'часов'), case)}"
    if not value.minute:
        return hours
    minutes = with_number(value.minute, ("минута", "минуты", "минут"), case)
    return f"{hours} {cardinal(value.minute, case, 'f')} {minutes}"


def digits(number: str) -> str:
    """Digit by digit, a breath after each third: «семь ноль ноль, один два три»."""
    _only_digits(number)
    threes = [number[start : start + 3] for start in range(0, len(number), 3)]
    return ", ".join(" ".join(cardinal(int(digit)) for digit in three) for three in threes)


def grouped(number: str, sizes: tuple[int, ...]) -> str:
    """Group by group as numbers, leading zeros said: «восемь, восемьсот, триста пятьдесят, ноль пять»."""
    _only_digits(number)
    groups, start = [], 0
    for size in sizes:
        groups.append(number[start : start + size])
        start += size
    return ", ".join(_group(group) for group in [*groups, number[start:]] if group)


def _group(group: str) -> str:
    zeros = len(group) - len(group.lstrip("0"))
    words = ["ноль"] * zeros
    if zeros < len(group):
        words.append(cardinal(int(group)))
    return " ".join(words)


def phone(number: str) -> str:
    """«восемь, восемьсот, триста пятьдесят, пятьдесят пять, шестьдесят шесть»; a short number pair by pair."""
    plus = number.strip().startswith("+")
    bare = re.sub(r"[\s()+-]", "", number)
    _only_digits(bare)
    if len(bare) == 11:
        said = grouped(bare, (1, 3, 3, 2, 2))
    elif len(bare) == 10:
        said = grouped(bare, (3, 3, 2, 2))
    else:
        said = grouped(bare, (len(bare) % 2 + 2, *[2] * len(bare)) if len(bare) > 3 else (3,))
    return f"плюс {said}" if plus else said


def account(number: str, sizes: tuple[int, ...] = ()) -> str:
    """An account: digit by digit, unless the supplier groups its accounts (3, 3, 4), or it comes as 700-123-4567."""
    bare = re.sub(r"[\s-]", "", number)
    if not sizes and "-" in number:
        sizes = tuple(len(group) for group in number.split("-"))
    return grouped(bare, sizes) if sizes else digits(bare)


def _only_digits(number: str) -> None:
    if not number or not all(digit in "0123456789" for digit in number):
        raise NotSpeakable(f"{number!r} is not digits alone")

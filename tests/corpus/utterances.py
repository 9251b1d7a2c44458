"""What a caller says when asked for a reading: the dictated digits with all that people say around and between them.

Words come back as a list; a comma is a word of its own. The grammar knows the truth and how people speak, nothing of
how they will be understood.
"""

from collections.abc import Sequence
from random import Random

from corpus.dictation import cut, dictated, one_by_one
from corpus.households import Household, Register
from corpus.spelling import ZERO, below_thousand, cardinal, carelessly

LEAD_IN = (
    "ну", "так", "значит", "вот", "показания", "у меня", "записывайте", "ну вот", "так ну значит", "пишите",
    "показания счётчика", "сейчас", "на счётчике", "здравствуйте", "алло", "девушка", "ага", "эм", "да",
)  # fmt: skip
TRAILING = ("киловатт", "вот", "всё", "киловатт час", "пожалуйста", "ровно", "так вот", "спасибо", "на сегодня")
BETWEEN = ("э", "эм", "ну", "так", "значит", "вот", "там", "потом", "дальше", "это")
SLIPS = (
    "ой",
    "нет",
    "точнее",
    "вернее",
    "то есть",
    "извините",
    "ошибся",
    "ошиблась",
    "ой нет",
    "простите",
    "нет не так",
)
RESTARTS = ("заново", "сначала", "ой заново", "давайте сначала", "ой сначала", "начну сначала")
WAITING = (
    "одну минуточку", "минуточку", "сейчас посмотрю", "секунду", "подождите", "одну минуту сейчас посмотрю",
    "сейчас очки надену", "подождите минутку",
)  # fmt: skip
INSEPARABLE = ("то", "и", "не", "ой", "нет", "с", "давайте", "начну")
NAMED = {
    "day": ("день", "день", "день", "дневной", "днём", "дневная", "тэ один", "первый тариф"),
    "peak": ("пик", "пик", "пик", "пиковая", "тэ один", "пиковый"),
    "night": ("ночь", "ночь", "ночь", "ночной", "ночью", "ночная", "тэ два", "второй тариф"),
    "half_peak": ("полупик", "полупик", "полупиковая", "тэ три", "третий тариф"),
}


def waiting(chance: Random) -> list[str]:
    return chance.choice(WAITING).split()


def same_as_before(chance: Random) -> list[str]:
    ways = ("столько же", "столько же как в прошлом месяце", "без изменений", "ничего не изменилось", "то же самое")
    return chance.choice(ways).split()


def all_zones(home: Household, chance: Random) -> list[str]:
    """Every zone in one breath, by its name, in any order."""
    registers = list(home.registers)
    chance.shuffle(registers)
    by_tariff = chance.random() < 0.15
    words: list[str] = _lead_in(chance)
    for at, register in enumerate(registers):
        names = [name for name in NAMED[register.zone] if (name[:2] in ("тэ", "пе", "вт", "тр")) == by_tariff]
        if at:
            words += chance.choice(((), (), (",",), ("а",), (",", "а"))) or []
        name = chance.choice(names).split()
        number = _number(home, register, chance, alone=False)
        words += [*name, *number]
    return words


def one_zone(home: Household, register: Register, chance: Random, *, careful: bool = False) -> list[str]:
    """One register's reading; `careful`: asked again, people slow down."""
    words = _lead_in(chance)
    if len(home.registers) > 1 and chance.random() < 0.3:
        words += chance.choice(NAMED[register.zone]).split()
    if chance.random() < 0.01:
        words += [*chance.choice(("одну минуточку", "секунду")).split(), ","]
    if careful and chance.random() < 0.5:
        return words + one_by_one(str(register.shows), chance)
    return words + _number(home, register, chance, alone=True)


def dictated_anew(digits: str, chance: Random) -> list[str]:
    """The whole number, nothing else."""
    return dictated(digits, chance)


def _lead_in(chance: Random) -> list[str]:
    return chance.choice(LEAD_IN).split() if chance.random() < 0.25 else []


def _number(home: Household, register: Register, chance: Random, *, alone: bool) -> list[str]:
    digits = str(register.shows)
    if chance.random() < 0.08:
        digits = home.drums(register)
    way = chance.choices(("plain", "written", "slip", "anew", "twice", "dial"), (86, 4, 4, 2, 3, 1))[0]
    if way == "written" and alone:
        return [_written(digits, register.behind, chance)]
    if way == "slip":
        words = _with_a_slip(digits, chance)
    elif way == "anew" and digits[0] != "0":
        words = _begun_again(digits, chance)
    elif way == "twice" and alone and len(digits) >= 3:
        once = dictated(digits, chance)
        words = [*once, *chance.choice(((), (",",), ("повторяю",))), *once]
    elif way == "dial" and home.fraction == 1 and len(digits) == home.digits:
        return one_by_one(digits + register.behind, chance)  # its red wheel included
    else:
        words = dictated(digits, chance)
        if home.fraction and chance.random() < 0.2:
            words += _behind_the_comma(register, chance)
    words = carelessly(words, chance, 0.06)
    if chance.random() < 0.12:
        # Nobody hesitates in the middle of «то есть» or after an «и».
        places = [at for at in range(1, len(words) + 1) if words[at - 1] not in INSEPARABLE]
        words.insert(chance.choice(places), chance.choice(BETWEEN))
    if alone and chance.random() < 0.12:
        words += chance.choice(TRAILING).split()
    return words


def _behind_the_comma(register: Register, chance: Random) -> list[str]:
    behind = register.behind
    said = below_thousand(int(behind)) or [ZERO]
    if behind[0] == "0" and len(behind) == 2 and said != [ZERO]:
        said = [ZERO, *said]
    way = chance.random()
    if way < 0.6:
        return ["запятая" if way < 0.5 else "точка", *said]
    place = "десятых" if len(behind) == 1 else "сотых"
    if way < 0.8:
        return ["целых", *below_thousand_feminine(behind), place]
    if len(behind) == 1 and behind != "0" and register.shows % 1000:
        return ["и", *said]
    return ["запятая", *said]


def below_thousand_feminine(behind: str) -> list[str]:
    return below_thousand(int(behind), feminine=True) or [ZERO]


def _with_a_slip(digits: str, chance: Random) -> list[str]:
    """A wrong ending set right at once («…сорок пять, ой, сорок шесть»), or the whole number said anew."""
    slip = chance.choice(SLIPS).split()
    groups = cut(digits, chance)
    last = groups[-1]
    if len(groups) > 1 and len(last) > 1 and last[0] != "0" and chance.random() < 0.6:
        wrong = _misread(last, chance)
        before = [word for group in groups[:-1] for word in _spoken(group)]
        return [*before, *_spoken(wrong), *_perhaps_comma(chance), *slip, *_spoken(last)]
    wrong = _misread(digits, chance)
    if digits[0] == "0":
        return [*_spoken(digits), *_perhaps_comma(chance), *slip, *_spoken(digits)]
    return [*cardinal(int(wrong)), *_perhaps_comma(chance), *slip, *cardinal(int(digits))]


def _begun_again(digits: str, chance: Random) -> list[str]:
    begun = cut(_misread(digits, chance), chance)[:2]
    return [
        *(word for group in begun for word in _spoken(group)),
        *chance.choice(RESTARTS).split(),
        *dictated(digits, chance),
    ]


def _spoken(group: str) -> list[str]:
    number = group.lstrip("0")
    zeros = [ZERO] * (len(group) - len(number))
    return zeros + (cardinal(int(number)) if number else [])


def _misread(digits: str, chance: Random) -> str:
    """The same length, the last digit or two misread."""
    row = list(digits)
    at = len(row) - 1 if len(row) == 1 or chance.random() < 0.7 else len(row) - 2
    low = 1 if at == 0 else 0
    row[at] = str(chance.choice([digit for digit in range(low, 10) if str(digit) != row[at]]))
    return "".join(row)


def _written(digits: str, behind: str, chance: Random) -> str:
    """What a recogniser that writes digits makes of it."""
    whole = digits
    if len(digits) > 3 and digits[0] != "0" and chance.random() < 0.4:
        whole = f"{digits[:-3]} {digits[-3:]}"
    return f"{whole},{behind}" if behind and len(behind) < 3 and chance.random() < 0.3 else whole


def _perhaps_comma(chance: Random) -> Sequence[str]:
    return (",",) if chance.random() < 0.3 else ()

"""What is likely to be said to each kind of question, as phrases an engine can be narrowed to.

Phrases, not words: Vosk makes a bigram of the list, so «двенадцать триста» must occur for it to be heard as easily as
it is said. The lists are made by rule, the same at every start. They are hints about sound; the meaning is `bots`'.
«миллион» is left out on purpose: no reading has it, and it swallows «один».
"""

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache

UNITS = ("ноль", "один", "два", "три", "четыре", "пять", "шесть", "семь", "восемь", "девять")
TEENS = (
    "десять", "одиннадцать", "двенадцать", "тринадцать", "четырнадцать", "пятнадцать", "шестнадцать", "семнадцать",
    "восемнадцать", "девятнадцать",
)  # fmt: skip
TENS = (
    "", "", "двадцать", "тридцать", "сорок", "пятьдесят", "шестьдесят", "семьдесят", "восемьдесят", "девяносто",
)  # fmt: skip
HUNDREDS = (
    "", "сто", "двести", "триста", "четыреста", "пятьсот", "шестьсот", "семьсот", "восемьсот", "девятьсот",
)  # fmt: skip

UNKNOWN = "[unk]"
"""How Vosk writes what is none of the phrases."""
_PHRASES_TO_ONE_UNKNOWN = 100

ANYWHERE = (
    "оператор", "оператора", "оператора пожалуйста", "соедините с оператором", "соединить с оператором",
    "соедините с человеком", "позовите оператора", "переключите на оператора", "дайте оператора", "девушку позовите",
    "повторите", "повторите пожалуйста", "повтори", "ещё раз", "ещё раз пожалуйста", "громче", "говорите громче",
    "медленнее", "помедленнее", "не слышно", "минуточку", "минутку", "одну минуту", "подождите", "секунду",
    "сейчас посмотрю", "помощь", "алло", "вы робот", "это робот", "я говорю с роботом", "с роботом не разговариваю",
)  # fmt: skip
"""Heard whatever was asked."""

YES_NO = (
    "да", "да", "да", "да", "нет", "нет", "нет", "нет", "да да", "нет нет", "ага", "угу", "верно", "да верно",
    "всё верно", "да всё верно", "правильно", "да правильно", "всё правильно", "да нет всё правильно",
    "да нет всё верно", "нет нет всё верно", "не верно", "неверно", "нет неверно", "нет не верно", "неправильно",
    "нет неправильно", "не так", "нет не так", "ошибка", "нет ошибка", "согласен", "согласна", "да согласен",
    "подтверждаю", "да подтверждаю", "конечно", "да конечно", "хорошо", "не знаю", "не знаю вроде да", "вроде да",
    "наверное", "да наверное", "да нет наверное", "да пожалуйста", "да спасибо", "нет спасибо", "заново",
     "сначала", "нет заново", "не надо", "не звоните", "не звоните больше", "он тут больше не живёт",
    "вы ошиблись", "вы ошиблись номером", "он умер", "я уже заплатил", "я уже заплатила", "я ничего не должен",
)  # fmt: skip

MENU = (
    "показания", "передать показания", "передача показаний", "показания счётчика", "передать показания счётчика",
    "счётчик", "лицевой счёт", "первый", "второй", "третий", "дальше", "далее", "назад", "сначала", "хватит", "всё",
    "спасибо", "спасибо всё", "справка", "электроэнергия", "электричество", "свет", "отопление", "тепло", "газ",
    "вода", "горячая вода", "холодная вода", "тариф", "квартира", "номер", "да", "нет",
)  # fmt: skip

_SLIPS = (
    "нет", "ой", "точнее", "вернее", "то есть", "извините", "ошибся", "ошиблась", "заново", "сначала", "не",
)  # fmt: skip
"""Not «стоп», which takes the place of «сто»."""
_LEAD_IN = ("ну", "значит", "так", "у меня", "показания", "сейчас", "вот", "примерно", "это")
_ZONES = ("день", "ночь", "пик", "полупик", "дневной", "ночной", "тэ один", "тэ два", "тэ три")
"""Not «первый тариф»: «первый», «кубов» and «всё» sound enough like a strange voice's «ноль» to take its place. A meter
with numbered zones adds them to the hints."""
_SAME = (
    "столько же", "столько же как в прошлом месяце", "так же", "то же самое", "ничего не изменилось",
    "ничего не нагорело", "без изменений", "не знаю", "полторы тысячи", "три нуля", "два нуля", "две пятёрки",
    "дважды ноль", "раз два три",
)  # fmt: skip


def phrases(grammar: str, extra: Sequence[str] = ()) -> tuple[str, ...] | None:
    """Phrases for a kind of question, plus what the line added; None: anything may be said."""
    made = _KINDS.get(grammar)
    return None if made is None else (*made(), *ANYWHERE, *plain(extra))


def with_unknown(likely: Sequence[str]) -> list[str]:
    """The phrases, and `UNKNOWN` among them as often as other people's talk is: one in thousands is never heard."""
    return [*likely, *[UNKNOWN] * max(1, len(likely) // _PHRASES_TO_ONE_UNKNOWN)]


def everyday() -> tuple[str, ...]:
    """What may be said on any line, each phrase once: numbers are left to the model."""
    return tuple(dict.fromkeys((*ANYWHERE, *YES_NO, *MENU, *_SAME, *_ZONES, *_LEAD_IN, *_rating(), *_date())))


def plain(extra: Iterable[str]) -> Iterator[str]:
    """A dialplan's phrases as they sound: lower case, letters alone."""
    for phrase in extra:
        words = "".join(letter if letter.isalpha() else " " for letter in phrase.lower()).split()
        if words:
            yield " ".join(words)


def cardinal(number: int) -> list[str]:
    """The words of 0 … 999,999 as recognition writes them."""
    if number >= 1000:
        thousands, rest = divmod(number, 1000)
        return [*_below_thousand(thousands, feminine=True), _thousand(thousands), *_below_thousand(rest)]
    return _below_thousand(number) or [UNITS[0]]


def _below_thousand(number: int, *, feminine: bool = False) -> list[str]:
    words = [HUNDREDS[number // 100]] if number >= 100 else []
    number %= 100
    if 10 <= number <= 19:
        return [*words, TEENS[number - 10]]
    if number >= 20:
        words.append(TENS[number // 10])
    unit = number % 10
    if unit:
        words.append({1: "одна", 2: "две"}.get(unit, UNITS[unit]) if feminine else UNITS[unit])
    return words


def _thousand(count: int) -> str:
    if count % 100 in range(11, 15):
        return "тысяч"
    return {1: "тысяча", 2: "тысячи", 3: "тысячи", 4: "тысячи"}.get(count % 10, "тысяч")


def _dictated(chance: random.Random) -> str:
    """A number as people dictate it: whole, in groups of two or three digits, or digit by digit."""
    way = chance.random()
    if way < 0.45:
        return " ".join(cardinal(chance.randint(0, 10 ** chance.randint(1, 6) - 1)))
    if way < 0.65:
        groups = [chance.randint(0, 99), chance.randint(100, 999)]
        return " ".join(" ".join(cardinal(group)) for group in groups)
    if way < 0.85:
        most = 999 if way < 0.75 else 99
        return " ".join(" ".join(cardinal(chance.randint(0, most))) for _ in range(chance.randint(2, 3)))
    return " ".join(chance.choice(UNITS) for _ in range(chance.randint(2, 8)))


@cache
def _numbers() -> tuple[str, ...]:
    chance = random.Random(8)
    return tuple(_dictated(chance) for _ in range(2000))


@cache
def _reading() -> tuple[str, ...]:
    chance = random.Random(80)
    numbers = _numbers()
    made = list(numbers)
    for _ in range(250):
        first, second = chance.choice(numbers), chance.choice(numbers)
        made += [
            f"{first} {chance.choice(_SLIPS)} {second}",
            f"{chance.choice(_ZONES)} {first} {chance.choice(_ZONES)} {second}",
            f"{chance.choice(_LEAD_IN)} {first}",
            f"{first} {chance.choice(('запятая', 'точка'))} {chance.choice(UNITS)}",
        ]
    for _ in range(60):
        number, part = chance.choice(numbers), chance.choice(UNITS[1:])
        made += [f"{number} киловатт", f"{number} целых {part} десятых"]
        made.append(f"нет не {chance.choice(UNITS)} а {chance.choice(UNITS)}")
    return (*made, *_SAME, *_ZONES, "да", "нет")


@cache
def _account() -> tuple[str, ...]:
    chance = random.Random(800)
    made = [" ".join(chance.choice(UNITS) for _ in range(chance.randint(4, 12))) for _ in range(300)]
    return (*made, *_numbers(), "лицевой счёт", "номер", "не знаю", "заново", "сначала", "да", "нет")


@cache
def _confirm() -> tuple[str, ...]:
    # A correction is an answer too: «нет, не пять, а шесть», «да, только не сорок пять, а пятьдесят четыре». But nine
    # in ten say yes or no, and a short «да» is easily heard as «пять»: no number listed alone begins with a unit.
    chance = random.Random(8000)
    corrections = []
    for _ in range(40):
        wrong, right = (" ".join(cardinal(chance.randint(0, 10 ** chance.randint(1, 3) - 1))) for _ in range(2))
        corrections += [
            *[f"нет {right}"] * 3,
            f"нет не {wrong} а {right}",
            f"не {wrong} а {right}",
            f"да только не {wrong} а {right}",
        ]
    numbers = [number for number in _numbers() if " " in number and number.split()[0] not in UNITS[1:]]
    return (*(YES_NO * 40), *("да", "нет") * 2000, *corrections, *numbers[:30])


@cache
def _rating() -> tuple[str, ...]:
    names = ("единица", "двойка", "тройка", "четвёрка", "пятёрка", "пять с плюсом", "пятёрка с плюсом", "отлично",
             "хорошо", "плохо", "ужасно", "не буду оценивать", "нет")  # fmt: skip
    return (*(" ".join(cardinal(number)) for number in range(11)), *names)


_DAYS = (
    "первого", "второго", "третьего", "четвёртого", "пятого", "шестого", "седьмого", "восьмого", "девятого", "десятого",
    "одиннадцатого", "двенадцатого", "тринадцатого", "четырнадцатого", "пятнадцатого", "шестнадцатого",
    "семнадцатого", "восемнадцатого", "девятнадцатого", "двадцатого", "двадцать первого", "двадцать второго",
    "двадцать третьего", "двадцать четвёртого", "двадцать пятого", "двадцать шестого", "двадцать седьмого",
    "двадцать восьмого", "двадцать девятого", "тридцатого", "тридцать первого",
)  # fmt: skip
_MONTHS = (
    "января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября", "ноября",
    "декабря",
)  # fmt: skip
_WEEKDAYS = (
    "понедельник", "вторник", "среду", "четверг", "пятницу", "субботу", "воскресенье", "среда", "пятница", "суббота",
)  # fmt: skip
_WHENS = (
    "сегодня", "завтра", "послезавтра", "вчера", "позавчера", "сейчас", "через день", "через два дня", "через три дня",
    "через неделю", "через две недели", "через месяц", "на следующей неделе", "на этой неделе", "на неделе",
    "в следующем месяце", "в этом месяце", "в прошлом месяце", "в конце месяца", "до конца недели", "до конца месяца",
    "в начале месяца", "в середине месяца", "в выходные", "не помню", "не знаю", "всё равно", "любой день",
    "с зарплаты", "после зарплаты", "с пенсии", "после пенсии", "как можно скорее", "да", "нет",
)  # fmt: skip
_HOURS = (
    "утром", "с утра", "днём", "вечером", "после обеда", "до обеда", "в обед", "после работы", "ближе к вечеру",
    "в любое время", "в первой половине дня", "во второй половине дня", "в полдень", "ночью",
)  # fmt: skip


@cache
def _date() -> tuple[str, ...]:
    chance = random.Random(80_000)
    days = [*_DAYS, *(f"{day} {month}" for day in _DAYS for month in _MONTHS), *(f"{day} числа" for day in _DAYS)]
    weekdays = [f"{lead}{day}" for day in _WEEKDAYS for lead in ("", "в ", "во ", "в следующую ", "на ", "в эту ")]
    hours = [*_HOURS]
    for hour in range(8, 22):
        words = " ".join(cardinal(hour))
        after = " ".join(cardinal(hour % 12 or 12))
        hours += [f"в {words} часов", f"после {after} вечера", f"в {after} часов", f"в {words} тридцать", f"в {words}"]
    both = [f"{chance.choice([*weekdays, *_WHENS])} {chance.choice(hours)}" for _ in range(200)]
    return (*days, *weekdays, *_WHENS * 3, *hours, *both)


_KINDS: dict[str, Callable[[], tuple[str, ...]]] = {
    "reading": _reading,
    "account": _account,
    "phone": _account,
    "confirm": _confirm,
    "yesno": lambda: YES_NO,
    "menu": lambda: MENU,
    "rating": _rating,
    "date": _date,
}
"""`free` is open: what people say there has no list."""

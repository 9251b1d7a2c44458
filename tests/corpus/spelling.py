"""Russian number words as people say them, made here from tables of their own.

The corpus measures a parser, so nothing of the parser is used to make it: a fault of its tables cannot hide itself.
"""

from random import Random

ZERO = "ноль"
ONES = ("", "один", "два", "три", "четыре", "пять", "шесть", "семь", "восемь", "девять")
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
FEMININE = {"один": "одна", "два": "две"}
NAMES = (
    ("нуля", "нулей"), ("единицы", "единиц"), ("двойки", "двоек"), ("тройки", "троек"), ("четвёрки", "четвёрок"),
    ("пятёрки", "пятёрок"), ("шестёрки", "шестёрок"), ("семёрки", "семёрок"), ("восьмёрки", "восьмёрок"),
    ("девятки", "девяток"),
)  # fmt: skip
"""Two of a digit, five of it."""
ONE_NAME = (
    "нолик", "единица", "двойка", "тройка", "четвёрка", "пятёрочка", "шестёрка", "семёрка", "восьмёрка", "девяточка",
)  # fmt: skip
CARELESS = {
    "пятьдесят": ("писят", "пядесят", "пятдесят"),
    "шестьдесят": ("шисят", "шейсят", "шестдесят"),
    "семьдесят": ("семисят", "семдесят"),
    "восемьдесят": ("восемисят", "восемдесят"),
    "двадцать": ("двацать",),
    "тридцать": ("трицать",),
    "двенадцать": ("двенацать",),
    "пятьсот": ("пицот", "пятсот"),
    "тысяч": ("тыщ", "тысч"),
    "тысяча": ("тыща",),
    "тысячи": ("тыщи",),
    "ноль": ("нуль", "нолик"),
}
"""Speech that a recogniser may write as it sounds."""


def below_thousand(value: int, *, feminine: bool = False) -> list[str]:
    words = [HUNDREDS[value // 100]] if value >= 100 else []
    value %= 100
    if 10 <= value < 20:
        return [*words, TEENS[value - 10]]
    if value >= 20:
        words.append(TENS[value // 10])
    if value % 10:
        one = ONES[value % 10]
        words.append(FEMININE.get(one, one) if feminine else one)
    return words


def thousand_noun(count: int) -> str:
    if 11 <= count % 100 <= 14:
        return "тысяч"
    return {1: "тысяча", 2: "тысячи", 3: "тысячи", 4: "тысячи"}.get(count % 10, "тысяч")


def cardinal(value: int) -> list[str]:
    """The whole number in one: «двенадцать тысяч триста сорок пять»."""
    if value == 0:
        return [ZERO]
    thousands, rest = divmod(value, 1000)
    if not thousands:
        return below_thousand(rest)
    return [*below_thousand(thousands, feminine=True), thousand_noun(thousands), *below_thousand(rest)]


def carelessly(words: list[str], chance: Random, share: float) -> list[str]:
    """Some words as they are mumbled."""
    return [chance.choice(CARELESS[word]) if word in CARELESS and chance.random() < share else word for word in words]

"""What the voices say: numbers in every manner of dictation, what callers answer with, and ordinary Russian around it.

A `Line` is a text as a voice reads it and the words that are heard in it. The mixture is the recipe's: numbers and the
line's own phrases most of all, every known word, and enough other speech that any word added later is heard by its
sounds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from asr import grammars
from asr.grammars import TEENS, TENS, UNITS, cardinal

_HUNDREDS = grammars.HUNDREDS[1:]
_THOUSAND = {"тысяча": "тыща", "тысячи": "тыщи", "тысяч": "тыщ"}
_SLIPS = (
    "ой", "нет", "точнее", "вернее", "то есть", "извините", "простите", "ошибся", "ошиблась", "прошу прощения",
    "виноват", "виновата", "поправлюсь", "не так", "сбился", "ой нет", "заново", "сначала", "ой заново",
)  # fmt: skip
_LEAD_IN = (
    "ну", "так", "значит", "вот", "показания", "у меня", "записывайте", "пишите", "показания счётчика", "сейчас",
    "на счётчике", "алло", "девушка", "ага", "эм", "да", "здравствуйте", "примерно", "ровно", "лицевой счёт", "номер",
)  # fmt: skip
_TRAILING = ("киловатт", "вот", "всё", "киловатт час", "пожалуйста", "ровно", "спасибо", "кубов", "рублей", "целых")
_FILLERS = ("э", "эм", "ну", "так", "значит", "вот", "там", "потом", "дальше", "это", "м", "и")
_ZONES = (
    ("день", "ночь"), ("дневной", "ночной"), ("пик", "полупик", "ночь"), ("тэ один", "тэ два"), ("днём", "ночью"),
    ("первый тариф", "второй тариф"), ("тэ один", "тэ два", "тэ три"), ("пиковая", "полупиковая", "ночная"),
    ("дневная", "ночная"), ("первый", "второй", "третий"),
)  # fmt: skip
_NAMES_OF_DIGITS = (
    ("нуля", "нулей"), ("единицы", "единиц"), ("двойки", "двоек"), ("тройки", "троек"), ("четвёрки", "четвёрок"),
    ("пятёрки", "пятёрок"), ("шестёрки", "шестёрок"), ("семёрки", "семёрок"), ("восьмёрки", "восьмёрок"),
    ("девятки", "девяток"),
)  # fmt: skip
_ONE_DIGIT = (
    "нолик", "единица", "двойка", "тройка", "четвёрка", "пятёрка", "шестёрка", "семёрка", "восьмёрка", "девятка",
)  # fmt: skip
_PARTS = ("десятых", "сотых", "десятая", "сотая", "тысячных")
_CUES = ("улица", "проспект", "переулок", "дом", "квартира", "корпус", "город", "посёлок", "село")

OWN_WORDS = frozenset(
    word
    for phrase in (
        *grammars.UNITS, *grammars.TEENS, *grammars.TENS, *_HUNDREDS, *_THOUSAND, *_THOUSAND.values(), *_SLIPS,
        *_LEAD_IN, *_TRAILING, *_FILLERS, *(zone for zones in _ZONES for zone in zones), *_ONE_DIGIT, *_PARTS,
        *(name for names in _NAMES_OF_DIGITS for name in names), "полторы", "дважды", "трижды", "запятая", "точка",
        "целых", "половиной",
    )
    for word in phrase.split()
)  # fmt: skip
"""Words of the dictations below."""


@dataclass(frozen=True, slots=True)
class Line:
    text: str
    """As a voice reads it: commas are pauses."""
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sources:
    """Texts that the recipe is given: all the words that a model must have, and ordinary speech."""

    known: Sequence[str]
    sentences: Sequence[str]
    names: Sequence[str]
    other: Sequence[str]
    """Any other words of the language."""


class Writer:
    """Writes lines, the same ones for the same seed."""

    def __init__(self, sources: Sources, chance: Random) -> None:
        self._sources = sources
        self._chance = chance
        self._phrases = _phrases()

    def line(self) -> Line:
        chance, way = self._chance, self._chance.random()
        if way < 0.16:
            return self._paused(self.number(), chance.choice((0, 0.05, 0.3)))
        if way < 0.26:
            return self._paused(self.digits(), chance.choice((0, 0.3, 1)))
        if way < 0.36:
            return self._paused(self.groups(), chance.choice((0, 0.1, 0.5)))
        if way < 0.41:
            return self._paused(self.by_name(), 0.1)
        if way < 0.51:
            return self._paused(self.dictated(), 0.15)
        if way < 0.64:
            return self._paused(chance.choice(self._phrases).split(), 0.03)
        if way < 0.76:
            words = [chance.choice(self._sources.known) for _ in range(chance.choice((1, 1, 2, 3, 4, 5)))]
            return self._paused(words, chance.choice((0.1, 1)))
        return self.ordinary()

    def ordinary(self) -> Line:
        """Ordinary speech, without a thought of the line."""
        chance, way = self._chance, self._chance.random()
        if way < 0.5:
            return self._paused(plain_words(chance.choice(self._sources.sentences)), 0.04)
        if way < 0.68:
            words = [chance.choice(_CUES), *plain_words(chance.choice(self._sources.names))]
            if chance.random() < 0.5:
                words += ["дом", *cardinal(chance.randint(1, 199))]
            return self._paused(words if chance.random() < 0.7 else words[1:], 0.1)
        return self._paused([chance.choice(self._sources.other) for _ in range(chance.choice((1, 2, 3, 4, 5)))], 0.2)

    def number(self) -> list[str]:
        """0 … 999,999, short ones as often as long ones; a thousand often without its «одна»."""
        chance = self._chance
        places = chance.choices(range(1, 7), (1, 3, 4, 5, 5, 3))[0]
        words = cardinal(chance.randint(0 if places == 1 else 10 ** (places - 1), 10**places - 1))
        if words[:2] == ["одна", "тысяча"] and chance.random() < 0.5:
            words = words[1:]
        if chance.random() < 0.08:
            words = [_THOUSAND.get(word, word) for word in words]
        return words

    def digits(self) -> list[str]:
        chance = self._chance
        many = chance.randint(8, 12) if chance.random() < 0.2 else chance.randint(1, 7)
        zero = "нуль" if chance.random() < 0.1 else "ноль"
        named = chance.random() < 0.06
        words = []
        for _ in range(many):
            digit = 0 if chance.random() < 0.1 else chance.randint(0, 9)
            words.append(_ONE_DIGIT[digit] if named and chance.random() < 0.4 else UNITS[digit] if digit else zero)
        if words[0] == "один" and chance.random() < 0.1:
            words[0] = "раз"
        return words

    def groups(self) -> list[str]:
        """«двенадцать триста сорок пять», «сорок пять шестьдесят семь»."""
        chance = self._chance
        most = chance.choice((99, 99, 999))
        words: list[str] = []
        for _ in range(chance.randint(1, 5 if most == 99 else 3)):
            if chance.random() < 0.12:
                words.append("ноль")
            words += cardinal(chance.randint(10 if chance.random() < 0.7 else 0, most))
        return words

    def by_name(self) -> list[str]:
        """«три нуля двадцать пять», «две пятёрки семь», «полторы тысячи», «дважды ноль», «семь десятых»."""
        chance, way = self._chance, self._chance.random()
        if way < 0.45:
            count, digit = chance.randint(2, 6), chance.randint(0, 9)
            few, many = _NAMES_OF_DIGITS[digit]
            counted = {2: "два" if digit == 0 else "две"}.get(count, UNITS[count])
            rest = self.digits()[:3] if chance.random() < 0.5 else self.groups()[:3]
            said = [counted, few if count < 5 else many]
            return [*said, *rest] if chance.random() < 0.6 else [*rest, *said]
        if way < 0.6:
            return [chance.choice(("дважды", "трижды")), chance.choice(UNITS), *self.groups()[:3]]
        if way < 0.75:
            head = chance.choice(
                (["полторы", "тысячи"], ["полторы", "тыщи"], ["двенадцать", "с", "половиной", "тысяч"])
            )
            return [*head, *(["ровно"] if chance.random() < 0.5 else [])]
        number = cardinal(chance.randint(0, 99999))
        fraction = cardinal(chance.randint(1, 99))
        if way < 0.88:
            return [*number, chance.choice(("запятая", "точка", "и")), *fraction]
        return [*number, "целых", *fraction, chance.choice(_PARTS)]

    def dictated(self) -> list[str]:
        """Numbers as callers wrap them: words before and behind, fillers, slips and repairs, zones."""
        chance, way = self._chance, self._chance.random()
        if way < 0.3:
            words = [*chance.choice(_LEAD_IN).split(), *self._any_number()]
            return [*words, *chance.choice(_TRAILING).split()] if chance.random() < 0.4 else words
        if way < 0.5:
            return [*self._any_number(), *chance.choice(_SLIPS).split(), *self._any_number()]
        if way < 0.7:
            words = []
            for zone in chance.choice(_ZONES):
                words += [*zone.split(), *self._any_number()]
            return words
        if way < 0.85:
            words = self._any_number()
            words.insert(chance.randint(0, len(words)), chance.choice(_FILLERS))
            return words
        wrong, right = (cardinal(chance.randint(0, 10 ** chance.randint(1, 3) - 1)) for _ in range(2))
        head = chance.choice(((), ("нет",), ("да", "только"), ("нет", "нет")))
        return [*head, "не", *wrong, "а", *right]

    def _any_number(self) -> list[str]:
        return self._chance.choice((self.number, self.digits, self.groups))()

    def _paused(self, words: Sequence[str], pauses: float) -> Line:
        text = words[0]
        for word in words[1:]:
            text += (", " if self._chance.random() < pauses else " ") + word
        return Line(text, tuple(words))


def plain_words(text: str) -> list[str]:
    """The words of a text without its signs."""
    return "".join(letter if letter.isalpha() else " " for letter in text.lower()).split()


def _phrases() -> tuple[str, ...]:
    """What callers answer with besides numbers; the short words of yes and no more often."""
    kinds = (grammars.ANYWHERE, grammars.YES_NO, grammars.MENU, grammars.phrases("rating") or ())
    singles = (*UNITS, *TEENS, *TENS[2:], *_HUNDREDS, "тысяча", "тысячи", "тысяч", "тыща", "тыщи", "тыщ")
    return (*(phrase for kind in kinds for phrase in kind), *("да", "нет") * 12, *singles)

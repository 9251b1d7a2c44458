"""A truthful caller: answers a read-back with «да» only if it is what the meter shows, else corrects it.

How an answer is worded is drawn; what it means is not. The caller knows the meter and what is asked or read back, and
nothing of what was understood before.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal

from corpus import utterances
from corpus.households import Household, Register
from corpus.spelling import FEMININE, ONES, TEENS, TENS, ZERO, below_thousand, cardinal

YES = (
    "да", "да", "да", "да", "да", "да", "верно", "да верно", "всё верно", "правильно", "да правильно", "ага", "угу",
    "да да", "да нет , всё правильно", "нет нет , всё верно", "конечно", "да конечно", "да всё верно", "всё правильно",
    "точно", "да спасибо", "верно спасибо", "подтверждаю", "да так и есть", "согласна", "да записывайте",
)  # fmt: skip
NO = (
    "нет", "нет", "нет", "нет", "неверно", "нет неверно", "неправильно", "нет неправильно", "не верно", "нет не верно",
    "не так", "нет не так", "неа", "нет ошибка", "нет нет", "нет это не то", "да нет , неверно", "нет вы ошиблись",
    "нет всё неверно", "нет всё не так",
)  # fmt: skip
LEAD_NO = ("нет", "нет", "нет ,", "нет нет", "неверно", "да нет", "не так", "неправильно ,")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the caller makes of the line's words."""

    what: Literal["reading", "right", "no_use", "swapped"]
    """Name the digits; is this value right; nothing was used, was it; were day and night swapped."""
    zone: str = "single"
    value: int = 0


class Caller:
    """One call's person."""

    def __init__(self, home: Household, chance: Random) -> None:
        self._home, self._chance = home, chance
        self._asked = 0
        self._waited = False
        self._one_breath = chance.random() < 0.6
        self.spoke_of: tuple[str, ...] = ()
        """The zones whose digits the last reading named."""

    def answer(self, asked: Asked) -> list[str]:
        match asked.what:
            case "reading":
                return self._reading(asked.zone)
            case "right":
                return self._about(asked)
            case "no_use":
                return self._about_no_use()
            case "swapped":
                return self._no()

    def _register(self, zone: str) -> Register:
        return next(register for register in self._home.registers if register.zone == zone)

    def _reading(self, zone: str) -> list[str]:
        chance, home = self._chance, self._home
        if not self._waited and chance.random() < 0.02:
            self._waited = True
            return utterances.waiting(chance)
        self._asked += 1
        self.spoke_of = (zone,)
        if self._asked == 1 and len(home.registers) > 1 and self._one_breath:
            self.spoke_of = tuple(home.truth)
            return utterances.all_zones(home, chance)
        unchanged = all(register.shows == register.previous for register in home.registers)
        if self._asked == 1 and unchanged and chance.random() < 0.2:
            return utterances.same_as_before(chance)
        careful = self._asked > len(home.registers)
        return utterances.one_zone(home, self._register(zone), chance, careful=careful)

    def _about_no_use(self) -> list[str]:
        unchanged = all(register.shows == register.previous for register in self._home.registers)
        return self._yes() if unchanged else self._no()

    def _about(self, asked: Asked) -> list[str]:
        shows = self._register(asked.zone).shows
        if asked.value != shows:
            return self._correction(asked.value, shows)
        if self._chance.random() < 0.03:
            return ["да", *cardinal(shows)]
        return self._yes()

    def _yes(self) -> list[str]:
        return self._chance.choice(YES).split()

    def _no(self) -> list[str]:
        return self._chance.choice(NO).split()

    def _correction(self, heard: int, shows: int) -> list[str]:
        """«нет», «нет, двенадцать триста…», «нет, сорок шесть», «не пять, а шесть», «да, только не …, а …»."""
        chance = self._chance
        way = chance.random()
        lead = chance.choice(LEAD_NO).split()
        if way < 0.35:
            return self._no()
        if way < 0.5:
            ending = _ending(heard, shows)
            if ending is not None:
                return [*lead, *ending]
        if way < 0.75:
            contrast = _contrast(heard, shows)
            if contrast is not None:
                wrong, right = contrast
                if chance.random() < 0.15:
                    return [*right, "а", "не", *wrong]
                lead = chance.choice(((), ("нет",), ("нет", ","), ("да", "только"), ("да", ",", "только")))
                return [*lead, "не", *wrong, *chance.choice(((), (",",))), "а", *right]
        return [*lead, *utterances.dictated_anew(str(shows), chance)]


def _ending(heard: int, shows: int) -> list[str] | None:
    """The last two or three digits, where only they differ and can be said as a number."""
    a, b = str(heard), str(shows)
    if len(a) != len(b):
        return None
    for size in (2, 3):
        if len(b) > size and a[:-size] == b[:-size] and b[-size] != "0":
            return below_thousand(int(b[-size:]))
    return None


def _contrast(heard: int, shows: int) -> tuple[list[str], list[str]] | None:
    """«не пять, а шесть»: the one word of the cardinal that differs, or the one digit."""
    said, true = _plain(cardinal(heard)), _plain(cardinal(shows))
    if len(said) == len(true):
        differ = [at for at in range(len(said)) if said[at] != true[at]]
        if len(differ) == 1 and _is_number(said[differ[0]]) and _is_number(true[differ[0]]):
            return [said[differ[0]]], [true[differ[0]]]
    a, b = str(heard), str(shows)
    if len(a) == len(b):
        differ = [at for at in range(len(a)) if a[at] != b[at]]
        if len(differ) == 1:
            return [ONES[int(a[differ[0]])] or ZERO], [ONES[int(b[differ[0]])] or ZERO]
    return None


def _plain(words: Sequence[str]) -> list[str]:
    masculine = {feminine: one for one, feminine in FEMININE.items()}
    return [masculine.get(word, word) for word in words]


def _is_number(word: str) -> bool:
    return word in ONES or word in TEENS or word in TENS or word.endswith(("сот", "сто", "сти", "ста"))

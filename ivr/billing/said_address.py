"""An address as a caller says it: «улица северная дом пять», and which of the known streets that is.

Pure. It never guesses a house: one must be named, and what differs by a letter is another house.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from bots.understanding.lexicon import HUNDREDS, TEENS, TENS, UNITS
from bots.understanding.lexicon import words as listed
from ivr.billing.addresses import FLAT, HOUSE, KIND_OF, PARTS, TOWN_WORDS, parted, plain

_LETTERS = {
    **dict(zip("абвгдежзиклмн", "абвгдежзиклмн", strict=True)),
    **{"бэ": "б", "вэ": "в", "гэ": "г", "дэ": "д", "жэ": "ж", "зэ": "з", "ка": "к"},
}
_ORDINALS = {
    stem + ending: str(value)
    for value, stem in enumerate(listed("перв втор трет четверт пят шест седьм восьм девят десят"), 1)
    for ending in listed("ый ий ой ая ья ое ье ого ьего ей ьей ую ью ом")
}  # fmt: skip
_ORDINALS |= {"третий": "3", "третья": "3", "третьей": "3", "третьего": "3"}
_FILLERS = frozenset(listed("это я мы по на в во адрес адресу адресом у меня номер мой живу живем значит ну эээ так и"))
_ENDINGS = re.compile(r"(?:ая|яя|ой|ей|ую|юю|ый|ий|ое|ее|ого|его|ому|ему|ых|их)$")


@dataclass(frozen=True, slots=True)
class Said:
    """What a caller named: the words of town and street, the kind of street if it was said, house and flat."""

    name: str
    kind: str
    house: str
    flat: str


def said(text: str) -> Said | None:
    """A spoken address: «Барнаул улица северная дом пять квартира двенадцать»; None where no house was named."""
    words = _with_digits(re.sub(r"[^0-9a-zа-я/-]+", " ", plain(text)).split())
    words = [word for word in words if word not in _FILLERS and word not in TOWN_WORDS]
    flat_at = next((at for at, word in enumerate(words) if word in FLAT and at), len(words))
    flat = "".join(words[flat_at + 1 : flat_at + 2])
    words = words[:flat_at]
    house_at = next((at for at, word in enumerate(words) if word in HOUSE and at + 1 < len(words)), None)
    if house_at is not None:
        street, house_words = words[:house_at], words[house_at + 1 :]
    else:
        last = max(
            (at for at, word in enumerate(words) if not word[:1].isdigit() and _house_part(word) is None), default=-1
        )
        street, house_words = words[: last + 1], words[last + 1 :]
    if not street or not house_words or not house_words[0][:1].isdigit():
        return None
    house, rest = _said_house(house_words)
    if rest and not flat and len(rest) == 1 and rest[0].isdigit():
        flat, rest = rest[0], []
    if rest:
        return None
    kinds = [KIND_OF[word] for word in street if word in KIND_OF]
    name = " ".join(word for word in street if word not in KIND_OF)
    return Said(name, kinds[0] if kinds else "", house, flat) if name else None


def _house_part(word: str) -> str | None:
    return PARTS.get(word) or _LETTERS.get(word)


def _said_house(words: Sequence[str]) -> tuple[str, list[str]]:
    house, at = words[0], 1
    while at < len(words):
        word = words[at]
        if word in PARTS and at + 1 < len(words) and words[at + 1].isdigit():
            house += PARTS[word] + words[at + 1]
            at += 2
        elif word in _LETTERS and house[-1].isdigit():
            house += _LETTERS[word]
            at += 1
        else:
            break
    return house, list(words[at:])


def _with_digits(words: Sequence[str]) -> list[str]:
    """Number words of up to three digits into digits; «первая» is 1 as well."""
    out: list[str] = []
    value, low = 0, 0
    for word in words:
        size = next((size for size, table in _MAGNITUDES if word in table), 0)
        number = next((table[word] for _, table in _MAGNITUDES if word in table), 0)
        if size and low > size and (size, low) != (_TEEN, 10):
            value, low = value + number, size
        else:
            if low:
                out.append(str(value))
            value, low = number, size
            if not size:
                out.append(_ORDINALS.get(word, word))
        if low in (1, _TEEN):  # a unit or a teen ends its number
            out.append(str(value))
            value, low = 0, 0
    if low:
        out.append(str(value))
    return out


_TEEN = 2
_MAGNITUDES: tuple[tuple[int, dict[str, int]], ...] = ((1, UNITS), (_TEEN, TEENS), (10, TENS), (100, HUNDREDS))


SHORT = 5
"""A name up to so long must be heard exactly; one up to twice as long may have one slip, a longer one two."""
MOST_SLIPS = 2


class Streets:
    """The streets of a supplier, taken apart once, so that one that was said is found in a millisecond."""

    def __init__(self, known: Iterable[tuple[str, str]]) -> None:
        self._known = list(known)
        self._spoken: list[str] = []
        self._whose: list[int] = []
        self._parts: list[tuple[str, str, list[str]]] = []
        for at, (town, street) in enumerate(self._known):
            kind, name = parted(street)
            self._parts.append((kind, _stem(name), _digits(name)))
            for each in (name, f"{town} {name}", f"{name} {town}") if town else (name,):
                self._spoken.append(_stem(each))
                self._whose.append(at)

    def said(self, said: Said) -> list[tuple[str, str]]:
        """Which (town, street) was meant: one name, in one town or in several; or none."""
        digits = _digits(said.name)
        near: dict[int, int] = {}
        for spoken, slips, at in process.extract(
            _stem(said.name), self._spoken, scorer=Levenshtein.distance, score_cutoff=MOST_SLIPS, limit=None
        ):
            whose = self._whose[at]
            kind, _, its_digits = self._parts[whose]
            # More than a slip of the recogniser makes another name of it: «речная» is no «заречная».
            if slips > (len(spoken) > SHORT) + (len(spoken) > 2 * SHORT) or digits != its_digits:
                continue
            if said.kind and kind and said.kind != kind:
                continue
            near[whose] = min(slips, near.get(whose, MOST_SLIPS))
        best = [whose for whose, slips in near.items() if slips == min(near.values())]
        if len({self._parts[whose][1] for whose in best}) != 1:
            return []
        return sorted(self._known[whose] for whose in best)


def _digits(name: str) -> list[str]:
    return sorted(re.findall(r"\d+", name))


def _stem(name: str) -> str:
    """Without the endings of adjectives: a caller says «на Северной»."""
    return " ".join(_ENDINGS.sub("", word) if len(word) > 4 else word for word in name.split())

"""The phones of a model as Kaldi numbers them: silence first, then each phone by its place in a word.

Read from a model's `graph/phones.txt`, so that what is built fits the model that is there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from asr.kaldi.binary import BadKaldiFile

SILENCE, UNKNOWN = "SIL", "SPN"
_PLACES = {"_B": "begin", "_E": "end", "_I": "internal", "_S": "singleton"}


@dataclass(frozen=True)
class PhoneTable:
    phones: tuple[str, ...]
    """Silence, then the others in the order the model was trained with."""

    def __post_init__(self) -> None:
        if self.phones[:1] != (SILENCE,) or len(set(self.phones)) != len(self.phones):
            raise BadKaldiFile(f"a list of phones begins with {SILENCE} and names none twice")

    @classmethod
    def parse(cls, text: str) -> "PhoneTable":
        """From `graph/phones.txt`; raises `BadKaldiFile` for the phones of another model."""
        found: dict[str, None] = {}
        names = [line.split() for line in text.splitlines() if line.strip()]
        for name in names:
            if name[0] not in ("<eps>", SILENCE) and not name[0].startswith("#"):
                found[name[0][:-2]] = None
        table = cls((SILENCE, *found))
        if text.split() != table.dump().split():
            raise BadKaldiFile("the phones of this model are not numbered as those of our own models")
        return table

    @cached_property
    def names(self) -> tuple[str, ...]:
        """By number; 0 is no phone."""
        placed = (f"{phone}{place}" for phone in self.phones[1:] for place in _PLACES)
        return ("<eps>", SILENCE, *placed)

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {name: number for number, name in enumerate(self.names)}

    @property
    def count(self) -> int:
        return len(self.names) - 1

    @property
    def pdfs(self) -> int:
        """What the net tells apart: entering and staying in each phone, wherever it stands in a word."""
        return 2 * len(self.phones)

    def of_word(self, phones: Sequence[str]) -> list[int]:
        """The numbers of a word's phones; raises KeyError for a phone the model has not."""
        if len(phones) == 1:
            return [self._numbers[f"{phones[0]}_S"]]
        places = ["_B", *["_I"] * (len(phones) - 2), "_E"]
        return [self._numbers[f"{phone}{place}"] for phone, place in zip(phones, places, strict=True)]

    @property
    def spoken(self) -> tuple[str, ...]:
        """Those that words are made of."""
        return tuple(phone for phone in self.phones if phone not in (SILENCE, UNKNOWN))

    @property
    def silence(self) -> int:
        return self._numbers[SILENCE]

    def class_of(self, number: int) -> int:
        """Which phone it is, wherever in a word: its place in `phones`."""
        return 0 if number == 1 else (number - 2) // len(_PLACES) + 1

    @staticmethod
    def stay(number: int) -> int:
        """The transition that stays in a phone."""
        return 2 * number - 1

    @staticmethod
    def enter(number: int) -> int:
        """The transition that goes through a phone."""
        return 2 * number

    @property
    def first_free_transition(self) -> int:
        return 2 * self.count + 1

    def dump(self) -> str:
        """`graph/phones.txt`."""
        return "".join(f"{name} {number}\n" for number, name in enumerate(self.names))

    def word_boundary(self) -> str:
        """`graph/phones/word_boundary.int`."""
        lines = [f"{self.silence} nonword"]
        lines += [f"{number} {_PLACES[self.names[number][-2:]]}" for number in range(2, self.count + 1)]
        return "".join(f"{line}\n" for line in lines)

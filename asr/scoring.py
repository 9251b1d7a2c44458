"""How well words were heard: whole utterances, single words, and how sure such a figure can be."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

_SURE = 1.959964
"""Standard deviations on each side of 95 %."""


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many, and between which shares the truth lies with 95 % (Wilson)."""

    good: int
    of: int

    @property
    def share(self) -> float:
        return self.good / self.of if self.of else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        if not self.of:
            return 0.0, 1.0
        square = _SURE * _SURE
        middle = (self.share + square / (2 * self.of)) / (1 + square / self.of)
        spread = self.share * (1 - self.share) / self.of + square / (4 * self.of * self.of)
        reach = _SURE * math.sqrt(spread) / (1 + square / self.of)
        return max(0.0, middle - reach), min(1.0, middle + reach)


def words(text: str) -> list[str]:
    """The words as they are compared: small letters, ё as е, no marks."""
    plain = "".join(letter if letter.isalnum() else " " for letter in text.lower().replace("ё", "е"))
    return plain.split()


def word_errors(said: Sequence[str], heard: Sequence[str]) -> int:
    """The fewest words to put in, leave out or change that make one of the other."""
    row = list(range(len(heard) + 1))
    for at, word in enumerate(said, 1):
        above, row = row, [at]
        for column, other in enumerate(heard, 1):
            row.append(min(above[column] + 1, row[-1] + 1, above[column - 1] + (word != other)))
    return row[-1]

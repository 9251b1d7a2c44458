"""Where the stress of an unknown word probably is: learned weights of the letters around each vowel.

The weights (`guess.npz`) are made by `asr.pronunciation.learning` from words whose stress is known. Nothing is looked
up: a street nobody has heard of is stressed as words like it are.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from math import exp
from zlib import crc32

import numpy as np
import numpy.typing as npt

from asr.pronunciation.letters import VOWELS

BUCKETS = 1 << 17
_NEAR = range(1, 7)
_FAR = 12


@dataclass(frozen=True, slots=True)
class Guess:
    """A vowel that may be the stressed one."""

    at: int
    likely: float
    yo: bool
    """Whether its «е» is more probably a «ё»."""


@dataclass(frozen=True, slots=True)
class Weights:
    stress: npt.NDArray[np.int8]
    yo: npt.NDArray[np.int8]
    scale: float
    """What one step of a weight is worth."""


def guesses(word: str) -> list[Guess]:
    """Every vowel of a word in small letters, the likeliest first."""
    weights = _weights()
    places = [at for at, letter in enumerate(word) if letter in VOWELS]
    found = []
    for at in places:
        buckets = list(features(word, places, at))
        score = int(weights.stress[buckets].sum(dtype=np.int32)) * weights.scale
        yo = word[at] == "е" and int(weights.yo[buckets].sum(dtype=np.int32)) > 0
        found.append((score, at, yo))
    most = max((score for score, _, _ in found), default=0.0)
    total = sum(exp(score - most) for score, _, _ in found)
    ranked = sorted(found, reverse=True)
    return [Guess(at, exp(score - most) / total, yo) for score, at, yo in ranked]


def features(word: str, places: list[int], at: int) -> Iterator[int]:
    """What is seen from one vowel, as buckets of weights: the letters around it, and its place in the word."""
    seen = f"^{word}$"
    at += 1
    left, right = seen[max(0, at - _FAR) : at + 1], seen[at : at + _FAR]
    number = places.index(at - 1)
    back = len(places) - number
    for size in _NEAR:
        yield _bucket("l", left[-size:])
        yield _bucket("r", right[:size])
    for size in (1, 2, 3):
        yield _bucket("m", f"{left[-size - 1 :]}|{right[1 : size + 1]}")
    yield _bucket("L", left)
    yield _bucket("R", right)
    yield _bucket("n", f"{number} {back}")
    for size in (2, 3, 4, 5):
        yield _bucket("e", f"{back} {seen[-size:]}")
        yield _bucket("b", f"{number} {seen[: size + 1]}")
    yield _bucket("E", f"{back} {number} {seen[-4:]}")
    yield _bucket("s", f"{back} {seen[: at - 1][-3:]} {seen[-3:]}")


def _bucket(kind: str, text: str) -> int:
    return crc32(f"{kind}{text}".encode()) % BUCKETS


@cache
def _weights() -> Weights:
    with resources.files("asr.pronunciation").joinpath("guess.npz").open("rb") as file, np.load(file) as stored:
        return Weights(stored["stress"], stored["yo"], float(stored["scale"]))

"""Makes `guess.npz`: learns from words whose stress is marked which vowel of any word is stressed.

`python -m asr.pronunciation.learning mark WORDS > MARKED` marks a list of words with silero-stress (MIT);
`… learn MARKED` learns from it and writes the weights. Ours were learned from 160,000 forms of pymorphy3's dictionary,
half of them names of people and places. No part of the line runs this.
"""

import random
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from asr.pronunciation.guess import BUCKETS, features, guesses
from asr.pronunciation.letters import VOWELS, russian, vowels

WEIGHTS = Path(__file__).with_name("guess.npz")
_ROUNDS = 6
_BATCH = 512
_PACE = 0.15
_HELD_OUT = 0.03
_MOST = 127
"""Weights are kept in eight bits."""

Floats = npt.NDArray[np.float64]


class Marked(NamedTuple):
    word: str
    stressed: int
    """Which of its vowels."""
    yo: bool
    """Whether that is a «ё», written «е» in the word."""


def mark(words: Sequence[str]) -> Iterator[str]:
    from silero_stress import load_accentor  # type: ignore[import-not-found, unused-ignore]

    accentor: Any = load_accentor()
    for word in words:
        yield accentor(word)


def read(path: Path) -> list[Marked]:
    """One marked word a line; those of one vowel, of two stresses, or with a «ё» of their own teach nothing."""
    found = {}
    for line in path.read_text("utf-8").split():
        word = line.replace("+", "")
        at = line.find("+")
        if line.count("+") == 1 and russian(line) and vowels(word) > 1 and word.count("ё") == (line[at + 1] == "ё"):
            plain = word.replace("ё", "е")
            found[plain] = Marked(plain, vowels(line[:at]), line[at + 1] == "ё")
    return [found[word] for word in sorted(found)]


def learn(words: Sequence[Marked]) -> tuple[Floats, Floats]:
    """The weights of a word's vowels for being stressed, and of a stressed «е» for being «ё» (AdaGrad)."""
    seen = [_vowel_features(word.word) for word in words]
    stress, yo = np.zeros(BUCKETS), np.zeros(BUCKETS)
    learned = np.full((2, BUCKETS), 1e-8)
    order = list(range(len(words)))
    for turn in range(_ROUNDS):
        random.shuffle(order)
        pace = _PACE * (1 - turn / _ROUNDS) + 0.01
        for start in range(0, len(order), _BATCH):
            batch = order[start : start + _BATCH]
            _step(stress, learned[0], *_stress_slope(stress, [(seen[at], words[at].stressed) for at in batch]), pace)
            es = [at for at in batch if _stressed_letter(words[at]) == "е"]
            rows = np.array([seen[at][words[at].stressed] for at in es])
            if len(rows):
                wrong = 1 / (1 + np.exp(-yo[rows].sum(axis=1))) - np.array([words[at].yo for at in es])
                _step(yo, learned[1], rows, wrong, pace)
    return stress, yo


def write(stress: Floats, yo: Floats, path: Path = WEIGHTS) -> None:
    scale = float(np.quantile(np.abs(stress[stress != 0]), 0.999)) / _MOST
    small = [np.clip(np.rint(weights / scale), -_MOST, _MOST).astype(np.int8) for weights in (stress, yo)]
    np.savez_compressed(path, stress=small[0], yo=small[1], scale=np.float32(scale))


def _vowel_features(word: str) -> npt.NDArray[np.int32]:
    places = [at for at, letter in enumerate(word) if letter in VOWELS]
    return np.array([list(features(word, places, at)) for at in places], np.int32)


def _stressed_letter(marked: Marked) -> str:
    return [letter for letter in marked.word if letter in VOWELS][marked.stressed]


def _stress_slope(
    weights: Floats, batch: Sequence[tuple[npt.NDArray[np.int32], int]]
) -> tuple[npt.NDArray[np.int32], Floats]:
    """Rows of buckets, and how much too likely each row's vowel was thought to be stressed."""
    rows = np.concatenate([vowels for vowels, _ in batch])
    sizes = np.array([len(vowels) for vowels, _ in batch])
    first = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    scores = weights[rows].sum(axis=1)
    scores = np.exp(scores - np.repeat(np.maximum.reduceat(scores, first), sizes))
    wrong = scores / np.repeat(np.add.reduceat(scores, first), sizes)
    wrong[first + np.array([stressed for _, stressed in batch])] -= 1
    return rows, wrong


def _step(weights: Floats, learned: Floats, rows: npt.NDArray[np.int32], wrong: Floats, pace: float) -> None:
    slope = np.bincount(rows.ravel(), np.repeat(wrong, rows.shape[1]), BUCKETS) / _BATCH
    learned += slope**2
    weights -= pace * slope / np.sqrt(learned)


def main(what: str, path: Path) -> None:
    if what == "mark":
        sys.stdout.writelines(f"{line}\n" for line in mark(path.read_text("utf-8").split()))
        return
    random.seed(3)
    words = read(path)
    random.shuffle(words)
    held_out = words[: int(len(words) * _HELD_OUT)]
    write(*learn(words[len(held_out) :]))
    right = sum(vowels(word.word[: guesses(word.word)[0].at]) == word.stressed for word in held_out)
    sys.stdout.write(f"{len(words)} words; of those held out {right / len(held_out):.1%} right\n")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))

"""What Vosk's results mean: the best guess, how sure each of its words is, and what else may have been said.

Vosk gives either word confidences or alternatives, never both. It is asked for the ten best guesses: their scores are
log likelihoods, and a word is as sure as the guesses that have it there together. Measured on 200 noisy dictations,
that tells doubtful digits exactly as well as Vosk's own confidences (62 % of the misheard caught below 0.8 against
64 %, 8 % of those heard right called doubtful by both), at the same cost, and in three of four misheard ones the truth
is among the next three guesses.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypedDict

from asr.recognizer import HeardWord, Hearing

ASKED_FOR = 10
UNKNOWN = "[unk]"
LIKELY = 0.05
"""A guess less likely than this is no alternative: of ten guesses some always differ, and would make all doubtful.
Measured on dictated numbers: with alternatives so likely, of eight misheard and undoubted six are doubted, and of those
heard right none more in a clean call, one in fifteen more in noise of 8 dB."""
LIKELY_SHORT = 0.2
"""The same where a short word answers: of «да» heard right one in eight would be doubted for nothing at 0.05."""
_MOST = 5
_SAME = 0.3
"""Two words are one word said once if they share so much of its time."""


class Timed(TypedDict):
    word: str
    start: float
    end: float


class Guess(TypedDict, total=False):
    text: str
    confidence: float
    result: list[Timed]


class Result(TypedDict, total=False):
    partial: str
    alternatives: list[Guess]


@dataclass(frozen=True, slots=True)
class Part:
    """One result: an answer with a pause inside has several."""

    words: tuple[HeardWord, ...]
    sure: float
    """Of the whole best guess."""
    others: tuple[tuple[str, float], ...]
    """Further guesses and their likelihoods."""

    @property
    def text(self) -> str:
        return " ".join(word.word for word in self.words)


def words(text: str) -> list[str]:
    return [word for word in text.split() if word != UNKNOWN]


def part(result: Result, *, before: float = 0.0) -> Part | None:
    """None where no word was heard. `before`: seconds that the engine's clock had run when the answer began."""
    guesses = result.get("alternatives", [])
    if not guesses or not words(guesses[0].get("text", "")):
        return None
    chances = _chances([guess.get("confidence", 0.0) for guess in guesses])
    best = guesses[0].get("result", [])
    heard = tuple(
        HeardWord(
            timed["word"],
            round(max(0.0, timed["start"] - before), 2),
            round(max(0.0, timed["end"] - before), 2),
            round(_sure(timed, guesses, chances), 3),
        )
        for timed in best
        if timed["word"] != UNKNOWN
    )
    others = [(" ".join(words(guess.get("text", ""))), chance) for guess, chance in zip(guesses, chances, strict=True)]
    return Part(heard, chances[0], tuple(others[1:]))


def hearing(parts: Sequence[Part], *, model: str, likely: float = LIKELY) -> Hearing:
    """All parts as one answer; an alternative differs in one of them, and is as `likely` at least."""
    text = " ".join(one.text for one in parts)
    found = sorted((one for one in _alternatives(parts) if one[0] >= likely), reverse=True)
    different = dict.fromkeys(other for _, other in found if other and other != text)
    heard = tuple(word for one in parts for word in one.words)
    return Hearing(text, heard, tuple(different)[:_MOST], "vosk", model)


def _alternatives(parts: Sequence[Part]) -> Iterator[tuple[float, str]]:
    whole = math.prod(one.sure for one in parts)
    for at, one in enumerate(parts):
        for other, chance in one.others:
            texts = (*_texts(parts[:at]), other, *_texts(parts[at + 1 :]))
            yield whole / one.sure * chance, " ".join(text for text in texts if text)


def _texts(parts: Sequence[Part]) -> list[str]:
    return [one.text for one in parts]


def _chances(scores: Sequence[float]) -> list[float]:
    top = max(scores)
    weights = [math.exp(score - top) for score in scores]
    return [weight / sum(weights) for weight in weights]


def _sure(word: Timed, guesses: Sequence[Guess], chances: Sequence[float]) -> float:
    having = (
        chance
        for guess, chance in zip(guesses, chances, strict=True)
        if any(_is(word, other) for other in guess.get("result", []))
    )
    return min(1.0, sum(having))


def _is(word: Timed, other: Timed) -> bool:
    shared = min(word["end"], other["end"]) - max(word["start"], other["start"])
    return other["word"] == word["word"] and shared >= _SAME * (word["end"] - word["start"])

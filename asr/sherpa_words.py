"""What sherpa-onnx's tokens mean: letters or pieces of words with the time each began, made into words."""

import math
from collections.abc import Iterator, Sequence
from itertools import zip_longest

from asr.recognizer import HeardWord, Hearing

_LAST_TOKEN_SECONDS = 0.12
"""Tokens tell when they begin; the last one of a word lasts about so long."""
_NOT_WORDS = frozenset(("<blk>", "<unk>", "<s>", "</s>", "<sos/eos>"))


def hearing(
    tokens: Sequence[str], times: Sequence[float], chances: Sequence[float], *, model: str, lead: float
) -> Hearing:
    """`chances` are logarithms, or nothing where the model has none; `lead`: seconds put before the sound."""
    words = tuple(_words(tokens, times, chances, lead))
    return Hearing(" ".join(word.word for word in words), words, (), "sherpa-onnx", model)


def _words(tokens: Sequence[str], times: Sequence[float], chances: Sequence[float], lead: float) -> Iterator[HeardWord]:
    spelled, begins, last, sure = "", 0.0, 0.0, 0.0
    rows = zip_longest(tokens, times[: len(tokens)], chances[: len(tokens)])
    for token, time, chance in rows:
        if token in _NOT_WORDS:
            continue
        at = max(0.0, (last + lead if time is None else time) - lead)
        letters = token.replace("▁", " ")
        if letters[:1] == " " and spelled:
            yield _word(spelled, begins, last, sure)
            spelled = ""
        if not letters.strip():
            continue
        if not spelled:
            begins, sure = at, 0.0
        spelled, last = spelled + letters.strip(), at
        sure = min(sure, 0.0 if chance is None else chance)
    if spelled:
        yield _word(spelled, begins, last, sure)


def _word(spelled: str, begins: float, last: float, sure: float) -> HeardWord:
    """A word is as sure as the least sure of its pieces."""
    end = last + _LAST_TOKEN_SECONDS
    return HeardWord(spelled.lower(), round(begins, 2), round(end, 2), round(math.exp(min(0.0, sure)), 3))

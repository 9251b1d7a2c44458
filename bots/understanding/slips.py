"""Number words that recognition misspelt into something else: «при» between two digits was a «три».

A word is taken for a number only where it is nearer to one number word than to all others, and what comes of it is
doubtful: it is read back digit by digit.
"""

from functools import cache

from rapidfuzz.distance import OSA

from bots.understanding.vocabulary import Token, number_words

SHORTEST = 3
"""Letters: of a shorter word one letter is too much of it."""
LONG = 8
"""From so many letters on a word may be two letters off; its neighbours («двенадцать», «тринадцать») are as far."""


@cache
def meant(word: str) -> Token | None:
    """The one number word that this unknown word is nearest to, or None."""
    if len(word) < SHORTEST:
        return None
    most = 2 if len(word) >= LONG else 1
    near: dict[int, list[Token]] = {}
    for known, token in number_words():
        off = OSA.distance(word, known, score_cutoff=most)
        if off <= most:
            near.setdefault(off, []).append(token)
    if not near:
        return None
    nearest = near[min(near)]
    first = nearest[0]
    return first if all((token.kind, token.value) == (first.kind, first.value) for token in nearest) else None

"""What single words and fixed phrases mean in a dictation: every form of `bots.understanding.lexicon` as a token.

A word means one thing wherever it stands; what its neighbours make of it is `bots.understanding.tokens`' to say.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import islice
from typing import Literal, NamedTuple

from bots.understanding.lexicon import (
    APPROXIMATE,
    DIGIT_NOUNS,
    DIGIT_PLURALS,
    FILLERS,
    FOREIGN,
    FRACTION_PLACES,
    HUNDREDS,
    PAUSES,
    POINT_PHRASES,
    POINTS,
    REPAIRS,
    RESTARTS,
    TEENS,
    TENS,
    THOUSANDS,
    TIMES,
    UNITS,
    ZEROS,
    ZONE_WORDS,
)

Kind = Literal[
    "zero", "unit", "teen", "tens", "hundred", "thousand", "half", "noun", "plural", "times", "digits", "literal",
    "point", "place", "repair", "restart", "not", "but", "and", "zone", "comma", "approx", "pause", "fill", "foreign",
    "bad", "word",
]  # fmt: skip

NUMBER_KINDS: frozenset[Kind] = frozenset(
    (
        "zero",
        "unit",
        "teen",
        "tens",
        "hundred",
        "thousand",
        "half",
        "noun",
        "plural",
        "times",
        "digits",
        "literal",
        "bad",
    )
)


class Token(NamedTuple):
    kind: Kind
    value: int
    text: str


SINGLE: dict[str, Token] = {}


def _learn(kind: Kind, words: Mapping[str, int] | Iterable[str]) -> None:
    entries = words.items() if isinstance(words, Mapping) else ((word, 0) for word in words)
    for word, value in entries:
        SINGLE.setdefault(word, Token(kind, value, word))


_learn("zero", ZEROS)
_learn("unit", UNITS)
_learn("teen", TEENS)
_learn("tens", TENS)
_learn("hundred", HUNDREDS)
_learn("thousand", THOUSANDS)
_learn("noun", DIGIT_NOUNS)
_learn("plural", DIGIT_PLURALS)
_learn("times", TIMES)
_learn("point", POINTS)
_learn("place", FRACTION_PLACES)
_learn("repair", (word for word in REPAIRS if " " not in word))
_learn("restart", (word for word in RESTARTS if " " not in word))
for _name, _zone in ZONE_WORDS.items():
    SINGLE[_name] = Token("zone", 0, _zone)
_learn("approx", (word for word in APPROXIMATE if " " not in word))
_learn("pause", (word for word in PAUSES if " " not in word))
_learn("foreign", FOREIGN)
_learn("fill", (word for word in FILLERS if " " not in word))
_learn("not", ("не", "вместо"))
_learn("but", ("а",))
_learn("and", ("и",))
SINGLE["полторы"] = SINGLE["полтора"] = Token("half", 1500, "полторы")

PHRASES: dict[str, list[tuple[tuple[str, ...], Token]]] = {}


def _learn_phrases(kind: Kind, phrases: Iterable[str]) -> None:
    for phrase in phrases:
        words = tuple(phrase.split())
        if len(words) > 1:
            PHRASES.setdefault(words[0], []).append((words, Token(kind, 0, phrase)))


_learn_phrases("repair", REPAIRS)
_learn_phrases("restart", RESTARTS)
_learn_phrases("approx", APPROXIMATE)
_learn_phrases("pause", PAUSES)
_learn_phrases("fill", FILLERS)
_learn_phrases("point", POINT_PHRASES)
for _found in PHRASES.values():
    _found.sort(key=lambda entry: -len(entry[0]))

WHOLE_WORDS: frozenset[Kind] = frozenset(("zero", "unit", "teen", "tens", "hundred", "thousand"))
"""Words that say a part of a number all by themselves."""


def is_number(word: str) -> bool:
    """Whether a normalised word says or writes a number."""
    token = SINGLE.get(word)
    return word[0] in "0123456789" or (token is not None and token.kind in NUMBER_KINDS)


def number_words() -> list[tuple[str, Token]]:
    """Every single word that says a part of a number, in every form known."""
    return [(word, token) for word, token in SINGLE.items() if token.kind in WHOLE_WORDS]


@lru_cache(maxsize=4096)
def glued(word: str) -> tuple[Token, ...] | None:
    """Number words written as one («двадцатьпять»), where one way to part them is the shortest."""
    if not _LEAST_GLUED <= len(word) <= _MOST_GLUED:
        return None
    ways = sorted(islice(_parted(word), 9), key=len)  # «триста», not «три» and «ста»
    return ways[0] if ways and (len(ways) == 1 or len(ways[0]) < len(ways[1])) else None


def _parted(word: str) -> Iterator[tuple[Token, ...]]:
    if not word:
        yield ()
    for end in range(_SHORTEST_WORD, len(word) + 1):
        first = SINGLE.get(word[:end])
        if first is not None and first.kind in WHOLE_WORDS:
            for rest in _parted(word[end:]):
                yield (first, *rest)


_SHORTEST_WORD = 3
_LEAST_GLUED, _MOST_GLUED = 2 * _SHORTEST_WORD, 60
"""Letters of two number words at least, and of so many at most as nobody writes without a space."""

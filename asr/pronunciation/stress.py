"""Where the stress of a word is: from the dictionary, from its «ё», else as in words that look like it."""

from functools import lru_cache

from asr.pronunciation.dictionary import plain, stressed
from asr.pronunciation.guess import guesses
from asr.pronunciation.letters import VOWELS, vowels

SURE = 0.97
"""A guess this likely is as good as knowing it."""
_LIKELY = 0.9
"""Below it the next likely way is added."""


@lru_cache(maxsize=20_000)
def marked(word: str) -> tuple[tuple[str, ...], bool]:
    """The word with its stress marked, in each likely way, and whether that is a guess."""
    known = stressed().get(plain(word))
    if known is not None:
        same = tuple(way for way in known if "ё" not in word or way.replace("+", "") == word)
        if same:
            return same, False
    if vowels(word) == 1:
        return (_only(word),), False
    if "ё" in word:
        return (word,), False
    return _guessed(word)


def _guessed(word: str) -> tuple[tuple[str, ...], bool]:
    """As words like it are stressed; in doubt in two ways."""
    best, second = guesses(word)[:2]
    ways = [best] if best.likely >= _LIKELY else [best, second]
    marked = (f"{word[: way.at]}+{'ё' if way.yo else word[way.at]}{word[way.at + 1 :]}" for way in ways)
    return tuple(marked), best.likely < SURE


def _only(word: str) -> str:
    """Marked at the one vowel it has."""
    at = next(at for at, letter in enumerate(word) if letter in VOWELS)
    return f"{word[:at]}+{word[at:]}"

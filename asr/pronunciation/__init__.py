"""How Russian words sound: the phones of any word, so that a model of ours can be given words it never had.

Stress comes from a dictionary, else from the word's ending, and is then said to be guessed. Rules make the sounds.
Nothing here knows of models.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, product

from asr.pronunciation import dictionary, letters, stress
from asr.pronunciation.dictionary import BadEntry
from asr.pronunciation.phones import PHONES, SILENCE, UNKNOWN
from asr.pronunciation.sounds import sounds
from asr.pronunciation.spelling import spoken

__all__ = ["PHONES", "SILENCE", "UNKNOWN", "BadEntry", "Phones", "Pronounced", "pronounce", "pronunciations"]

Phones = tuple[str, ...]

MOST_WAYS = 6
"""Pronunciations kept of one word: each makes a model larger and its words more alike."""


@dataclass(frozen=True, slots=True)
class Pronounced:
    ways: tuple[Phones, ...]
    """The usual one first; none for what has no sound in Russian (digits, foreign letters)."""
    guessed: bool = False
    """Whether the place of the stress is a guess."""


def pronunciations(word: str) -> list[Phones]:
    """The ways a word is said, the usual one first; an empty list for what is no Russian word."""
    return list(pronounce(word).ways)


def pronounce(word: str, own: Mapping[str, Sequence[str]] | None = None) -> Pronounced:
    """`own`: a supplier's words, by their spelling in small letters, with their stress or written by ear."""
    word = letters.tidy(word)
    given = own.get(word.replace("+", "")) if own else None
    if given:
        plain = dictionary.plain(word)
        # What only has its stress marked is read by the rules, «ого» and all.
        return Pronounced(_unique(sounds(spoken(way) if dictionary.plain(way) == plain else way) for way in given))
    return _pronounce(word)


@lru_cache(maxsize=20_000)
def _pronounce(word: str) -> Pronounced:
    parts = [_part(part) for part in word.split("-") if part]
    if not parts or any(not part.ways for part in parts):
        return Pronounced(())
    if len(parts) == 1:
        return parts[0]
    ways = (sum(choice, ()) for choice in product(*(part.ways for part in parts)))
    return Pronounced(_unique(ways), any(part.guessed for part in parts))


def _part(word: str) -> Pronounced:
    if not letters.russian(word):
        return Pronounced(())
    if "+" in word:
        return Pronounced(_said([word]))
    if ways := dictionary.said_as(word):
        return Pronounced(_unique(sounds(way) for way in ways))
    if not letters.vowels(word):
        return Pronounced(_unique([sounds(letters.spelled(word))]))
    marked, guessed = stress.marked(word)
    return Pronounced(_said(marked), guessed)


def _said(marked: Sequence[str]) -> tuple[Phones, ...]:
    ways = [sounds(spoken(word)) for word in marked]
    # «первый», «третий»: the last sound of an unstressed ending is often swallowed.
    ways += [way[:-1] for way in ways if len(way) > 3 and way[-2:] in (("y", "j"), ("i", "j"))]
    return _unique(ways)


def _unique(ways: Iterable[Phones]) -> tuple[Phones, ...]:
    return tuple(islice(dict.fromkeys(way for way in ways if way), MOST_WAYS))

"""Words whose stress, and whose sound where it is not that of the letters, are known: the two lists beside this file.

`stress.txt` holds words as written with their stress marked, `said.txt` words written anew by ear. A word with «ё» is
found by either spelling.
"""

import re
from collections.abc import Iterator
from functools import cache
from importlib import resources

_WRITTEN = re.compile(r"\+?[а-яё](?:\+?[а-яё])*")


class BadEntry(ValueError):
    """A line of a list, or of a supplier's own words, that says no pronunciation; the text says why."""


@cache
def stressed() -> dict[str, tuple[str, ...]]:
    """Marked spellings of a word, by its spelling without «ё»; the usual one first."""
    found: dict[str, tuple[str, ...]] = {}
    for line in _lines("stress.txt"):
        found[plain(line.split()[0])] = tuple(line.split())
    return found


@cache
def said() -> dict[str, tuple[str, ...]]:
    """How a word is said, marked and written by ear, by its spelling without «ё»."""
    found: dict[str, tuple[str, ...]] = {}
    for line in _lines("said.txt"):
        word, _, ways = line.partition("=")
        found[plain(word.strip())] = tuple(ways.split())
    return found


def said_as(word: str) -> tuple[str, ...]:
    """Nothing where a word is said as it is written. «всё» is not «все», but «все» may be «всё»."""
    ways = said().get(plain(word), ())
    return tuple(way for way in ways if "ё" in way) or ways if "ё" in word else ways


def plain(word: str) -> str:
    return word.replace("+", "").replace("ё", "е")


def checked(ways: str) -> tuple[str, ...]:
    """Ways to say a word, as a person wrote them; raises `BadEntry`."""
    found = tuple(ways.lower().split())
    if not found:
        raise BadEntry("no pronunciation is given")
    for way in found:
        if not _WRITTEN.fullmatch(way):
            raise BadEntry(f"«{way}» must be Russian letters with «+» before the stressed vowel")
        if re.search(r"\+(?![аеёиоуыэюя])", way):
            raise BadEntry(f"«{way}» has a «+» that stands before no vowel")
        if len(re.findall(r"[аеёиоуыэюя]", way)) > 1 and "+" not in way and "ё" not in way:
            raise BadEntry(f"«{way}» has no stress: put «+» before the stressed vowel")
    return found


def _lines(name: str) -> Iterator[str]:
    text = resources.files("asr.pronunciation").joinpath(name).read_text(encoding="utf-8")
    for line in text.splitlines():
        if line and not line.startswith("#"):
            yield line

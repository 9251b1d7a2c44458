"""Every word that the understanding can make something of: what a speech model must be able to hear.

The tables are read as they are, the patterns are spelt out: «минут(?:ку|очку)» is two words. Where a pattern leaves
the ending open, the dictionary's forms of the word stand for it. Run as a module, it prints them.
"""

import importlib
import pkgutil
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser as regex  # type: ignore[attr-defined]
from typing import Any

import bots.understanding
from bots.understanding.lemmas import dictionary

_OPEN = "*"
"""Stands in a word for letters that a pattern leaves open."""
_WORD = re.compile(r"[а-яё]+(?:-[а-яё]+)*")
_NOT_SPOKEN = ("known_words", "texted")
"""Modules whose words are none of a caller's: written messages have shorthands of their own."""
_ENDINGS = ("", "а", "ы", "ый", "ть", "ить", "ать", "л", "и", "ик")
_PARTS_OF_SPEECH = frozenset(("NOUN", "ADJF", "VERB", "INFN", "NPRO"))
"""Of what people say: no participles, no superlatives."""


def known_words() -> frozenset[str]:
    """The words, without «ё» where the tables have none."""
    found: set[str] = set()
    for module in pkgutil.iter_modules(bots.understanding.__path__):
        if module.name in _NOT_SPOKEN:
            continue
        contents = vars(importlib.import_module(f"bots.understanding.{module.name}"))
        for name, value in contents.items():
            if not name.startswith("__") and (name.isupper() or name.lstrip("_").isupper()):
                found.update(_in(value))
    return frozenset(word for word in found if _WORD.fullmatch(word) and _is_word(word))


def _in(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield from _WORD.findall(value.lower())
    elif isinstance(value, re.Pattern):
        yield from _of_pattern(value)
    elif isinstance(value, Mapping):
        for key, held in value.items():
            yield from _in(key)
            yield from _in(held)
    elif isinstance(value, (tuple, list, set, frozenset)):
        for held in value:
            yield from _in(held)


def _of_pattern(pattern: "re.Pattern[str]") -> Iterator[str]:
    spelt: set[str] = set()
    spelt |= _spell(regex.parse(pattern.pattern), {""}, spelt)
    for word in spelt:
        if _OPEN not in word:
            if dictionary().word_is_known(word):
                yield word
        elif not word.startswith(_OPEN) and word.index(_OPEN) >= 3:
            yield from _forms(word)


def _spell(items: Iterable[tuple[Any, Any]], begun: set[str], done: set[str]) -> set[str]:
    """Go along a pattern with all words begun so far; those that end on the way go into `done`."""
    for kind, what in items:
        if kind is op.LITERAL:
            letter = chr(what)
            if letter.isalpha() or letter == "-":
                begun = {word + letter for word in begun}
            else:
                done |= begun
                begun = {""}
        elif kind is op.BRANCH:
            begun = set().union(*(_spell(way, set(begun), done) for way in what[1]))
        elif kind is op.SUBPATTERN:
            begun = _spell(what[-1], begun, done)
        elif kind in (op.MAX_REPEAT, op.MIN_REPEAT):
            least, _, inside = what
            once = _spell(inside, set(begun), done)
            begun = once if least else begun | once
        elif kind is op.IN:
            letters = [chr(value) for name, value in what if name is op.LITERAL]
            if len(letters) == len(what):
                begun = {word + letter for word in begun for letter in letters}
            elif what == [(op.CATEGORY, op.CATEGORY_WORD)] or what[0][0] is op.RANGE:
                begun = {word + _OPEN for word in begun}
            else:
                done |= begun
                begun = {""}
        elif kind is op.AT:
            if what is op.AT_BOUNDARY:
                done |= begun
                begun = {""}
        elif kind not in (op.ASSERT, op.ASSERT_NOT):
            begun = {word + _OPEN for word in begun}
    return begun


def _forms(word: str) -> Iterator[str]:
    """Forms in the dictionary of the words that begin like this: «оператор*» is «оператора», «операторы»…"""
    wanted = re.compile(re.escape(word).replace(re.escape(_OPEN), "[а-яё]*"))
    stem = word[: word.index(_OPEN)]
    for ending in _ENDINGS:
        for parsed in dictionary().parse(stem + ending) if dictionary().word_is_known(stem + ending) else ():
            if parsed.tag.POS not in _PARTS_OF_SPEECH:
                continue
            for form in parsed.lexeme:
                if form.tag.POS in _PARTS_OF_SPEECH and "Supr" not in form.tag and wanted.fullmatch(form.word):
                    yield form.word


def _is_word(word: str) -> bool:
    return len(word) > 1 or word in "аиоувскэяе"


if __name__ == "__main__":
    for known in sorted(known_words()):
        print(known, file=sys.stdout)  # noqa: T201

"""Where the words of the training texts come from: the two lists beside this file, the dialplans, the dictionary."""

from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from random import Random

import yaml
from pymorphy3 import MorphAnalyzer

from asr.pronunciation import dictionary, letters, pronunciations, stress
from asr.train.texts import Line, Sources, plain_words

_OTHER = 12_000
_PARTS_OF_SPEECH = frozenset(("NOUN", "ADJF", "VERB", "INFN", "ADVB", "PRTF"))


def sources(known: Path, dialplans: Path) -> Sources:
    """`known`: a file of all the words that a model must have, one a line; `dialplans`: a folder of YAML."""
    words = [word for word in known.read_text(encoding="utf-8").split() if pronunciations(word)]
    said = [*_lines("sentences.txt"), *_said_in(dialplans)]
    return Sources(words, said, _lines("names.txt"), _of_dictionary())


def marked(line: Line) -> Line:
    """The line with the stress that our pronunciations give each word, so that the voice and the label agree."""
    return Line(" ".join(_marked(word) for word in line.text.split()), line.words)


def _marked(word: str) -> str:
    bare = word.rstrip(",")
    if dictionary.plain(bare) in dictionary.said() or "ё" in bare or not letters.vowels(bare):
        return word
    ways, _ = stress.marked(bare)
    return ways[0] + word[len(bare) :]


def _lines(name: str) -> list[str]:
    text = resources.files("asr.train").joinpath(name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def _said_in(folder: Path) -> Iterator[str]:
    """Every Russian text of some length in the YAML files of a folder."""
    for file in sorted((*folder.glob("*/*.yaml"), *folder.glob("*/flows/*.yaml"))):
        for text in _strings(yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)):
            for part in text.replace("!", ".").replace("?", ".").split("."):
                words = plain_words(part)
                if 1 < len(words) < 16 and all(pronunciations(word) for word in words) and not set("{}/") & set(part):
                    yield " ".join(words)


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, held in value.items():
            yield from _strings(key)
            yield from _strings(held)
    elif isinstance(value, list):
        for held in value:
            yield from _strings(held)


def _of_dictionary() -> list[str]:
    """Any words of the language, the same ones each time."""
    chance = Random(5)
    words = []
    for word, tag, *_ in MorphAnalyzer().dictionary.iter_known_words():
        if chance.random() < 0.02 and tag.POS in _PARTS_OF_SPEECH and 3 <= len(word) <= 12 and "-" not in word:
            words.append(word)
    chance.shuffle(words)
    return [word for word in words[: _OTHER * 2] if pronunciations(word)][:_OTHER]

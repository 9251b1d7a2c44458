"""A model's words and how they sound (`graph/lexicon.txt`), in the order of their numbers; our own models carry it."""

from collections.abc import Mapping, Sequence

from asr.kaldi.binary import BadKaldiFile

UNKNOWN_WORD = "[unk]"
"""What is said and is no word of the model."""

Lexicon = Mapping[str, Sequence[Sequence[str]]]


def dump(lexicon: Lexicon) -> str:
    return "".join(f"{word} {' '.join(way)}\n" for word, ways in lexicon.items() for way in ways)


def parse(text: str) -> dict[str, list[tuple[str, ...]]]:
    found: dict[str, list[tuple[str, ...]]] = {}
    for number, line in enumerate(text.splitlines(), 1):
        word, *phones = line.split()
        if not phones:
            raise BadKaldiFile(f"lexicon.txt:{number} gives «{word}» no sound")
        found.setdefault(word, []).append(tuple(phones))
    return found


def numbered(lexicon: Lexicon) -> dict[str, int]:
    """The words by number, as `graph/words.txt` has them; 0 is no word."""
    return {word: number for number, word in enumerate(lexicon, 1)}

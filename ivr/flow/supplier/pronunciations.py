"""`pronunciations.yaml` of a supplier's folder: how words are said that its callers say and no rule gets right."""

from collections.abc import Mapping
from pathlib import Path

from asr.pronunciation import BadEntry
from asr.pronunciation.dictionary import checked
from asr.pronunciation.letters import russian, tidy
from ivr.flow.finding import Finding
from ivr.flow.reading import Reader
from ivr.flow.source import Text

FILE = "pronunciations.yaml"

Pronunciations = Mapping[str, tuple[str, ...]]
"""A word in small letters, and the ways it is said, «+» before the stressed vowel."""


def read_pronunciations(folder: Path) -> tuple[Pronunciations, list[Finding]]:
    """What the file says and what is wrong with it; without a file there is nothing to say."""
    path = folder / FILE
    reader = Reader()
    found: dict[str, tuple[str, ...]] = {}
    if not path.exists():
        return found, []
    for key, node in reader.file(path) or ():
        word = tidy(key.value)
        if not russian(word) or "+" in word:
            hint = "слово русскими буквами, без пробелов и ударений, например «Мерлина: М+ерлина»"
            reader.fault(key.place, "E461", f"это не слово: «{key.value}»", hint)
            continue
        said = reader.text(node)
        if not isinstance(node, Text):
            continue
        try:
            found[word] = checked(tidy(said))
        except BadEntry:
            hint = "русскими буквами, как слышится, с «+» перед ударной гласной; несколько вариантов — через пробел"
            reader.fault(node.place, "E462", f"так слово «{key.value}» не произнести: «{said}»", hint)
    return found, reader.sorted_findings()

"""A small line to begin with: what `gudok new` writes. The files beside this one are it, with a few words left open."""

from collections.abc import Iterator
from pathlib import Path

from bots.catalogue import DIALOGUES

_HERE = Path(__file__).parent
FILES = ("line.yaml", "calendar.yaml", "flows/main.yaml", "tests/main.yaml")
_SERVED = ("accepted", "accepted_flagged", "already_sent", "refused_window", "smart_meter")
"""Outcomes of the readings after which the caller needs nobody."""


def files(title: str, number: str) -> Iterator[tuple[str, str]]:
    """Path inside the folder and contents of each file."""
    words = {"@TITLE@": _quoted(title), "@NUMBER@": number, "@OUTCOMES@": _outcomes()}
    for name in FILES:
        text = (_HERE / name).read_text(encoding="utf-8")
        for mark, word in words.items():
            text = text.replace(mark, word)
        yield name, text


def _outcomes() -> str:
    """However the dialogue may end today, each with its meaning."""
    outcomes = DIALOGUES["readings"].outcomes
    pairs = [(f"{name}: {'thanks' if name in _SERVED else 'people'}", meaning) for name, meaning in outcomes.items()]
    width = max(len(pair) for pair, _ in pairs)
    return "\n      ".join(f"{pair:{width}}  # {meaning}" for pair, meaning in pairs)


def _quoted(title: str) -> str:
    escaped = title.replace("'", "''")
    return f"'{escaped}'"

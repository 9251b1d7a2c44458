"""A fault found in what an admin wrote: where it stands, what it is and what to write instead."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A position in a file; lines and columns count from 1 as editors do."""

    file: Path
    line: int = 1
    col: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.col}"


@dataclass(frozen=True, slots=True)
class Finding:
    place: Place
    code: str
    """Stable: `E…` stops the line from being published, `W…` is advice."""
    message: str
    hint: str = ""

    @property
    def is_error(self) -> bool:
        return self.code.startswith("E")

    def __str__(self) -> str:
        text = f"{self.place} {self.code} {self.message}"
        return f"{text} ({self.hint})" if self.hint else text

"""What differs between two contents of a supplier's folder: a line for a glance, and the changed lines themselves."""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ivr.flow.published.contents import Contents


@dataclass(frozen=True, slots=True)
class Differences:
    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)

    @property
    def paths(self) -> tuple[str, ...]:
        return tuple(sorted((*self.added, *self.removed, *self.changed)))

    def __str__(self) -> str:
        marked = dict.fromkeys(self.added, "+") | dict.fromkeys(self.removed, "-")
        return ", ".join(f"{marked.get(path, '~')}{path}" for path in self.paths) or "nothing"


def differences(old: Mapping[str, str], new: Mapping[str, str]) -> Differences:
    """Between two sets of hashes by path."""
    return Differences(
        tuple(sorted(new.keys() - old.keys())),
        tuple(sorted(old.keys() - new.keys())),
        tuple(sorted(path for path in old.keys() & new.keys() if old[path] != new[path])),
    )


def changed_lines(old: Contents, new: Contents, old_name: str, new_name: str) -> Iterator[str]:
    """A unified diff of all files, without line ends; a file that is no text is only named."""
    for path in differences(old.hashes, new.hashes).paths:
        before, after = _lines(old.files.get(path)), _lines(new.files.get(path))
        if before is None or after is None:
            yield f"{path}: not text; {len(old.files.get(path, b''))} → {len(new.files.get(path, b''))} bytes"
            continue
        here, there = f"{old_name}/{path}", f"{new_name}/{path}"
        yield from difflib.unified_diff(
            before, after, here if path in old.files else "/dev/null", there if path in new.files else "/dev/null",
            lineterm="",
        )  # fmt: skip


def _lines(content: bytes | None) -> list[str] | None:
    if content is None:
        return []
    try:
        return content.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        return None

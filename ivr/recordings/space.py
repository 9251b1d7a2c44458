"""Whether there is room for recordings: below a limit they stop, and calls go on. Pure but for one look at the disk."""

import os
from dataclasses import dataclass
from pathlib import Path

RESUMES_AT = 1.2
"""So much more than the limit must be free again: a disk at the limit would else start and stop with every file."""


@dataclass(slots=True)
class Room:
    """`enough` is kept up to date by `told`."""

    keep_free: int
    free: int = 0
    enough: bool = True

    def told(self, free: int) -> bool:
        """So many bytes are free; whether that changed anything."""
        was, self.free = self.enough, free
        limit = self.keep_free if self.enough else self.keep_free * RESUMES_AT
        self.enough = free >= limit
        return was != self.enough


def free_bytes(folder: Path) -> int:
    """What an ordinary user may still write there, or in the nearest folder above it that exists."""
    while True:
        try:
            found = os.statvfs(folder)
        except FileNotFoundError:
            if folder == folder.parent:
                raise
            folder = folder.parent
            continue
        return found.f_bavail * found.f_frsize

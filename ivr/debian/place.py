"""Where shelves of one name lie in the cache: the trees, a pointer to the ready one for each wish, the work, the lock.

A pointer is all a start reads, so it needs neither the network nor apt. Trees that nobody points at or runs from go.
"""

import fcntl
import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from ivr.debian.errors import ProgramMissing

Progress = Callable[[str, int, int], None]
"""Hears (stage, done, total); stages are `wait`, `index`, `fetch`, `unpack`, `ready`. A total of 0 is not known."""

LAYOUT = 3
"""Raised when shelves are laid out differently: those of an older gudok are then made anew."""

DAY = 24 * 3600
UNUSED_DAYS = 60
"""How long a shelf that no start has asked for is kept."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """A ready shelf. `root` looks like `/` of a Debian system, with what the packages brought and no more."""

    root: Path
    suite: str
    versions: Mapping[str, str]
    loader: Path
    libraries: tuple[Path, ...]

    def path(self, *candidates: str) -> Path:
        """The first of these paths (as they would be on a Debian system) that the shelf has."""
        for candidate in candidates:
            found = self.root / candidate.lstrip("/")
            if found.exists():
                return found
        raise ProgramMissing(f"{' or '.join(candidates)} in {self.root}")

    def program(self, name: str) -> Path:
        return self.path(*(f"{folder}/{name}" for folder in ("usr/bin", "usr/sbin", "usr/games", "bin", "sbin")))

    def argv(self, program: str, *arguments: str) -> list[str]:
        """The command line that runs a program of the shelf with the shelf's own loader and libraries."""
        libraries = ":".join(str(folder) for folder in self.libraries)
        start = [str(self.loader), "--library-path", libraries, "--argv0", program, str(self.program(program))]
        return [*start, *arguments]

    def version(self, package: str) -> str:
        """The Debian version of a package on the shelf."""
        try:
            return self.versions[package]
        except KeyError:
            raise ProgramMissing(f"the package {package} in {self.root}") from None


class Place:
    """The folder of one name, looked at with one wish (suite, components, packages) in mind."""

    def __init__(self, folder: Path, packages: Sequence[str], suite: str, components: Sequence[str]) -> None:
        self.folder = folder
        self.packages = tuple(packages)
        self.suite = suite
        self.components = tuple(components)
        wish = json.dumps([LAYOUT, suite, sorted(components), sorted(packages)])
        self.wish = f"{suite}-{hashlib.sha256(wish.encode()).hexdigest()[:12]}"
        self.pointer = folder / f"{self.wish}.json"
        self.work = folder / "work" / self.wish
        self.trees = folder / "trees"

    def tree(self, versions: Mapping[str, str]) -> Path:
        """Where the tree of exactly these versions is or will be, named by the upstream version of its package."""
        digest = hashlib.sha256(json.dumps([LAYOUT, sorted(versions.items())]).encode()).hexdigest()[:12]
        lead = self.folder.name if self.folder.name in versions else min(self.packages)
        upstream = versions.get(lead, "0").rpartition(":")[2].split("+")[0].split("~")[0].split("-")[0]
        return self.trees / f"{self.suite}-{upstream}-{digest}"

    def ready(self) -> Shelf | None:
        """The shelf the pointer names, if it is whole."""
        try:
            said = json.loads(self.pointer.read_text(encoding="utf-8"))
            found = shelf_in(self.trees / said["tree"], said)
            if found is not None and time.time() - self.pointer.stat().st_mtime > DAY:
                with suppress(OSError):
                    os.utime(self.pointer)  # it is still asked for
        except (OSError, ValueError, KeyError, TypeError):
            return None  # no pointer, or one that a person has edited: the shelf is made anew
        return found

    def point_at(self, tree: Path) -> Shelf | None:
        """Make a tree the ready one, if it is whole."""
        try:
            said = json.loads((tree / WHOLE).read_text(encoding="utf-8"))
            found = shelf_in(tree, said)
        except (OSError, ValueError, KeyError, TypeError):
            return None
        if found is None:
            return None
        part = self.pointer.with_suffix(".part")
        with part.open("w", encoding="utf-8") as file:
            json.dump(said | {"tree": tree.name}, file)
            file.flush()
            os.fsync(file.fileno())
        part.rename(self.pointer)
        return found

    @contextmanager
    def lock(self, hears: Progress) -> Iterator[int]:
        """One process at a time makes shelves here; the others wait, and say so. The lock ends with its owner."""
        self.folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                hears("wait", 0, 0)
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield descriptor
        finally:
            os.close(descriptor)

    def prune(self, now: float) -> None:
        """Remove wishes not asked for in weeks, then trees replaced a day ago that no process runs from."""
        named = set()
        for pointer in self.folder.glob("*.json"):
            with suppress(OSError, ValueError, KeyError, TypeError):
                if pointer != self.pointer and now - pointer.stat().st_mtime > UNUSED_DAYS * DAY:
                    pointer.unlink()
                    shutil.rmtree(self.folder / "work" / pointer.stem, ignore_errors=True)
                else:
                    named.add(json.loads(pointer.read_text(encoding="utf-8"))["tree"])
        for tree in self.trees.iterdir():
            replaced = tree / ".replaced"
            if tree.name in named:
                replaced.unlink(missing_ok=True)
            elif not replaced.exists():
                replaced.touch()
            elif now - replaced.stat().st_mtime > DAY and not in_use(tree):
                shutil.rmtree(tree, ignore_errors=True)


WHOLE = ".whole"
"""The last file written into a tree; it says what the tree holds."""


def shelf_in(tree: Path, said: Mapping[str, object]) -> Shelf | None:
    """The shelf as its marker describes it, if the tree is there."""
    loader, libraries, versions = said["loader"], said["libraries"], said["versions"]
    if not (isinstance(loader, str) and isinstance(libraries, list) and isinstance(versions, dict)):
        return None
    if not (tree / WHOLE).exists() or not (tree / loader).exists():
        return None
    return Shelf(tree, str(said["suite"]), versions, tree / loader, tuple(tree / str(each) for each in libraries))


def in_use(tree: Path) -> bool:
    """Whether any process was started from the tree."""
    prefix = os.fsencode(tree) + b"/"
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            with suppress(OSError):  # it has just ended
                if prefix in (process / "cmdline").read_bytes():
                    return True
    return False

"""A shelf: programs of a Debian suite, unpacked in the cache and run from there with their own loader and libraries.

`shelf()` gives the one that is ready without touching the network, or fetches it. The folder of a shelf is written
beside its place and renamed when it is whole, so a broken-off start leaves nothing that could be mistaken for a shelf.
"""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ivr.debian.apt import Apt, Item, mirrors, tool
from ivr.debian.errors import (
    ArchiveChanged,
    ArchiveKeyMissing,
    CacheUnwritable,
    DebianError,
    DiskFull,
    NoMirror,
    NoSuchSuite,
    PackageBroken,
    ProgramMissing,
)
from ivr.debian.mirror import Mirror
from ivr.debian.unpack import unpack

Progress = Callable[[str, int, int], None]
"""Hears (stage, done, total); stages are `wait`, `index`, `fetch`, `unpack`, `ready`. A total of 0 is not known."""

SPARE = 64 * 1024 * 1024
"""Room that must remain in the cache after everything is unpacked."""

GROWS = 3.2
"""How much larger a package is unpacked than packed, measured over the closure of Asterisk (2.4) with room to spare."""

LAYOUT = 2
"""Raised when shelves are laid out differently: those of an older gudok are then made anew."""

UNUSED_SECONDS = 24 * 3600
"""How long a replaced shelf is kept for somebody who has just been given it."""


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
        return self.path(*(f"{folder}/{name}" for folder in ("usr/bin", "usr/sbin", "bin", "sbin")))

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


def shelf(
    name: str,
    packages: Sequence[str],
    *,
    cache: Path,
    suite: str,
    components: Sequence[str] = ("main",),
    progress: Progress | None = None,
    mirror: Mirror | None = None,
    renew: bool = False,
) -> Shelf:
    """The shelf of these packages: the ready one, else fetched now. `renew` looks for newer packages first.

    `name` is the first package, whose version names the folder. Blocks; a `DebianError` says what went wrong.
    """
    place = _Place(cache / "debian" / name, packages, suite, components)
    hears = progress or _silent
    if not renew and (found := place.ready()) is not None:
        return found
    try:
        with place.lock(hears) as descriptor:
            if not renew and (found := place.ready()) is not None:
                return found
            made = _fetch(place, mirror, hears, descriptor)
    except PermissionError as error:
        raise CacheUnwritable(f"{error.filename}: {error.strerror}") from error
    except OSError as error:
        if error.errno in (28, 122):  # ENOSPC, EDQUOT
            raise DiskFull(f"{error.filename or place.folder}: {error.strerror}") from error
        raise CacheUnwritable(f"{error.filename or place.folder}: {error.strerror}") from error
    hears("ready", 1, 1)
    return made


def ready(
    name: str, packages: Sequence[str], *, cache: Path, suite: str, components: Sequence[str] = ("main",)
) -> Shelf | None:
    """The shelf if it is there already; never fetches, never waits."""
    return _Place(cache / "debian" / name, packages, suite, components).ready()


def _silent(stage: str, done: int, total: int) -> None:
    pass


def _share(hears: Progress, stage: str, total: int) -> Callable[[float], None]:
    return lambda share: hears(stage, int(share * total), total)


class _Place:
    """Where the shelves of one name are: `trees/`, a pointer to the ready one for each wish, the work, the lock."""

    def __init__(self, folder: Path, packages: Sequence[str], suite: str, components: Sequence[str]) -> None:
        self.folder = folder
        self.packages = tuple(packages)
        self.suite = suite
        self.components = tuple(components)
        wish = json.dumps([LAYOUT, self.suite, sorted(self.components), sorted(self.packages)])
        self.wish = f"{suite}-{hashlib.sha256(wish.encode()).hexdigest()[:12]}"
        self.pointer = folder / f"{self.wish}.json"
        self.work = folder / "work" / self.wish
        self.trees = folder / "trees"

    def ready(self) -> Shelf | None:
        try:
            said = json.loads(self.pointer.read_text(encoding="utf-8"))
            tree = self.trees / said["tree"]
            loader, libraries = tree / said["loader"], tuple(tree / folder for folder in said["libraries"])
            found = Shelf(tree, said["suite"], said["versions"], loader, libraries)
        except (OSError, ValueError, KeyError, TypeError):
            return None  # no pointer, or one that a person has edited: the shelf is made anew
        return found if loader.exists() and (tree / ".whole").exists() else None

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


def _fetch(place: _Place, mirror: Mirror | None, hears: Progress, lock: int) -> Shelf:
    for left_over in place.trees.glob(".new-*"):
        shutil.rmtree(left_over, ignore_errors=True)
    apt = _reach(place, mirror, hears, lock)
    plan = apt.plan(place.packages)
    tree = place.trees / _tree_name(place, plan)
    found = place.ready()
    if found is not None and found.root == tree:
        return found  # renewed, and nothing is newer
    for attempt in (1, 2):
        _room(place, plan)
        total = sum(item.size for item in plan)
        try:
            apt.download(place.packages, _share(hears, "fetch", total))
            break
        except ArchiveChanged:
            if attempt == 2:
                raise
            apt.update(_share(hears, "index", 100))
            plan = apt.plan(place.packages)
            tree = place.trees / _tree_name(place, plan)
    _lay_out(place, plan, tree, apt.archives, hears, lock)
    made = place.ready()
    if made is None:
        raise ProgramMissing(f"the loader in {tree}")
    shutil.rmtree(place.work, ignore_errors=True)
    _prune(place)
    return made


def _reach(place: _Place, mirror: Mirror | None, hears: Progress, lock: int) -> Apt:
    """apt with a fresh index of the suite, from the first mirror that has it and can prove it."""
    choice = [mirror] if mirror is not None else mirrors()
    if not choice:
        raise NoMirror
    failure: DebianError = NoMirror()
    for one in choice:
        hears("index", 0, 100)
        try:
            apt = Apt(place.work, one, place.suite, place.components, (lock,))
            apt.update(_share(hears, "index", 100))
        except (NoSuchSuite, ArchiveKeyMissing) as error:
            failure = error
        else:
            return apt
    raise failure


def _tree_name(place: _Place, plan: Sequence[Item]) -> str:
    versions = {item.name: item.version for item in plan}
    lead = place.packages[0]
    digest = hashlib.sha256(json.dumps(sorted(versions.items())).encode()).hexdigest()[:12]
    upstream = versions.get(lead, "").rpartition(":")[2].split("+")[0].split("~")[0]
    return f"{place.suite}-{upstream}-{digest}"


def _room(place: _Place, plan: Sequence[Item]) -> None:
    missing = 0
    for item in plan:
        fetched = place.work / "archives" / item.file
        missing += 0 if fetched.exists() else item.size
    needed = missing + int(sum(item.size for item in plan) * GROWS) + SPARE
    free = shutil.disk_usage(place.folder).free
    if free < needed:
        raise DiskFull(f"{place.folder}: {free // 1_000_000} MB free, {needed // 1_000_000} MB needed")


def _lay_out(place: _Place, plan: Sequence[Item], tree: Path, archives: Path, hears: Progress, lock: int) -> None:
    new = place.trees / f".new-{tree.name}"
    new.mkdir(parents=True)
    try:
        for done, item in enumerate(plan):
            hears("unpack", done, len(plan))
            package = archives / item.file
            try:
                unpack(package, new, (lock,))
            except PackageBroken:
                package.unlink(missing_ok=True)
                raise
        hears("unpack", len(plan), len(plan))
        loader = _loader(new)
        said = {
            "tree": tree.name,
            "suite": place.suite,
            "loader": str(loader.relative_to(new)),
            "libraries": [str(folder.relative_to(new)) for folder in _libraries(new, loader)],
            "versions": {item.name: item.version for item in plan},
        }
        (new / ".whole").write_text(json.dumps(said), encoding="utf-8")
        # What the marker vouches for must reach the disk before the folder gets its name.
        subprocess.run([tool("sync"), "-f", str(new)], check=True, capture_output=True)
        if tree.exists():
            shutil.rmtree(tree)  # its pointer was lost or it is damaged: else it would have been found ready
        new.rename(tree)
    finally:
        shutil.rmtree(new, ignore_errors=True)
    pointer = place.pointer.with_suffix(".part")
    with pointer.open("w", encoding="utf-8") as file:
        json.dump(said, file)
        file.flush()
        os.fsync(file.fileno())
    pointer.rename(place.pointer)


def _loader(root: Path) -> Path:
    for pattern in ("usr/lib/*/ld-linux-*.so.*", "lib/*/ld-linux-*.so.*", "usr/lib/*/ld64.so.*"):
        for found in sorted(root.glob(pattern)):
            return found
    raise ProgramMissing(f"the loader ld-linux-*.so in {root}")


def _libraries(root: Path, loader: Path) -> list[Path]:
    """Folders with shared libraries: the loader's own first, then private ones that programs expect at a fixed path."""
    found = [loader.parent]
    for base in ("usr/lib", "lib"):
        for folder in sorted({library.parent for library in (root / base).rglob("lib*.so*")}):
            if folder not in found and folder.name not in ("gconv", "sasl2"):
                found.append(folder)
    return found


def _prune(place: _Place) -> None:
    """Remove shelves that no pointer names, that were replaced a day ago, and that no process runs from."""
    named = set()
    for pointer in place.folder.glob("*.json"):
        try:
            named.add(json.loads(pointer.read_text(encoding="utf-8"))["tree"])
        except (OSError, ValueError, KeyError):
            continue
    for tree in place.trees.iterdir():
        mark = tree / ".replaced"
        if tree.name in named:
            mark.unlink(missing_ok=True)
        elif not mark.exists():
            mark.touch()
        elif time.time() - mark.stat().st_mtime > UNUSED_SECONDS and not _in_use(tree):
            shutil.rmtree(tree, ignore_errors=True)


def _in_use(tree: Path) -> bool:
    prefix = os.fsencode(tree) + b"/"
    for process in Path("/proc").iterdir():
        if not process.name.isdigit():
            continue
        try:
            if prefix in (process / "cmdline").read_bytes():
                return True
        except OSError:
            continue  # it has just ended
    return False

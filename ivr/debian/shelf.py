"""Getting a shelf: programs of a Debian suite, unpacked in the cache and run with their own loader and libraries.

The ready one is given without touching the network. A new one is written beside its place and renamed when it is whole,
so a start that was broken off leaves nothing that could be mistaken for a shelf, and the next one resumes its fetching.
"""

import errno
import json
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from ivr.debian.apt import Apt, Plan, mirrors, tool
from ivr.debian.errors import (
    ArchiveChanged,
    ArchiveKeyMissing,
    ArchiveOutOfDate,
    CacheUnwritable,
    DebianError,
    DiskFull,
    NoMirror,
    NoNetwork,
    NoSuchPackage,
    NoSuchSuite,
    PackageBroken,
    ProgramMissing,
)
from ivr.debian.mirror import Mirror
from ivr.debian.place import WHOLE, Place, Progress, Shelf
from ivr.debian.unpack import relink, unpack

SPARE = 48 * 1024 * 1024
"""Room that must remain in the cache after everything is unpacked."""


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

    It blocks (call it before an event loop runs, or in a thread); a `DebianError` says what went wrong.
    """
    place = _place(name, packages, cache, suite, components)
    hears = progress or _silent
    if not renew and (found := place.ready()) is not None:
        return found
    try:
        with place.lock(hears) as lock:
            if not renew and (found := place.ready()) is not None:
                return found
            made = _make(place, mirror, hears, lock)
    except OSError as error:
        where = f"{error.filename or place.folder}: {error.strerror}"
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull(where) from error
        if error.filename is None:
            raise  # not about a file of ours: whoever was called has failed
        raise CacheUnwritable(where) from error
    hears("ready", 1, 1)
    return made


def ready(
    name: str, packages: Sequence[str], *, cache: Path, suite: str, components: Sequence[str] = ("main",)
) -> Shelf | None:
    """The shelf if it is there already; never fetches, never waits."""
    return _place(name, packages, cache, suite, components).ready()


def _place(name: str, packages: Sequence[str], cache: Path, suite: str, components: Sequence[str]) -> Place:
    if not re.fullmatch(r"[a-z0-9][a-z0-9.+-]*", suite):
        raise NoSuchSuite(f"{suite!r} cannot be the name of a suite")
    for package in packages:
        if not re.fullmatch(r"[a-z0-9][a-z0-9.+-]*[a-z0-9.]", package):
            raise NoSuchPackage(f"{package!r} cannot be the name of a package")
    return Place(cache.absolute() / "debian" / name, packages, suite, components)


def _silent(stage: str, done: int, total: int) -> None:
    pass


def _share(hears: Progress, stage: str, total: int) -> Callable[[float], None]:
    return lambda share: hears(stage, int(share * total), total)


def _make(place: Place, mirror: Mirror | None, hears: Progress, lock: int) -> Shelf:
    for left_over in place.trees.glob(".new-*"):
        shutil.rmtree(left_over, ignore_errors=True)
    apt = _reach(place, mirror, hears, lock)
    for attempt in (1, 2):
        plan = apt.plan(place.packages)
        tree = place.tree(plan.versions)
        if (found := place.point_at(tree)) is not None:
            break  # these very versions are here already
        _room(place, plan)
        try:
            apt.download(place.packages, _share(hears, "fetch", plan.size))
        except ArchiveChanged:
            if attempt == 2:
                raise
            apt.update(_share(hears, "index", 100))
            continue
        _lay_out(place, plan, tree, apt.archives, hears, lock)
        found = place.point_at(tree)
        break
    if found is None:
        raise ProgramMissing(f"the loader in {tree}")
    shutil.rmtree(place.work, ignore_errors=True)
    place.prune(time.time())
    return found


def _reach(place: Place, mirror: Mirror | None, hears: Progress, lock: int) -> Apt:
    """apt with a fresh index of the suite, from the first mirror that has it and can prove it."""
    failures: list[DebianError] = []
    for one in [mirror] if mirror is not None else mirrors():
        hears("index", 0, 100)
        try:
            apt = Apt(place.work, one, place.suite, place.components, (lock,))
            apt.update(_share(hears, "index", 100))
        except (NoSuchSuite, ArchiveKeyMissing, NoNetwork, ArchiveOutOfDate) as error:
            failures.append(error)
        else:
            return apt
    raise failures[0] if failures else NoMirror


def _room(place: Place, plan: Plan) -> None:
    missing = sum(item.size for item in plan.items if not (place.work / "archives" / item.file).exists())
    needed = missing + plan.unpacked + SPARE
    free = shutil.disk_usage(place.folder).free
    if free < needed:
        raise DiskFull(f"{place.folder}: {free / 1e6:.0f} MB are free, {needed / 1e6:.0f} MB are needed")


def _lay_out(place: Place, plan: Plan, tree: Path, archives: Path, hears: Progress, lock: int) -> None:
    new = place.trees / f".new-{tree.name}"
    new.mkdir(parents=True)
    try:
        done = 0
        for item in plan.items:
            hears("unpack", done, plan.size)
            try:
                unpack(archives / item.file, new, (lock,))
            except PackageBroken:
                (archives / item.file).unlink(missing_ok=True)
                raise
            done += item.size
        hears("unpack", done, plan.size)
        relink(new)
        loader = _loader(new)
        said = {
            "suite": place.suite,
            "loader": str(loader.relative_to(new)),
            "libraries": [str(folder.relative_to(new)) for folder in _libraries(new, loader)],
            "versions": dict(plan.versions),
        }
        (new / WHOLE).write_text(json.dumps(said), encoding="utf-8")
        _to_disk(new)
        if tree.exists():
            shutil.rmtree(tree)  # somebody has taken things out of it: else it would have been pointed at
        new.rename(tree)
        _to_disk(place.trees)
    finally:
        shutil.rmtree(new, ignore_errors=True)


def _to_disk(folder: Path) -> None:
    """What a marker vouches for must be on the disk before the folder gets its name, or a power cut makes it a lie."""
    synced = subprocess.run([tool("sync"), "-f", str(folder)], capture_output=True, text=True, check=False)
    if synced.returncode != 0:
        raise CacheUnwritable(f"{folder}: {synced.stderr.strip()}")


def _loader(root: Path) -> Path:
    for pattern in ("usr/lib/*/ld-linux*.so.*", "lib/*/ld-linux*.so.*", "usr/lib/*/ld64.so.*", "lib/*/ld64.so.*"):
        for found in sorted(root.glob(pattern)):
            return found
    raise ProgramMissing(f"the loader ld-linux.so in {root}")


def _libraries(root: Path, loader: Path) -> list[Path]:
    """Folders with shared libraries: the loader's own first, then private ones that programs expect at a fixed path."""
    found = [loader.parent]
    for base in ("usr/lib", "lib"):
        for folder in sorted({library.parent for library in (root / base).rglob("lib*.so*")}):
            if folder not in found and folder.name not in ("gconv", "sasl2", "modules"):
                found.append(folder)
    return found

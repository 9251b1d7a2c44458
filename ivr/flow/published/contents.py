"""What a supplier's folder holds, byte for byte: read, named by its hashes, compared, written out again.

A published version is such contents. Only what a dialplan is made of gets in: a program, a link or a file of half a
gigabyte is told to whoever publishes, not stored. Whether the dialplan in it is any good is not asked here.
"""

import hashlib
import os
import stat
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

SUFFIXES = frozenset({".yaml", ".yml", ".csv", ".wav", ".md", ".txt"})
MOST_BYTES_A_FILE = 10_000_000
"""Ten minutes of a recorded prompt."""
MOST_BYTES = 100_000_000
MOST_FILES = 2_000
DEEPEST = 6
LONGEST_PATH = 200

BASE_FILE = ".gudok-base"
LIVE_FILES = frozenset({"emergencies.yaml"})
"""On the air as soon as they are written: no part of a version, and never touched by one."""


class UnfitFolder(Exception):
    """The folder cannot be published as it is. `faults` names every file that is in the way."""

    def __init__(self, folder: Path, faults: list[str]) -> None:
        super().__init__("\n".join(f"{folder}: {fault}" for fault in faults))
        self.faults = faults


@dataclass(frozen=True)
class Contents:
    """Files by their path inside the folder, with `/` between its parts."""

    files: Mapping[str, bytes]

    @cached_property
    def hashes(self) -> Mapping[str, str]:
        """The SHA-256 of every file, in the order of their paths."""
        return {path: hashlib.sha256(self.files[path]).hexdigest() for path in sorted(self.files)}

    @cached_property
    def digest(self) -> str:
        return digest_of(self.hashes)


def digest_of(hashes: Mapping[str, str]) -> str:
    """One name for all files together: equal digests mean equal folders."""
    told = "".join(f"{hashes[path]}  {path}\n" for path in sorted(hashes))
    return hashlib.sha256(told.encode()).hexdigest()


def read_contents(folder: Path) -> Contents:
    """The folder as it is on disk now. Raises `UnfitFolder` with everything that cannot be published."""
    faults: list[str] = []
    files: dict[str, bytes] = {}
    if not folder.is_dir():
        raise UnfitFolder(folder, ["there is no such folder"])
    total = 0
    for path, entry in _entries(folder, faults):
        if len(files) >= MOST_FILES:
            faults.append(f"more than {MOST_FILES} files: a supplier's folder holds one dialplan and no archive")
            break
        content = _content(path, entry, faults)
        if content is None:
            continue
        total += len(content)
        if total > MOST_BYTES:
            faults.append(f"more than {MOST_BYTES // 1_000_000} MB altogether: keep recordings of calls elsewhere")
            break
        files[path] = content
    faults += _clashes(files)
    if not files and not faults:
        faults.append("the folder is empty")
    if faults:
        raise UnfitFolder(folder, faults)
    return Contents(files)


def write_contents(contents: Contents, folder: Path) -> None:
    """Make `folder` hold exactly these files; what editors and version control keep there is left alone.

    Each file is there whole, the old one or the new.
    """
    for path, content in contents.files.items():
        if not _inside(path):
            raise UnfitFolder(folder, [f"{path!r}: not a path inside a folder"])
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        new = file.with_name(f".{file.name}.{os.getpid()}.new")
        new.write_bytes(content)
        new.replace(file)
    for path, entry in list(_entries(folder, [])):
        if path not in contents.files:
            os.unlink(entry.path)


def fingerprint(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """Names, sizes and times of the files: equal ones mean that nobody wrote to the folder. Reads no file."""
    seen = []
    for path, entry in _entries(folder, []):
        try:
            state = entry.stat(follow_symlinks=False)
        except OSError:
            continue
        seen.append((path, state.st_size, state.st_mtime_ns))
        if len(seen) >= MOST_FILES:
            break
    return tuple(sorted(seen))


def _entries(
    folder: Path, faults: list[str], inside: str = "", depth: int = 0
) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Everything but `LIVE_FILES` and what editors and version control keep for themselves (`.git`, `.x.swp`, `x~`)."""
    try:
        with os.scandir(folder / inside) as found:
            entries = sorted(found, key=lambda entry: entry.name)
    except OSError as error:
        faults.append(f"{inside or '.'}: {error.strerror}")
        return
    for entry in entries:
        path = f"{inside}/{entry.name}" if inside else entry.name
        if entry.name.startswith(".") or entry.name.endswith("~") or path in LIVE_FILES:
            continue
        if not _sane(path):
            faults.append(f"{path!r}: no name for a file here (at most {LONGEST_PATH} bytes, no control characters)")
        elif entry.is_symlink():
            faults.append(f"{path}: is a link; put the file itself here")
        elif not entry.is_dir(follow_symlinks=False):
            yield path, entry
        elif depth >= DEEPEST:
            faults.append(f"{path}: deeper than {DEEPEST} folders")
        else:
            yield from _entries(folder, faults, path, depth + 1)


def _content(path: str, entry: os.DirEntry[str], faults: list[str]) -> bytes | None:
    if Path(path).suffix.lower() not in SUFFIXES:
        faults.append(f"{path}: not a part of a dialplan ({', '.join(sorted(SUFFIXES))}); move it out of the folder")
        return None
    try:
        descriptor = os.open(entry.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as file:
            before = os.fstat(file.fileno())
            if not stat.S_ISREG(before.st_mode):
                faults.append(f"{path}: is not a plain file")
                return None
            content = file.read(MOST_BYTES_A_FILE + 1)
            after = os.fstat(file.fileno())
    except OSError as error:
        faults.append(f"{path}: {error.strerror}")
        return None
    if len(content) > MOST_BYTES_A_FILE:
        faults.append(f"{path}: more than {MOST_BYTES_A_FILE // 1_000_000} MB")
        return None
    if (before.st_mtime_ns, before.st_size) != (after.st_mtime_ns, len(content)):
        faults.append(f"{path}: changed while it was read; try again")
        return None
    return content


def _sane(path: str) -> bool:
    try:
        encoded = path.encode()
    except UnicodeEncodeError:
        return False
    return len(encoded) <= LONGEST_PATH and "\\" not in path and path.isprintable()


def _inside(path: str) -> bool:
    """Whether a path stays inside its folder: contents may come from a database that others can write."""
    return _sane(path) and not any(part in ("", ".", "..") for part in path.split("/"))


def _clashes(files: Mapping[str, bytes]) -> list[str]:
    """Names that are one file on the machine of an editor who uses another system."""
    seen: dict[str, str] = {}
    faults = []
    for path in files:
        other = seen.setdefault(unicodedata.normalize("NFC", path).casefold(), path)
        if other != path:
            faults.append(f"{path}: differs from {other} only in capitals; rename one")
    return faults

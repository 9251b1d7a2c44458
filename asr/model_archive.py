"""Unpacking a model's archive, which came from outside: it may lie about its size and name files anywhere.

Only plain files and folders below one place come out of it, so many and so much of them; a link, a device, a path that
leads out of the place make the whole archive unfit.
"""

import lzma
import shutil
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

MOST_BYTES = 8_000_000_000
MOST_FILES = 5_000
_PIECE = 1 << 20

Progress = Callable[[int, int], None]


class ArchiveUnfit(Exception):
    """The archive cannot be unpacked, or must not be; the text says why."""


@dataclass(frozen=True, slots=True)
class _Member:
    name: str
    size: int
    """As the archive says; what comes out is counted all the same."""
    open: Callable[[], IO[bytes]]


def unpack(
    archive: Path,
    into: Path,
    *,
    progress: Progress = lambda done, total: None,
    most_bytes: int = MOST_BYTES,
    most_files: int = MOST_FILES,
) -> None:
    """Unpack a ZIP or TAR (gzip, bzip2, xz or plain) into an empty folder; raises `ArchiveUnfit`."""
    try:
        if zipfile.is_zipfile(archive):
            with zipfile.ZipFile(archive) as zipped:
                _unpack(list(_zipped(zipped)), into, progress, most_bytes, most_files)
        elif tarfile.is_tarfile(archive):
            with tarfile.open(archive) as tarred:
                _unpack(_tarred(tarred), into, progress, most_bytes, most_files)
        else:
            raise ArchiveUnfit(f"{archive.name} is neither a ZIP nor a TAR archive, or it was cut short")
    except (zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, NotImplementedError) as error:
        raise ArchiveUnfit(f"{archive.name} is damaged: {error}; fetch it again") from error
    except RuntimeError as error:  # zipfile says so that a member is encrypted
        raise ArchiveUnfit(f"{archive.name} cannot be unpacked: {error}") from error


def _zipped(archive: zipfile.ZipFile) -> Iterator[_Member]:
    for info in archive.infolist():
        if info.is_dir():
            continue
        kind = stat.S_IFMT(info.external_attr >> 16)
        if kind not in (0, stat.S_IFREG):
            raise ArchiveUnfit(f"{info.filename} in the archive is no plain file")
        yield _Member(info.filename, info.file_size, lambda info=info: archive.open(info))  # type: ignore[misc]


def _tarred(archive: tarfile.TarFile) -> Iterator[_Member]:
    for info in archive:
        if info.isdir():
            continue
        if not info.isreg():
            raise ArchiveUnfit(f"{info.name} in the archive is no plain file")
        yield _Member(info.name, info.size, lambda info=info: _opened(archive, info))  # type: ignore[misc]


def _opened(archive: tarfile.TarFile, info: tarfile.TarInfo) -> IO[bytes]:
    file = archive.extractfile(info)
    assert file is not None
    return file


def _unpack(
    members: list[_Member] | Iterator[_Member], into: Path, progress: Progress, most_bytes: int, most_files: int
) -> None:
    # A TAR tells its members one by one as it is read; a ZIP tells them all before.
    total = sum(member.size for member in members) if isinstance(members, list) else 0
    if total > most_bytes:
        raise ArchiveUnfit(f"the archive holds {total / 1e9:.1f} GB: too much for a speech model")
    if total > shutil.disk_usage(into).free:
        raise ArchiveUnfit(f"there is no room for {total / 1e6:.0f} MB in {into.parent}: free some space")
    done = 0
    for count, member in enumerate(members, 1):
        if count > most_files:
            raise ArchiveUnfit(f"the archive holds more than {most_files} files: this is no speech model")
        file = into / _below(member.name)
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            with member.open() as source, file.open("xb") as target:
                while piece := source.read(_PIECE):
                    done += len(piece)
                    if done > most_bytes:
                        raise ArchiveUnfit(f"more than {most_bytes / 1e9:.1f} GB come out of it: this is no model")
                    target.write(piece)
                    progress(done, total)
        except (FileExistsError, NotADirectoryError, IsADirectoryError):
            raise ArchiveUnfit(f"{member.name} in the archive stands in the place of another file") from None


def _below(name: str) -> PurePosixPath:
    path = PurePosixPath(name.replace("\\", "/"))
    parts = [part for part in path.parts if part != "."]
    if path.is_absolute() or ".." in parts or not parts or ":" in parts[0] or "\0" in name:
        raise ArchiveUnfit(f"{name!r} in the archive leads out of its folder")
    return PurePosixPath(*parts)

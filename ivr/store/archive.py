"""The file a backup is: a gzipped tar of JSON lines, the same for SQLite and PostgreSQL, with checksums at its end.

Written in one stream, in constant memory. Read with suspicion: only the names written here, only plain files, nothing
too long, and every checksum before anything is believed.
"""

import gzip
import hashlib
import io
import json
import os
import re
import secrets
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

from ivr.store.engine import StoreError
from ivr.store.swap import sync_folder

FORMAT = 1
MANIFEST = "manifest.json"
SETTINGS = "gudok.toml"
RECORDINGS = "recordings.jsonl"
LONGEST = 256 * 1024 * 1024
"""No member is longer: tables and indexes come in parts."""

_SECRET = r"secrets/[A-Za-z0-9_][A-Za-z0-9._-]{0,99}"
_NAMES = re.compile(
    rf"(?:{re.escape(SETTINGS)}|{_SECRET}|recordings/\d{{6}}\.jsonl|tables/[a-z0-9_]{{1,63}}/\d{{6}}\.jsonl)"
)


class BadArchive(StoreError):
    """The file is no backup of gudok, or it is damaged; nothing has been touched."""


@dataclass
class TableTold:
    name: str
    columns: list[str]
    rows: int = 0
    parts: int = 0


@dataclass
class Manifest:
    """What the archive holds. Tables stand in an order in which they can be filled."""

    gudok: str
    made_at: str
    database: str
    revision: str
    format: int = FORMAT
    tables: list[TableTold] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    """SHA-256 by name."""


class Writer:
    """Writes members one after another; `finish` writes the manifest."""

    def __init__(self, tar: tarfile.TarFile, now: float) -> None:
        self._tar = tar
        self._now = int(now)
        self._sums: dict[str, str] = {}

    def add(self, name: str, data: bytes) -> None:
        if not _NAMES.fullmatch(name):
            raise StoreError(f"{name}: a backup has no place for a file of this name")
        self._sums[name] = hashlib.sha256(data).hexdigest()
        self._put(name, data)

    def finish(self, manifest: Manifest) -> None:
        manifest.files = self._sums
        self._put(MANIFEST, json.dumps(asdict(manifest), ensure_ascii=False, indent=1).encode())

    def _put(self, name: str, data: bytes) -> None:
        member = tarfile.TarInfo(name)
        member.size, member.mode, member.mtime = len(data), 0o600, self._now
        self._tar.addfile(member, io.BytesIO(data))


@contextmanager
def writing(path: Path, now: float) -> Iterator[Writer]:
    """The archive at `path`: there whole when the block is left, and not at all when it raises."""
    if path.exists():
        raise StoreError(f"{path} is there already; name another file")
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                with gzip.GzipFile("", "wb", 4, file, mtime=int(now)) as packed, _tar(packed) as tar:
                    yield Writer(tar, now)
                file.flush()
                os.fsync(file.fileno())
            part.rename(path)
            sync_folder(path.parent)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(f"{error.filename or path}: {error.strerror or error}; the backup was not made") from error


def _tar(packed: gzip.GzipFile) -> tarfile.TarFile:
    return tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT)


def members(file: IO[bytes]) -> Iterator[tuple[str, bytes]]:
    """Every member with its content, in the archive's order. Raises `BadArchive`."""
    try:
        file.seek(0)
        with gzip.GzipFile(fileobj=file, mode="rb") as packed, tarfile.open(fileobj=packed, mode="r|") as tar:
            seen: set[str] = set()
            for member in tar:
                name = member.name
                if not member.isreg():
                    raise BadArchive(f"{name}: not a plain file; this is no backup of gudok")
                if not (name == MANIFEST or _NAMES.fullmatch(name)) or name in seen:
                    raise BadArchive(f"{name!r} has no place in a backup of gudok")
                if member.size > LONGEST:
                    raise BadArchive(f"{name}: {member.size} bytes are too many")
                seen.add(name)
                content = tar.extractfile(member)
                assert content is not None
                data = content.read()
                if len(data) != member.size:
                    raise BadArchive(f"{name}: the archive ends within it")
                yield name, data
            # The checksum of the gzip stream stands after the tar's end.
            while packed.read(1 << 20):
                pass
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise BadArchive(f"the archive is damaged: {error}") from error
    except OSError as error:
        raise BadArchive(f"the archive cannot be read: {error.strerror or error}") from error


def verified(file: IO[bytes]) -> Manifest:
    """Read all of it and hold it against its manifest. Raises `BadArchive`; what returns can be trusted."""
    sums: dict[str, str] = {}
    told: bytes | None = None
    for name, data in members(file):
        if name == MANIFEST:
            told = data
        else:
            sums[name] = hashlib.sha256(data).hexdigest()
    if told is None:
        raise BadArchive("the archive has no manifest: it was cut off, or it is no backup of gudok")
    manifest = _manifest(told)
    if manifest.format != FORMAT:
        raise BadArchive(f"this backup has format {manifest.format}; this gudok reads format {FORMAT}: use a newer one")
    for name in sorted(sums.keys() | manifest.files.keys()):
        if sums.get(name) != manifest.files.get(name):
            raise BadArchive(f"{name}: {'damaged' if name in sums else 'missing'}; the checksum does not fit")
    return manifest


def _manifest(data: bytes) -> Manifest:
    try:
        given: dict[str, Any] = json.loads(data)
        tables = [TableTold(**table) for table in given.pop("tables")]
        return Manifest(**given, tables=tables)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadArchive(f"the manifest cannot be read: {error}") from error

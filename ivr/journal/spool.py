"""The spool: a local file that takes the journal's events while the database does not.

It is laid out in full when the service starts, so that a disk that fills up later cannot take it away. Records carry
their length and a checksum over the seed of this use of the file, the record before and themselves: what is read is
what was written, in that order, a tail that was cut off ends the reading, and nothing of an earlier use can follow. It
knows nothing of events; what it holds are bytes.
"""

import contextlib
import fcntl
import os
import struct
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zlib import crc32

import structlog

log = structlog.get_logger(__name__)

_MAGIC = b"gudok journal spool 1\n"
_RANDOM = 16
_LENGTH = struct.Struct("<I")
_HEAD = struct.Struct("<II")
"""Of a record: its length, and the checksum over the one before, the length and the bytes themselves."""

_OPENING_SIZE = _HEAD.size + len(_MAGIC) + _RANDOM
_CHUNK = 1 << 20


class SpoolError(Exception):
    """The spool cannot be used; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Read:
    """Records read from one place on."""

    records: tuple[bytes, ...]
    at: int
    """Where the next one would begin."""
    chain: int
    """The checksum of the last one, whole or not."""
    damaged: int = 0
    """Records passed over: what they held is lost, and what stands behind them is not."""


def packed(records: Sequence[bytes], chain: int, seed: int) -> tuple[bytes, int]:
    """The records as they stand in the file, and the checksum the next one goes on from."""
    parts: list[bytes] = []
    for record in records:
        length = _LENGTH.pack(len(record))
        chain = crc32(record, crc32(length, chain ^ seed))
        parts += (length, _LENGTH.pack(chain), record)
    return b"".join(parts), chain


def unpacked(data: bytes, at: int, chain: int, seed: int, most: int) -> Read:
    """Up to `most` records from `at` on. It ends where no record stands; whatever the bytes are, it never fails."""
    records: list[bytes] = []
    damaged = 0
    while len(records) < most and (found := _record(data, at)) is not None:
        (stored, after), computed = found, _sum(data, at, chain ^ seed)
        if stored != computed:
            # Either its sum or its bytes are not what was written: the record behind it was summed on from the truth.
            following = _record(data, after)
            if following is None:
                break
            if following[0] == _sum(data, after, stored ^ seed):
                damaged += 1
                at, chain = after, stored
                continue
            if following[0] != _sum(data, after, computed ^ seed):
                break
        records.append(data[at + _HEAD.size : after])
        at, chain = after, computed
    return Read(tuple(records), at, chain, damaged)


def _record(data: bytes, at: int) -> tuple[int, int] | None:
    """The checksum written of the record at `at` and where it ends; None where there is no whole one."""
    if at + _HEAD.size > len(data):
        return None
    length, stored = _HEAD.unpack_from(data, at)
    end = at + _HEAD.size + int(length)
    return (int(stored), end) if length and end <= len(data) else None


def _sum(data: bytes, at: int, start: int) -> int:
    (length,) = _LENGTH.unpack_from(data, at)
    return crc32(data[at + _HEAD.size : at + _HEAD.size + length], crc32(data[at : at + _LENGTH.size], start))


class Spool:
    """One process's spool. Made by `Spool.open`; its methods block, and may be called from any thread."""

    def __init__(self, path: Path, file: int, size: int) -> None:
        self.path = path
        self.size = size
        self.held = 0
        """Records not yet let go of."""
        self.damaged = 0
        """Records that could not be read back, since the start."""
        self._file = file
        self._turn = threading.Lock()
        self._first, self._first_chain = 0, 0
        self._end, self._chain = 0, 0
        self._seed = 0

    @classmethod
    def open(cls, path: Path, size: int) -> "Spool":
        """The spool at `path`, made in its full size when it is not there, with what an earlier process left in it."""
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise SpoolError(f"{path}: cannot open the journal's spool: {error.strerror}") from error
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            spool = cls(path, file, size)
            spool._begin()
        except BlockingIOError:
            os.close(file)
            raise SpoolError(f"{path}: another process uses this spool: stop the other line first") from None
        except OSError as error:
            os.close(file)
            raise SpoolError(f"{path}: {error.strerror}: make room for {size >> 20} MB, or set spool_mb") from error
        return spool

    @property
    def used(self) -> int:
        """Bytes."""
        return self._end

    def append(self, records: Sequence[bytes]) -> int:
        """Add them, on disk when this returns; as many of them as there is room for. `OSError`: none was added."""
        with self._turn:
            room = self.size - self._end
            fitting = 0
            for record in records:
                room -= _HEAD.size + len(record)
                if room < 0:
                    break
                fitting += 1
            if fitting:
                data, chain = packed(records[:fitting], self._chain, self._seed)
                # Counted only when it is on disk: what failed half-way is written over by whoever comes next.
                _write(self._file, data, self._end)
                os.fdatasync(self._file)
                self._end, self._chain = self._end + len(data), chain
                self.held += fitting
            return fitting

    def peek(self, most: int) -> Read:
        """The oldest records; they stay until `drop` is given this."""
        with self._turn:
            return self._read(self._first, self._first_chain, self._end, most)

    def drop(self, read: Read) -> None:
        """Let go of what was read. The last one out leaves the spool empty."""
        with self._turn:
            self.held -= len(read.records)
            self.damaged += read.damaged
            self._first, self._first_chain = read.at, read.chain
            lost = 0 if read.records else self._end - self._first
            if lost:
                self.damaged += max(self.held, 1)
            if read.damaged or lost:
                log.error("a part of the spool cannot be read", action="spool.damaged", bytes=lost, events=self.damaged)
            if lost or self._first >= self._end:
                try:
                    self._clear()
                except OSError as error:  # what stands there is in the database: it is only read once more
                    log.error("the spool cannot be emptied", action="spool.stuck", why=error.strerror)

    def close(self) -> None:
        with self._turn:
            os.close(self._file)

    def _begin(self) -> None:
        try:
            before = os.fstat(self._file).st_size
            self._find(before)
            if not self.held and self._end == 0 and os.pread(self._file, _CHUNK, 0).strip(b"\0"):
                self._set_aside()
            if self.held:
                # A copy of the folder may have holes in it; what is there is read back though they cannot be filled.
                with contextlib.suppress(OSError):
                    os.posix_fallocate(self._file, 0, self.size)
                    self._wipe(before)
                if self._end > self.size:
                    self.size = before
                return
            os.posix_fallocate(self._file, 0, self.size)
            os.ftruncate(self._file, self.size)
            self._clear()
            _sync_folder(self.path.parent)
        except OSError:
            if not self.held:
                self.path.unlink(missing_ok=True)
            raise

    def _find(self, size: int) -> None:
        """Read to the end of what an earlier process left."""
        data = os.pread(self._file, _OPENING_SIZE, 0)
        found = _record(data, 0)
        if found is None or found[1] != _OPENING_SIZE:
            return
        stored, computed, at = found[0], _sum(data, 0, 0), found[1]
        if stored == computed and not data[_HEAD.size :].startswith(_MAGIC):
            return
        # The opening's checksum is the seed: where it or the opening came to harm, the records tell which is true.
        for self._seed in dict.fromkeys((stored, computed)):
            if stored == computed or self._read(at, 0, size, 1).records:
                break
        else:
            return
        chain = 0
        self._first, self._first_chain = at, chain
        while True:
            read = self._read(at, chain, size, 4000)
            at, chain = read.at, read.chain
            self.held += len(read.records)
            if not read.records:
                break
        self._end, self._chain = at, chain

    def _read(self, at: int, chain: int, end: int, most: int) -> Read:
        for length in (min(_CHUNK, end - at), end - at):
            data = os.pread(self._file, length, at)
            read = unpacked(data, 0, chain, self._seed, most)
            if read.at or len(data) >= end - at:
                break
        return Read(read.records, at + read.at, read.chain, read.damaged)

    def _wipe(self, size: int) -> None:
        """Nothing that was being written when the power went shall one day stand behind what is written now."""
        for at in range(self._end, size, _CHUNK):
            _write(self._file, bytes(min(_CHUNK, size - at)), at)

    def _clear(self) -> None:
        """Begin anew: with another opening no record of before goes on from anything."""
        data, seed = packed([_MAGIC + os.urandom(_RANDOM)], 0, 0)
        _write(self._file, data, 0)
        os.fdatasync(self._file)
        self._first = self._end = len(data)
        self._first_chain = self._chain = 0
        self._seed = seed
        self.held = 0

    def _set_aside(self) -> None:
        """What nobody can read is kept for whoever may want to look at it."""
        kept = self.path.with_name(f"{self.path.name}.damaged-{datetime.now(UTC):%Y%m%dT%H%M%S}")
        log.error("the spool cannot be read and is set aside", action="spool.damaged", kept=str(kept))
        self.damaged += 1
        self.path.rename(kept)
        file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.close(self._file)
        self._file = file


def _sync_folder(folder: Path) -> None:
    """Without this a power cut may take the name of a new file."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _write(file: int, data: bytes, at: int) -> None:
    written = 0
    while written < len(data):
        written += os.pwrite(file, data[written:], at + written)

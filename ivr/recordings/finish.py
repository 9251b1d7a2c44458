"""A finished talk made a file that people can play: WAV in two channels, whole or not there, named by its SHA-256.

The work is reading and writing: it runs in a thread, in pieces, so that a talk of an hour takes neither memory nor
the calls' time. Done again after a crash it makes the same file.
"""

import hashlib
import os
import struct
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

RATE = 8000
CHANNELS = 2
FRAME = 2 * CHANNELS
SHORTEST_SECONDS = 1.0
"""Less is a talk that did not come about."""
PIECE = 256 * 1024
_HEAD = struct.Struct("<4sI4s4sIHHIIHH4sI")


@dataclass(frozen=True, slots=True)
class Finished:
    file: Path
    bytes: int
    sha256: str
    seconds: float
    written: datetime
    """When the last of it was written down: the end of the talk."""


def seconds_of(raw_bytes: int) -> float:
    return raw_bytes / FRAME / RATE


def finish(raw: Path, wav: Path, *, swapped: bool = False) -> Finished | None:
    """Write `wav` out of `raw`, which is left there; None where there is too little sound to keep.

    `swapped`: the caller's channel comes second in it.
    """
    found = raw.stat()
    size = found.st_size // FRAME * FRAME
    seconds = seconds_of(size)
    if seconds < SHORTEST_SECONDS:
        return None
    wav.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = wav.with_name(f".{wav.name}.part")
    digest = hashlib.sha256()
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as out, raw.open("rb") as sound:
        head = wav_head(size)
        out.write(head)
        digest.update(head)
        left = size
        while left and (piece := sound.read(min(PIECE, left))):
            if swapped:
                piece = np.frombuffer(piece[: len(piece) // FRAME * FRAME], "<i2").reshape(-1, 2)[:, ::-1].tobytes()
            out.write(piece)
            digest.update(piece)
            left -= len(piece)
        out.flush()
        os.fsync(out.fileno())
    part.replace(wav)
    return Finished(wav, size + _HEAD.size, digest.hexdigest(), seconds, datetime.fromtimestamp(found.st_mtime, UTC))


def wav_head(size: int) -> bytes:
    """Of so many bytes of samples; beyond 4 GB (nine hours of a day) the length is cut, and players read on."""
    told = min(size, 0xFFFFFFFF - 36)
    rate = RATE * FRAME
    return _HEAD.pack(b"RIFF", told + 36, b"WAVE", b"fmt ", 16, 1, CHANNELS, RATE, rate, FRAME, 16, b"data", told)


def digest_of(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            digest.update(piece)
    return digest.hexdigest()

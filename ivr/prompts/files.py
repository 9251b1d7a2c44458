"""Sound files of the prompts' cache: `.wav` and the same as `.alaw`, written whole or not at all."""

import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from asr import g711
from asr.audio import TELEPHONE_RATE, wav
from ivr.prompts import loudness
from ivr.prompts.pieces import Piece
from ivr.prompts.voice import VoiceFailed

_WAV_HEAD = 44
TOUCH_AFTER = 24 * 3600.0
"""A file in use is marked as used so often: what is unmarked for days may go."""


@dataclass(frozen=True, slots=True)
class SoundFile:
    path: Path
    seconds: float
    looked: float
    """When it was last seen there (monotonic)."""

    @classmethod
    def of(cls, path: Path, pcm: bytes) -> "SoundFile":
        return cls(path, len(pcm) / 2 / TELEPHONE_RATE, time.monotonic())


def found(path: Path) -> SoundFile | None:
    """The file, if it and its twin are there and whole."""
    try:
        state = path.stat()
        twin = path.with_suffix(".alaw").stat()
    except FileNotFoundError:
        return None
    samples = (state.st_size - _WAV_HEAD) // 2
    if samples <= 0 or twin.st_size != samples:
        return None
    now = time.time()
    if now - state.st_mtime > TOUCH_AFTER:
        for file in (path, path.with_suffix(".alaw")):
            os.utime(file, (now, now))
    return SoundFile(path, samples / TELEPHONE_RATE, time.monotonic())


def write_piece(path: Path, sound: bytes, piece: Piece) -> SoundFile:
    """Master what a voice made of a piece and write it."""
    pcm = loudness.mastered(sound, tail_seconds=piece.tail)
    if len(pcm) <= int(piece.tail * TELEPHONE_RATE) * 2:
        raise VoiceFailed(f"the voice made no sound of «{piece.text}»")
    write_sound(path, pcm)
    return SoundFile.of(path, pcm)


def write_sound(path: Path, pcm: bytes) -> None:
    """Write a sound as `.wav` and `.alaw`; whoever looks sees the old files or the new, never half of one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    for place, data in ((path.with_suffix(".alaw"), g711.alaw_encode(pcm)), (path, wav(pcm))):
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", suffix=".part", delete=False) as file:
            try:
                file.write(data)
                file.close()
                os.chmod(file.name, 0o644)
                os.replace(file.name, place)
            except BaseException:
                Path(file.name).unlink(missing_ok=True)
                raise

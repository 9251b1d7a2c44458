"""Everything the line says: text in, files to play out, each piece rendered once for all calls and all processes.

A file is named by what it holds (text, voice, voice's version, mastering), so nothing in the cache is ever wrong, and
two processes may fill it together. Beside each `.wav` lies the same sound as `.alaw`, which Asterisk plays as it is.
"""

import asyncio
import hashlib
import os
import tempfile
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from asr import g711
from asr.audio import TELEPHONE_RATE, wav
from ivr.prompts import loudness
from ivr.prompts.pieces import Piece, pieces, spelled, warm_set
from ivr.prompts.slots import slots_of
from ivr.prompts.voice import Voice, VoiceFailed

_WAV_HEAD = 44
_TOUCH_AFTER = 24 * 3600.0
"""A file in use is marked as used so often: what is unmarked for days may go."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """Something to hear: `.wav` files, one after another (each has its `.alaw` beside it), and the text they speak."""

    text: str
    files: tuple[Path, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class _File:
    path: Path
    seconds: float
    looked: float
    """When it was last seen there (monotonic)."""


class Prompts:
    def __init__(self, folder: Path, voice: Voice) -> None:
        self.folder = folder
        self.voice = voice
        self._ready: dict[str, _File] = {}
        self._making: dict[str, asyncio.Task[_File]] = {}

    async def render(self, text: str, slots: Mapping[str, object] | None = None, *, pace: float = 1.0) -> Rendered:
        """The text with its slots filled, ready to play; raises `NotSpeakable` or `VoiceFailed`.

        `pace` is for the caller who asks to be spoken to more slowly (0.8).
        """
        wanted = pieces(text, slots or {})
        files = await asyncio.gather(*(self._file(piece, pace) for piece in wanted))
        return Rendered(
            spelled(wanted), tuple(file.path for file in files), round(sum(file.seconds for file in files), 3)
        )

    async def warm(self, texts: Iterable[str] = ()) -> int:
        """Render texts without slots, then all numbers, ahead of the calls that want them; how many were missing."""
        made = 0
        fixed = [piece for text in texts if not slots_of(text) for piece in pieces(text, {})]
        for piece in [*fixed, *warm_set()]:
            if not self._path(self._name(piece, 1.0)).exists():
                made += 1
            await self._file(piece, 1.0)
        return made

    def prune(self, *, unused_days: float, now: float) -> int:
        """Remove what nobody asked for in so many days (`now` as `time.time` tells it); how many files went."""
        gone = 0
        for file in self.folder.glob("??/*"):
            try:
                if now - file.stat().st_mtime > unused_days * 86400:
                    file.unlink()
                    gone += 1
            except FileNotFoundError:
                continue
        self._ready = {name: file for name, file in self._ready.items() if file.path.exists()}
        return gone

    async def _file(self, piece: Piece, pace: float) -> _File:
        name = self._name(piece, pace)
        ready = self._ready.get(name)
        if ready is not None and time.monotonic() - ready.looked < _TOUCH_AFTER:
            return ready
        task = self._making.get(name)
        if task is None:
            task = asyncio.create_task(self._make(name, piece, pace), name=f"prompt {name[:8]}")
            self._making[name] = task
            task.add_done_callback(lambda _: self._making.pop(name, None))
        # Another call may wait for the same piece: one caller's hang-up does not stop it.
        return await asyncio.shield(task)

    async def _make(self, name: str, piece: Piece, pace: float) -> _File:
        path = self._path(name)
        file = await asyncio.to_thread(_found, path)
        if file is None:
            sound = await self.voice.render(piece.text, pace=pace)
            file = await asyncio.to_thread(_write, path, sound, piece)
        self._ready[name] = file
        return file

    def _path(self, name: str) -> Path:
        return self.folder / name[:2] / f"{name}.wav"

    def _name(self, piece: Piece, pace: float) -> str:
        sound = (f"{piece.tail:.3f}", f"{pace:.2f}", self.voice.name, self.voice.version, str(loudness.VERSION))
        return hashlib.sha256("\0".join((piece.text, *sound)).encode()).hexdigest()[:32]


def _found(path: Path) -> _File | None:
    try:
        state = path.stat()
        twin = path.with_suffix(".alaw").stat()
    except FileNotFoundError:
        return None
    samples = (state.st_size - _WAV_HEAD) // 2
    if samples <= 0 or twin.st_size != samples:
        return None
    now = time.time()
    if now - state.st_mtime > _TOUCH_AFTER:
        for file in (path, path.with_suffix(".alaw")):
            os.utime(file, (now, now))
    return _File(path, samples / TELEPHONE_RATE, time.monotonic())


def _write(path: Path, sound: bytes, piece: Piece) -> _File:
    pcm = loudness.mastered(sound, tail_seconds=piece.tail)
    if len(pcm) <= int(piece.tail * TELEPHONE_RATE) * 2:
        raise VoiceFailed(f"the voice made no sound of «{piece.text}»")
    write_sound(path, pcm)
    return _File(path, len(pcm) / 2 / TELEPHONE_RATE, time.monotonic())


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

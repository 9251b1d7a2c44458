"""Everything the line says: text in, files to play out, each piece rendered once for all calls and all processes.

A file is named by what it holds (text, voice, voice's version, manner, mastering), so nothing in the cache is ever
wrong, and two processes may fill it together. Beside each `.wav` lies the same sound as `.alaw`, which Asterisk plays
as it is. One prompt is spoken by one voice: where the first voice fails on any piece, the next says them all.
"""

import asyncio
import hashlib
import time
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from asr.audio import read_wav
from ivr.prompts import loudness
from ivr.prompts.chain import Chain
from ivr.prompts.files import TOUCH_AFTER, SoundFile, found, write_piece, write_sound
from ivr.prompts.pieces import Piece, fixed_pieces, in_sentences, pieces, spelled, warm_set
from ivr.prompts.voice import Voice, VoiceFailed

_LOUDER = "louder"


@dataclass(frozen=True, slots=True)
class Rendered:
    """Something to hear: `.wav` files, one after another (each has its `.alaw` beside it), and the text they speak."""

    text: str
    files: tuple[Path, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class _Way:
    """How a piece is spoken."""

    voice: Voice
    pace: float
    louder: bool

    def name(self, piece: Piece) -> str:
        sound = [f"{piece.tail:.3f}", f"{self.pace:.2f}", self.voice.name, self.voice.version, str(loudness.VERSION)]
        if self.louder:
            sound.append(_LOUDER)
        return hashlib.sha256("\0".join((piece.text, *sound)).encode()).hexdigest()[:32]


class Prompts:
    def __init__(self, folder: Path, voice: Voice) -> None:
        self.folder = folder
        self.voice = voice
        self._chain = voice if isinstance(voice, Chain) else Chain([voice])
        self._ready: dict[str, SoundFile] = {}
        self._making: dict[str, asyncio.Task[SoundFile]] = {}

    def led_by(self, first: Voice) -> "Prompts":
        """The same prompts and files, but what `first` can say, it says: a supplier's own recordings."""
        other = Prompts(self.folder, Chain([first, *self._chain.voices]))
        other._ready, other._making = self._ready, self._making
        return other

    async def render(
        self, text: str, slots: Mapping[str, object] | None = None, *, pace: float = 1.0, louder: bool = False
    ) -> Rendered:
        """The text with its slots filled, ready to play; raises `NotSpeakable` or `VoiceFailed`.

        `pace` (0.85) and `louder` are for the caller who asks to be spoken to more slowly, or louder.
        """
        wanted = pieces(text, slots or {})
        return _rendered(wanted, await self._spoken(wanted, pace, louder))

    async def stream(
        self, text: str, slots: Mapping[str, object] | None = None, *, pace: float = 1.0, louder: bool = False
    ) -> AsyncGenerator[Rendered, None]:
        """The same in parts, each given as soon as it can be played: for long texts that nobody has rendered yet.

        What is there already comes as one part. Closing the iterator early stops nothing that others may want.
        """
        wanted = pieces(text, slots or {})
        ready = self._all_known(wanted, pace, louder)
        if ready is None:
            ready = await asyncio.to_thread(self._all_ready, wanted, pace, louder)
        if ready is not None:
            yield _rendered(wanted, ready)
            return
        parts = [part for piece in wanted for part in in_sentences(piece)]
        making = [asyncio.create_task(self._spoken([part], pace, louder), name="prompt part") for part in parts]
        try:
            for part, task in zip(parts, making, strict=True):
                yield _rendered([part], await task)
        finally:
            for task in making:
                task.cancel()
            await asyncio.gather(*making, return_exceptions=True)

    async def spoken(self, piece: Piece) -> None:
        """Render one piece ahead; raises `VoiceFailed`."""
        await self._spoken([piece], 1.0, False)

    async def warm(
        self, texts: Iterable[str] = (), *, pace: float = 1.0, louder: bool = False, numbers: bool = True
    ) -> int:
        """Render what does not change of the texts, then all numbers, ahead of the calls that want them.

        Returns how many pieces were missing.
        """
        made = 0
        fixed = dict.fromkeys(piece for text in texts for piece in fixed_pieces(text))
        for piece in [*fixed, *(warm_set() if numbers else ())]:
            if await asyncio.to_thread(self._all_ready, [piece], pace, louder) is None:
                made += 1
                await self._spoken([piece], pace, louder)
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
        for name in [name for name, file in self._ready.items() if not file.path.exists()]:
            del self._ready[name]
        return gone

    async def _spoken(self, wanted: Sequence[Piece], pace: float, louder: bool) -> list[SoundFile]:
        """All of it by one voice: the best that can."""
        failure = VoiceFailed("no voice has «" + " ".join(piece.text for piece in wanted) + "»")
        for voice in self._chain.able([piece.text for piece in wanted]):
            way = _Way(voice, pace, louder)
            if (ready := self._known(wanted, way)) is not None:
                return ready
            try:
                return list(await asyncio.gather(*(self._file(piece, way) for piece in wanted)))
            except VoiceFailed as error:
                self._chain.failed(voice, error)
                failure = error
        raise failure

    def _known(self, wanted: Sequence[Piece], way: _Way) -> list[SoundFile] | None:
        """The files, if all are known to be there: nearly every call needs no task and no look at the disk."""
        now, files = time.monotonic(), []
        for piece in wanted:
            file = self._ready.get(way.name(piece))
            if file is None or now - file.looked >= TOUCH_AFTER:
                return None
            files.append(file)
        return files

    def _all_known(self, wanted: Sequence[Piece], pace: float, louder: bool) -> list[SoundFile] | None:
        able = self._chain.able([piece.text for piece in wanted])
        each = (self._known(wanted, _Way(voice, pace, louder)) for voice in able)
        return next((files for files in each if files is not None), None)

    def _all_ready(self, wanted: Sequence[Piece], pace: float, louder: bool) -> list[SoundFile] | None:
        for voice in self._chain.able([piece.text for piece in wanted]):
            way = _Way(voice, pace, louder)
            files = [found(self._path(way.name(piece))) for piece in wanted]
            whole = [file for file in files if file is not None]
            if len(whole) == len(wanted):
                return whole
        return None

    async def _file(self, piece: Piece, way: _Way) -> SoundFile:
        name = way.name(piece)
        ready = self._ready.get(name)
        if ready is not None and time.monotonic() - ready.looked < TOUCH_AFTER:
            return ready
        task = self._making.get(name)
        if task is None:
            task = asyncio.create_task(self._make(name, piece, way), name=f"prompt {name[:8]}")
            self._making[name] = task
            task.add_done_callback(lambda done: self._made(name, done))
        # Another call may wait for the same piece: one caller's hang-up does not stop it.
        return await asyncio.shield(task)

    def _made(self, name: str, task: asyncio.Task[SoundFile]) -> None:
        del self._making[name]
        if not task.cancelled():
            task.exception()  # told to whoever waits; nobody may wait any more

    async def _make(self, name: str, piece: Piece, way: _Way) -> SoundFile:
        path = self._path(name)
        file = await asyncio.to_thread(found, path)
        if file is None:
            if way.louder:
                usual = await self._file(piece, _Way(way.voice, way.pace, louder=False))
                file = await asyncio.to_thread(_write_louder, path, usual.path)
            else:
                sound = await way.voice.render(piece.text, pace=way.pace)
                file = await asyncio.to_thread(write_piece, path, sound, piece)
        self._ready[name] = file
        return file

    def _path(self, name: str) -> Path:
        return self.folder / name[:2] / f"{name}.wav"


def _rendered(said: Sequence[Piece], files: Sequence[SoundFile]) -> Rendered:
    seconds = round(sum(file.seconds for file in files), 3)
    return Rendered(spelled(said), tuple(file.path for file in files), seconds)


def _write_louder(path: Path, usual: Path) -> SoundFile:
    pcm = loudness.louder(read_wav(usual).pcm())
    write_sound(path, pcm)
    return SoundFile.of(path, pcm)

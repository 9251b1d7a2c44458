"""sherpa-onnx as the ear: T-One and zipformers, which hear anything and take no grammar.

A streaming model decodes sound as it comes. One that hears whole answers only is handed all the sound so far at each
pause, for that is where the end of an answer is decided; its words come then.
"""

import asyncio
import threading
from functools import partial
from typing import Any, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from asr.doubling import Doubler
from asr.model_folder import ModelFolder
from asr.pool import DecodingPool, Seat
from asr.recognizer import Can, Hearing, Hints, RecognitionFailed, Stream
from asr.sherpa_models import load
from asr.sherpa_words import hearing
from asr.trial import try_apart

RATE = 8000
PIECE_SECONDS = 0.3
"""How much sound is handed to a streaming model at once: T-One takes no less."""
LEAD_SECONDS = 0.3
"""Silence before the sound: networks trained on whole recordings mishear what begins at once."""
TAIL_SECONDS = 0.66
"""Silence after it, for what is still in the network to come out."""
LONGEST_SECONDS = 60.0
"""A whole answer beyond this is heard no further."""
PAUSE_SECONDS = 0.2
"""So much quiet is a pause: the answer so far is decoded."""
UNPAUSED_SECONDS = 2.0
"""Without a pause it is decoded this often: a prompt is stopped by words."""

Floats = npt.NDArray[np.float32]
T = TypeVar("T")


class SherpaRecognizer:
    """Implements `asr.recognizer.Recognizer`. Made by `load`."""

    def __init__(self, folder: ModelFolder, recognizer: Any, pool: DecodingPool) -> None:
        self.folder = folder
        self.pool = pool
        self._recognizer = recognizer

    @classmethod
    async def load(cls, folder: ModelFolder, pool: DecodingPool) -> "SherpaRecognizer":
        """Try the model in a process of its own, then load it in a thread; raises `ModelBroken`."""
        await try_apart(folder)
        return cls(folder, await asyncio.to_thread(load, folder), pool)

    @property
    def name(self) -> str:
        return "sherpa-onnx"

    @property
    def model(self) -> str:
        return self.folder.name

    @property
    def can(self) -> Can:
        # CTC says no likelihoods of words; a transducer's search does.
        kind = self.folder.kind
        return Can(streaming=kind != "transducer", confidences=kind != "t-one", sample_rate=self.folder.rate)

    async def open(self, hints: Hints) -> Stream:
        decoder = _Whole if self.folder.kind == "transducer" else _Streaming
        seat = self.pool.admit()
        return SherpaStream(decoder(self._recognizer, self.folder), self.pool, seat)

    async def aclose(self) -> None:
        """The pool is its maker's to close; the model goes when the last stream has gone."""


class _Decoder(Protocol):
    def wants(self, waiting: Floats) -> bool:
        """Whether the sound that waits is to be decoded now."""
        ...

    def decode(self, sound: Floats) -> str:
        """In a thread. The words so far."""
        ...

    def finish(self, sound: Floats) -> Hearing:
        """In a thread."""
        ...


class SherpaStream:
    """One answer being heard. Its decoder is used by one thread at a time, even after a cancelled `feed`."""

    def __init__(self, decoder: _Decoder, pool: DecodingPool, seat: Seat) -> None:
        self._decoder = decoder
        self._pool = pool
        self._seat = seat
        self._waiting = bytearray()
        self._said = ""
        self._one_thread = threading.Lock()
        self._closed = False

    async def feed(self, pcm: bytes) -> str:
        if self._closed:
            raise RecognitionFailed("this stream is finished")
        self._waiting += pcm
        if self._decoder.wants(_floats(self._waiting)):
            sound = self._take()
            self._said = await self._run(partial(self._decoder.decode, sound), len(sound))
        return self._said

    async def finish(self) -> Hearing:
        if self._closed:
            raise RecognitionFailed("this stream is finished")
        self._closed = True
        sound = self._take()
        try:
            return await self._run(partial(self._decoder.finish, sound), len(sound))
        finally:
            self._seat.leave()

    async def aclose(self) -> None:
        self._closed = True
        self._seat.leave()

    def _take(self) -> Floats:
        sound = _floats(self._waiting)
        del self._waiting[: len(sound) * 2]
        return sound

    async def _run(self, work: "partial[T]", samples: int) -> T:
        def alone() -> T:
            with self._one_thread:
                try:
                    return work()
                except RuntimeError as error:
                    raise RecognitionFailed(f"sherpa-onnx could not decode: {error}") from error

        return await self._pool.run(alone, audio_seconds=samples / RATE)


class _Sounding:
    """Hands the sound over at the model's own rate: the library would do it too, and write a line about each answer."""

    def __init__(self, rate: int) -> None:
        self._doubler = Doubler() if rate == 2 * RATE else None
        self._rate = rate if self._doubler is not None else RATE

    def give(self, stream: Any, sound: Floats) -> None:
        stream.accept_waveform(self._rate, sound if self._doubler is None else self._doubler.double(sound))


class _Streaming:
    def __init__(self, recognizer: Any, folder: ModelFolder) -> None:
        self._recognizer = recognizer
        self._model = folder.name
        self._sounding = _Sounding(folder.rate)
        self._stream = recognizer.create_stream()
        self._begun = False

    def wants(self, waiting: Floats) -> bool:
        return len(waiting) >= RATE * PIECE_SECONDS

    def decode(self, sound: Floats) -> str:
        self._give(sound)
        return str(self._recognizer.get_result(self._stream)).lower()

    def finish(self, sound: Floats) -> Hearing:
        self._give(np.concatenate([sound, np.zeros(int(RATE * TAIL_SECONDS), np.float32)]), last=True)
        result = self._recognizer.get_result_all(self._stream)
        return hearing(result.tokens, result.timestamps, result.ys_probs, model=self._model, lead=LEAD_SECONDS)

    def _give(self, sound: Floats, *, last: bool = False) -> None:
        if not self._begun:
            self._begun = True
            sound = np.concatenate([np.zeros(int(RATE * LEAD_SECONDS), np.float32), sound])
        self._sounding.give(self._stream, sound)
        if last:
            self._stream.input_finished()
        while self._recognizer.is_ready(self._stream):
            self._recognizer.decode_stream(self._stream)


class _Whole:
    def __init__(self, recognizer: Any, folder: ModelFolder) -> None:
        self._recognizer = recognizer
        self._model = folder.name
        self._rate = folder.rate
        self._sound: list[Floats] = []
        self._samples = 0
        self._peak = 0.0

    def wants(self, waiting: Floats) -> bool:
        pause = int(RATE * PAUSE_SECONDS)
        if len(waiting) < pause:
            return False
        end, rest = _level(waiting[-pause:]), _level(waiting[:-pause]) if len(waiting) > pause else 0.0
        self._peak = max(self._peak, rest, end)
        loud = self._peak / 5
        return (end < loud <= rest) or len(waiting) >= RATE * UNPAUSED_SECONDS

    def decode(self, sound: Floats) -> str:
        return self._hear(sound).text

    def finish(self, sound: Floats) -> Hearing:
        return self._hear(sound)

    def _hear(self, sound: Floats) -> Hearing:
        room = int(RATE * LONGEST_SECONDS) - self._samples
        self._sound.append(sound[:room])
        self._samples += len(self._sound[-1])
        stream = self._recognizer.create_stream()
        lead, tail = (np.zeros(int(RATE * seconds), np.float32) for seconds in (LEAD_SECONDS, TAIL_SECONDS))
        _Sounding(self._rate).give(stream, np.concatenate([lead, *self._sound, tail]))
        self._recognizer.decode_stream(stream)
        result = stream.result
        return hearing(result.tokens, result.timestamps, result.ys_log_probs, model=self._model, lead=LEAD_SECONDS)


def _floats(pcm: bytearray) -> Floats:
    return np.frombuffer(bytes(pcm[: len(pcm) & ~1]), dtype="<i2").astype(np.float32) / np.float32(32768)


def _level(sound: Floats) -> float:
    return float(np.sqrt(np.mean(sound * sound))) if len(sound) else 0.0

"""Vosk as the ear: one shared model, a recogniser for each answer, decoding in the pool's threads.

What is known of the library is kept here: it raises nothing narrower than `Exception`, an empty grammar or a broken
configuration ends the whole process, words missing from the model vanish from a grammar, and a pause inside an answer
closes a result that must be taken at once. None of it leaks out.
"""

import asyncio
import json
import os
import sys
import threading
from collections.abc import Sequence
from functools import partial
from typing import Any, TypedDict

import numpy as np

from asr import grammars
from asr.models import ModelBroken, ModelFolder
from asr.pool import DecodingPool, Seat
from asr.recognizer import Can, HeardWord, Hearing, Hints, RecognitionFailed

PIECE_SECONDS = 0.12
"""How much sound is decoded at once: less costs more hand-overs to a thread, more makes partials late."""

_UNKNOWN = "[unk]"
_TRIAL_SECONDS = 120.0


class _Result(TypedDict, total=False):
    text: str
    partial: str
    result: list[dict[str, Any]]


class VoskRecognizer:
    """Implements `asr.recognizer.Recognizer`. Made by `load`."""

    def __init__(self, folder: ModelFolder, model: Any, pool: DecodingPool) -> None:
        self.folder = folder
        self.pool = pool
        self._model = model
        self._grammars: dict[tuple[str, tuple[str, ...]], str | None] = {}

    @classmethod
    async def load(cls, folder: ModelFolder, pool: DecodingPool) -> "VoskRecognizer":
        """Load the model in a thread and hear a moment of silence with it; raises `ModelBroken`.

        A model that is not ours is first tried in a process of its own, for a bad one takes its process along.
        """
        if folder.origin != "bundled":
            await _try_apart(folder)
        model = await asyncio.to_thread(_load, folder)
        return cls(folder, model, pool)

    @property
    def name(self) -> str:
        return "vosk"

    @property
    def model(self) -> str:
        return self.folder.name

    @property
    def can(self) -> Can:
        return Can(grammar=self.folder.grammar)

    def lacking(self, phrases: Sequence[str]) -> list[str]:
        """Those of the phrases that the model cannot hear, because it does not know a word of them."""
        return [phrase for phrase in phrases if self._known(phrase) is None]

    async def open(self, hints: Hints) -> "VoskStream":
        seat = self.pool.admit()
        try:
            recogniser = await self.pool.run(partial(self._recogniser, hints))
        except BaseException:
            seat.leave()
            raise
        return VoskStream(recogniser, self.pool, seat, self.folder)

    async def aclose(self) -> None:
        """The pool is its maker's to close; the model goes when the last stream has gone."""

    def _recogniser(self, hints: Hints) -> Any:
        import vosk

        grammar = self._grammar(hints)
        arguments = (self._model, float(_rate(self.folder)), *([grammar] if grammar else []))
        try:
            recogniser = vosk.KaldiRecognizer(*arguments)
        except Exception as error:  # vosk raises nothing narrower
            raise RecognitionFailed(f"the speech model {self.folder.path} makes no recogniser: {error}") from error
        recogniser.SetWords(True)
        return recogniser

    def _grammar(self, hints: Hints) -> str | None:
        if not self.folder.grammar:
            return None
        key = (hints.grammar, tuple(hints.phrases))
        if key not in self._grammars:
            wanted = grammars.phrases(*key)
            known = [heard for phrase in wanted or () if (heard := self._near(phrase)) is not None]
            # An empty list would be a crash inside the library: without phrases the model's own language is used.
            self._grammars[key] = json.dumps([*known, _UNKNOWN], ensure_ascii=False) if known else None
        return self._grammars[key]

    def _known(self, phrase: str) -> str | None:
        """The phrase in the model's spelling, None when a word of it is not in the model."""
        words = [self._spelling(word) for word in phrase.split()]
        return " ".join(word for word in words if word) if words and all(words) else None

    def _near(self, phrase: str) -> str | None:
        """The same without a few words the model lacks: «нет не пять [а] шесть» is worth hearing without its «а»."""
        words = [self._spelling(word) for word in phrase.split()]
        known = [word for word in words if word]
        return " ".join(known) if known and len(known) * 3 >= len(words) * 2 else None

    def _spelling(self, word: str) -> str | None:
        """With or without ё, as the model writes it."""
        return next((w for w in (word, word.replace("ё", "е")) if self._model.vosk_model_find_word(w) >= 0), None)


class VoskStream:
    """One answer being heard. Its recogniser is used by one thread at a time, even after a cancelled `feed`."""

    def __init__(self, recogniser: Any, pool: DecodingPool, seat: Seat, folder: ModelFolder) -> None:
        self._recogniser = recogniser
        self._pool = pool
        self._seat = seat
        self._double = _rate(folder) == 16000
        self._piece = int(8000 * PIECE_SECONDS) * 2
        self._longest = _rate(folder) * 2 // 5
        self._buffer = bytearray()
        self._said = ""
        self._words: list[HeardWord] = []
        self._texts: list[str] = []
        self._one_thread = threading.Lock()
        self._closed = False

    async def feed(self, pcm: bytes) -> str:
        if self._closed:
            raise RecognitionFailed("this stream is finished")
        self._buffer += pcm
        if len(self._buffer) >= self._piece:
            piece = self._take_buffer()
            self._said = await self._pool.run(partial(self._accept, piece), audio_seconds=len(piece) / 16000)
        return self._said

    async def finish(self) -> Hearing:
        if self._closed:
            raise RecognitionFailed("this stream is finished")
        self._closed = True
        piece = self._take_buffer()
        try:
            return await self._pool.run(partial(self._finish, piece), audio_seconds=len(piece) / 16000)
        finally:
            self._seat.leave()

    async def aclose(self) -> None:
        self._closed = True
        self._seat.leave()

    def _take_buffer(self) -> bytes:
        whole = len(self._buffer) & ~1
        piece = bytes(self._buffer[:whole])
        del self._buffer[:whole]
        return piece

    def _accept(self, piece: bytes) -> str:
        with self._one_thread:
            self._decode(piece)
            unfinished: _Result = json.loads(self._recogniser.PartialResult())
            return " ".join([*self._texts, *_words(unfinished.get("partial", ""))])

    def _finish(self, piece: bytes) -> Hearing:
        with self._one_thread:
            self._decode(piece)
            self._keep(json.loads(self._recogniser.FinalResult()))
            return Hearing(" ".join(self._texts), tuple(self._words))

    def _decode(self, sound: bytes) -> None:
        if self._double:
            sound = _doubled(sound)
        for start in range(0, len(sound), self._longest):
            try:
                paused = self._recogniser.AcceptWaveform(sound[start : start + self._longest])
            except Exception as error:  # vosk raises nothing narrower
                raise RecognitionFailed(f"Vosk could not decode: {error}") from error
            if paused:
                self._keep(json.loads(self._recogniser.Result()))

    def _keep(self, result: _Result) -> None:
        self._texts += _words(result.get("text", ""))
        self._words += [
            HeardWord(word["word"], round(word["start"], 2), round(word["end"], 2), round(word.get("conf", 1.0), 3))
            for word in result.get("result", [])
            if word["word"] != _UNKNOWN
        ]


def _words(text: str) -> list[str]:
    return [word for word in text.split() if word != _UNKNOWN]


def _rate(folder: ModelFolder) -> int:
    """What Vosk is told that it gets: 8 kHz, unless the model insists on its own higher rate."""
    return 8000 if folder.rate <= 8000 or folder.upsamples else 16000


def _doubled(pcm: bytes) -> bytes:
    """8 kHz as 16 kHz: every sample and every midpoint; a telephone carries nothing above 4 kHz to be lost."""
    samples = np.frombuffer(pcm, dtype="<i2").astype(np.int32)
    both = np.empty(len(samples) * 2, dtype="<i2")
    both[0::2] = samples
    both[1:-1:2] = (samples[:-1] + samples[1:]) // 2
    both[-1:] = samples[-1:]
    return both.tobytes()


def _load(folder: ModelFolder) -> Any:
    import vosk

    vosk.SetLogLevel(-1)
    try:
        model = vosk.Model(str(folder.path))
        recogniser = vosk.KaldiRecognizer(model, float(_rate(folder)))
        recogniser.AcceptWaveform(bytes(_rate(folder)))
        recogniser.FinalResult()
    except Exception as error:  # vosk raises nothing narrower
        raise ModelBroken(f"speech model {folder.path} cannot be used: {error}; unpack it anew") from error
    return model


async def _try_apart(folder: ModelFolder) -> None:
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "asr.vosk_engine", str(folder.path),
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
        env=environ,
    )  # fmt: skip
    try:
        _, complaint = await asyncio.wait_for(process.communicate(), _TRIAL_SECONDS)
    except BaseException as ended:
        if process.returncode is None:
            process.kill()
            await process.wait()
        if isinstance(ended, TimeoutError):
            raise ModelBroken(f"speech model {folder.path} did not load within {_TRIAL_SECONDS:.0f} s") from ended
        raise
    if process.returncode != 0:
        said = complaint.decode(errors="replace").strip().splitlines()[-3:]
        raise ModelBroken(f"speech model {folder.path} ends the process that loads it: {' / '.join(said)}")


if __name__ == "__main__":
    from pathlib import Path

    from asr.models import inspect

    try:
        _load(inspect(Path(sys.argv[1])))
    except ModelBroken as fault:
        sys.exit(str(fault))

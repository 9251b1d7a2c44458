"""Vosk as the ear: one shared model, a recogniser for each answer, decoding in the pool's threads.

What is known of the library is kept here: it raises nothing narrower than `Exception`, an empty grammar or a broken
configuration ends the whole process, words missing from the model vanish from a grammar, and a pause inside an answer
closes a result that must be taken at once. None of it leaks out.
"""

import asyncio
import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from asr import grammars, vosk_results
from asr.doubling import Doubler
from asr.model_folder import ModelBroken, ModelFolder
from asr.pool import DecodingPool, Seat
from asr.recognizer import Can, Hearing, Hints, RecognitionFailed
from asr.trial import try_apart
from asr.vosk_results import Part, Result, words

PIECE_SECONDS = 0.12
"""How much sound is decoded at once: less costs more hand-overs to a thread, more makes partials late."""

SPARE_DECODERS = 8
"""Decoders kept ready for each kind of question: to build one for a long list of phrases takes 5–10 ms of a core."""

_MOST_GRAMMARS = 64
_SHORT = frozenset(("confirm", "yesno", "menu"))
"""Grammars of short answers."""


class _Decoder:
    """A Kaldi recogniser with its grammar. A final result makes it start afresh, save for its clock."""

    def __init__(self, kaldi: Any, spares: "list[_Decoder]") -> None:
        self.kaldi = kaldi
        self.heard = 0
        """Samples it was given in earlier answers."""
        self._spares = spares

    def give_back(self, heard: int) -> None:
        self.heard += heard
        if len(self._spares) < SPARE_DECODERS:
            self._spares.append(self)


@dataclass(slots=True)
class _Grammar:
    phrases: str | None
    """As Vosk takes them; None: the model's own language."""
    spares: list[_Decoder] = field(default_factory=list)


class VoskRecognizer:
    """Implements `asr.recognizer.Recognizer`. Made by `load`."""

    def __init__(self, folder: ModelFolder, model: Any, pool: DecodingPool) -> None:
        self.folder = folder
        self.pool = pool
        self._model = model
        self._grammars: dict[tuple[str, tuple[str, ...]], _Grammar] = {}

    @classmethod
    async def load(cls, folder: ModelFolder, pool: DecodingPool) -> "VoskRecognizer":
        """Load the model in a thread and hear a moment of silence with it; raises `ModelBroken`.

        A model that is not ours is first tried in a process of its own, for a bad one takes its process along.
        """
        if folder.origin != "bundled":
            await try_apart(folder)
        model = await asyncio.to_thread(load, folder)
        return cls(folder, model, pool)

    @property
    def name(self) -> str:
        return "vosk"

    @property
    def model(self) -> str:
        return self.folder.name

    @property
    def can(self) -> Can:
        return Can(grammar=self.folder.grammar, alternatives=True, sample_rate=self.folder.rate)

    def lacking(self, phrases: Sequence[str]) -> list[str]:
        """Those of the phrases that the model cannot hear, because it does not know a word of them."""
        return [phrase for phrase in phrases if self._known(phrase) is None]

    async def open(self, hints: Hints) -> "VoskStream":
        seat = self.pool.admit()
        try:
            grammar = self._grammar(hints)
            decoder = grammar.spares.pop() if grammar.spares else await self.pool.run(partial(self._decoder, grammar))
        except BaseException:
            seat.leave()
            raise
        likely = vosk_results.LIKELY_SHORT if hints.grammar in _SHORT else vosk_results.LIKELY
        return VoskStream(decoder, self.pool, seat, self.folder, likely)

    async def aclose(self) -> None:
        """The pool is its maker's to close; the model goes when the last stream has gone."""
        self._grammars.clear()

    def _decoder(self, grammar: _Grammar) -> _Decoder:
        import vosk

        arguments = (self._model, float(_rate(self.folder)), *([grammar.phrases] if grammar.phrases else []))
        try:
            kaldi = vosk.KaldiRecognizer(*arguments)
        except Exception as error:  # vosk raises nothing narrower
            raise RecognitionFailed(f"the speech model {self.folder.path} makes no recogniser: {error}") from error
        kaldi.SetWords(True)
        kaldi.SetMaxAlternatives(vosk_results.ASKED_FOR)
        return _Decoder(kaldi, grammar.spares)

    def _grammar(self, hints: Hints) -> _Grammar:
        key = (hints.grammar, tuple(hints.phrases)) if self.folder.grammar else ("free", ())
        if key not in self._grammars:
            if len(self._grammars) >= _MOST_GRAMMARS:  # phrases of dialplans long replaced
                self._grammars.clear()
            wanted = grammars.phrases(*key)
            known = [heard for phrase in wanted or () if (heard := self._near(phrase)) is not None]
            # An empty list would be a crash inside the library: without phrases the model's own language is used.
            self._grammars[key] = _Grammar(
                json.dumps(grammars.with_unknown(known), ensure_ascii=False) if known else None
            )
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
    """One answer being heard. Its decoder is used by one thread at a time, even after a cancelled `feed`."""

    def __init__(self, decoder: _Decoder, pool: DecodingPool, seat: Seat, folder: ModelFolder, likely: float) -> None:
        self._decoder: _Decoder | None = decoder
        self._pool = pool
        self._seat = seat
        self._rate = _rate(folder)
        self._doubler = Doubler() if self._rate != 8000 else None
        self._model = folder.name
        self._likely = likely
        self._piece = int(8000 * PIECE_SECONDS) * 2
        self._buffer = bytearray()
        self._said = ""
        self._parts: list[Part] = []
        self._given = 0
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
        if self._decoder is not None:
            self._pool.later(self._abandon)

    def _take_buffer(self) -> bytes:
        whole = len(self._buffer) & ~1
        piece = bytes(self._buffer[:whole])
        del self._buffer[:whole]
        return piece

    def _accept(self, piece: bytes) -> str:
        with self._one_thread:
            kaldi = self._decode(piece)
            unfinished: Result = json.loads(kaldi.PartialResult())
            return " ".join([*(part.text for part in self._parts), *words(unfinished.get("partial", ""))])

    def _finish(self, piece: bytes) -> Hearing:
        with self._one_thread:
            kaldi = self._decode(piece)
            self._keep(json.loads(kaldi.FinalResult()))
            self._give_back()
            return vosk_results.hearing(self._parts, model=self._model, likely=self._likely)

    def _abandon(self) -> None:
        """The final result is what makes a decoder forget; nobody wants to know it."""
        with self._one_thread:
            if self._decoder is not None:
                self._decoder.kaldi.FinalResult()
                self._give_back()

    def _give_back(self) -> None:
        decoder, self._decoder = self._decoder, None
        if decoder is not None:
            decoder.give_back(self._given)

    def _decode(self, sound: bytes) -> Any:
        if self._decoder is None:
            raise RecognitionFailed("this stream is finished")
        kaldi = self._decoder.kaldi
        if self._doubler is not None:
            sound = _pcm(self._doubler.double(np.frombuffer(sound, dtype="<i2").astype(np.float32)))
        longest = self._rate * 2 // 5
        for start in range(0, len(sound), longest):
            try:
                paused = kaldi.AcceptWaveform(sound[start : start + longest])
            except Exception as error:  # vosk raises nothing narrower
                self._decoder = None  # in whatever state it is, nobody else gets it
                raise RecognitionFailed(f"Vosk could not decode: {error}") from error
            self._given += len(sound[start : start + longest]) // 2
            if paused:
                self._keep(json.loads(kaldi.Result()))
        return kaldi

    def _keep(self, result: Result) -> None:
        before = self._decoder.heard / self._rate if self._decoder is not None else 0.0
        part = vosk_results.part(result, before=before)
        if part is not None:
            self._parts.append(part)


def _rate(folder: ModelFolder) -> int:
    """What Vosk is told that it gets: 8 kHz, unless the model insists on its own higher rate."""
    return 8000 if folder.rate <= 8000 or folder.upsamples else 16000


def _pcm(samples: npt.NDArray[np.float32]) -> bytes:
    return np.clip(np.rint(samples), -32768, 32767).astype("<i2").tobytes()


def load(folder: ModelFolder) -> Any:
    """The model, after it has heard half a second of silence. A broken one may end the process: see `asr.trial`."""
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

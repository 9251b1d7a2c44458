"""What hearing costs by itself: our pool against a bare Vosk loop on the same sound, and finding voices in it."""

import asyncio
import contextlib
import json
import os
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any

import numpy as np

from asr import grammars
from asr.ear import PIECE
from asr.g711 import alaw_decode, alaw_encode
from asr.models import choose
from asr.pool import DecodingPool
from asr.recognizer import Hints
from asr.vad.network import network
from asr.vad.voice import VoiceFinder
from asr.vosk_engine import VoskRecognizer, load
from asr.vosk_results import ASKED_FOR

_PIECE = PIECE
GRAMMAR = "reading"


@dataclass(frozen=True, slots=True)
class Raced:
    """Seconds for the same sound: by the clock, and of the processors."""

    pool: float
    bare: float
    pool_cpu: float
    bare_cpu: float
    sound: float


async def race(sounds: Sequence[bytes], *, rounds: int) -> Raced:
    """As many threads as cores for both, in turn; the fastest round of each counts."""
    threads = os.cpu_count() or 1
    pool = DecodingPool(threads=threads, capacity=len(sounds), longest_lag=1e9)
    try:
        recognizer = await VoskRecognizer.load(choose(), pool)
        model = await asyncio.to_thread(load, choose())
        known = [phrase for phrase in grammars.phrases(GRAMMAR, ()) or () if not recognizer.lacking([phrase])]
        bare = _Bare(model, json.dumps([*known, "[unk]"], ensure_ascii=False), threads)
        callers = 2 * threads  # as a thread should have the next piece when it has done one
        await _through_pool(recognizer, sounds[:callers], callers)  # not counted: its decoders are made
        pooled, alone = [], []
        for _ in range(rounds):
            began = time.process_time()
            pooled.append((await _through_pool(recognizer, sounds, callers), time.process_time() - began))
            began = time.process_time()
            alone.append((await asyncio.to_thread(bare.hear, sounds), time.process_time() - began))
        (pool_wall, pool_cpu), (wall, cpu) = (map(min, zip(*each, strict=True)) for each in (pooled, alone))
        return Raced(pool_wall, wall, pool_cpu, cpu, sum(map(len, sounds)) / 16000)
    finally:
        await pool.aclose()


async def _through_pool(recognizer: VoskRecognizer, sounds: Sequence[bytes], callers: int) -> float:
    waiting = list(sounds)

    async def hear() -> None:
        while waiting:
            sound = waiting.pop()
            stream = await recognizer.open(Hints(GRAMMAR))
            for at in range(0, len(sound), _PIECE):
                await stream.feed(sound[at : at + _PIECE])
            await stream.finish()

    began = time.perf_counter()
    await asyncio.gather(*(hear() for _ in range(callers)))
    return time.perf_counter() - began


class _Bare:
    """The loop of Vosk's own examples, a decoder a thread, partial results read as a line must read them."""

    def __init__(self, model: object, phrases: str, threads: int) -> None:
        import vosk

        self._decoders = [vosk.KaldiRecognizer(model, 8000.0, phrases) for _ in range(threads)]
        for decoder in self._decoders:
            decoder.SetWords(True)
            decoder.SetMaxAlternatives(ASKED_FOR)

    def hear(self, sounds: Sequence[bytes]) -> float:
        waiting: SimpleQueue[bytes] = SimpleQueue()
        for sound in sounds:
            waiting.put(sound)

        def work(decoder: Any) -> None:
            with contextlib.suppress(Empty):
                while True:
                    sound = waiting.get_nowait()
                    for at in range(0, len(sound), _PIECE):
                        decoder.AcceptWaveform(sound[at : at + _PIECE])
                        json.loads(decoder.PartialResult())
                    json.loads(decoder.FinalResult())

        began = time.perf_counter()
        working = [threading.Thread(target=work, args=(decoder,)) for decoder in self._decoders]
        for thread in working:
            thread.start()
        for thread in working:
            thread.join()
        return time.perf_counter() - began


def vad_seconds(spoken: bytes, *, share: float, minutes: float) -> float:
    """Processor seconds a call-minute to find the voice in a call of which `share` is speech."""
    quiet = np.random.default_rng(2).normal(0, 12, round(len(spoken) / 2 * (1 / share - 1))).astype("<i2").tobytes()
    call = alaw_decode(alaw_encode(spoken + quiet))
    call *= max(1, round(minutes * 60 * 16000 / len(call)))
    frames = [call[at : at + 320] for at in range(0, len(call) - 319, 320)]
    finder = VoiceFinder(network())
    began = time.process_time()
    for frame in frames:
        finder.process(frame)
    return (time.process_time() - began) * 60 / (len(frames) * 0.02)

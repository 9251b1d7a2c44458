"""What calls are heard with, put together once a service: the chosen model, the bundled one behind it, their figures.

The chosen model may be heavy, or broken since it was fetched; the bundled one is light and always there. Whoever
neither can hear is asked for keys.
"""

import asyncio
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import structlog

from asr.added_words import Vocabulary, takes_words
from asr.chain import ChainRecognizer
from asr.engines import load
from asr.model_folder import ModelBroken, ModelFolder, fingerprint, inspect
from asr.models import bundled, choose
from asr.pool import DecodingPool
from asr.recognizer import Recognizer
from asr.vocabularies import Vocabularies, Worded
from asr.vosk_engine import VoskRecognizer
from ivr.service.measures import Figure
from ivr.settings import Settings

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class WordsHeard:
    """A dialplan's words while its calls last."""

    recognizer: Recognizer
    key: str
    knowing: tuple[Vocabularies, ...]

    def drop(self) -> None:
        """The last call of the dialplan is over."""
        for engine in self.knowing:
            engine.drop(self.key)


class Hearing:
    """Made by `start`; `aclose` it when no call is heard any more."""

    def __init__(self, engines: Sequence[tuple[Recognizer, DecodingPool]]) -> None:
        self.recognizer = ChainRecognizer([engine for engine, _ in engines])
        self._pools = tuple(pool for _, pool in engines)

    @classmethod
    async def start(cls, settings: Settings) -> "Hearing":
        """Raises `ModelBroken` when nothing can be heard with; a chosen model that is broken is told in the log."""
        engines: list[tuple[Recognizer, DecodingPool]] = []
        faults: list[ModelBroken] = []
        for folder in await asyncio.to_thread(_folders, settings, faults):
            pool = DecodingPool(capacity=settings.heard_at_once or settings.max_calls)
            try:
                engine = _with_words(await load(folder, pool), settings)
            except ModelBroken as fault:
                await pool.aclose()
                faults.append(fault)
                continue
            engines.append((engine, pool))
            log.info(
                "a speech model is ready",
                action="hearing.model",
                engine=engine.name,
                model=engine.model,
                version=await asyncio.to_thread(fingerprint, folder),
                origin=folder.origin,
                can=str(engine.can),
                at_once=pool.load().capacity,
            )
        for broken in faults:
            log.error("a speech model cannot be used", action="hearing.model_broken", error=str(broken))
        if not engines:
            raise faults[0]
        return cls(engines)

    async def add(self, vocabulary: Vocabulary) -> "WordsHeard":
        """What the calls of a dialplan are heard with: its words are added to every model that takes words."""
        knowing = []
        for link in self.recognizer.links:
            engine = link.recognizer
            if not isinstance(engine, Vocabularies):
                continue
            added = await engine.add(vocabulary)
            if added is not None:
                knowing.append(engine)
                log.info(
                    "a dialplan's words are added",
                    action="hearing.words",
                    model=engine.model,
                    words=len(added.words),
                    guessed=len(added.guessed),
                    left_out=len(added.left_out),
                )
        return WordsHeard(Worded(self.recognizer, vocabulary.key), vocabulary.key, tuple(knowing))

    def figures(self) -> Iterator[Figure]:
        for link, pool in zip(self.recognizer.links, self._pools, strict=True):
            labels = {"engine": link.recognizer.name, "model": link.recognizer.model}
            load_ = pool.load()
            yield Figure("hearing_streams", "Answers being heard now", load_.streams, labels)
            yield Figure("hearing_capacity", "Answers that may be heard at once", load_.capacity, labels)
            yield Figure("hearing_lag_seconds", "How late decoding is", load_.lag_seconds, labels)
            yield Figure("hearing_waiting", "Pieces of sound that wait for a thread", load_.waiting, labels)
            yield Figure("hearing_audio_seconds_total", "Sound decoded", load_.audio_seconds, labels)
            yield Figure("hearing_busy_seconds_total", "Thread time that decoding took", load_.busy_seconds, labels)
            yield Figure("hearing_admitted_total", "Answers that were let in to be heard", load_.admitted, labels)
            yield Figure("hearing_refused_total", "Answers for which there was no room", load_.refused, labels)
            resting = float(self.recognizer.resting(link))
            yield Figure("hearing_resting", "Whether the engine failed and is left alone for a while", resting, labels)
            if isinstance(link.recognizer, Vocabularies):
                meaning = "Copies of the model with the words of dialplans"
                yield Figure("hearing_vocabularies", meaning, link.recognizer.copies, labels)
            for outcome, count in link.tally.outcomes():
                meaning = "Answers by what became of them: heard, nothing (no words), failed, refused, left (given up)"
                yield Figure("hearing_answers_total", meaning, count, {**labels, "outcome": outcome})

    async def aclose(self) -> None:
        await self.recognizer.aclose()
        for pool in self._pools:
            await pool.aclose()


def _with_words(engine: Recognizer, settings: Settings) -> Recognizer:
    if isinstance(engine, VoskRecognizer) and takes_words(engine.folder):
        return Vocabularies(engine, settings.cache / "words")
    return engine


def _folders(settings: Settings, faults: list[ModelBroken]) -> list[ModelFolder]:
    """The chosen model and, behind it, the bundled one."""
    last = inspect(bundled(), origin="bundled")
    try:
        chosen = choose(settings.model, cache=settings.cache)
    except ModelBroken as fault:
        faults.append(fault)
        return [last]
    return [chosen] if chosen.path == last.path else [chosen, last]


async def running_model(port: int) -> str:
    """The model that a line running here would hear the next answer with first; empty where none runs."""
    try:
        async with asyncio.timeout(2):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                writer.write(b"GET /metrics HTTP/1.0\r\nHost: localhost\r\n\r\n")
                told = (await reader.read(1 << 20)).decode(errors="replace")
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return ""
    found = re.search(r'^gudok_hearing_streams\{[^}]*model="([^"]+)"', told, re.MULTILINE)
    return found[1] if found else ""

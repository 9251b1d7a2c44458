"""A recogniser and, beside it, the same model with words added: one copy for each set of words in use.

Copies decode in the pool of the first. One is loaded when the first version of a dialplan wants its words, shared by
all that want the same, and let go with the last of them.
"""

import asyncio
from dataclasses import dataclass, replace
from pathlib import Path

import structlog

from asr import vosk_engine
from asr.added_words import Added, Vocabulary, prune, with_words
from asr.kaldi.binary import BadKaldiFile
from asr.model_folder import ModelBroken
from asr.recognizer import Can, Hints, Recognizer, Stream
from asr.vosk_engine import VoskRecognizer

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Copy:
    loading: "asyncio.Task[tuple[VoskRecognizer, Added]]"
    users: int = 0


class Vocabularies:
    """Implements `asr.recognizer.Recognizer` over a model that takes words."""

    def __init__(self, base: VoskRecognizer, cache: Path) -> None:
        self._base = base
        self._cache = cache
        self._copies: dict[str, _Copy] = {}

    @property
    def name(self) -> str:
        return self._base.name

    @property
    def model(self) -> str:
        return self._base.model

    @property
    def can(self) -> Can:
        return self._base.can

    @property
    def copies(self) -> int:
        """How many models there are beside the first."""
        return len(self._copies)

    async def add(self, vocabulary: Vocabulary) -> Added | None:
        """Make its words heard under its key, until as many `drop`s. None: it could not be done, and the log says why.

        Calls of that key are then heard with the words the model has.
        """
        copy = self._copies.get(vocabulary.key)
        if copy is None:
            copy = self._copies[vocabulary.key] = _Copy(asyncio.create_task(self._load(vocabulary)))
        copy.users += 1
        try:
            _, added = await asyncio.shield(copy.loading)
        except (BadKaldiFile, ModelBroken, OSError) as error:
            self.drop(vocabulary.key)
            log.error("a dialplan's words cannot be added", action="hearing.words", model=self.model, why=str(error))
            return None
        except BaseException:
            self.drop(vocabulary.key)
            raise
        return added

    def drop(self, key: str) -> None:
        """One user less; calls under way keep what they have."""
        copy = self._copies.get(key)
        if copy is None:
            return
        copy.users -= 1
        if copy.users <= 0:
            del self._copies[key]
            copy.loading.cancel()

    async def open(self, hints: Hints) -> Stream:
        copy = self._copies.get(hints.vocabulary)
        if copy is None or not copy.loading.done() or copy.loading.cancelled() or copy.loading.exception():
            return await self._base.open(hints)
        recognizer, _ = copy.loading.result()
        return await recognizer.open(hints)

    async def aclose(self) -> None:
        for copy in self._copies.values():
            copy.loading.cancel()
        self._copies.clear()
        await self._base.aclose()

    async def _load(self, vocabulary: Vocabulary) -> tuple[VoskRecognizer, Added]:
        added = await asyncio.to_thread(with_words, self._base.folder, vocabulary, self._cache)
        if added.folder.path == self._base.folder.path:
            return self._base, added  # it knows them all
        # What we wrote ourselves from a model that is already loaded need not be tried in a process of its own.
        model = await asyncio.to_thread(vosk_engine.load, added.folder)
        await asyncio.to_thread(prune, self._cache)
        return VoskRecognizer(added.folder, model, self._base.pool), added


class Worded:
    """A recogniser as the calls of one edition have it: every answer is heard with the edition's words."""

    def __init__(self, recognizer: Recognizer, key: str) -> None:
        self._recognizer = recognizer
        self._key = key

    @property
    def name(self) -> str:
        return self._recognizer.name

    @property
    def model(self) -> str:
        return self._recognizer.model

    @property
    def can(self) -> Can:
        return self._recognizer.can

    async def open(self, hints: Hints) -> Stream:
        return await self._recognizer.open(replace(hints, vocabulary=self._key))

    async def aclose(self) -> None:
        """What it hears with is its maker's to close."""

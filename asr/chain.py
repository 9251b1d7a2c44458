"""Several recognisers as one: when the first is down, full, or fails in the middle of an answer, the next one hears.

The next one gets the answer from its beginning, so the caller notices a moment's pause at most. An engine that failed
is left alone for a while, longer each time; one that is only full is asked again with the next answer.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import structlog

from asr.recognizer import Can, Hearing, Hints, RecognitionFailed, Recognizer, Stream

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Patience:
    """How an engine that fails is treated, in seconds."""

    rest: float = 5.0
    """An engine that failed is left alone for so long; twice as long each further time."""
    longest_rest: float = 300.0
    kept: float = 45.0
    """Sound kept of an answer; a longer one stays with the engine it has."""

    def rests(self, failures: int) -> float:
        return min(self.longest_rest, self.rest * 2.0 ** min(failures - 1, 16))


@dataclass(slots=True)
class Tally:
    """What became of the answers that an engine was asked to hear."""

    heard: int = 0
    nothing: int = 0
    """Decoded to the end, and there were no words."""
    failed: int = 0
    refused: int = 0
    """It was full."""
    left: int = 0
    """Given up half way: a key, a caller who hung up."""

    def outcomes(self) -> Iterator[tuple[str, int]]:
        for outcome in ("heard", "nothing", "failed", "refused", "left"):
            yield outcome, getattr(self, outcome)


@dataclass(slots=True, eq=False)
class Link:
    """One engine of the chain and how it fares."""

    recognizer: Recognizer
    tally: Tally = field(default_factory=Tally)
    failures: int = 0
    """One after another; an answer heard to its end forgets them."""
    rests_until: float = float("-inf")

    @property
    def label(self) -> str:
        return f"{self.recognizer.name}/{self.recognizer.model}"


class ChainRecognizer:
    """Implements `asr.recognizer.Recognizer` by others, the best first. It closes none of them before itself."""

    def __init__(
        self,
        engines: Sequence[Recognizer],
        *,
        patience: Patience = Patience(),
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        if not engines:
            raise ValueError("a chain needs at least one recogniser")
        self.links = tuple(Link(engine) for engine in engines)
        self.patience = patience
        self._now = now

    @property
    def name(self) -> str:
        return self.in_order()[0].recognizer.name

    @property
    def model(self) -> str:
        return self.in_order()[0].recognizer.model

    @property
    def can(self) -> Can:
        """What the engine can that would hear the next answer."""
        return self.in_order()[0].recognizer.can

    def resting(self, link: Link) -> bool:
        return self._now() < link.rests_until

    async def open(self, hints: Hints) -> "ChainStream":
        return ChainStream(self, hints, *await self.open_first(hints, self.in_order()))

    async def open_first(self, hints: Hints, links: Iterable[Link]) -> tuple[Link, Stream]:
        """The first of these that lets an answer in."""
        reasons: list[str] = []
        busy = False
        for link in links:
            try:
                return link, await link.recognizer.open(hints)
            except RecognitionFailed as failure:
                self.failed(link, failure)
                busy = busy or failure.retryable
                reasons.append(f"{link.label}: {failure}")
        raise RecognitionFailed("; ".join(reasons), retryable=busy)

    def in_order(self) -> list[Link]:
        """Those that are well, the best first; those that rest behind them, for there may be nobody else."""
        return sorted(self.links, key=self.resting)

    def failed(self, link: Link, failure: RecognitionFailed) -> None:
        if failure.retryable:
            link.tally.refused += 1
            return
        link.tally.failed += 1
        link.failures += 1
        rest = self.patience.rests(link.failures)
        link.rests_until = self._now() + rest
        log.warning(
            "an engine cannot hear",
            action="hearing.engine_failed",
            engine=link.recognizer.name,
            model=link.recognizer.model,
            why=str(failure),
            rests=rest,
        )

    def finished(self, link: Link, hearing: Hearing) -> None:
        if hearing.text:
            link.tally.heard += 1
        else:
            link.tally.nothing += 1
        if link.failures:
            log.info(
                "an engine hears again",
                action="hearing.engine_well",
                engine=link.recognizer.name,
                model=link.recognizer.model,
            )
        link.failures, link.rests_until = 0, float("-inf")

    async def aclose(self) -> None:
        for link in self.links:
            await link.recognizer.aclose()


class ChainStream:
    """One answer, heard by whichever engine can; implements `asr.recognizer.Stream`."""

    def __init__(self, chain: ChainRecognizer, hints: Hints, link: Link, stream: Stream) -> None:
        self._chain = chain
        self._hints = hints
        self._link: Link | None = link
        self._stream = stream
        self._sound: bytearray | None = bytearray() if len(chain.links) > 1 else None
        """The answer so far; None where nobody could take over, or it has grown too long."""
        self._tried = [link]
        self._closed = False

    async def feed(self, pcm: bytes) -> str:
        if self._closed:
            raise RecognitionFailed("this stream is finished")
        self._keep(pcm)
        try:
            return await self._stream.feed(pcm)
        except RecognitionFailed as failure:
            return await self._taken_over(failure)

    async def finish(self) -> Hearing:
        if self._closed:
            raise RecognitionFailed("this stream is finished")
        while True:
            try:
                hearing = await self._stream.finish()
            except RecognitionFailed as failure:
                await self._taken_over(failure)
            else:
                self._closed = True
                if self._link is not None:
                    self._chain.finished(self._link, hearing)
                    self._link = None
                return hearing

    async def aclose(self) -> None:
        self._closed = True
        if self._link is not None:
            self._link.tally.left += 1
            self._link = None
        await self._stream.aclose()

    def _keep(self, pcm: bytes) -> None:
        if self._sound is None:
            return
        self._sound += pcm
        if len(self._sound) > self._chain.patience.kept * 16000:
            self._sound = None

    async def _taken_over(self, failure: RecognitionFailed) -> str:
        """The words that the next engine hears in the sound so far; raises the failure when there is none to hear."""
        while True:
            await self._stream.aclose()
            if self._link is not None:
                # Whatever kept an answer that was let in from being heard, the engine is not well.
                self._chain.failed(self._link, RecognitionFailed(str(failure)))
                self._link = None
            untried = [link for link in self._chain.in_order() if link not in self._tried]
            if self._sound is None or not untried:
                raise failure
            self._link, self._stream = await self._chain.open_first(self._hints, self._trying(untried))
            try:
                return await self._stream.feed(bytes(self._sound))
            except RecognitionFailed as again:
                failure = again

    def _trying(self, links: Iterable[Link]) -> Iterator[Link]:
        for link in links:
            self._tried.append(link)
            yield link

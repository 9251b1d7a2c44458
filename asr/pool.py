"""The threads that decode speech, and how many callers they may serve at once.

Decoding releases the interpreter, so a few threads use the machine's cores while the event loop goes on. A caller more
than the pool can hear in time is refused at the door (`RecognitionFailed`), for then everybody would be heard late; the
line asks for keys instead. Each stream has at most one piece in work, so the queue is never longer than the streams.
"""

import asyncio
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from asr.recognizer import RecognitionFailed

T = TypeVar("T")

_LAG_FORGOTTEN = 2.0
"""A lag measured longer ago than this says nothing about now."""


@dataclass(frozen=True, slots=True)
class Load:
    """How busy the pool is; `of_capacity` is the figure to draw and to alarm on."""

    streams: int
    capacity: int
    waiting: int
    lag_seconds: float
    audio_seconds: float
    """Sound decoded since the start."""
    busy_seconds: float
    """Thread time it took."""
    admitted: int = 0
    """Streams let in since the start."""
    refused: int = 0
    """Streams for which there was no room."""

    @property
    def of_capacity(self) -> float:
        return self.streams / self.capacity


class Seat:
    """A caller's place in the pool, given back exactly once."""

    def __init__(self, leave: Callable[[], None]) -> None:
        self._leave: Callable[[], None] | None = leave

    def leave(self) -> None:
        leave, self._leave = self._leave, None
        if leave is not None:
            leave()


class DecodingPool:
    def __init__(
        self,
        *,
        threads: int | None = None,
        capacity: int = 200,
        longest_lag: float = 0.5,
        patience: float = 5.0,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        if capacity < 1:
            raise ValueError("a decoding pool needs room for at least one stream")
        self._threads = ThreadPoolExecutor(max_workers=threads or os.cpu_count() or 1, thread_name_prefix="asr")
        self._capacity = capacity
        self._longest_lag = longest_lag
        self._patience = patience
        self._now = now
        self._streams = 0
        self._admitted = 0
        self._refused = 0
        self._submitted: dict[int, float] = {}
        self._ticket = 0
        self._lag = 0.0
        self._lag_at = float("-inf")
        self._audio = 0.0
        self._busy = 0.0
        self._closed = False

    def load(self) -> Load:
        return Load(
            self._streams,
            self._capacity,
            len(self._submitted),
            self._lag_now(),
            self._audio,
            self._busy,
            self._admitted,
            self._refused,
        )

    def admit(self) -> Seat:
        """A place for one more stream; raises `RecognitionFailed` when there is none or the pool is late already."""
        if self._closed:
            raise RecognitionFailed("closed: the line is stopping")
        if self._streams >= self._capacity:
            self._refused += 1
            raise RecognitionFailed(f"full: {self._streams} callers are being heard", retryable=True)
        lag = self._lag_now()
        if lag > self._longest_lag:
            self._refused += 1
            raise RecognitionFailed(f"full: decoding is {lag:.1f} s late", retryable=True)
        self._streams += 1
        self._admitted += 1
        return Seat(self._left)

    async def run(self, work: Callable[[], T], *, audio_seconds: float = 0.0) -> T:
        """Do a piece of decoding in one of the threads. Cancelled, it is dropped unless it has begun.

        Raises `RecognitionFailed` for a piece that takes longer than the pool's patience and its own sound: it is no
        use to a caller who waits. What has begun goes on in its thread to its end.
        """
        if self._closed:
            raise RecognitionFailed("closed: the line is stopping")
        self._ticket += 1
        ticket, asked = self._ticket, self._now()
        self._submitted[ticket] = asked
        began = ended = None

        def timed() -> T:
            nonlocal began, ended
            began = self._now()
            self._submitted.pop(ticket, None)
            try:
                return work()
            finally:
                ended = self._now()

        try:
            async with asyncio.timeout(self._patience + audio_seconds):
                return await asyncio.get_running_loop().run_in_executor(self._threads, timed)
        except TimeoutError:
            raise RecognitionFailed("decoding does not come to an end") from None
        finally:
            self._submitted.pop(ticket, None)
            now = self._now()
            self._lag, self._lag_at = (now if began is None else began) - asked, now
            self._busy += (ended or now) - (began or now)
            self._audio += audio_seconds

    def later(self, work: Callable[[], object]) -> None:
        """Do it in a thread when there is time; nobody waits for it. In a closed pool it is done at once."""
        try:
            self._threads.submit(work)
        except RuntimeError:  # the executor takes no more
            work()

    async def aclose(self) -> None:
        """Take no more work and wait for what has begun."""
        self._closed = True
        await asyncio.to_thread(self._threads.shutdown, wait=True, cancel_futures=True)

    def _left(self) -> None:
        self._streams -= 1

    def _lag_now(self) -> float:
        now = self._now()
        waiting = now - min(list(self._submitted.values()), default=now)
        recent = self._lag if now - self._lag_at < _LAG_FORGOTTEN else 0.0
        return max(waiting, recent)

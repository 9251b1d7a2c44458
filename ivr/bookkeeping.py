"""What the service does with its own books: calls that have ended are counted, and each night the figures are proved.

Entered once a service; its tasks end with the block. What does not agree is said in the log and in `/metrics`.
"""

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import AsyncExitStack, suppress
from types import TracebackType

from ivr.clock import Clock
from ivr.journal.counting import Counting
from ivr.measures import Figure
from ivr.store import Store


class Bookkeeping:
    def __init__(self, store: Store, clock: Clock) -> None:
        self._counting = Counting(store, clock)
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> "Bookkeeping":
        self._start(self._counting.run(), "journal: counting calls")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    def figures(self) -> Iterator[Figure]:
        yield Figure("calls_counted_total", "Calls whose waits and talks were counted", self._counting.counted)
        yield Figure("calls_uncounted", "Calls that wait to be counted", self._counting.behind)

    def _start(self, doing: Coroutine[object, object, None], name: str) -> None:
        task = asyncio.create_task(doing, name=name)

        async def stop() -> None:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

        self._stack.push_async_callback(stop)

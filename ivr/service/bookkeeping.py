"""What the service does with its own books: calls that have ended are counted, and each night the figures are proved.

Entered once a service; its tasks end with the block. What does not agree is said in the log and in `/metrics`.
"""

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import AsyncExitStack
from datetime import datetime, time, timedelta
from types import TracebackType
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from asterisk import queue_log
from ivr.clock import Clock
from ivr.journal.agreement import disagreements
from ivr.journal.counting import Counting
from ivr.journal.tables import tallies
from ivr.service.beside import run_beside
from ivr.service.measures import Figure
from ivr.service.reconciling import compare, queue_log_of
from ivr.settings import Places
from ivr.store import Store
from ivr.store.engine import reason

log = structlog.get_logger(__name__)

ZONE = ZoneInfo("Europe/Moscow")
AT = time(3, 10)
"""When few call, and the day before is over in every zone of the country."""
_SAID = 20
"""Of more differences than that the log has the number only; the reports have them all."""


class Bookkeeping:
    def __init__(self, store: Store, places: Places, clock: Clock) -> None:
        self._store, self._places, self._clock = store, places, clock
        self._counting = Counting(store, clock)
        self._stack = AsyncExitStack()
        self.differences: dict[tuple[str, str], int] = {}
        """By supplier, and by what the books were held against, since the last night."""

    async def __aenter__(self) -> "Bookkeeping":
        self._start(self._counting.run(), "journal: counting calls")
        self._start(self._nights(), "journal: the nightly proof")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    def figures(self) -> Iterator[Figure]:
        yield Figure("calls_counted_total", "Calls whose waits and talks were counted", self._counting.counted)
        yield Figure("calls_uncounted", "Calls that wait to be counted", self._counting.behind)
        for (supplier, against), count in self.differences.items():
            meaning = "What differed when the last day's books were proved"
            yield Figure("books_differences", meaning, count, {"supplier": supplier, "against": against})

    async def prove(self, since: datetime, until: datetime) -> None:
        """Hold what is kept of [since, until) against events and against Asterisk's queue log."""
        lines = await asyncio.to_thread(queue_log.read, queue_log_of(self._places))
        for supplier in await self._suppliers(since, until):
            wrong = [one async for one in disagreements(self._store, supplier, since, until)]
            for one in wrong[:_SAID]:
                log.error(
                    "the books do not agree", action="books.differ", supplier=supplier, what=one.what, why=one.words
                )
            self.differences[supplier, "events"] = len(wrong)
            compared = await compare(self._store, supplier, lines, since, until) if lines else None
            if compared is not None:
                self.differences[supplier, "asterisk"] = len(compared.found)
            log.info(
                "the day's books are proved",
                action="books.proved",
                supplier=supplier,
                day=since.date().isoformat(),
                differences=len(wrong),
                stays=compared.stays if compared else 0,
                differ_from_asterisk=len(compared.found) if compared else 0,
            )

    async def _nights(self) -> None:
        while True:
            now = self._clock.now().astimezone(ZONE)
            due = datetime.combine(now.date(), AT, ZONE)
            due = due if now < due else due + timedelta(days=1)
            await self._clock.sleep((due - now).total_seconds())
            day = datetime.combine(due.date(), time(), ZONE)
            try:
                await self.prove(day - timedelta(days=1), day)
                await asyncio.to_thread(queue_log.trim, queue_log_of(self._places), self._clock.now())
            except (SQLAlchemyError, OSError, TimeoutError) as error:
                log.warning("the day's books could not be proved", action="books.away", why=reason(error))

    async def _suppliers(self, since: datetime, until: datetime) -> list[str]:
        query = select(tallies.c.supplier).where(tallies.c.at >= since, tallies.c.at < until).distinct()
        async with self._store.reading() as connection:
            return sorted((await connection.execute(query)).scalars())

    def _start(self, doing: Coroutine[object, object, None], name: str) -> None:
        run_beside(self._stack, doing, name)

"""Writing the journal: `note()` costs microseconds and never waits; one task commits what gathered, many at a time.

While the database is away events wait in memory, up to a bound, and calls go on; `healthy` says so. Where they wait is
`Backlog` alone, so that a spool on disk can stand in its place.
"""

import asyncio
import contextlib
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy import func, select
from sqlalchemy.exc import DataError, IntegrityError, SQLAlchemyError

from ivr.clock import Clock, SystemClock
from ivr.journal.backlog import Backlog
from ivr.journal.events import Kind
from ivr.journal.rows import Row, Rows
from ivr.journal.tables import events
from ivr.store import Store
from ivr.store.engine import reason

log = structlog.get_logger(__name__)


class JournalAway(Exception):
    """What was noted is not on disk, and nobody may be told that it is."""


class CallJournal:
    """One call's pen. The call's owner holds it; nobody else writes events of this call on this node."""

    def __init__(self, journal: "Journal", supplier: str, call: UUID, seq: int) -> None:
        self.supplier = supplier
        self.call = call
        self._key = journal._rows.key(call)
        self._journal = journal
        self._seq = seq
        self._position = journal.noted
        self._lost = False

    def note(self, kind: Kind, **data: object) -> None:
        """Write down what happens now. Never waits, never fails; `await durable()` is what waits."""
        self._note(kind, None, data)

    def note_at(self, at: datetime, kind: Kind, **data: object) -> None:
        """The same for what happened at the instant `at`, by another's clock."""
        self._note(kind, at, data)

    def _note(self, kind: Kind, at: datetime | None, data: dict[str, object]) -> None:
        self._seq += 1
        if self._journal._push(self, kind, self._seq, at, data):
            self._position = self._journal.noted
        else:
            self._lost = True

    async def durable(self, seconds: float = 5.0) -> None:
        """Wait until everything noted so far is committed. Raises `JournalAway` if it is not within `seconds`."""
        if self._lost:
            raise JournalAway("the journal's backlog is full; an event of this call was lost")
        await self._journal._wait(self._position, seconds)


class Journal:
    """The node's writer. `async with Journal(store, node="node1") as journal: …` flushes the rest when it is left."""

    def __init__(
        self,
        store: Store,
        *,
        node: str,
        clock: Clock | None = None,
        gather_seconds: float = 0.05,
        most_rows: int = 4000,
        backlog: int = 200_000,
    ) -> None:
        self.node = node
        self.noted = 0
        self.committed = 0
        self._store = store
        self._rows = Rows(store, node)
        self._clock = clock or SystemClock()
        self._gather_seconds = gather_seconds
        self._most_rows = most_rows
        self._backlog = Backlog(backlog)
        self._taken = True
        self._some = asyncio.Event()
        self._hurry = asyncio.Event()
        self._closing = False
        self._waiters: list[tuple[int, asyncio.Future[None]]] = []
        self._task: asyncio.Task[None] | None = None

    @property
    def healthy(self) -> bool:
        """Whether the database takes what is noted."""
        return self._taken and (self._task is None or not self._task.done())

    @property
    def waiting(self) -> int:
        """Events noted and not yet committed."""
        return len(self._backlog)

    @property
    def lost(self) -> int:
        """Events that found the backlog full."""
        return self._backlog.lost

    def open_call(self, supplier: str, call: UUID) -> CallJournal:
        """The pen of a call that begins now."""
        return CallJournal(self, supplier, call, 0)

    async def resume_call(self, supplier: str, call: UUID) -> CallJournal:
        """The pen of a call whose earlier events this node has already written, before a restart."""
        query = select(func.max(events.c.seq)).where(events.c.call == call, events.c.node == self.node)
        async with self._store.reading() as connection:
            return CallJournal(self, supplier, call, (await connection.execute(query)).scalar() or 0)

    async def start(self) -> None:
        self._task = asyncio.create_task(self._write(), name="journal writer")

    async def aclose(self, seconds: float = 5.0) -> None:
        """Commit what waits, within `seconds`, and stop."""
        if self._task is None:
            return
        self._closing = True
        self._some.set()
        self._hurry.set()
        task, self._task = self._task, None
        done, _ = await asyncio.wait({task}, timeout=seconds)
        if not done:
            task.cancel()
            await asyncio.wait({task})
            log.error("journal closed with events not written", action="journal.lost", events=len(self._backlog))
        self._fail_waiters("the journal was closed")
        if done:
            task.result()

    async def __aenter__(self) -> "Journal":
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def _push(self, call: CallJournal, kind: Kind, seq: int, at: datetime | None, data: dict[str, object]) -> bool:
        noted_at = self._clock.now()
        row = self._rows.row(call._key, seq, call.supplier, noted_at, at or noted_at, kind, data)
        if not self._backlog.push(row):
            if self._backlog.lost == 1 or self._backlog.lost % 10_000 == 0:
                log.error("journal backlog is full", action="journal.lost", events=self._backlog.lost)
            return False
        self.noted += 1
        self._some.set()
        if len(self._backlog) >= self._most_rows:
            self._hurry.set()
        return True

    async def _wait(self, position: int, seconds: float) -> None:
        if self.committed >= position:
            return
        if self._task is None:
            raise JournalAway("the journal is closed")
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        waiter = (position, done)
        self._waiters.append(waiter)
        self._hurry.set()
        try:
            await asyncio.wait_for(done, seconds)
        except TimeoutError:
            raise JournalAway(f"the database did not take the journal's events within {seconds:g} s") from None
        finally:
            if waiter in self._waiters:
                self._waiters.remove(waiter)

    async def _write(self) -> None:
        delay = 0.0
        while True:
            if not self._backlog:
                if self._closing:
                    return
                self._some.clear()
                await self._some.wait()
                continue
            await self._gather(delay)
            rows = self._backlog.peek(self._most_rows)
            try:
                await self._commit(rows)
            except (SQLAlchemyError, OSError, TimeoutError) as error:
                delay = min(delay * 2, 5.0) if delay else 0.2
                if self._taken:
                    self._taken = False
                    log.error(
                        "the database does not take the journal; calls go on, events wait in memory",
                        action="journal.away",
                        database=self._store.name,
                        why=reason(error),
                    )
                continue
            delay = 0.0
            self._backlog.drop(len(rows))
            self.committed += len(rows)
            if not self._taken:
                self._taken = True
                log.info("the database takes the journal again", action="journal.back", waited=len(rows))
            self._wake_waiters()

    async def _gather(self, delay: float) -> None:
        """Let a batch gather, unless somebody waits for it; after a failure wait `delay` whoever waits."""
        if delay:
            await asyncio.sleep(delay)
            return
        if not self._waiters and not self._closing and len(self._backlog) < self._most_rows:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._hurry.wait(), self._gather_seconds)
        self._hurry.clear()

    async def _commit(self, rows: Sequence[Row]) -> None:
        try:
            async with self._store.writing() as connection:
                await self._rows.put(connection, rows)
        except (IntegrityError, DataError):
            # A commit whose answer was lost is being repeated, or one row is bad: go row by row, and keep the rest.
            async with self._store.writing() as connection:
                await self._rows.put_one_by_one(connection, rows)

    def _wake_waiters(self) -> None:
        for position, done in self._waiters:
            if position <= self.committed and not done.done():
                done.set_result(None)

    def _fail_waiters(self, why: str) -> None:
        for _, done in self._waiters:
            if not done.done():
                done.set_exception(JournalAway(why))

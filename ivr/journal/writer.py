"""Writing the journal: `note()` costs microseconds and never waits; one task commits what gathered, many at a time.

While the database is away calls go on; `healthy` says so. Events wait in memory at first, and after a second, or when
too many have gathered, in the spool: on disk, so that what was `durable()` stays true. When the database is back the
spool is read out first, then what waits in memory: no event is missing, none is there twice.
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
from ivr.journal.overflow import Overflow
from ivr.journal.rows import Row, Rows
from ivr.journal.spool import Spool
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
        """Wait until everything noted so far is on disk: in the database, or in the spool while that is away.

        Raises `JournalAway` if it is not within `seconds`.
        """
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
        spool: Spool | None = None,
        clock: Clock | None = None,
        gather_seconds: float = 0.05,
        most_rows: int = 4000,
        backlog: int = 200_000,
        spool_after_seconds: float = 1.0,
        spool_after_rows: int = 20_000,
    ) -> None:
        self.node = node
        self.noted = 0
        self.kept = 0
        """Of the noted events so many, the oldest, are on disk."""
        self._store = store
        self._rows = Rows(store, node)
        self._clock = clock or SystemClock()
        self._gather_seconds = gather_seconds
        self._most_rows = most_rows
        self._backlog = Backlog(backlog)
        self._overflow = Overflow(spool, self._rows, spool_after_seconds, spool_after_rows)
        self._taken = True
        self._some = asyncio.Event()
        self._hurry = asyncio.Event()
        self._drained = asyncio.Event()
        self._closing = asyncio.Event()
        self._waiters: list[tuple[int, asyncio.Future[None]]] = []
        self._task: asyncio.Task[None] | None = None

    @property
    def healthy(self) -> bool:
        """Whether the database takes what is noted."""
        return self._taken and (self._task is None or not self._task.done())

    @property
    def waiting(self) -> int:
        """Events noted that are not on disk yet."""
        return len(self._backlog)

    @property
    def overflow(self) -> Overflow:
        """What is in the spool."""
        return self._overflow

    @property
    def lost(self) -> int:
        """Events that found the backlog full."""
        return self._backlog.lost

    def open_call(self, supplier: str, call: UUID) -> CallJournal:
        """The pen of a call that begins now."""
        return CallJournal(self, supplier, call, 0)

    async def resume_call(self, supplier: str, call: UUID) -> CallJournal:
        """The pen of a call whose earlier events this node has already written, before a restart."""
        await self.drained()
        query = select(func.max(events.c.seq)).where(events.c.call == call, events.c.node == self.node)
        async with self._store.reading() as connection:
            return CallJournal(self, supplier, call, (await connection.execute(query)).scalar() or 0)

    @property
    def is_drained(self) -> bool:
        """Whether nothing is left in the spool."""
        return self._drained.is_set()

    async def drained(self) -> None:
        """Wait until nothing is left in the spool: only then the database knows how every earlier call went on."""
        await self._drained.wait()

    async def start(self) -> None:
        self._note_drained()
        if not self._drained.is_set():
            log.warning(
                "the spool holds events of before the start; they are written first",
                action="journal.replay",
                events=self._overflow.held,
            )
        self._task = asyncio.create_task(self._write(), name="journal writer")

    async def aclose(self, seconds: float = 5.0) -> None:
        """Commit what waits, within `seconds`, and stop; what the database does not take stays in the spool."""
        if self._task is None:
            return
        self._closing.set()
        self._some.set()
        self._hurry.set()
        task, self._task = self._task, None
        done, _ = await asyncio.wait({task}, timeout=seconds)
        if not done:
            task.cancel()
            await asyncio.wait({task})
            await self._spool_all()
        if self._backlog:
            log.error("journal closed with events not written", action="journal.lost", events=len(self._backlog))
        if self._overflow.held:
            log.warning("the next start goes on with the spool", action="journal.left", events=self._overflow.held)
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
        if self.kept >= position:
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
            full = " and the spool has no room" if self._overflow.full else ""
            raise JournalAway(f"the database did not take the journal's events within {seconds:g} s{full}") from None
        finally:
            if waiter in self._waiters:
                self._waiters.remove(waiter)

    # -- the writer ----------------------------------------------------------------------------------------------

    async def _write(self) -> None:
        delay = 0.0
        while True:
            if not self._backlog and not self._overflow.held:
                if self._closing.is_set():
                    return
                self._some.clear()
                await self._some.wait()
                continue
            await self._gather()
            self._overflow.asked()
            try:
                await self._write_some()
            except (SQLAlchemyError, OSError, TimeoutError) as error:
                self._away(error)
                delay = min(delay * 2, 5.0) if delay else 0.2
                if self._closing.is_set() and await self._spool_all():
                    return
                await self._meanwhile(asyncio.create_task(self._pause(delay), name="journal: the next attempt"))
                continue
            delay = 0.0
            self._overflow.answered()
            if not self._taken:
                self._taken = True
                log.info("the database takes the journal again", action="journal.back", spooled=self._overflow.held)

    async def _gather(self) -> None:
        """Let a batch gather, unless somebody waits for it."""
        hurry = self._waiters or self._closing.is_set() or self._overflow.held
        if not hurry and len(self._backlog) < self._most_rows:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._hurry.wait(), self._gather_seconds)
        self._hurry.clear()

    async def _pause(self, seconds: float) -> None:
        """Until the database is asked again."""
        if self._closing.is_set():
            await asyncio.sleep(seconds)
            return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._closing.wait(), seconds)

    async def _write_some(self) -> None:
        """Commit the oldest events there are: those in the spool, then those in memory."""
        if self._overflow.held:
            if self._waiters or len(self._backlog) >= self._most_rows:
                await self._spool_all()  # reading it all out may take longer than anybody can wait
            read, rows = await self._overflow.oldest(self._most_rows)
            await self._meanwhile(asyncio.create_task(self._commit(rows, again=True), name="journal: replay"))
            await self._overflow.drop(read, rows)
            self._note_drained()
            return
        rows = self._backlog.peek(self._most_rows)
        through = self.kept + len(rows)
        await self._meanwhile(asyncio.create_task(self._commit(rows), name="journal: commit"))
        self._keep(through - self.kept)  # fewer, where the spool took them while the commit took its time

    async def _meanwhile(self, task: "asyncio.Task[None]") -> None:
        """Wait for the task; what gathers goes to the spool once the database has been silent for too long."""
        hurry: asyncio.Task[bool] | None = None
        try:
            while not task.done():
                due = self._overflow.seconds_left(len(self._backlog))
                if due == 0 and self._backlog and not await self._spool_all():
                    due = None  # there is no room: only the database can help now
                if due is None or due > 0:
                    await asyncio.wait({task}, timeout=due)
                    continue
                self._hurry.clear()
                hurry = hurry or asyncio.create_task(self._hurry.wait(), name="journal: somebody waits")
                await asyncio.wait({task, hurry}, timeout=1.0, return_when=asyncio.FIRST_COMPLETED)
                if hurry.done():
                    hurry = None
        finally:
            for started in (task, hurry):
                if started is not None and not started.done():
                    started.cancel()
                    await asyncio.wait({started}, timeout=2.0)
        await task

    async def _spool_all(self) -> bool:
        """Move what waits in memory to the spool; whether all of it found room."""
        while self._backlog:
            rows = self._backlog.peek(self._most_rows)
            moved = await self._overflow.put(rows)
            self._note_drained()
            self._keep(moved)
            if moved < len(rows):
                return False
        return True

    def _keep(self, count: int) -> None:
        """The oldest `count` events in memory are on disk."""
        if count > 0:
            self._backlog.drop(count)
            self.kept += count
            self._wake_waiters()

    def _away(self, error: Exception) -> None:
        if self._taken:
            self._taken = False
            log.error(
                "the database does not take the journal; calls go on, events wait",
                action="journal.away",
                database=self._store.name,
                why=reason(error),
            )

    def _note_drained(self) -> None:
        if self._overflow.held:
            self._drained.clear()
        else:
            self._drained.set()

    async def _commit(self, rows: Sequence[Row], *, again: bool = False) -> None:
        try:
            async with self._store.writing() as connection:
                await self._rows.put(connection, rows, again=again)
        except (IntegrityError, DataError):
            # A commit whose answer was lost is being repeated, or one row is bad: go row by row, and keep the rest.
            async with self._store.writing() as connection:
                await self._rows.put_one_by_one(connection, rows)

    def _wake_waiters(self) -> None:
        for position, done in self._waiters:
            if position <= self.kept and not done.done():
                done.set_result(None)

    def _fail_waiters(self, why: str) -> None:
        for _, done in self._waiters:
            if not done.done():
                done.set_exception(JournalAway(why))

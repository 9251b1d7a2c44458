"""When the journal's events go to the spool instead of waiting in memory, and how they come back out of it.

It decides nothing of the database: the writer tells it when that was asked and when it answered.
"""

import asyncio
import time
from collections.abc import Sequence

import structlog

from ivr.journal.rows import Row, Rows
from ivr.journal.spool import Read, Spool

log = structlog.get_logger(__name__)


class Overflow:
    """The spool as the writer sees it; without a spool it takes nothing and never has anything."""

    def __init__(self, spool: Spool | None, rows: Rows, after_seconds: float, after_rows: int) -> None:
        self.full = False
        """Whether the spool had no room for what the database does not take; until it is read out."""
        self.unreadable = 0
        self._spool = spool
        self._rows = rows
        self._after_seconds = after_seconds
        self._after_rows = after_rows
        self._asked_at: float | None = None
        self._spooling = False

    @property
    def held(self) -> int:
        """Events in the spool."""
        return self._spool.held if self._spool is not None else 0

    @property
    def used(self) -> int:
        """Bytes of the spool that are taken."""
        return self._spool.used if self._spool is not None else 0

    @property
    def size(self) -> int:
        return self._spool.size if self._spool is not None else 0

    @property
    def damaged(self) -> int:
        """Records that could not be read back, since the start."""
        return self.unreadable + (self._spool.damaged if self._spool is not None else 0)

    def asked(self) -> None:
        """The database is asked to take something, now or still."""
        if self._asked_at is None:
            self._asked_at = time.monotonic()

    def answered(self) -> None:
        """It has taken something."""
        self._asked_at = None

    def seconds_left(self, waiting: int) -> float | None:
        """How long the events in memory may still wait for the database; None: as long as it takes."""
        if self._spool is None or self._asked_at is None:
            return None
        if waiting >= self._after_rows:
            return 0.0
        return max(0.0, self._asked_at + self._after_seconds - time.monotonic())

    async def put(self, rows: Sequence[Row]) -> int:
        """Write them to the spool; as many as it has taken are on disk when this returns."""
        if self._spool is None:
            return 0
        why = "no room is left"
        try:
            taken = await asyncio.to_thread(self._append, self._spool, rows)
        except OSError as error:
            taken, why = 0, error.strerror or str(error)
        if taken and not self._spooling:
            self._spooling = True
            log.warning("events go to the spool", action="journal.spooling", spool=str(self._spool.path))
        full = taken < len(rows)
        if full and not self.full:
            log.error(
                "the spool takes no more: nobody is told that something was accepted until the database is back",
                action="journal.spool_full",
                spool=str(self._spool.path),
                why=why,
                events=self._spool.held,
            )
        self.full = self.full or full
        return taken

    async def oldest(self, most: int) -> tuple[Read, list[Row]]:
        """The oldest events of the spool; they stay until `drop`."""
        assert self._spool is not None
        return await asyncio.to_thread(self._peek, self._spool, most)

    async def drop(self, read: Read, rows: Sequence[Row]) -> None:
        """They are in the database."""
        assert self._spool is not None
        unreadable = len(read.records) - len(rows)
        if unreadable:
            self.unreadable += unreadable
            log.error("records of the spool are no events", action="spool.damaged", events=unreadable)
        await asyncio.to_thread(self._spool.drop, read)
        if not self._spool.held:
            self.full = self._spooling = False
            log.info("the spool is read out and empty again", action="journal.drained")

    # In a thread: some thousand events are tens of milliseconds, and calls are going on.

    def _append(self, spool: Spool, rows: Sequence[Row]) -> int:
        return spool.append([self._rows.packed(row) for row in rows])

    def _peek(self, spool: Spool, most: int) -> tuple[Read, list[Row]]:
        read = spool.peek(most)
        return read, [row for row in map(self._rows.unpacked, read.records) if row is not None]

"""Calls that outlived the service: their journals go on where they broke off, or are closed.

A caller who fell back to the operators while the service was away is followed again, so that the wait and the talk
are accounted for; one who has gone meanwhile gets an end, at the last instant that is known. What is written of a time
when nobody listened is marked: `mended`.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError

from asterisk.ami import AmiLink, Resync
from asterisk.config.model import FALLBACK_CONTEXT
from asterisk.followed import Pen
from asterisk.witness import Witness
from ivr.clock import Clock, SystemClock
from ivr.journal.events import Kind
from ivr.journal.unfinished import unfinished
from ivr.journal.writer import Journal
from ivr.store import Store
from ivr.store.engine import reason

log = structlog.get_logger(__name__)

LONGEST = timedelta(days=1)
"""A call that arrived longer ago is not looked for."""

AGAIN_SECONDS = 5.0
"""The pause when the database went away just then."""


class MendingPen:
    """The pen of a call taken up again: until `seen_from_now_on`, it writes of what nobody saw happen.

    Nothing of it happened before the `last` that was written: Asterisk tells how long somebody has waited in whole
    seconds, and the wait must not begin anew a second earlier.
    """

    def __init__(self, pen: Pen, last: datetime) -> None:
        self._pen = pen
        self._last = last
        self._mending = True

    def note_at(self, at: datetime, kind: Kind, **data: object) -> None:
        if self._mending:
            data["mended"] = True
            at = max(at, self._last)
        self._pen.note_at(at, kind, **data)

    def seen_from_now_on(self) -> None:
        self._mending = False


def adopt(link: AmiLink, witness: Witness, journal: Journal, store: Store, clock: Clock | None = None) -> None:
    """Do it once, as soon as the link shows what there is and the database knows what the spool held.

    Subscribe it after the witness itself.
    """
    _Adoption(link, witness, journal, store, clock or SystemClock()).begin()


class _Adoption:
    def __init__(self, link: AmiLink, witness: Witness, journal: Journal, store: Store, clock: Clock) -> None:
        self._link = link
        self._witness = witness
        self._journal = journal
        self._store = store
        self._clock = clock
        self._stop: Callable[[], None] = _nothing

    def begin(self) -> None:
        """Ask for what there is, be it for the second time."""
        self._stop = self._link.subscribe(self._once, Resync)

    async def _once(self, now: Resync) -> None:
        if "channels" in now.missing:
            return
        self._stop()
        if not self._journal.is_drained:
            # How the calls went on stands in the spool; once that is written, what there is now is long past.
            await self._journal.drained()
            self.begin()
            return
        try:
            await adopt_from(now, self._witness, self._journal, self._store)
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            log.warning("calls of before the start are looked for again", action="journal.adoption", why=reason(error))
            await self._clock.sleep(AGAIN_SECONDS)
            self.begin()


def _nothing() -> None:
    """What ends a listening that has not begun."""


async def adopt_from(now: Resync, witness: Witness, journal: Journal, store: Store) -> None:
    """Go on with the unfinished calls whose channel is in this whole state, and close the others."""
    # All that may fail comes first: nothing is written twice when it is tried again.
    found = [
        (call, MendingPen(await journal.resume_call(call.supplier, call.call), call.last))
        for call in await unfinished(store, journal.node, now.at - LONGEST)
        if witness.followed(call.uniqueid) is None  # else it came after the start
    ]
    alive = {channel.uniqueid: channel for channel in now.channels}
    adopted: list[MendingPen] = []
    closed = 0
    for call, pen in found:
        if witness.followed(call.uniqueid) is not None:
            continue
        channel = alive.get(call.uniqueid)
        if channel is None:
            pen.note_at(call.last, Kind.FELL_BACK, why="unseen")
            pen.note_at(call.last, Kind.HUNG_UP, cause=None, unseen=True)
            closed += 1
            continue
        if channel.context == FALLBACK_CONTEXT:
            pen.note_at(call.last, Kind.FELL_BACK, why="lost")  # some time after that
        witness.follow(pen, call.uniqueid, now.at)
        adopted.append(pen)
    if adopted:
        witness.tell(now)  # the queue each of them waits in
    for pen in adopted:
        pen.seen_from_now_on()
    if adopted or closed:
        log.info("calls of before the start", action="journal.adopted", adopted=len(adopted), closed=closed)

"""Calls that outlived the service: their journals go on where they broke off, or are closed.

A caller who fell back to the operators while the service was away is followed again, so that the wait and the talk
are accounted for; one who has gone meanwhile gets an end, at the last instant that is known.
"""

from datetime import timedelta

import structlog

from asterisk.ami import AmiLink, Resync
from asterisk.config.model import FALLBACK_CONTEXT
from asterisk.witness import Witness
from ivr.journal.events import Kind
from ivr.journal.unfinished import unfinished
from ivr.journal.writer import Journal
from ivr.store import Store

log = structlog.get_logger(__name__)

LONGEST = timedelta(days=1)
"""A call that arrived longer ago is not looked for."""


def adopt(link: AmiLink, witness: Witness, journal: Journal, store: Store) -> None:
    """Do it once, as soon as the link shows what there is. Subscribe it after the witness itself."""

    async def once(now: Resync) -> None:
        if "channels" not in now.missing:
            stop()
            await adopt_from(now, witness, journal, store)

    stop = link.subscribe(once, Resync)


async def adopt_from(now: Resync, witness: Witness, journal: Journal, store: Store) -> None:
    """Go on with the unfinished calls whose channel is in this whole state, and close the others."""
    alive = {channel.uniqueid: channel for channel in now.channels}
    adopted = closed = 0
    for call in await unfinished(store, journal.node, now.at - LONGEST):
        if witness.followed(call.uniqueid) is not None:
            continue  # it came after the start
        pen = await journal.resume_call(call.supplier, call.call)
        channel = alive.get(call.uniqueid)
        if channel is None:
            pen.note_at(call.last, Kind.FELL_BACK, why="unseen")
            pen.note_at(call.last, Kind.HUNG_UP, cause=None, unseen=True)
            closed += 1
            continue
        if channel.context == FALLBACK_CONTEXT:
            pen.note_at(call.last, Kind.FELL_BACK, why="lost")  # some time after that
        witness.follow(pen, call.uniqueid, now.at)
        adopted += 1
    if adopted:
        witness.tell(now)  # the queue each of them waits in
    if adopted or closed:
        log.info("calls of before the start", action="journal.adopted", adopted=adopted, closed=closed)

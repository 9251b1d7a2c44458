"""The nightly proof of the books: yesterday's kept figures against its events, and against Asterisk's own queue log.

Who asks at other times uses the same functions: `gudok report crosscheck` and `gudok db recount --check`.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from asterisk import queue_log
from ivr.journal.crosscheck import Difference, Stay, counted_stays, differences
from ivr.settings import Places
from ivr.store import Store

_BEFORE = timedelta(hours=1)
"""A call may have arrived so long before it came to a queue of the stretch."""
_EDGE = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Compared:
    stays: int
    """How many stays in queues both or one side knew of."""
    found: list[Difference]


def queue_log_of(places: Places) -> Path:
    return places.asterisk / "log" / queue_log.NAME


async def compare(store: Store, supplier: str, lines: list[str], since: datetime, until: datetime) -> Compared:
    """The supplier's stays that began in [since, until); queues are named `<supplier>-<name>`."""
    theirs = [
        Stay(
            one.uniqueid,
            one.queue,
            one.entered,
            None if one.wait is None else one.wait * 1000,
            None if one.talk is None else one.talk * 1000,
        )
        for one in queue_log.stays(lines)
        if one.queue.startswith(f"{supplier}-") and since <= one.entered < until and one.end
    ]
    ours = await counted_stays(store, supplier, since - _BEFORE, until)
    ours = [one for one in ours if since <= one.entered < until]
    # What entered in the last seconds of the stretch may lie beyond its edge on the other side.
    first, last = since + _EDGE, until - _EDGE
    found = [one for one in differences(ours, theirs) if one.what != "known" or first <= one.entered < last]
    return Compared(max(len(ours), len(theirs)), found)

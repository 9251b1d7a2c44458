"""Whether what is kept of contacts agrees: tallies with contacts, contacts with their segments, both with the events.

Made for the nightly look and `gudok db recount --check`. It counts by the pure functions what reports read as sums that
the database made.
"""

from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass, fields
from datetime import datetime
from uuid import UUID

from sqlalchemy import case, func, select, text

from ivr.journal.contacts import Wanted, contacts
from ivr.journal.counting import WORDS
from ivr.journal.metrics import NOTHING, Tally
from ivr.journal.register import Contact
from ivr.journal.rollups import SUMMED, tally_of
from ivr.journal.shares import QUARTER, quarter_of
from ivr.journal.tables import contacts as kept
from ivr.journal.tables import events, tallies
from ivr.journal.tallies import tally
from ivr.store import Store

Sums = dict[tuple[datetime, str, str], Tally]
"""By the quarter of an hour, "queue" or "topic", and which."""


@dataclass(frozen=True, slots=True)
class Disagreement:
    what: str
    """The call, or the quarter of an hour with its queue or topic."""
    words: str


async def disagreements(store: Store, supplier: str, since: datetime, until: datetime) -> AsyncIterator[Disagreement]:
    """What does not agree among the contacts that arrived in [since, until). Nothing, unless something is wrong."""
    sums: Sums = defaultdict(Tally)
    async for one in contacts(store, supplier, Wanted(since, until)):
        at, counted = quarter_of(one.counted_at), tally(one)
        sums[at, "queue", one.queue or ""] += counted
        sums[at, "topic", one.topic or ""] += counted
        for found in _of_segments(one):
            yield found
    for found in await _of_tallies(store, supplier, since, until, sums):
        yield found
    for call in await _late(store, supplier, since, until):
        yield Disagreement(str(call), "events came after it was counted, or its end was never counted")


def _of_segments(one: Contact) -> list[Disagreement]:
    at, found = one.arrived, []
    for part in one.segments:
        if part.started != at:
            found.append(
                Disagreement(str(one.call), f"nothing is known of {at:%H:%M:%S.%f}–{part.started:%H:%M:%S.%f}")
            )
        at = part.ended
    return found


async def _of_tallies(store: Store, supplier: str, since: datetime, until: datetime, sums: Sums) -> list[Disagreement]:
    """Quarters whose contacts all arrived in [since, until): at the edges others may count in them too."""
    first, last = quarter_of(since) + QUARTER, quarter_of(until)
    columns = [tallies.c[name] for name in SUMMED]
    query = select(tallies.c.at, tallies.c.by, tallies.c.name, *columns)
    query = query.where(tallies.c.supplier == supplier, tallies.c.at >= first, tallies.c.at < last)
    async with store.reading() as connection:
        stored = {tuple(row[:3]): tally_of(row[3:]) for row in await connection.execute(query)}
    found = []
    for key in sorted({*stored, *(key for key in sums if first <= key[0] < last)}):
        is_, should = stored.get(key, NOTHING), sums.get(key, NOTHING)
        for one in fields(Tally):
            mine, right = getattr(is_, one.name), getattr(should, one.name)
            if mine != right:
                at, by, name = key
                where = f"{at:%Y-%m-%dT%H:%MZ} {by} «{name}»"
                found.append(Disagreement(where, f"{one.name}: {mine} is kept, the contacts make {right}"))
    return found


async def _late(store: Store, supplier: str, since: datetime, until: datetime) -> list[UUID]:
    """Ended calls of which there are more events than they were counted by, or that were never counted."""
    # Kinds stand in the query's text: with parameters there the index of arrivals would not be used.
    arrived = select(events.c.call).where(
        events.c.supplier == supplier,
        text("kind = 'arrived'"),
        events.c.at >= since,
        events.c.at < until,
        events.c.data.not_like('%"draft":true%'),
    )
    told = (
        select(events.c.call, func.count().label("told"))
        .where(events.c.call.in_(arrived), events.c.kind.not_in(WORDS))
        .group_by(events.c.call)
        .having(func.sum(case((events.c.kind.in_(("hung_up", "ended")), 1), else_=0)) > 0)
        .subquery()
    )
    query = (
        select(told.c.call)
        .outerjoin(kept, kept.c.call == told.c.call)
        .where(func.coalesce(kept.c.events, 0) < told.c.told)
    )
    async with store.reading() as connection:
        return list((await connection.execute(query)).scalars())

"""Contacts out of the database: those that are counted, and beside them the calls that still go on."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from ivr.journal.counting import event_of, of_draft
from ivr.journal.register import Contact, Exit, contact
from ivr.journal.tables import contacts as kept
from ivr.journal.tables import events, segments, shares
from ivr.journal.times import Doing, Segment, in_order
from ivr.store import Store

_SOME = 500
_LONGEST = timedelta(days=1)
"""No call goes on for longer: after that it is closed, by whoever mends calls."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which contacts are looked for; what is None is not asked. `since` and `until` are of their arrival."""

    since: datetime | None = None
    until: datetime | None = None
    caller: str | None = None
    account: str | None = None
    operator: str | None = None
    exit: Exit | None = None

    def conditions(self, supplier: str) -> list[ColumnElement[bool]]:
        of = kept.c
        found = [of.supplier == supplier]
        if self.since is not None:
            found.append(of.arrived >= self.since)
        if self.until is not None:
            found.append(of.arrived < self.until)
        if self.caller is not None:
            found.append(of.caller == self.caller)
        if self.account is not None:
            found.append(of.account == self.account)
        if self.exit is not None:
            found.append(of.exit == self.exit.value)
        if self.operator is not None:
            part = select(shares.c.call).where(shares.c.supplier == supplier, shares.c.operator == self.operator)
            found.append(of.call.in_(part))
        return found


async def contacts(store: Store, supplier: str, wanted: Wanted | None = None) -> AsyncIterator[Contact]:
    """The supplier's counted contacts in the order of their arrival, one at a time."""
    wanted, after = wanted or Wanted(), None
    while page := await page_of(store, supplier, wanted, after=after, most=_SOME):
        for one in page:
            yield one
        after = page[-1].arrived, page[-1].call


async def page_of(
    store: Store, supplier: str, wanted: Wanted, *, after: tuple[datetime, UUID] | None, most: int
) -> list[Contact]:
    """The next counted contacts after the one that arrived `after`, at most so many."""
    of = kept.c
    query = select(kept).where(*wanted.conditions(supplier)).order_by(of.arrived, of.call).limit(most)
    if after is not None:
        arrived, call = after
        query = query.where(of.arrived >= arrived, (of.arrived > arrived) | (of.call > call))
    async with store.reading() as connection:
        rows = (await connection.execute(query)).all()
        parts = await _segments(connection, [row.call for row in rows])
    return [contact_of(row, parts[row.call]) for row in rows]


async def going_on(
    store: Store, supplier: str, since: datetime, until: datetime | None, now: datetime
) -> list[Contact]:
    """Calls that arrived in [since, until) and have not ended."""
    # The kind stands in the query's text: with a parameter there the index of arrivals would not be used.
    arrived = select(events.c.call).where(
        events.c.supplier == supplier,
        text("kind = 'arrived'"),
        events.c.at >= max(since, now - _LONGEST),
        events.c.call.not_in(select(kept.c.call).where(kept.c.call == events.c.call)),
    )
    if until is not None:
        arrived = arrived.where(events.c.at < until)
    told: dict[UUID, list[Any]] = {}
    async with store.reading() as connection:
        for row in await connection.execute(select(events).where(events.c.call.in_(arrived))):
            told.setdefault(row.call, []).append(row)
    found = []
    for rows in told.values():
        known = in_order(event for row in rows if (event := event_of(row)) is not None)
        if known and not of_draft(known):
            found.append(contact(known))
    return sorted((one for one in found if not one.over), key=lambda one: (one.arrived, one.call))


async def _segments(connection: AsyncConnection, calls: Sequence[UUID]) -> dict[UUID, list[Segment]]:
    found: dict[UUID, list[Segment]] = {call: [] for call in calls}
    query = select(segments).where(segments.c.call.in_(calls)).order_by(segments.c.call, segments.c.number)
    for row in await connection.execute(query):
        part = Segment(Doing(row.doing), row.started, row.ended, row.queue, tuple(row.operators), row.milliseconds)
        found[row.call].append(part)
    return found


def contact_of(row: Any, parts: Sequence[Segment]) -> Contact:
    return Contact(
        call=row.call,
        supplier=row.supplier,
        arrived=row.arrived,
        ended=row.ended,
        over=True,
        exit=Exit(row.exit),
        dialled=row.dialled,
        caller=row.caller,
        account=row.account,
        topic=row.topic or None,
        operators=tuple(row.operators),
        reading=row.reading,
        queued=row.queued,
        first_wait=row.first_wait,
        segments=tuple(parts),
        entered_queue=row.at if row.queued else None,
        queue=row.queue or None,
        rating=row.rating,
        rating_asked=row.rating_asked,
        bot=row.bot,
        complaint=row.complaint,
        passed_on=row.passed_on,
        mended=row.mended,
        recording=row.recording,
        events=row.events,
    )

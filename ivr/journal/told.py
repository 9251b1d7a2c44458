"""Finished calls out of the journal, whole: everything that was noted of one, in its order."""

import json
from uuid import UUID

from sqlalchemy import select, text

from ivr.journal.events import Event, Kind
from ivr.journal.tables import events
from ivr.journal.times import in_order
from ivr.store import Store

LOOKED_AT = 5
"""For each call that is wanted so many of the latest are looked at: some still go on, some were drafts."""


async def last_finished(store: Store, supplier: str, most: int) -> list[UUID]:
    """The latest calls of the supplier that came to an exit of its flow, newest first; calls of drafts are left out."""
    # The kind stands in the query's text: with a parameter there the index of arrivals would not be used.
    arrived = (
        select(events.c.call, events.c.data)
        .where(events.c.supplier == supplier, text("kind = 'arrived'"))
        .order_by(events.c.at.desc())
        .limit(most * LOOKED_AT)
    )
    async with store.reading() as connection:
        found = [row.call for row in await connection.execute(arrived) if not json.loads(row.data).get("draft")]
        ended = select(events.c.call).where(events.c.call.in_(found), events.c.kind == Kind.ENDED.value)
        over = set((await connection.execute(ended)).scalars())
    return [call for call in found if call in over][:most]


async def told(store: Store, supplier: str, call: UUID) -> list[Event]:
    """All that was noted of this call of the supplier; nothing where there is no such call."""
    query = select(events).where(events.c.call == call, events.c.supplier == supplier)
    found = []
    async with store.reading() as connection:
        for row in await connection.execute(query):
            try:
                kind = Kind(row.kind)
            except ValueError:
                continue  # a newer version wrote it
            found.append(
                Event(row.id, row.supplier, row.node, row.call, row.seq, row.at, kind, row.v, json.loads(row.data))
            )
    return in_order(found)

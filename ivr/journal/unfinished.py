"""Calls whose end is not written: they were going on when the service last stopped."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select

from ivr.journal.events import Kind
from ivr.journal.tables import events
from ivr.store import Store


@dataclass(frozen=True, slots=True)
class Unfinished:
    call: UUID
    supplier: str
    uniqueid: str
    last: datetime
    """When the last thing that is known of it happened."""


async def unfinished(store: Store, node: str, since: datetime) -> list[Unfinished]:
    """The node's calls that arrived after `since` and have no HUNG_UP, oldest first."""
    others = events.alias()
    ended = select(others.c.seq).where(others.c.call == events.c.call, others.c.kind == "hung_up").exists()
    last = select(func.max(others.c.at)).where(others.c.call == events.c.call).scalar_subquery()
    query = (
        select(events.c.call, events.c.supplier, events.c.data, last.label("last"))
        # Identifiers sort by time and the table lies in their order: only the youngest calls are looked at.
        .where(events.c.call >= _first_id(since), events.c.kind == Kind.ARRIVED.value, events.c.node == node)
        .where(events.c.at >= since, ~ended)
        .order_by(events.c.at)
    )
    async with store.reading() as connection:
        rows = (await connection.execute(query)).all()
    found = []
    for row in rows:
        uniqueid = json.loads(row.data).get("uniqueid")
        found.append(Unfinished(row.call, row.supplier, str(uniqueid or ""), row.last))
    return found


def _first_id(since: datetime) -> UUID:
    """Below every identifier made since then, and a minute before: an arrival is noted after its identifier is made."""
    return UUID(int=int((since - timedelta(minutes=1)).timestamp() * 1000) << 80)

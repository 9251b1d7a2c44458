"""Calls whose end is not written: they were going on when the service last stopped."""

import json
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, text

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
        .where(text("events.kind = 'arrived'"), events.c.node == node, events.c.at >= since, ~ended)
        .order_by(events.c.at)
    )
    async with store.reading() as connection:
        rows = (await connection.execute(query)).all()
    found = []
    for row in rows:
        uniqueid = json.loads(row.data).get("uniqueid")
        found.append(Unfinished(row.call, row.supplier, str(uniqueid or ""), row.last))
    return found

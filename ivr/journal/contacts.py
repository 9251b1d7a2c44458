"""Contacts out of the database: the events of a stretch of time, read in one pass, a call at a time."""

import json
from collections.abc import AsyncIterator, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import select, text

from ivr.journal.events import Event, Kind
from ivr.journal.register import Contact, contact
from ivr.journal.tables import events
from ivr.store import Store

_WORDS = ("said", "heard", "pressed", "silent", "step", "answered")
"""What was spoken is most of the journal and tells nothing of times or ends."""


async def contacts(
    store: Store, supplier: str, since: datetime | None = None, until: datetime | None = None
) -> AsyncIterator[Contact]:
    """The supplier's contacts that arrived in [since, until), in the order of their arrival, one at a time."""
    # The kind stands in the query's text: with a parameter there the index of arrivals would not be used.
    arrived = select(events.c.call).where(events.c.supplier == supplier, text("kind = 'arrived'"))
    if since is not None:
        arrived = arrived.where(events.c.at >= since)
    if until is not None:
        arrived = arrived.where(events.c.at < until)
    query = (
        select(events)
        .where(events.c.call.in_(arrived), events.c.supplier == supplier, events.c.kind.not_in(_WORDS))
        .order_by(events.c.call, events.c.node, events.c.seq)
    )
    gathered: list[Event] = []
    async with store.reading() as connection:
        # By partitions: a row at a time costs SQLAlchemy a switch of greenlets each.
        async for rows in (await connection.stream(query)).partitions(2000):
            for row in rows:
                if gathered and gathered[0].call != row.call:
                    if not of_draft(gathered):
                        yield contact(gathered)
                    gathered = []
                event = _event(row)
                if event is not None:
                    gathered.append(event)
    if gathered and not of_draft(gathered):
        yield contact(gathered)


def of_draft(told: Iterable[Event]) -> bool:
    """Whether somebody tried a draft of the dialplan: that is no contact with a customer."""
    return any(event.kind is Kind.ARRIVED and bool(event.data.get("draft")) for event in told)


def _event(row: Any) -> Event | None:
    """The event of a row; None for a kind that a newer version wrote."""
    try:
        kind = Kind(row.kind)
    except ValueError:
        return None
    return Event(row.id, row.supplier, row.node, row.call, row.seq, row.at, kind, row.v, json.loads(row.data))

"""Calls over their time: what was said in them is deleted; later nobody is named in them any more, and all is counted.

A call is changed as a whole, in one transaction with its contact. Counting it again gives the same figures: what is
deleted is counted nowhere, and a pseudonym tells two customers apart as well as their telephones did.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ivr.journal.tables import contacts, events
from ivr.retention.pseudonym import Pseudonyms
from ivr.store import Store, to_json

WORDS = ("said", "heard", "pressed")
_SPOKEN_VALUES = ("text", "digits")
"""Of what was understood: words and free digits. Accounts and readings have their own time."""


async def arrived(store: Store, supplier: str, since: datetime | None, until: datetime, most: int) -> list[Any]:
    """The calls of [since, until), the oldest first: `call` and `at`."""
    # The kind stands in the query's text: with a parameter there the index of arrivals would not be used.
    query = (
        select(events.c.call, events.c.at)
        .where(events.c.supplier == supplier, text("kind = 'arrived'"), events.c.at < until)
        .order_by(events.c.at, events.c.call)
        .limit(most)
    )
    if since is not None:
        query = query.where(events.c.at >= since)
    async with store.reading() as connection:
        return list(await connection.execute(query))


async def count_arrived(store: Store, supplier: str, since: datetime | None, until: datetime) -> int:
    query = select(func.count()).where(events.c.supplier == supplier, text("kind = 'arrived'"), events.c.at < until)
    if since is not None:
        query = query.where(events.c.at >= since)
    async with store.reading() as connection:
        return int((await connection.execute(query)).scalar_one())


async def delete_words(connection: AsyncConnection, calls: Sequence[UUID]) -> None:
    """What was said, heard and pressed is gone; that something was understood stays, without the words."""
    await connection.execute(delete(events).where(events.c.call.in_(calls), events.c.kind.in_(WORDS)))
    understood = select(events.c.call, events.c.node, events.c.seq, events.c.data).where(
        events.c.call.in_(calls), events.c.kind == "understood"
    )
    for row in (await connection.execute(understood)).all():
        data = json.loads(row.data)
        values = data.get("values")
        if isinstance(values, dict) and any(name in values for name in _SPOKEN_VALUES):
            data["values"] = {name: value for name, value in values.items() if name not in _SPOKEN_VALUES}
            await _write(connection, row, data)


async def name_nobody(connection: AsyncConnection, calls: Sequence[UUID], names: Pseudonyms) -> None:
    """Telephones and accounts of these calls become pseudonyms, in their events and in their contacts."""
    told = select(events.c.call, events.c.node, events.c.seq, events.c.data).where(events.c.call.in_(calls))
    for row in (await connection.execute(told)).all():
        data = json.loads(row.data)
        changed = names.of_data(data)
        if changed != data:
            await _write(connection, row, changed)
    kept = select(contacts.c.call, contacts.c.caller, contacts.c.account).where(contacts.c.call.in_(calls))
    for one in (await connection.execute(kept)).all():
        new = {"caller": names.maybe("phone", one.caller), "account": names.maybe("account", one.account)}
        await connection.execute(update(contacts).where(contacts.c.call == one.call).values(**new))


async def of_person(connection: AsyncConnection, supplier: str, who: str) -> list[UUID]:
    """The calls of this telephone or account."""
    query = select(contacts.c.call).where(
        contacts.c.supplier == supplier, or_(contacts.c.caller == who, contacts.c.account == who)
    )
    return list((await connection.execute(query)).scalars())


async def _write(connection: AsyncConnection, row: Any, data: dict[str, Any]) -> None:
    where = (events.c.call == row.call, events.c.node == row.node, events.c.seq == row.seq)
    await connection.execute(update(events).where(*where).values(data=to_json(data)))

"""Emergency announcements put on the air by command: who, when and why is kept for ever, and how many heard them.

A command posts news in the transaction that changes something, so the running service has it within a second or two.
"""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Boolean, Column, Index, Row, Table, Text, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ivr.flow.alarms.emergencies import LONGEST_TERM, After, Emergency
from ivr.ids import new_id
from ivr.journal.events import Kind
from ivr.journal.tables import events
from ivr.store import Id, Instant, JsonText, Store, metadata
from ivr.store.news import post

NEWS = "emergency"
"""The topic: what is on the air of a supplier's announcements changed."""
LINGERS = timedelta(hours=1)
"""A call may still be hearing an announcement that was just taken off."""

emergencies = Table(
    "emergencies",
    metadata,
    Column("id", Id, primary_key=True),
    Column("supplier", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("territories", JsonText, nullable=False),
    Column("streets", JsonText, nullable=False),
    Column("queue", Text, nullable=False),
    Column("after", Text, nullable=False),
    Column("to_unknown", Boolean),
    Column("starts", Instant, nullable=False),
    Column("expires", Instant, nullable=False),
    Column("restored", Instant),
    Column("put_at", Instant, nullable=False),
    Column("put_by", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("lifted_at", Instant),
    Column("lifted_by", Text),
    Column("lifted_why", Text),
    Index("ix_emergencies_expires", "supplier", "expires"),
)


class NameTaken(Exception):
    """An announcement of this name is on the air already: take it off first, or choose another name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"an announcement «{name}» is on the air already: take it off first, or choose another name")
        self.name = name


@dataclass(frozen=True, slots=True)
class Kept:
    """One announcement with its history."""

    id: UUID
    emergency: Emergency
    put_at: datetime
    put_by: str
    why: str
    lifted_at: datetime | None = None
    lifted_by: str = ""
    lifted_why: str = ""

    @property
    def ended(self) -> datetime:
        """When it went, or will go, off the air."""
        return min(self.lifted_at or self.emergency.expires, self.emergency.expires)


@dataclass(frozen=True, slots=True)
class Heard:
    """How many heard an announcement begin, and how many of them hung up in it."""

    heard: int = 0
    hung_up: int = 0


async def put_on(store: Store, supplier: str, emergency: Emergency, *, who: str, why: str, at: datetime) -> Kept:
    """Put an announcement on the air; one without a name gets a number. Raises `NameTaken`."""
    async with store.writing() as connection:
        # The news first: on PostgreSQL they take the writers of all commands one after the other.
        await post(connection, NEWS, at=at, supplier=supplier, how="on")
        name = emergency.name or await _next_number(connection, supplier)
        if name in {kept.emergency.name for kept in await _rows(connection, supplier, _in_force(at))}:
            raise NameTaken(name)
        kept = Kept(new_id(at), _named(emergency, name, at), at, who, why)
        await connection.execute(insert(emergencies).values(**_columns(kept, supplier)))
    return kept


async def lift(
    store: Store, supplier: str, names: Sequence[str] | None, *, who: str, why: str, at: datetime
) -> list[Kept]:
    """Take announcements off the air, all of a supplier's without names; returns those that were on it."""
    async with store.writing() as connection:
        await post(connection, NEWS, at=at, supplier=supplier, how="off")
        found = [
            kept
            for kept in await _rows(connection, supplier, _in_force(at))
            if names is None or kept.emergency.name in names
        ]
        for kept in found:
            change = update(emergencies).where(emergencies.c.id == kept.id)
            await connection.execute(change.values(lifted_at=at, lifted_by=who, lifted_why=why))
    return found


async def in_force(store: Store, supplier: str, at: datetime) -> tuple[Kept, ...]:
    """What is on the air at `at` or will be, as far as it was decided."""
    async with store.reading() as connection:
        return tuple(await _rows(connection, supplier, _in_force(at)))


async def history(store: Store, supplier: str, since: datetime | None = None) -> tuple[Kept, ...]:
    """Every announcement that was on the air after `since`, the latest first."""
    async with store.reading() as connection:
        found = await _rows(connection, supplier, emergencies.c.expires >= since if since is not None else None)
    return tuple(reversed(found))


def of_file(emergency: Emergency, now: datetime) -> Kept:
    """One that stands in the supplier's file, to be counted like the others: nobody knows who wrote it, or when."""
    return Kept(new_id(now), emergency, emergency.starts or now - LONGEST_TERM, "", "")


async def heard(store: Store, supplier: str, of: Sequence[Kept]) -> dict[UUID, Heard]:
    """How many callers heard each of these announcements, by the journal."""
    if not of:
        return {}
    query = (
        select(events.c.at, events.c.data)
        .where(events.c.supplier == supplier, events.c.kind == Kind.ANNOUNCED.value)
        .where(events.c.at >= min(kept.put_at for kept in of))
        .where(events.c.at < max(kept.ended for kept in of) + LINGERS)
    )
    began: Counter[UUID] = Counter()
    left: Counter[UUID] = Counter()
    async with store.reading() as connection:
        async for batch in (await connection.stream(query)).partitions(1000):
            for row in batch:
                data = json.loads(row.data)
                kept = _heard_of(str(data.get("emergency")), row.at, of)
                if kept is not None:
                    began[kept.id] += 1
                    left[kept.id] += data.get("heard_out") is False
    return {kept.id: Heard(began[kept.id], left[kept.id]) for kept in of}


def _heard_of(name: str, at: datetime, of: Sequence[Kept]) -> Kept | None:
    """The announcement an event speaks of: a name may have been used again, so the latest that had begun."""
    fitting = [kept for kept in of if kept.emergency.name == name and kept.put_at <= at < kept.ended + LINGERS]
    return max(fitting, key=lambda kept: kept.put_at, default=None)


# -- rows ------------------------------------------------------------------------------------------------------------


def _in_force(at: datetime) -> Any:
    return (emergencies.c.lifted_at.is_(None)) & (emergencies.c.expires > at)


async def _rows(connection: AsyncConnection, supplier: str, condition: Any = None) -> list[Kept]:
    query = select(emergencies).where(emergencies.c.supplier == supplier)
    if condition is not None:
        query = query.where(condition)
    query = query.order_by(emergencies.c.put_at, emergencies.c.id)
    return [_kept(row) for row in await connection.execute(query)]


async def _next_number(connection: AsyncConnection, supplier: str) -> str:
    query = select(func.count()).select_from(emergencies).where(emergencies.c.supplier == supplier)
    return str(int((await connection.execute(query)).scalar_one()) + 1)


def _named(emergency: Emergency, name: str, at: datetime) -> Emergency:
    return replace(emergency, name=name, starts=emergency.starts or at, place=None)


def _columns(kept: Kept, supplier: str) -> dict[str, object]:
    one = kept.emergency
    return {
        "id": kept.id,
        "supplier": supplier,
        "name": one.name,
        "text": one.text,
        "territories": list(one.territories),
        "streets": list(one.streets),
        "queue": one.queue,
        "after": one.after,
        "to_unknown": one.to_unknown,
        "starts": one.starts,
        "expires": one.expires,
        "restored": one.restored,
        "put_at": kept.put_at,
        "put_by": kept.put_by,
        "why": kept.why,
    }


def _kept(row: Row[Any]) -> Kept:
    one = Emergency(
        row.name,
        row.text,
        row.expires,
        row.starts,
        row.restored,
        tuple(row.territories),
        tuple(row.streets),
        row.queue,
        cast(After, row.after),
        row.to_unknown,
    )
    return Kept(row.id, one, row.put_at, row.put_by, row.why, row.lifted_at, row.lifted_by or "", row.lifted_why or "")

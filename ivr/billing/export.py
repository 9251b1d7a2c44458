"""Giving out the readings that were taken, in batches: each reading in one of them, each batch ever the same.

A batch is settled in the database before anything is written: a file that was lost is made again by its number.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, tzinfo

from sqlalchemy import ColumnElement, func, insert, select, update

from ivr.billing.kept import next_number
from ivr.billing.tables import exports, readings
from ivr.store import Store

COLUMNS = ("key", "account", "serial", "zone", "value", "taken_at", "flagged", "source", "call")


@dataclass(frozen=True, slots=True)
class Batch:
    number: int
    made_at: datetime
    readings: int


async def new_batch(
    store: Store, supplier: str, since: datetime | None, until: datetime | None, *, now: datetime
) -> Batch | None:
    """Put every reading of [since, until) that is in no batch yet into a new one; None when there is none."""
    fresh = [*_between(supplier, since, until), readings.c.batch.is_(None)]
    async with store.writing() as connection:
        if (await connection.execute(select(readings.c.key).where(*fresh).limit(1))).first() is None:
            return None
        # The number first: whoever else makes a batch waits here, and then finds these readings taken.
        number = await next_number(store, connection, supplier, "export")
        marked = (await connection.execute(update(readings).where(*fresh).values(batch=number))).rowcount
        if not marked:
            return None
        await connection.execute(
            insert(exports).values(
                supplier=supplier, batch=number, made_at=now, since=since, until=until, readings=marked
            )
        )
    return Batch(number, now, marked)


async def batches(store: Store, supplier: str) -> list[Batch]:
    """All batches there are, the newest first."""
    query = select(exports).where(exports.c.supplier == supplier).order_by(exports.c.batch.desc())
    async with store.reading() as connection:
        return [Batch(row.batch, row.made_at, row.readings) for row in await connection.execute(query)]


async def count(store: Store, supplier: str, since: datetime | None, until: datetime | None) -> int:
    query = select(func.count()).select_from(readings).where(*_between(supplier, since, until))
    async with store.reading() as connection:
        return int((await connection.execute(query)).scalar_one())


async def taken_readings(
    store: Store,
    supplier: str,
    zone: tzinfo,
    *,
    batch: int | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> AsyncIterator[dict[str, object]]:
    """The readings of a batch (they are counted from 1), or of [since, until), oldest first, as they go to billing."""
    where = _between(supplier, since, until)
    if batch is not None:
        where.append(readings.c.batch == batch)
    query = select(readings).where(*where).order_by(readings.c.at, readings.c.key)
    async with store.reading() as connection:
        async for part in (await connection.stream(query)).partitions(1000):
            for row in part:
                yield {
                    "key": str(row.key),
                    "account": row.account,
                    "serial": row.serial,
                    "zone": row.zone,
                    "value": row.value,
                    "taken_at": row.at.astimezone(zone).isoformat(timespec="seconds"),
                    "flagged": row.flagged,
                    "source": row.source,
                    "call": str(row.call) if row.call else "",
                }


def _between(supplier: str, since: datetime | None, until: datetime | None) -> list[ColumnElement[bool]]:
    where = [readings.c.supplier == supplier]
    if since is not None:
        where.append(readings.c.at >= since)
    if until is not None:
        where.append(readings.c.at < until)
    return where

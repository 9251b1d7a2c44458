"""News: how a command tells the running service that it changed something in the database.

A command posts in the very transaction that makes the change; the service asks each second what is new. On PostgreSQL
the commit rings, and without a ring the service asks seldom. Nothing here knows what the topics mean.
"""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Column, Integer, Table, Text, delete, func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from ivr.clock import Clock
from ivr.store.bell import bell_of, ring
from ivr.store.engine import Store
from ivr.store.schema import Instant, JsonText, metadata

news = Table(
    "news",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("at", Instant, nullable=False),
    Column("topic", Text, nullable=False),
    Column("supplier", Text),
    Column("data", JsonText, nullable=False),
    sqlite_autoincrement=True,
)

KEPT = timedelta(days=7)
SELDOM = 15.0
"""Seconds after which news are asked for without a ring."""
_ADVISORY_LOCK = 0x67_6E_65_77_73  # "gnews"


@dataclass(frozen=True, slots=True)
class Item:
    id: int
    at: datetime
    topic: str
    supplier: str | None
    data: Any


async def post(
    connection: AsyncConnection, topic: str, *, at: datetime, supplier: str | None = None, **data: object
) -> None:
    """Say within the caller's transaction that something changed; old news go away by the way."""
    if connection.dialect.name == "postgresql":
        # Identities are drawn before a commit: without this a reader could see 8, then 7, and miss 7.
        await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
    await connection.execute(delete(news).where(news.c.at < at - KEPT))
    await connection.execute(insert(news).values(at=at, topic=topic, supplier=supplier, data=data))
    await ring(connection)


class Reader:
    """One service's place in the news. It starts at the end: what was posted before, the service reads anyway."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._seen: int | None = None
        self._bell = bell_of(store)
        self._rung = self._bell.listener()
        self._asked_at = 0.0

    async def start(self) -> None:
        await self._bell.listen()
        async with self._store.reading() as connection:
            self._seen = (await connection.execute(select(func.max(news.c.id)))).scalar() or 0

    @property
    def due(self) -> bool:
        """Whether it is time to fetch: always where nobody rings."""
        return not self._bell.listening or self._rung.is_set() or time.monotonic() - self._asked_at >= SELDOM

    async def fetch(self) -> list[Item]:
        """What was posted since the last call, in order."""
        if self._seen is None:
            raise RuntimeError("start() the reader before fetch()")
        await self._bell.listen()
        self._rung.clear()  # before it is asked: a ring meanwhile is not lost
        try:
            return await self._ask()
        except BaseException:
            self._rung.set()
            raise

    async def pause(self, clock: Clock, seconds: float) -> None:
        """Until something may have been posted, but no longer than so many seconds."""
        if not self._bell.listening:
            await clock.sleep(seconds)
            return
        waits = [asyncio.ensure_future(one) for one in (clock.sleep(seconds), self._rung.wait())]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waits:
                one.cancel()
                with suppress(asyncio.CancelledError):
                    await one

    async def _ask(self) -> list[Item]:
        query = select(news).where(news.c.id > self._seen).order_by(news.c.id)
        async with self._store.reading() as connection:
            items = [Item(row.id, row.at, row.topic, row.supplier, row.data) for row in await connection.execute(query)]
        if items:
            self._seen = items[-1].id
        self._asked_at = time.monotonic()
        return items

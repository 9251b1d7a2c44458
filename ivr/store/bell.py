"""PostgreSQL's NOTIFY: one listening connection a store, which rings when something was posted.

It only saves asking. Is the connection lost, everybody asks again as if there were none, and it is tried anew.
"""

import asyncio
import time
from typing import Any

import asyncpg
import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from ivr.store.engine import Store, reason

log = structlog.get_logger(__name__)

CHANNEL = "gudok_news"
TRY_EVERY = 30.0
"""Seconds between attempts to listen."""


async def ring(connection: AsyncConnection) -> None:
    """Ring when this transaction is committed; SQLite has nobody to tell."""
    if connection.dialect.name == "postgresql":
        await connection.execute(text(f"NOTIFY {CHANNEL}"))


class Bell:
    """Made by `bell_of`; closed with its store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._connection: Any = None
        self._tried_at: float | None = None
        self._listeners: list[asyncio.Event] = []
        self._turn = asyncio.Lock()
        store.on_close.append(self.aclose)

    @property
    def listening(self) -> bool:
        return self._connection is not None

    def listener(self) -> asyncio.Event:
        """Set whenever it has rung, or nobody can tell whether it has."""
        rung = asyncio.Event()
        rung.set()
        self._listeners.append(rung)
        return rung

    async def listen(self) -> bool:
        """Whether a ring would be heard; where it would not, that is tried, now and then."""
        if self._store.dialect != "postgresql":
            return False
        async with self._turn:
            now = time.monotonic()
            if self._connection is None and (self._tried_at is None or now - self._tried_at >= TRY_EVERY):
                self._tried_at = now
                await self._connect()
        return self.listening

    async def _connect(self) -> None:
        _, options = self._store.engine.dialect.create_connect_args(self._store.url)
        try:
            connection = await asyncpg.connect(**options, timeout=5, server_settings={"application_name": "gudok news"})
            await connection.add_listener(CHANNEL, self._heard)
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            log.warning("news are asked for each second", action="news.no_bell", why=reason(error))
            return
        connection.add_termination_listener(self._lost)
        self._connection = connection
        self._ring()  # what came before is not told

    def _heard(self, *_: object) -> None:
        self._ring()

    def _lost(self, connection: object) -> None:
        if connection is self._connection:
            self._connection = None
            self._ring()

    def _ring(self) -> None:
        for one in self._listeners:
            one.set()

    async def aclose(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close(timeout=2)


def bell_of(store: Store) -> Bell:
    """The one bell of this store."""
    if store.bell is None:
        store.bell = Bell(store)
    bell = store.bell
    assert isinstance(bell, Bell)
    return bell

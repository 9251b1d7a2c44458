"""Opening the database and handing out connections: `reading()` sees one snapshot, `writing()` is one transaction.

SQLite runs in WAL with `synchronous=FULL`, so a commit that returned survives a power cut; writers queue in the process
rather than poll the file's lock. What a room stores and asks is the room's own.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import URL, Connection, Table, event, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from ivr.settings import Places, Settings

Dialect = Literal["sqlite", "postgresql"]

BUSY_SECONDS = 10.0
"""How long a writer waits for another process's transaction before it gives up."""


class StoreError(Exception):
    """The database cannot be used; the text says which, why, and what to do."""


class Store:
    """One database, open. Made by `open_store`; closed by `aclose` or `async with`."""

    def __init__(self, engine: AsyncEngine, url: URL) -> None:
        self.engine = engine
        self.url = url
        self.dialect: Dialect = "sqlite" if url.get_backend_name() == "sqlite" else "postgresql"
        self.on_close: list[Callable[[], Awaitable[None]]] = []
        """What is to be closed with it."""
        self.bell: object | None = None
        """`ivr.store.bell` keeps its one listening connection here."""
        self._one_writer = asyncio.Lock() if self.dialect == "sqlite" else None

    @property
    def name(self) -> str:
        """What to call this database in a message; never shows a password."""
        if self.dialect == "sqlite":
            return self.url.database or ":memory:"
        return self.url.render_as_string(hide_password=True)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A connection that sees one snapshot of the database however long it reads, and keeps no change."""
        async with self.engine.connect() as connection:
            if self.dialect == "postgresql":
                await connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            yield connection

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """A transaction: committed, and durable, when the block is left; rolled back when it raises."""
        turn: AbstractAsyncContextManager[Any] = self._one_writer or nullcontext()
        async with turn, self.engine.connect() as connection:
            await connection.execution_options(writes=True)
            async with connection.begin():
                yield connection

    def insert(self, table: Table) -> "sqlite.Insert | postgresql.Insert":
        """An INSERT that knows `on_conflict_do_nothing` and `on_conflict_do_update`, alike on both databases."""
        return sqlite.insert(table) if self.dialect == "sqlite" else postgresql.insert(table)

    async def aclose(self) -> None:
        for close in self.on_close:
            await close()
        await self.engine.dispose()

    async def __aenter__(self) -> "Store":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()


async def open_store(settings: Settings, *, upgrade: bool = True, create: bool = True) -> Store:
    """The installation's database, at the newest revision.

    `create=False` refuses a database that is not there yet (a report has nothing to say about it); `upgrade=False`
    takes it at whatever revision it is.
    """
    from ivr.store.upgrade import finish_interrupted_restore, upgrade_store

    finish_interrupted_restore(settings.places)
    url = database_url(settings)
    if url.get_backend_name() == "sqlite":
        _make_room_for(Path(url.database or ""), create=create)
    store = connect(url)
    try:
        if upgrade:
            await upgrade_store(store)
        else:
            async with store.reading() as connection:
                await connection.exec_driver_sql("SELECT 1")
    except (DBAPIError, OSError, TimeoutError) as error:
        await store.aclose()
        raise StoreError(f"cannot use the database {store.name}: {reason(error)}") from error
    except BaseException:
        await store.aclose()
        raise
    return store


def _make_room_for(path: Path, *, create: bool) -> None:
    if not create and not path.exists():
        raise StoreError(f"there is no database yet at {path}: `gudok up` or `gudok db upgrade` makes it")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{path.parent}: cannot make the folder for the database: {error.strerror}") from error


def connect(url: URL) -> Store:
    """A store over `url`, as it is: nothing is asked of the database yet."""
    if url.get_backend_name() == "sqlite":
        if sqlite3.sqlite_version_info < (3, 35):
            raise StoreError(f"this Python carries SQLite {sqlite3.sqlite_version}; 3.35 or newer is needed")
        engine = create_async_engine(url, connect_args={"isolation_level": None, "timeout": BUSY_SECONDS})
        event.listen(engine.sync_engine, "connect", _prepare_sqlite)
        event.listen(engine.sync_engine, "begin", _begin_sqlite)
    else:
        engine = create_async_engine(
            url,
            pool_size=10,
            max_overflow=10,
            pool_pre_ping=True,
            connect_args={"timeout": 5, "server_settings": {"application_name": "gudok"}},
        )
    return Store(engine, url)


def database_url(settings: Settings) -> URL:
    """The URL of the installation's database, with the driver this project uses.

    A PostgreSQL password may stand in the URL, or better in the file `secrets/database-password`.
    """
    if settings.database is None:
        return URL.create("sqlite+aiosqlite", database=str(settings.places.database))
    try:
        url = make_url(settings.database)
    except ArgumentError as error:
        raise StoreError(
            "the setting `database` is not a database URL; write e.g. postgresql://gudok@db.example/gudok"
        ) from error
    backend = url.drivername.partition("+")[0]
    if backend == "sqlite" and url.database:
        return url.set(drivername="sqlite+aiosqlite")
    if backend in ("postgresql", "postgres"):
        url = url.set(drivername="postgresql+asyncpg")
        if "sslmode" in url.query:  # asyncpg calls it `ssl`
            mode = url.query["sslmode"]
            url = url.difference_update_query(["sslmode"]).update_query_dict({"ssl": mode})
        if url.password is None and (Places(settings.data).secrets / "database-password").exists():
            url = url.set(password=settings.places.secret("database-password"))
        return url
    raise StoreError(f"the setting `database` names {backend!r}; gudok runs on sqlite:///FILE or postgresql://…")


def reason(error: BaseException) -> str:
    """What the database itself said, on one line, without the statement SQLAlchemy adds."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    if isinstance(cause, OSError) and cause.strerror and cause.errno and cause.errno > 0:
        return cause.strerror
    return str(cause).strip().splitlines()[0] if str(cause).strip() else type(cause).__name__


def _prepare_sqlite(dbapi_connection: Any, _: Any) -> None:
    cursor = dbapi_connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "wal_autocheckpoint=4000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A writer takes the lock at once: a transaction that reads first and writes later could not be retried.
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

"""Bringing a database to the newest revision, under a lock, without paying for alembic when nothing is to be done.

Revisions are numbered files; the head is the highest number, so a start compares one row and is through. Everything is
one transaction on both databases: two processes at once take turns, and a failed upgrade leaves what was there.
"""

from pathlib import Path

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from ivr.settings import Places
from ivr.store.engine import Store, StoreError

MIGRATIONS = Path(__file__).with_name("migrations")
_ADVISORY_LOCK = 0x67_75_64_6F_6B  # "gudok"


def revisions() -> list[str]:
    """All revisions this code knows, oldest first."""
    return sorted(path.name[:4] for path in (MIGRATIONS / "versions").glob("[0-9][0-9][0-9][0-9]_*.py"))


async def upgrade_store(store: Store, to: str | None = None) -> tuple[str | None, str]:
    """Bring the database to revision `to` (the newest); returns where it was and where it is."""
    known = revisions()
    target = to or known[-1]
    try:
        async with store.reading() as connection:
            was = await connection.run_sync(current_revision)
    except DBAPIError as error:
        if "file is not a database" in str(error):
            raise StoreError(f"{store.name} is not a database of gudok, or it is damaged: restore a backup") from error
        raise
    if was == target:
        return was, target
    async with store.writing() as connection:
        if store.dialect == "postgresql":
            await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
        was = await connection.run_sync(current_revision)
        if was is not None and was not in known:
            raise StoreError(
                f"the database {store.name} is at revision {was}, this gudok knows only {known[-1]} and older: "
                "install the newer gudok again, or restore a backup made before its upgrade"
            )
        if was != target:
            await migrate(connection, target)
    return was, target


async def migrate(connection: AsyncConnection, target: str) -> None:
    """Bring a database to `target`, up or down, within the transaction of the connection."""
    await connection.run_sync(_run_alembic, target)


def current_revision(connection: Connection) -> str | None:
    """The revision of a database; None when it is empty."""
    if not connection.dialect.has_table(connection, "alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


def _run_alembic(connection: Connection, target: str) -> None:
    # Imported late: it costs a tenth of a second, and a start whose database is current needs none of it.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    if target == "base" or ((was := current_revision(connection)) is not None and target < was):
        command.downgrade(config, target)
    else:
        command.upgrade(config, target)


def finish_interrupted_restore(places: Places) -> None:
    """Complete a restore that was cut off after its point of no return; before it, nothing had been touched."""
    from ivr.store.swap import READY, STAGE, put_in_place

    stage = places.data / STAGE
    if (stage / READY).exists():
        put_in_place(places)
        raise StoreError(
            f"{places.data}: a restore had been interrupted; it has been completed now. Run the command again"
        )

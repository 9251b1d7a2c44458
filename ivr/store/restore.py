"""Restoring a backup: checked whole first, built aside, put in place last.

Whatever goes wrong before the end leaves the data folder and the database as they were. The embedded SQLite database
is built as a new file, so that a damaged one can be replaced; PostgreSQL is filled in one transaction.
"""

import fcntl
import os
import shutil
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from sqlalchemy import URL, Connection, inspect
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from ivr.clock import Clock
from ivr.settings import Places, Settings
from ivr.store import archive, rows
from ivr.store.engine import Store, StoreError, connect, database_url, reason
from ivr.store.swap import READY, STAGE, put_in_place, sync_folder
from ivr.store.upgrade import migrate, revisions

Progress = Callable[[str, int], None]


@dataclass(frozen=True, slots=True)
class Restored:
    manifest: archive.Manifest
    database: str
    before: Path | None
    """Where what was replaced has gone."""


@contextmanager
def stopped_line(places: Places) -> Iterator[None]:
    """Hold the data folder as a running line holds it: neither may run beside the other."""
    try:
        places.run.mkdir(parents=True, exist_ok=True)
        with (places.run / "up.lock").open("a+", encoding="ascii") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise StoreError(f"a line runs on {places.data}; stop it before restoring") from error
            yield
    except OSError as error:
        raise StoreError(f"{error.filename or places.data}: {error.strerror or error}") from error


def database_in(path: Path) -> str | None:
    """The setting `database` of the archive's own gudok.toml."""
    with open_archive(path) as file:
        for name, data in archive.members(file):
            if name == archive.SETTINGS:
                return _setting(data, "database")
    return None


@contextmanager
def open_archive(path: Path) -> Iterator[IO[bytes]]:
    try:
        file = path.open("rb")
    except OSError as error:
        raise archive.BadArchive(f"{path}: {error.strerror}") from error
    with file:
        yield file


async def restore(
    settings: Settings,
    path: Path,
    clock: Clock,
    *,
    force: bool = False,
    progress: Progress = lambda table, count: None,
) -> Restored:
    """Put the backup `path` back into the installation of `settings`. Raises `StoreError`; then nothing is changed."""
    places = settings.places
    with open_archive(path) as file, stopped_line(places):
        manifest = archive.verified(file)
        if manifest.revision not in revisions():
            raise archive.BadArchive(
                f"the backup was made by gudok {manifest.gudok} (revision {manifest.revision}); "
                f"this one knows only {revisions()[-1]} and older: install that version or a newer one"
            )
        url = database_url(settings)
        embedded = settings.database is None
        if not force:
            _refuse_what_is_there(places)
        stage = places.data / STAGE
        try:
            if stage.exists():
                shutil.rmtree(stage)  # left by a restore that did not come to its end: nothing of it is in use
            stage.mkdir(mode=0o700)
            _stage_files(file, stage)
            target = URL.create("sqlite+aiosqlite", database=str(stage / "gudok.db")) if embedded else url
            store = connect(target)
            try:
                await _fill(store, file, manifest, force=force, progress=progress)
            finally:
                await store.aclose()
            before = f"before-restore-{clock.now():%Y%m%dT%H%M%SZ}"
            _point_of_no_return(stage, before)
        except BaseException:
            shutil.rmtree(stage, ignore_errors=True)
            raise
        replaced = put_in_place(places)
    if not any(replaced.iterdir()):
        replaced.rmdir()
    return Restored(
        manifest, store.name if not embedded else str(places.database), replaced if replaced.exists() else None
    )


def _refuse_what_is_there(places: Places) -> None:
    there = [str(item) for item in (places.database, places.toml) if item.exists()]
    if places.secrets.is_dir() and any(places.secrets.iterdir()):
        there.append(str(places.secrets))
    if there:
        raise StoreError(f"{', '.join(there)}: there already; --force replaces them and keeps what they were aside")


def _stage_files(file: IO[bytes], stage: Path) -> None:
    for name, data in archive.members(file):
        if name == archive.SETTINGS:
            _write(stage / "gudok.toml", data)
        elif name.startswith("secrets/"):
            (stage / "secrets").mkdir(mode=0o700, exist_ok=True)
            _write(stage / name, data)


def _write(path: Path, data: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _point_of_no_return(stage: Path, before: str) -> None:
    for wal in ("gudok.db-wal", "gudok.db-shm"):
        (stage / wal).unlink(missing_ok=True)
    if (stage / "secrets").exists():
        sync_folder(stage / "secrets")
    _write(stage / READY, before.encode())
    sync_folder(stage)


async def _fill(store: Store, file: IO[bytes], manifest: archive.Manifest, *, force: bool, progress: Progress) -> None:
    try:
        async with store.writing() as connection:
            there = await connection.run_sync(_tables_there)
            if there and not force:
                raise StoreError(f"the database {store.name} is not empty; --force replaces what gudok has in it")
            if "alembic_version" in there:
                await migrate(connection, "base")
            left = await connection.run_sync(_tables_there) - {"alembic_version"}
            clash = sorted(left & {table.name for table in manifest.tables})
            if clash:
                raise StoreError(f"the database {store.name} has a table {clash[0]!r} that is not gudok's")
            await migrate(connection, manifest.revision)
            await _fill_tables(connection, file, manifest, progress)
            await migrate(connection, revisions()[-1])
    except (SQLAlchemyError, OSError, TimeoutError) as error:
        raise StoreError(f"the database {store.name} was not filled: {reason(error)}") from error


async def _fill_tables(
    connection: AsyncConnection, file: IO[bytes], manifest: archive.Manifest, progress: Progress
) -> None:
    tables = {table.name: table for table in await connection.run_sync(rows.tables_of)}
    told = {table.name: table for table in manifest.tables}
    filled = dict.fromkeys(told, 0)
    for name, data in archive.members(file):
        folder, _, rest = name.partition("/")
        if folder != "tables":
            continue
        table = rest.partition("/")[0]
        if table not in tables or table not in told:
            raise archive.BadArchive(f"{name}: revision {manifest.revision} has no such table")
        try:
            filled[table] += await rows.fill(connection, tables[table], told[table].columns, data)
        except (ValueError, TypeError, AttributeError) as error:
            raise archive.BadArchive(f"{name}: rows that do not fit the archive's own table: {error}") from error
        progress(table, filled[table])
    for table, count in filled.items():
        if count != told[table].rows:
            raise archive.BadArchive(f"table {table}: {count} rows, the manifest says {told[table].rows}")
    await rows.after_filling(connection, list(tables.values()))


def _tables_there(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names())


def _setting(toml: bytes, name: str) -> str | None:
    try:
        value = tomllib.loads(toml.decode()).get(name)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError):
        return None
    return value if isinstance(value, str) else None

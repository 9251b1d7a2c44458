"""A backup of a line, made while it runs: one snapshot of the database, the settings, the secrets, what was recorded.

Recordings themselves are not in it, only their list: they are large, and copied by what copies files.
"""

import json
import os
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from ivr.clock import Clock
from ivr.settings import Places
from ivr.store import archive, rows
from ivr.store.engine import Store, StoreError, reason
from ivr.store.upgrade import current_revision

Progress = Callable[[str, int], None]
"""Told the table and how many rows of it are done."""


async def back_up(
    store: Store, places: Places, path: Path, clock: Clock, progress: Progress = lambda table, count: None
) -> archive.Manifest:
    """Write the archive `path`. Raises `StoreError`, and then there is no file."""
    now = clock.now()
    with archive.writing(path, now.timestamp()) as out:
        try:
            async with store.reading() as connection:
                revision = await connection.run_sync(current_revision)
                if revision is None:
                    raise StoreError(f"the database {store.name} is empty: there is nothing to back up")
                manifest = archive.Manifest(version("gudok"), now.isoformat(), store.dialect, revision)
                for table in await connection.run_sync(rows.tables_of):
                    told = archive.TableTold(table.name, [column.name for column in table.c])
                    manifest.tables.append(told)
                    async for part, count in rows.parts(connection, table):
                        told.parts += 1
                        told.rows += count
                        out.add(f"tables/{table.name}/{told.parts:06}.jsonl", part)
                        progress(table.name, told.rows)
        except (DBAPIError, TimeoutError) as error:
            raise StoreError(f"cannot read the database {store.name}: {reason(error)}") from error
        _add_files(out, places)
        out.finish(manifest)
    return manifest


def _add_files(out: archive.Writer, places: Places) -> None:
    if places.toml.exists():
        out.add(archive.SETTINGS, places.toml.read_bytes())
    if places.secrets.is_dir():
        for secret in sorted(places.secrets.iterdir()):
            if secret.is_file() and not secret.is_symlink() and not secret.name.startswith("."):
                out.add(f"secrets/{secret.name}", secret.read_bytes())
    lines: list[bytes] = []
    part = size = 0
    for line in _recorded(places.recordings):
        lines.append(line)
        size += len(line)
        if size >= rows.PART:
            part += 1
            out.add(f"recordings/{part:06}.jsonl", b"".join(lines))
            lines, size = [], 0
    if lines:
        out.add(f"recordings/{part + 1:06}.jsonl", b"".join(lines))


def _recorded(folder: Path) -> Iterator[bytes]:
    """One line a recording: where it lies, how long it is, when it was written."""
    for root, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = Path(root, name)
            try:
                found = path.lstat()
            except FileNotFoundError:
                continue  # retention deletes beside us
            told = {"file": str(path.relative_to(folder)), "bytes": found.st_size, "written": int(found.st_mtime)}
            yield json.dumps(told).encode() + b"\n"

"""Rows of any table as JSON lines and back, alike on both databases.

Works by the tables that are really there (reflected), so that a backup needs no room above and holds whatever a
revision has made.
"""

import json
import warnings
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    Connection,
    Date,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    String,
    Table,
    Text,
    Uuid,
    select,
    text,
)
from sqlalchemy.exc import SAWarning
from sqlalchemy.ext.asyncio import AsyncConnection

from ivr.store.engine import StoreError

PART = 4 * 1024 * 1024
BATCH = 2000

Change = Callable[[Any], Any]


def tables_of(connection: Connection) -> list[Table]:
    """The tables of the database, parents before children, without alembic's own."""
    found = MetaData()
    with warnings.catch_warnings():
        # Partial indexes and the like cannot be reflected whole; only columns and keys matter here.
        warnings.simplefilter("ignore", SAWarning)
        found.reflect(connection)
    return [table for table in found.sorted_tables if table.name != "alembic_version"]


async def parts(connection: AsyncConnection, table: Table) -> AsyncIterator[tuple[bytes, int]]:
    """All rows in the key's order, as pieces of JSON lines, each with its number of rows."""
    to_json = [_to_json(table, column) for column in table.c]
    lines: list[str] = []
    size = 0
    query = select(table).order_by(*table.primary_key.columns)
    # By partitions: a row at a time costs SQLAlchemy a switch of greenlets each.
    async for batch in (await connection.stream(query)).partitions(BATCH):
        for row in batch:
            line = json.dumps(_plain(row, to_json), ensure_ascii=False, separators=(",", ":"))
            lines.append(line)
            size += len(line)
        if size >= PART:
            yield _bytes(lines), len(lines)
            lines, size = [], 0
    if lines:
        yield _bytes(lines), len(lines)


def _plain(row: Sequence[Any], to_json: Sequence[Change | None]) -> list[Any]:
    return [
        value if change is None or value is None else change(value) for value, change in zip(row, to_json, strict=True)
    ]


def _bytes(lines: list[str]) -> bytes:
    return ("\n".join(lines) + "\n").encode("utf-8", "surrogatepass")


async def fill(connection: AsyncConnection, table: Table, columns: Sequence[str], part: bytes) -> int:
    """Put one piece back into the table; how many rows it held."""
    missing = [name for name in columns if name not in table.c]
    if missing:
        raise StoreError(f"table {table.name} has no column {missing[0]!r} at this revision")
    from_json = [(name, _from_json(table.c[name])) for name in columns]
    count = 0
    for batch in _batches(part):
        rows = [
            {
                name: value if change is None or value is None else change(value)
                for (name, change), value in zip(from_json, values, strict=True)
            }
            for values in batch
        ]
        await connection.execute(table.insert(), rows)
        count += len(rows)
    return count


async def after_filling(connection: AsyncConnection, tables: Sequence[Table]) -> None:
    """Let PostgreSQL's counters go on after the highest number that was put in."""
    if connection.dialect.name != "postgresql":
        return
    for table in tables:
        for column in table.primary_key.columns:
            found = await connection.execute(
                text("SELECT pg_get_serial_sequence(:table, :column)"), {"table": table.name, "column": column.name}
            )
            sequence = found.scalar()
            if sequence is not None:
                highest = f"(SELECT max({column.name}) FROM {table.name})"
                await connection.execute(
                    text(f"SELECT setval(:sequence, coalesce({highest}, 1), {highest} IS NOT NULL)"),
                    {"sequence": sequence},
                )


def _batches(part: bytes) -> Iterator[list[list[Any]]]:
    batch: list[list[Any]] = []
    for line in part.decode("utf-8", "surrogatepass").split("\n"):
        if line:
            batch.append(json.loads(line))
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _to_json(table: Table, column: Any) -> Change | None:
    match column.type:
        case Uuid():
            return _hex_of_uuid
        case LargeBinary():
            return _hex
        case Date():
            return date.isoformat
        case Boolean():
            return bool
        case Integer() | Float() | Numeric() | Text() | String():
            return None
    raise StoreError(f"{table.name}.{column.name}: a backup does not know the type {column.type!r}")


def _from_json(column: Any) -> Change | None:
    match column.type:
        case Uuid():
            return UUID
        case LargeBinary():
            return bytes.fromhex
        case Date():
            return date.fromisoformat
        case Boolean():
            return bool
    return None


def _hex(value: bytes) -> str:
    return bytes(value).hex()


def _hex_of_uuid(value: UUID) -> str:
    return value.hex

"""Rows of `events` as the database's driver takes them, and the SQL that puts them in.

The journal is written more often than anything else: plain tuples and plain SQL cost a third of SQLAlchemy's own
inserts, which is why the columns are converted here and not by their types.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache
from itertools import chain
from uuid import UUID

import asyncpg
import structlog
from sqlalchemy import Insert, insert
from sqlalchemy.exc import DataError, IntegrityError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection

from ivr.ids import new_id, new_id_bytes
from ivr.journal.events import Kind
from ivr.journal.tables import events, uncounted
from ivr.store import Store, to_json, to_micros
from ivr.store.engine import reason

log = structlog.get_logger(__name__)

Row = tuple[object, ...]
"""The columns of `events` in the table's own order."""

LOT = 200
"""Rows in one statement of SQLite. Its thread gives Python's lock away at each statement, and while calls keep the
event loop busy it waits up to 5 ms to have it back: a row at a time would be a few hundred events a second."""

ENDS = frozenset(
    kind.value for kind in (Kind.HUNG_UP, Kind.ENDED, Kind.RATED, Kind.RECORDED, Kind.LINKED, Kind.WRAPPED_UP)
)
"""Events with which a call ends, or that may come after its end: the call is to be counted, or counted again."""

_COLUMNS = list(events.c.keys())
_CALL, _SEQ, _KIND, _SUPPLIER = (_COLUMNS.index(name) for name in ("call", "seq", "kind", "supplier"))
_VALUES = re.compile(r"(?<=VALUES )(\([^()]*\))")
_IDS = frozenset(_COLUMNS.index(name) for name in ("call", "id"))


class Rows:
    """Makes and writes rows for one database."""

    def __init__(self, store: Store, node: str) -> None:
        self._node = node
        self.key: Callable[[UUID], object] = _bytes_of if store.dialect == "sqlite" else _itself
        self._new_key: Callable[[datetime], object] = new_id_bytes if store.dialect == "sqlite" else new_id
        """A UUID as the driver takes it."""
        self._insert = _sql(store, insert(events))
        self._insert_if_new = _sql(store, store.insert(events).on_conflict_do_nothing())
        self._mark = _sql(store, insert(uncounted).inline(), ["call", "supplier"])
        lots = store.dialect == "sqlite"
        self._lots = lots
        self._insert_lot = _of_many(self._insert, LOT) if lots else None
        self._insert_lot_if_new = _of_many(self._insert_if_new, LOT) if lots else None

    def row(
        self,
        call: object,
        seq: int,
        supplier: str,
        noted_at: datetime,
        at: datetime,
        kind: Kind,
        data: Mapping[str, object],
    ) -> Row:
        # The data is made text now: what the caller changes in its dict afterwards did not happen.
        return (
            call, self._node, seq, self._new_key(noted_at), supplier, to_micros(at), kind.value, 1, to_json(data),
        )  # fmt: skip

    def packed(self, row: Row) -> bytes:
        """The row as a file keeps it, whatever the database is."""
        values = [_hex(value) if at in _IDS else value for at, value in enumerate(row)]
        # A surrogate comes back as it was: whether the database takes it is the database's matter.
        return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode(errors="surrogatepass")

    def unpacked(self, record: bytes) -> Row | None:
        """None for what no version of ours can have written."""
        try:
            values = json.loads(record.decode(errors="surrogatepass"))
            call, node, seq, own, supplier, at, kind, version, data = values
            call, own = (self.key(UUID(hex=value)) for value in (call, own))
        except (ValueError, TypeError, AttributeError):
            return None
        numbers, texts = (seq, at, version), (node, supplier, kind, data)
        right = all(type(value) is int for value in numbers) and all(type(value) is str for value in texts)
        return (call, node, seq, own, supplier, at, kind, version, data) if right else None

    async def put(self, connection: AsyncConnection, rows: Sequence[Row], *, again: bool = False) -> None:
        """Insert them; one that is there already is an `IntegrityError`, and nothing at all where it comes `again`."""
        if not self._lots and not again:
            await _copy(connection, rows)
            await self._put_down(connection, rows)
            return
        one, many = (self._insert_if_new, self._insert_lot_if_new) if again else (self._insert, self._insert_lot)
        done = 0
        if many is not None:
            while len(rows) - done >= LOT:
                lot = tuple(chain.from_iterable(rows[done : done + LOT]))
                await connection.exec_driver_sql(many, lot)
                done += LOT
        if done < len(rows):
            await connection.exec_driver_sql(one, list(rows[done:]))
        await self._put_down(connection, rows)

    async def put_one_by_one(self, connection: AsyncConnection, rows: Sequence[Row]) -> None:
        """Insert those that are not there yet; one that the database refuses is logged and costs no other."""
        for row in rows:
            try:
                async with connection.begin_nested():
                    await connection.exec_driver_sql(self._insert_if_new, row)
                    await self._put_down(connection, [row])
            except (IntegrityError, DataError) as error:
                log.error(
                    "the database refuses an event",
                    action="journal.refused",
                    call=str(row[_CALL]),
                    seq=row[_SEQ],
                    kind=row[_KIND],
                    why=reason(error),
                )

    async def _put_down(self, connection: AsyncConnection, rows: Sequence[Row]) -> None:
        """Which calls these rows end: in the same transaction, so that none is forgotten when they are counted."""
        ended = list(dict.fromkeys((row[_CALL], row[_SUPPLIER]) for row in rows if row[_KIND] in ENDS))
        if not self._lots:
            if ended:
                await connection.exec_driver_sql(self._mark, ended)
            return
        for start in range(0, len(ended), LOT):
            some = ended[start : start + LOT]
            await connection.exec_driver_sql(_of_many(self._mark, len(some)), tuple(chain.from_iterable(some)))


def _sql(store: Store, statement: Insert, columns: Sequence[str] = _COLUMNS) -> str:
    return str(statement.compile(dialect=store.engine.dialect, column_keys=list(columns)))


async def _copy(connection: AsyncConnection, rows: Sequence[Row]) -> None:
    """PostgreSQL's own way in for many rows: a third of what as many inserts cost it and us."""
    await connection.exec_driver_sql("SELECT 1")  # the driver begins the transaction with its first statement
    raw = (await connection.get_raw_connection()).driver_connection
    assert raw is not None
    try:
        await raw.copy_records_to_table(events.name, records=rows, columns=_COLUMNS)
    except (asyncpg.IntegrityConstraintViolationError, asyncpg.exceptions.DataError, UnicodeError) as error:
        kind = IntegrityError if isinstance(error, asyncpg.IntegrityConstraintViolationError) else DataError
        raise kind("COPY events", None, error) from error
    except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise OperationalError("COPY events", None, error) from error


@cache
def _of_many(one_row: str, rows: int) -> str:
    head, row, rest = _VALUES.split(one_row)
    return f"{head}{', '.join([row] * rows)}{rest}"


def _hex(key: object) -> str:
    return key.hex() if isinstance(key, bytes) else UUID(str(key)).hex


def _bytes_of(key: UUID) -> object:
    return key.bytes


def _itself(key: UUID) -> object:
    return key

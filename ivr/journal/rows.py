"""Rows of `events` as the database's driver takes them, and the SQL that puts them in.

The journal is written more often than anything else: plain tuples and plain SQL cost a third of SQLAlchemy's own
inserts, which is why the columns are converted here and not by their types.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from itertools import chain
from uuid import UUID

import structlog
from sqlalchemy import Insert, insert
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from ivr.ids import new_id
from ivr.journal.events import Kind
from ivr.journal.tables import events
from ivr.store import Store, to_json, to_micros
from ivr.store.engine import reason

log = structlog.get_logger(__name__)

Row = tuple[object, ...]
"""The columns of `events` in the table's own order."""

LOT = 200
"""Rows in one statement of SQLite. Its thread gives Python's lock away at each statement, and while calls keep the
event loop busy it waits up to 5 ms to have it back: a row at a time would be a few hundred events a second."""

_COLUMNS = list(events.c.keys())
_CALL, _SEQ, _KIND = (_COLUMNS.index(name) for name in ("call", "seq", "kind"))


class Rows:
    """Makes and writes rows for one database."""

    def __init__(self, store: Store, node: str) -> None:
        self._node = node
        self.key: Callable[[UUID], object] = _bytes_of if store.dialect == "sqlite" else _itself
        """A UUID as the driver takes it."""
        self._insert = _sql(store, insert(events))
        self._insert_lot = _sql_of_a_lot(self._insert) if store.dialect == "sqlite" else None
        self._insert_if_new = _sql(store, store.insert(events).on_conflict_do_nothing())

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
            call, self._node, seq, self.key(new_id(noted_at)), supplier, to_micros(at), kind.value, 1, to_json(data),
        )  # fmt: skip

    async def put(self, connection: AsyncConnection, rows: Sequence[Row]) -> None:
        """Insert them; one that is there already is an `IntegrityError`."""
        done = 0
        if self._insert_lot is not None:
            while len(rows) - done >= LOT:
                lot = tuple(chain.from_iterable(rows[done : done + LOT]))
                await connection.exec_driver_sql(self._insert_lot, lot)
                done += LOT
        if done < len(rows):
            await connection.exec_driver_sql(self._insert, list(rows[done:]))

    async def put_one_by_one(self, connection: AsyncConnection, rows: Sequence[Row]) -> None:
        """Insert those that are not there yet; one that the database refuses is logged and costs no other."""
        for row in rows:
            try:
                async with connection.begin_nested():
                    await connection.exec_driver_sql(self._insert_if_new, row)
            except (IntegrityError, DataError) as error:
                log.error(
                    "the database refuses an event",
                    action="journal.refused",
                    call=str(row[_CALL]),
                    seq=row[_SEQ],
                    kind=row[_KIND],
                    why=reason(error),
                )


def _sql(store: Store, statement: Insert) -> str:
    return str(statement.compile(dialect=store.engine.dialect, column_keys=_COLUMNS))


def _sql_of_a_lot(one_row: str) -> str:
    head, values, row = one_row.rpartition("VALUES ")
    return f"{head}{values}{', '.join([row] * LOT)}"


def _bytes_of(key: UUID) -> object:
    return key.bytes


def _itself(key: UUID) -> object:
    return key

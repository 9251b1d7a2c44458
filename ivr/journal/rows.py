"""Rows of `events` as the database's driver takes them, and the SQL that puts them in.

The journal is written more often than anything else: plain tuples and plain SQL cost a third of SQLAlchemy's own
inserts, which is why the columns are converted here and not by their types.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from itertools import chain
from uuid import UUID

import structlog
from sqlalchemy import Insert, insert
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from ivr.ids import new_id, new_id_bytes
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
        lots = store.dialect == "sqlite"
        self._insert_lot = _sql_of_a_lot(self._insert) if lots else None
        self._insert_lot_if_new = _sql_of_a_lot(self._insert_if_new) if lots else None

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
        one, many = (self._insert_if_new, self._insert_lot_if_new) if again else (self._insert, self._insert_lot)
        done = 0
        if many is not None:
            while len(rows) - done >= LOT:
                lot = tuple(chain.from_iterable(rows[done : done + LOT]))
                await connection.exec_driver_sql(many, lot)
                done += LOT
        if done < len(rows):
            await connection.exec_driver_sql(one, list(rows[done:]))

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
    head, row, rest = _VALUES.split(one_row)
    return f"{head}{', '.join([row] * LOT)}{rest}"


def _hex(key: object) -> str:
    return key.hex() if isinstance(key, bytes) else UUID(str(key)).hex


def _bytes_of(key: UUID) -> object:
    return key.bytes


def _itself(key: UUID) -> object:
    return key

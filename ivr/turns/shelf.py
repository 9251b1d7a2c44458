"""Where kept turns lie: rows in the database, sound in files; found, counted, deleted for real."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, func, select

from ivr.store import Store
from ivr.turns.tables import turns

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class KeptTurn:
    id: UUID
    supplier: str
    call: UUID
    at: datetime
    question: str
    expect: str
    outcome: str
    data: dict[str, Any]
    file: str
    """Below the folder of turns."""
    bytes: int


class Shelf:
    """`folder` holds the sound of all suppliers."""

    def __init__(self, store: Store, folder: Path) -> None:
        self._store = store
        self.folder = folder

    async def put(self, kept: Sequence[KeptTurn]) -> None:
        """Their files are there already."""
        rows = [
            {
                "id": one.id,
                "supplier": one.supplier,
                "call": one.call,
                "at": one.at,
                "question": one.question,
                "expect": one.expect,
                "outcome": one.outcome,
                "data": one.data,
                "file": one.file,
                "bytes": one.bytes,
            }
            for one in kept
        ]
        async with self._store.writing() as connection:
            await connection.execute(turns.insert(), rows)

    async def bytes_of(self, supplier: str) -> int:
        query = select(func.coalesce(func.sum(turns.c.bytes), 0)).where(turns.c.supplier == supplier)
        async with self._store.reading() as connection:
            return int((await connection.execute(query)).scalar_one())

    async def between(
        self, supplier: str, since: datetime | None, until: datetime | None, outcomes: Sequence[str] = ()
    ) -> AsyncIterator[KeptTurn]:
        """The oldest first; in pieces, for there may be many."""
        wanted = [turns.c.supplier == supplier]
        if since is not None:
            wanted.append(turns.c.at >= since)
        if until is not None:
            wanted.append(turns.c.at < until)
        if outcomes:
            wanted.append(turns.c.outcome.in_(outcomes))
        last: UUID | None = None
        while True:
            after = [turns.c.id > last] if last is not None else []
            query = select(turns).where(and_(*wanted, *after)).order_by(turns.c.id).limit(_AT_ONCE)
            async with self._store.reading() as connection:
                rows = (await connection.execute(query)).mappings().all()
            for row in rows:
                yield KeptTurn(**row)
            if len(rows) < _AT_ONCE:
                return
            last = rows[-1]["id"]

    async def delete_before(self, supplier: str, instant: datetime) -> int:
        """Forget what was said before; returns how many turns went. What cannot be deleted now is the next time's."""
        return await self._delete(and_(turns.c.supplier == supplier, turns.c.at < instant))

    async def delete_call(self, supplier: str, call: UUID) -> int:
        """Forget a call: its caller wishes it."""
        return await self._delete(and_(turns.c.supplier == supplier, turns.c.call == call))

    async def delete_oldest(self, supplier: str, least_bytes: int) -> int:
        """Make so much room; returns the bytes that were freed."""
        freed = 0
        while freed < least_bytes:
            query = select(turns).where(turns.c.supplier == supplier).order_by(turns.c.id).limit(_AT_ONCE)
            async with self._store.reading() as connection:
                rows = (await connection.execute(query)).mappings().all()
            going: list[UUID] = []
            for row in rows:
                if freed >= least_bytes:
                    break
                going.append(row["id"])
                freed += row["bytes"]
            if not going:
                break
            await self._delete(turns.c.id.in_(going))
        return freed

    async def _delete(self, which: ColumnElement[bool]) -> int:
        """The files first: a row without its file is found again, a file without its row is not."""
        gone = 0
        while True:
            query = select(turns.c.id, turns.c.file).where(which).order_by(turns.c.id).limit(_AT_ONCE)
            async with self._store.reading() as connection:
                rows = (await connection.execute(query)).all()
            if not rows:
                return gone
            await asyncio.to_thread(self._unlink, [row.file for row in rows])
            async with self._store.writing() as connection:
                await connection.execute(delete(turns).where(turns.c.id.in_([row.id for row in rows])))
            gone += len(rows)

    def _unlink(self, files: Sequence[str]) -> None:
        for file in files:
            path = self.folder / file
            path.unlink(missing_ok=True)
            for above in (path.parent, path.parent.parent):
                try:
                    above.rmdir()
                except OSError:
                    break

"""Finding recordings, holding them for a court, deleting them for real, and writing down who did."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, or_, select, update

from ivr.clock import Clock
from ivr.people.deeds import Deed, Deeds, write_deed
from ivr.recordings.rules import Kind
from ivr.recordings.tables import recordings
from ivr.store import Store

SEEN = ("recordings.", "turns.", "forget")
"""How deeds begin that are about personal data."""


@dataclass(frozen=True, slots=True)
class Recording:
    id: UUID
    supplier: str
    call: UUID | None
    uniqueid: str
    kind: Kind
    part: str
    started: datetime
    ended: datetime
    file: str
    """Below the folder of recordings; empty once it is deleted."""
    bytes: int
    sha256: str
    channels: int
    legal_hold: bool = False
    deleted_at: datetime | None = None

    @property
    def seconds(self) -> float:
        return (self.ended - self.started).total_seconds()

    def during(self, since: datetime, until: datetime) -> bool:
        """Whether it holds any of this segment of its call."""
        return self.started < until and since < self.ended


class Index:
    """`folder` is where the files lie."""

    def __init__(self, store: Store, folder: Path, clock: Clock) -> None:
        self._store, self.folder, self._clock = store, folder, clock

    async def add(self, one: Recording) -> bool:
        """False: it is there already."""
        row = {name: getattr(one, name) for name in recordings.c.keys()}  # noqa: SIM118
        async with self._store.writing() as connection:
            added = await connection.execute(self._store.insert(recordings).on_conflict_do_nothing(), row)
        return bool(added.rowcount)

    async def has_file(self, file: str) -> bool:
        query = select(recordings.c.id).where(recordings.c.file == file).limit(1)
        async with self._store.reading() as connection:
            return (await connection.execute(query)).first() is not None

    async def of_call(self, supplier: str, call: UUID) -> Sequence[Recording]:
        return (await self.of_calls(supplier, [call])).get(call, ())

    async def of_calls(self, supplier: str, calls: Collection[UUID]) -> Mapping[UUID, Sequence[Recording]]:
        """By call, in the order they began; those that were deleted too."""
        query = (
            select(recordings)
            .where(recordings.c.supplier == supplier, recordings.c.call.in_(list(calls)))
            .order_by(recordings.c.started, recordings.c.id)
        )
        found: dict[UUID, list[Recording]] = {}
        async with self._store.reading() as connection:
            for row in await connection.execute(query):
                found.setdefault(row.call, []).append(_recording(row))
        return found

    async def latest(
        self, supplier: str, since: datetime | None, until: datetime | None, most: int
    ) -> Sequence[Recording]:
        """What is kept of this time, the newest first."""
        where: list[Any] = [recordings.c.supplier == supplier, recordings.c.deleted_at.is_(None)]
        if since is not None:
            where.append(recordings.c.started >= since)
        if until is not None:
            where.append(recordings.c.started < until)
        query = select(recordings).where(*where).order_by(recordings.c.started.desc()).limit(most)
        async with self._store.reading() as connection:
            return [_recording(row) for row in await connection.execute(query)]

    async def hold(self, supplier: str, call: UUID, held: bool, *, who: str, why: str) -> int:
        """Keep what there is of a call beyond its time, or no longer; how many recordings that changed."""
        change = (
            update(recordings)
            .where(
                recordings.c.supplier == supplier,
                recordings.c.call == call,
                recordings.c.deleted_at.is_(None),
                recordings.c.legal_hold.is_not(held),
            )
            .values(legal_hold=held)
        )
        async with self._store.writing() as connection:
            changed = (await connection.execute(change)).rowcount
            what = "recordings.hold" if held else "recordings.release"
            await write_deed(connection, self._clock.now(), who, supplier, what, str(call), why)
        return changed

    async def due(self, supplier: str, before: Mapping[Kind, datetime], most: int = 500) -> Sequence[Recording]:
        """The oldest recordings that began before their kind's instant and are not held."""
        if not before:
            return []
        old = or_(*(and_(recordings.c.kind == kind, recordings.c.started < at) for kind, at in before.items()))
        query = (
            select(recordings)
            .where(
                recordings.c.supplier == supplier,
                recordings.c.deleted_at.is_(None),
                recordings.c.legal_hold.is_(False),
                old,
            )
            .order_by(recordings.c.started)
            .limit(most)
        )
        async with self._store.reading() as connection:
            return [_recording(row) for row in await connection.execute(query)]

    async def count_due(self, supplier: str, before: Mapping[Kind, datetime]) -> int:
        old = or_(*(and_(recordings.c.kind == kind, recordings.c.started < at) for kind, at in before.items()))
        query = select(func.count()).where(
            recordings.c.supplier == supplier,
            recordings.c.deleted_at.is_(None),
            recordings.c.legal_hold.is_(False),
            old,
        )
        async with self._store.reading() as connection:
            return int((await connection.execute(query)).scalar_one())

    async def delete(self, one: Recording) -> None:
        """The file first: a row without a file is deleted again, a file without a row nobody would find."""
        if one.file:
            self.path(one).unlink(missing_ok=True)
        gone = {"file": "", "sha256": "", "deleted_at": self._clock.now()}
        async with self._store.writing() as connection:
            await connection.execute(update(recordings).where(recordings.c.id == one.id).values(**gone))

    def path(self, one: Recording) -> Path:
        """Where its file lies. Raises `ValueError` for a row that points out of the folder."""
        path = (self.folder / one.file).resolve()
        if not path.is_relative_to(self.folder.resolve()):
            raise ValueError(f"recording {one.id} points out of {self.folder}")
        return path

    async def looked_at(self, supplier: str, who: str, what: str, subject: str, why: str = "") -> None:
        """Write down that somebody saw it; before it is shown."""
        async with self._store.writing() as connection:
            await write_deed(connection, self._clock.now(), who, supplier, what, subject, why)

    async def deeds(self, supplier: str, since: datetime | None, most: int = 1000) -> Sequence[Deed]:
        """Who looked at recordings and answers, and who was forgotten; the newest first."""
        found = [one for one in await Deeds(self._store).latest([supplier], most=most) if one.action.startswith(SEEN)]
        return [one for one in found if since is None or one.at >= since]

    async def forget_tombstones(self, supplier: str, before: datetime) -> int:
        """What was deleted long ago is not even counted any more."""
        gone = recordings.delete().where(recordings.c.supplier == supplier, recordings.c.deleted_at < before)
        async with self._store.writing() as connection:
            return (await connection.execute(gone)).rowcount


def _recording(row: Any) -> Recording:
    return Recording(**row._mapping)

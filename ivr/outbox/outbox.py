"""The outbox: messages are put in by the transaction of what they tell of, and taken out under a lease.

Of several processes each takes other messages (`SKIP LOCKED` on PostgreSQL, one writer on SQLite). Who dies with a
message lets go of it when its lease ends: then it is handed over again, with the same key.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import and_, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ivr.clock import Clock
from ivr.ids import new_id
from ivr.outbox.message import Message, State
from ivr.outbox.tables import DELIVERED, OPEN, WAITING, outbox
from ivr.store import Store

LEASE = timedelta(seconds=60)
"""Longer than any hand-over may take."""
KEPT = timedelta(days=30)
"""So long a delivered message can be looked at."""
LONGEST_REASON = 500


class Outbox:
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock

    async def put(
        self,
        connection: AsyncConnection,
        supplier: str,
        kind: str,
        destination: str,
        key: str,
        payload: Mapping[str, Any],
        *,
        leased: bool = False,
        its_id: UUID | None = None,
        not_before: datetime | None = None,
    ) -> Message:
        """Within the caller's transaction. `leased`: the caller hands it over himself, now.

        A key that is there already gives the message that holds it, with no lease: somebody else sees to it.
        """
        now = self._clock.now()
        row = {
            "id": its_id or new_id(now),
            "supplier": supplier,
            "kind": kind,
            "destination": destination,
            "key": key,
            "payload": dict(payload),
            "state": "waiting",
            "tries": 1 if leased else 0,
            "next_at": now + LEASE if leased else max(now, not_before or now),
            "lease": uuid4() if leased else None,
            "reason": "",
            "made_at": now,
        }
        added = (await connection.execute(self._store.insert(outbox).on_conflict_do_nothing(), row)).rowcount
        where = [getattr(outbox.c, name) == row[name] for name in ("supplier", "kind", "destination", "key")]
        found = _message((await connection.execute(select(outbox).where(*where))).one())
        return found if added else _without_lease(found)

    async def take(self, places: Collection[tuple[str, str]], most: int) -> Sequence[Message]:
        """Up to `most` messages that are due for these (supplier, destination), ours until the lease ends."""
        if not places or most < 1:
            return []
        now = self._clock.now()
        due = (
            select(outbox.c.id)
            .where(
                WAITING,
                outbox.c.next_at <= now,
                or_(*(and_(outbox.c.supplier == one, outbox.c.destination == other) for one, other in places)),
            )
            .order_by(outbox.c.next_at, outbox.c.id)
            .limit(most)
        )
        # Most looks find nothing: they must not cost a writer's turn.
        async with self._store.reading() as connection:
            if (await connection.execute(due)).first() is None:
                return []
        due = due.with_for_update(skip_locked=True)
        async with self._store.writing() as connection:
            ids = list((await connection.execute(due)).scalars())
            if not ids:
                return []
            lease = uuid4()
            await connection.execute(
                update(outbox)
                .where(outbox.c.id.in_(ids))
                .values(lease=lease, next_at=now + LEASE, tries=outbox.c.tries + 1)
            )
            mine = select(outbox).where(outbox.c.lease == lease).order_by(outbox.c.id)
            return [_message(row) for row in await connection.execute(mine)]

    async def delivered(self, message: Message, answer: Any = None) -> None:
        await self._settle(message, state="delivered", done_at=self._clock.now(), answer=answer, reason="", lease=None)

    async def postpone(self, message: Message, pause: timedelta, reason: str, *, is_try: bool = True) -> None:
        tries = message.tries if is_try else max(message.tries - 1, 0)
        next_at = self._clock.now() + pause
        await self._settle(message, next_at=next_at, reason=reason[:LONGEST_REASON], tries=tries, lease=None)

    async def set_aside(self, message: Message, reason: str) -> None:
        now = self._clock.now()
        await self._settle(message, state="set_aside", done_at=now, reason=reason[:LONGEST_REASON], lease=None)

    async def _settle(self, message: Message, **values: Any) -> None:
        """Only under the lease it was taken with: whoever came after us knows better."""
        async with self._store.writing() as connection:
            await connection.execute(
                update(outbox).where(outbox.c.id == message.id, outbox.c.lease == message.lease).values(**values)
            )

    async def has(self, supplier: str, kind: str, destination: str, key: str) -> bool:
        """Whether this message is there, delivered or not."""
        query = select(outbox.c.id).where(
            outbox.c.supplier == supplier,
            outbox.c.kind == kind,
            outbox.c.destination == destination,
            outbox.c.key == key,
        )
        async with self._store.reading() as connection:
            return (await connection.execute(query)).first() is not None

    async def find(
        self, supplier: str, *, states: Collection[State] = ("waiting", "set_aside"), most: int = 1000
    ) -> Sequence[Message]:
        """The oldest messages of these states."""
        query = (
            select(outbox)
            .where(outbox.c.supplier == supplier, outbox.c.state.in_(list(states)))
            .order_by(outbox.c.made_at, outbox.c.id)
            .limit(most)
        )
        if "delivered" not in states:
            query = query.where(OPEN)
        async with self._store.reading() as connection:
            return [_message(row) for row in await connection.execute(query)]

    async def counts(self) -> Mapping[tuple[str, str, State], int]:
        """How many messages there are, by supplier, destination and state; delivered ones are not counted."""
        query = (
            select(outbox.c.supplier, outbox.c.destination, outbox.c.state, func.count())
            .where(OPEN)
            .group_by(outbox.c.supplier, outbox.c.destination, outbox.c.state)
        )
        async with self._store.reading() as connection:
            return {(row[0], row[1], row[2]): row[3] for row in await connection.execute(query)}

    async def retry(self, supplier: str, ids: Collection[UUID] | None = None) -> int:
        """Let these be tried at once, or all that were set aside or have failed so far; how many."""
        where: list[Any] = [outbox.c.supplier == supplier, OPEN]
        # A message in somebody's hands is left there: it is being tried.
        where.append(or_(outbox.c.lease.is_(None), outbox.c.next_at <= self._clock.now()))
        if ids is None:  # what never failed waits for an hour that was chosen
            where.append(outbox.c.reason != "")
        else:
            where.append(outbox.c.id.in_(list(ids)))
        fresh = {"state": "waiting", "tries": 0, "next_at": self._clock.now(), "done_at": None, "lease": None}
        async with self._store.writing() as connection:
            return (await connection.execute(update(outbox).where(*where).values(**fresh))).rowcount

    async def forget(self, before: datetime) -> int:
        """Clear away what was delivered before then; how many."""
        async with self._store.writing() as connection:
            gone = delete(outbox).where(DELIVERED, outbox.c.done_at < before)
            return (await connection.execute(gone)).rowcount


def _message(row: Any) -> Message:
    return Message(
        row.id, row.supplier, row.kind, row.destination, row.key, row.payload, row.made_at, row.state, row.tries,
        row.next_at, row.reason, row.lease,
    )  # fmt: skip


def _without_lease(message: Message) -> Message:
    return Message(
        message.id, message.supplier, message.kind, message.destination, message.key, message.payload, message.made_at,
        message.state, message.tries, message.next_at, message.reason,
    )  # fmt: skip

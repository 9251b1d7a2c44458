"""Ordering a callback, and what becomes of it. One open promise a telephone and local day: a second request joins it.

The dialling is its own part; here nothing rings. A request that joins keeps the earlier place, takes the newer topic
and is counted.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import ColumnElement, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from ivr.call.services import CallbackWanted, Ordered
from ivr.clock import Clock
from ivr.ids import new_id
from ivr.outbound.numbers import ringable
from ivr.outbound.tables import OPEN, callbacks
from ivr.store import Store
from ivr.store.engine import reason

log = structlog.get_logger(__name__)

PROMISE = timedelta(hours=2)
EARLIEST_HOUR, LATEST_HOUR = 9, 20
"""Nobody is rung outside these local hours, whatever was asked."""


@dataclass(frozen=True, slots=True)
class Callback:
    id: UUID
    phone: str
    account: str | None
    queue: str
    topic: str
    state: str
    requests: int
    requested_at: datetime
    wanted_at: datetime | None
    promised_by: datetime


class CallbackBook:
    """Implements `ivr.call.services.Callbacks` for one supplier. `promise`: by when a request of now will be rung."""

    def __init__(
        self,
        store: Store,
        supplier: str,
        clock: Clock,
        zone: tzinfo,
        *,
        own_numbers: Collection[str] = (),
        promise: Callable[[datetime], datetime] = lambda now: now + PROMISE,
    ) -> None:
        self._store, self._supplier, self._clock, self._zone = store, supplier, clock, zone
        self._own, self._promise = own_numbers, promise

    async def order(self, wanted: CallbackWanted) -> Ordered:
        """Durable on return; refused also where the database is away, for then nothing may be promised."""
        number, now = ringable(wanted.phone, self._own), self._clock.now()
        at = wanted.at or (self._morning_of(wanted.day, now) if wanted.day is not None else None)
        if number is None or (at is not None and not self._may_ring(at, now)):
            return Ordered("refused")
        day = now.astimezone(self._zone).date().isoformat()
        try:
            async with self._store.writing() as connection:
                await self._one_at_a_time(connection)
                joined = await self._join(connection, number, day, wanted.topic, at)
                if joined is not None:
                    return Ordered("merged", joined)
                by = at or self._promise(now)
                await connection.execute(
                    callbacks.insert().values(
                        id=new_id(now), supplier=self._supplier, phone=number, account=wanted.account,
                        queue=wanted.queue, topic=wanted.topic, state="requested", requests=1, requested_at=now,
                        day=day, wanted_at=at, promised_by=by, closed_at=None, why="", call=wanted.call,
                    )
                )  # fmt: skip
                return Ordered("made", by)
        except (DBAPIError, OSError, TimeoutError) as error:
            log.error("a callback could not be kept", action="callback.away", call=str(wanted.call), why=reason(error))
            return Ordered("refused")

    async def waiting(self) -> Sequence[Callback]:
        """Open ones, in the order in which they will be rung."""
        query = (
            select(callbacks)
            .where(callbacks.c.supplier == self._supplier, callbacks.c.state.in_(OPEN))
            .order_by(callbacks.c.wanted_at.is_not(None), callbacks.c.requested_at, callbacks.c.id)
        )
        async with self._store.reading() as connection:
            return [_callback(row) for row in await connection.execute(query)]

    async def cancel(self, id_: UUID, why: str) -> bool:
        """False where it is closed already, or there is none."""
        return await self._close(callbacks.c.id == id_, "cancelled", why) > 0

    async def served_inbound(self, phone: str) -> int:
        """The customer rang us and was served: what was promised is kept."""
        number = ringable(phone)
        return await self._close(callbacks.c.phone == number, "served_inbound", "") if number else 0

    async def _close(self, which: ColumnElement[bool], state: str, why: str) -> int:
        change = (
            update(callbacks)
            .where(callbacks.c.supplier == self._supplier, which, callbacks.c.state.in_(OPEN))
            .values(state=state, why=why, closed_at=self._clock.now())
        )
        async with self._store.writing() as connection:
            return int((await connection.execute(change)).rowcount)

    async def _one_at_a_time(self, connection: AsyncConnection) -> None:
        """Two requests of one telephone in one moment must see each other; SQLite has one writer anyway."""
        if self._store.dialect == "postgresql":
            await connection.exec_driver_sql("LOCK TABLE callbacks IN SHARE ROW EXCLUSIVE MODE")

    async def _join(
        self, connection: AsyncConnection, number: str, day: str, topic: str, at: datetime | None
    ) -> datetime | None:
        query = select(callbacks.c.id, callbacks.c.promised_by).where(
            callbacks.c.supplier == self._supplier,
            callbacks.c.phone == number,
            callbacks.c.day == day,
            callbacks.c.state.in_(OPEN),
        )
        found = (await connection.execute(query.order_by(callbacks.c.requested_at))).first()
        if found is None:
            return None
        values: dict[str, Any] = {"requests": callbacks.c.requests + 1}
        if topic:
            values["topic"] = topic
        if at is not None:
            values |= {"wanted_at": at, "promised_by": at}
        await connection.execute(update(callbacks).where(callbacks.c.id == found.id).values(values))
        return at or found.promised_by

    def _morning_of(self, day: date, now: datetime) -> datetime:
        """The first instant of a day on which somebody may be rung; today, an hour from now at the soonest."""
        first = datetime.combine(day, time(EARLIEST_HOUR), self._zone)
        return max(first, now + timedelta(hours=1)) if first.date() == now.astimezone(self._zone).date() else first

    def _may_ring(self, at: datetime, now: datetime) -> bool:
        return at > now and EARLIEST_HOUR <= at.astimezone(self._zone).hour < LATEST_HOUR


def _callback(row: Any) -> Callback:
    return Callback(
        row.id, row.phone, row.account, row.queue, row.topic, row.state, row.requests, row.requested_at,
        row.wanted_at, row.promised_by,
    )  # fmt: skip

"""What the line itself keeps of an account, whoever has the accounts: readings, drafts, requests, refused readings.

Everything here is a fact: it is added and never rewritten. Both desks (our own tables, somebody's billing) stand on it.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bots.desk import KeptDraft, NewRequest, ReadingToStore, ServiceRequest, TakenReading
from bots.meters import ZoneName
from ivr.billing.away import desk_away
from ivr.billing.tables import bad_tries, drafts, numbers, readings, requests
from ivr.clock import Clock
from ivr.ids import new_id
from ivr.outbox.tables import outbox
from ivr.store import Store

MOST = 2**31 - 1
OPEN = ("new", "in_work")
CLOSED_SHOWN = timedelta(days=31)
FIRST_NUMBER = 1001
"""Of requests: four digits are easily said."""


class KeyReused(Exception):
    """A reading came under a key that already holds another one; nothing was stored."""


class Kept:
    """One supplier's facts. `zone` is the supplier's: a day of refused readings ends there."""

    def __init__(self, store: Store, supplier: str, *, clock: Clock, zone: tzinfo) -> None:
        self._store, self._supplier = store, supplier
        self._clock, self._zone = clock, zone

    async def put_reading(
        self, connection: AsyncConnection, reading: ReadingToStore, message: UUID | None = None
    ) -> None:
        """Within the caller's transaction; the same keys again add nothing, with other values raise `KeyReused`."""
        rows = self._rows(reading, message)
        statement = self._store.insert(readings).on_conflict_do_nothing(index_elements=["key"])
        for row in rows:
            await connection.execute(statement, row)
        await _same_as_stored(connection, rows)

    async def keep_draft(self, account: str, serial: str, heard: Mapping[str, str], call: UUID | None) -> None:
        now = self._clock.now()
        row = {
            "id": new_id(now),
            "supplier": self._supplier,
            "account": account,
            "serial": serial,
            "heard": dict(heard),
            "at": now,
            "call": call,
        }
        with desk_away("the draft was not kept"):
            async with self._store.writing() as connection:
                await connection.execute(insert(drafts), row)

    async def drafts(self, account: str, since: datetime) -> Sequence[KeptDraft]:
        query = (
            select(drafts)
            .where(drafts.c.supplier == self._supplier, drafts.c.account == account, drafts.c.at >= since)
            .order_by(drafts.c.at.desc(), drafts.c.id.desc())
        )
        return [KeptDraft(row.account, row.serial, row.heard, row.at) for row in await self._found(query)]

    async def taken(self, account: str, since: datetime) -> Sequence[TakenReading]:
        """One entry a meter and read-back, newest first."""
        query = (
            select(readings, outbox.c.state)
            .outerjoin(outbox, outbox.c.id == readings.c.message)
            .where(readings.c.supplier == self._supplier, readings.c.account == account, readings.c.at >= since)
            .order_by(readings.c.at.desc(), readings.c.serial, readings.c.key.desc())
        )
        found: dict[tuple[datetime, str, UUID | None], dict[ZoneName, int]] = {}
        rest: dict[tuple[datetime, str, UUID | None], tuple[str, bool]] = {}
        for row in await self._found(query):
            read_back = (row.at, row.serial, row.call)
            found.setdefault(read_back, {}).setdefault(row.zone, row.value)
            # A message that has been cleared away had been delivered.
            rest[read_back] = (row.source, row.state in (None, "delivered"))
        return [TakenReading(serial, found[key], at, *rest[key]) for key in found for at, serial, _ in [key]]

    async def bad_tries(self, account: str, day: date) -> int:
        query = select(bad_tries.c.tries).where(
            bad_tries.c.supplier == self._supplier, bad_tries.c.account == account, bad_tries.c.day == day
        )
        found = await self._found(query)
        return int(found[0].tries) if found else 0

    async def note_bad_try(self, account: str, at: datetime) -> None:
        statement = self._store.insert(bad_tries).values(
            supplier=self._supplier, account=account, day=at.astimezone(self._zone).date(), tries=1
        )
        once_more = statement.on_conflict_do_update(
            index_elements=["supplier", "account", "day"], set_={"tries": bad_tries.c.tries + 1}
        )
        with desk_away("the refused reading was not counted"):
            async with self._store.writing() as connection:
                await connection.execute(once_more)

    async def put_request(
        self, connection: AsyncConnection, request: NewRequest, message: UUID | None = None
    ) -> ServiceRequest:
        """Within the caller's transaction: the request under its number, or the one that is there under its key."""
        if (there := await self._request(connection, request.key)) is not None:
            return there
        # Taking the number is a lock: of two that come at once with one key, the second finds the first's request.
        number = str(await next_number(self._store, connection, self._supplier, "request", FIRST_NUMBER))
        if (there := await self._request(connection, request.key)) is not None:
            return there
        await connection.execute(
            insert(requests).values(
                supplier=self._supplier,
                number=number,
                key=request.key,
                account=request.account,
                kind=request.kind,
                status="new",
                at=request.at,
                phone=request.phone,
                serial=request.serial,
                wanted_on=request.wanted_on,
                words=request.words,
                call=request.call,
                message=message,
            )
        )
        return ServiceRequest(number, request.account, request.kind, "new", request.at)

    async def _request(self, connection: AsyncConnection, key: UUID) -> ServiceRequest | None:
        query = select(requests).where(requests.c.supplier == self._supplier, requests.c.key == key)
        row = (await connection.execute(query)).first()
        return None if row is None else as_request(row)

    async def requests(self, account: str, *, undelivered: bool = False) -> Sequence[ServiceRequest]:
        """Open ones and those closed within a month, newest first; or only those billing does not know of yet."""
        lately = self._clock.now() - CLOSED_SHOWN
        query = (
            select(requests)
            .where(requests.c.supplier == self._supplier, requests.c.account == account)
            .order_by(requests.c.at.desc(), requests.c.number.desc())
        )
        if undelivered:
            query = query.join(outbox, and_(outbox.c.id == requests.c.message, outbox.c.state != "delivered"))
        else:
            query = query.where(or_(requests.c.status.in_(OPEN), requests.c.closed_at >= lately))
        return [as_request(row) for row in await self._found(query)]

    async def readings_before(
        self, account: str, serials: Sequence[str], before: datetime
    ) -> Mapping[tuple[str, str], tuple[datetime, int]]:
        """The newest reading of each zone from before an instant; of two at one instant the later stored wins."""
        newest = (
            select(
                readings,
                func.row_number()
                .over(
                    partition_by=(readings.c.serial, readings.c.zone),
                    order_by=(readings.c.at.desc(), readings.c.key.desc()),
                )
                .label("place"),
            )
            .where(
                readings.c.supplier == self._supplier,
                readings.c.account == account,
                readings.c.serial.in_(serials),
                readings.c.at < before.astimezone(UTC),
            )
            .subquery()
        )
        found = await self._found(select(newest).where(newest.c.place == 1))
        return {(row.serial, row.zone): (row.at, row.value) for row in found}

    async def values_since(self, account: str, since: datetime) -> frozenset[tuple[str, str, int]]:
        """(serial, zone, value) of every reading taken from an instant on."""
        query = select(readings.c.serial, readings.c.zone, readings.c.value).where(
            readings.c.supplier == self._supplier, readings.c.account == account, readings.c.at >= since.astimezone(UTC)
        )
        return frozenset((row.serial, row.zone, row.value) for row in await self._found(query))

    async def _found(self, query: Any) -> Sequence[Any]:
        with desk_away("the database cannot be asked"):
            async with self._store.reading() as connection:
                return (await connection.execute(query)).all()

    def _rows(self, reading: ReadingToStore, message: UUID | None) -> list[dict[str, Any]]:
        if not reading.values or set(reading.values) != set(reading.keys):
            raise ValueError(f"a reading needs a value and a key for each zone, got {reading!r}")
        wrong = [value for value in reading.values.values() if not 0 <= value <= MOST]
        if wrong:
            raise ValueError(f"{wrong[0]} is no reading of a meter")
        return [
            {
                "key": reading.keys[zone],
                "supplier": self._supplier,
                "account": reading.account,
                "serial": reading.serial,
                "zone": zone,
                "value": value,
                "at": reading.at,
                "flagged": reading.flagged,
                "source": reading.source,
                "call": reading.call,
                "message": message,
            }
            for zone, value in reading.values.items()
        ]


async def _same_as_stored(connection: AsyncConnection, rows: list[dict[str, Any]]) -> None:
    """Raise, and so roll back, if a key already held another reading: a wrong one must not pass for stored."""
    names = ("supplier", "account", "serial", "zone", "value")
    query = select(readings).where(readings.c.key.in_([row["key"] for row in rows]))
    stored = {row.key: row for row in await connection.execute(query)}
    for row in rows:
        kept = stored[row["key"]]
        if any(getattr(kept, name) != row[name] for name in names):
            raise KeyReused(f"key {row['key']} already holds another reading")


async def next_number(store: Store, connection: AsyncConnection, supplier: str, what: str, first: int = 1) -> int:
    """The next of a supplier's numbers people see; who takes one waits for whoever took the last to commit."""
    statement = store.insert(numbers).values(supplier=supplier, what=what, last=first)
    taken = statement.on_conflict_do_update(
        index_elements=["supplier", "what"], set_={"last": numbers.c.last + 1}
    ).returning(numbers.c.last)
    return int((await connection.execute(taken)).scalar_one())


def as_request(row: Any) -> ServiceRequest:
    return ServiceRequest(row.number, row.account, row.kind, row.status, row.at, row.planned_on)

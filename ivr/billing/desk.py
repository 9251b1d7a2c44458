"""`bots.desk.Desk` over the line's own tables, for one supplier.

A reading is one row a zone under the key of its read-back: the same key again adds nothing, the same key with another
value is refused. What billing said last (`last_readings`) is never changed by a caller.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, tzinfo
from typing import Any, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import and_, func, insert, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from bots.desk import Account, AccountMeter, DeskAway, ReadingToStore, StoredAs
from bots.meters import Meter, Zone, ZoneName
from ivr.billing.phones import normal_phone
from ivr.billing.tables import accounts, drafts, last_readings, meters, phones, readings, zones
from ivr.clock import Clock, SystemClock
from ivr.ids import new_id
from ivr.store import Store
from ivr.store.engine import reason

MOSCOW = ZoneInfo("Europe/Moscow")
MOST = 2**31 - 1


class KeyReused(Exception):
    """A reading came under a key that already holds another one; nothing was stored."""


class TableDesk:
    """Implements `bots.desk.Desk`. `zone` is the supplier's: it decides where one month's readings end."""

    def __init__(self, store: Store, supplier: str, *, clock: Clock | None = None, zone: tzinfo = MOSCOW) -> None:
        self._store = store
        self._supplier = supplier
        self._clock = clock or SystemClock()
        self._zone = zone

    async def accounts_by_phone(self, phone: str) -> Sequence[Account]:
        number = normal_phone(phone)
        if number is None:
            return []
        query = (
            select(accounts)
            .join(phones, and_(phones.c.supplier == accounts.c.supplier, phones.c.account == accounts.c.number))
            .where(phones.c.supplier == self._supplier, phones.c.phone == number)
            .order_by(accounts.c.number)
        )
        return [Account(row.number, row.address, row.territory) for row in await self._rows(query)]

    async def account(self, number: str) -> Account | None:
        query = select(accounts).where(accounts.c.supplier == self._supplier, accounts.c.number == number)
        for row in await self._rows(query):
            return Account(row.number, row.address, row.territory)
        return None

    async def meters(self, account: str) -> Sequence[AccountMeter]:
        """The account's meters, each zone with the last reading of an earlier month (a month may be corrected)."""
        key = (meters.c.supplier == self._supplier, meters.c.account == account)
        same_meter = and_(
            zones.c.supplier == meters.c.supplier,
            zones.c.account == meters.c.account,
            zones.c.serial == meters.c.serial,
        )
        same_zone = and_(
            last_readings.c.supplier == zones.c.supplier,
            last_readings.c.account == zones.c.account,
            last_readings.c.serial == zones.c.serial,
            last_readings.c.zone == zones.c.zone,
        )
        query = (
            select(meters, zones.c.zone, zones.c.daily, last_readings.c.value, last_readings.c.taken_on)
            .join(zones, same_meter)
            .outerjoin(last_readings, same_zone)
            .where(*key)
            .order_by(meters.c.serial, zones.c.place)
        )
        today = self._clock.now().astimezone(self._zone).date()
        taken = {
            (row.serial, row.zone): (row.at.astimezone(self._zone).date(), row.value)
            for row in await self._rows(self._readings_before(account, today.replace(day=1)))
        }
        found: dict[str, tuple[Any, list[Zone]]] = {}
        for row in await self._rows(query):
            last = (row.taken_on, row.value) if row.taken_on is not None else None
            own = taken.get((row.serial, row.zone))
            if own is not None and (last is None or own[0] > last[0]):
                last = own
            found.setdefault(row.serial, (row, []))[1].append(_zone(row.zone, last, row.daily, today))
        return [
            AccountMeter(serial, Meter(row.digits, row.fraction, tuple(its_zones), row.max_kw), row.resource)
            for serial, (row, its_zones) in found.items()
        ]

    async def store_reading(self, reading: ReadingToStore) -> StoredAs:
        rows = self._checked(reading)
        try:
            async with self._store.writing() as connection:
                statement = self._store.insert(readings).on_conflict_do_nothing(index_elements=["key"])
                for row in rows:
                    await connection.execute(statement, row)
                await _same_as_stored(connection, rows)
        except (DBAPIError, OSError, TimeoutError) as error:
            raise DeskAway(f"the reading was not stored: {reason(error)}") from error
        return "stored"

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
        try:
            async with self._store.writing() as connection:
                await connection.execute(insert(drafts), row)
        except (DBAPIError, OSError, TimeoutError) as error:
            raise DeskAway(f"the draft was not kept: {reason(error)}") from error

    async def _rows(self, query: Any) -> Sequence[Any]:
        try:
            async with self._store.reading() as connection:
                return (await connection.execute(query)).all()
        except (DBAPIError, OSError, TimeoutError) as error:
            raise DeskAway(f"the accounts cannot be asked: {reason(error)}") from error

    def _readings_before(self, account: str, first_of_month: date) -> Any:
        """The newest own reading of each zone, from before this month; of two at one instant the later stored wins."""
        start = datetime(first_of_month.year, first_of_month.month, 1, tzinfo=self._zone).astimezone(UTC)
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
            .where(readings.c.supplier == self._supplier, readings.c.account == account, readings.c.at < start)
            .subquery()
        )
        return select(newest).where(newest.c.place == 1)

    def _checked(self, reading: ReadingToStore) -> list[dict[str, Any]]:
        if not reading.values or set(reading.values) != set(reading.keys):
            raise ValueError(f"a reading needs a value and a key for each zone, got {reading!r}")
        rows = []
        for zone, value in reading.values.items():
            if not 0 <= value <= MOST:
                raise ValueError(f"{value} is no reading of a meter")
            rows.append(
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
                }
            )
        return rows


async def _same_as_stored(connection: AsyncConnection, rows: list[dict[str, Any]]) -> None:
    """Raise, and so roll back, if a key already held another reading: a wrong one must not pass for stored."""
    names = ("supplier", "account", "serial", "zone", "value")
    query = select(readings).where(readings.c.key.in_([row["key"] for row in rows]))
    stored = {row.key: row for row in await connection.execute(query)}
    for row in rows:
        kept = stored[row["key"]]
        if any(getattr(kept, name) != row[name] for name in names):
            raise KeyReused(f"key {row['key']} already holds another reading")


def _zone(name: str, last: tuple[date, int] | None, daily: float | None, today: date) -> Zone:
    zone = cast(ZoneName, name)
    if last is None:
        return Zone(zone, daily=daily)
    return Zone(zone, previous=last[1], days=max(1, (today - last[0]).days), daily=daily)

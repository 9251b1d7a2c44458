"""`bots.desk.Desk` over the line's own tables, for one supplier.

A reading is one row a zone under the key of its read-back: the same key again adds nothing, the same key with another
value is refused. What billing said last (`last_readings`) is never changed by a caller.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta, tzinfo
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, or_, select

from bots.desk import (
    Account,
    AccountMeter,
    Debt,
    KeptDraft,
    NewRequest,
    Outage,
    ReadingToStore,
    ServiceRequest,
    StoredAs,
    TakenReading,
)
from bots.period import Window
from ivr.billing.addresses import same_street, serial_key, street_of, without_flat
from ivr.billing.away import desk_away
from ivr.billing.kept import Kept
from ivr.billing.metered import ALL_MONTH, Metered
from ivr.billing.phones import normal_phone
from ivr.billing.said_address import Streets, said
from ivr.billing.secret_tries import SecretTries
from ivr.billing.secrets import is_secret
from ivr.billing.tables import accounts, debts, meters, outages, phones, territories
from ivr.clock import Clock, SystemClock
from ivr.store import Store

MOSCOW = ZoneInfo("Europe/Moscow")
MOST_FOUND = 20
"""More accounts than these at one address are no answer."""
STREETS_KEPT_SECONDS = 600.0
OUTAGE_TOLD = timedelta(days=7)
"""A planned outage is spoken of so long before."""


class TableDesk:
    """Implements `bots.desk.Desk`. `zone` and `window` are the supplier's: they hold where none is narrower."""

    def __init__(
        self,
        store: Store,
        supplier: str,
        *,
        clock: Clock | None = None,
        zone: tzinfo = MOSCOW,
        window: Window = ALL_MONTH,
    ) -> None:
        self._store = store
        self._supplier = supplier
        self._clock = clock or SystemClock()
        self._kept = Kept(store, supplier, clock=self._clock, zone=zone)
        self._metered = Metered(store, supplier, self._kept, clock=self._clock, zone=zone, window=window)
        self._tries = SecretTries(store, supplier, self._clock)
        self._streets: tuple[float, Streets] | None = None

    async def accounts_by_phone(self, phone: str) -> Sequence[Account]:
        number = normal_phone(phone)
        if number is None:
            return []
        its = select(phones.c.account).where(phones.c.supplier == self._supplier, phones.c.phone == number)
        return await self._accounts(accounts.c.number.in_(its))

    async def account(self, number: str) -> Account | None:
        found = await self._accounts(accounts.c.number == number)
        return found[0] if found else None

    async def accounts_by_serial(self, serial: str) -> Sequence[Account]:
        key = serial_key(serial)
        if not key:
            return []
        its = select(meters.c.account).where(meters.c.supplier == self._supplier, meters.c.serial_key == key)
        return await self._accounts(accounts.c.number.in_(its))

    async def accounts_by_address(self, said_address: str) -> Sequence[Account]:
        asked = said(said_address)
        if asked is None:
            return []
        places = (await self._known_streets()).said(asked)
        if not places:
            return []
        here = or_(*(and_(accounts.c.town == town, accounts.c.street == street) for town, street in places))
        where = [here, accounts.c.house == asked.house]
        if asked.flat:
            where.append(accounts.c.flat == asked.flat)
        found = await self._accounts(*where, limit=MOST_FOUND + 1)
        return found if len(found) <= MOST_FOUND else []

    async def meters(self, account: str) -> Sequence[AccountMeter]:
        return await self._metered.of(account)

    async def store_reading(self, reading: ReadingToStore) -> StoredAs:
        with desk_away("the reading was not stored"):
            async with self._store.writing() as connection:
                await self._kept.put_reading(connection, reading)
        return "stored"

    async def keep_draft(self, account: str, serial: str, heard: Mapping[str, str], call: UUID | None) -> None:
        await self._kept.keep_draft(account, serial, heard, call)

    async def drafts(self, account: str, since: datetime) -> Sequence[KeptDraft]:
        return await self._kept.drafts(account, since)

    async def taken(self, account: str, since: datetime) -> Sequence[TakenReading]:
        return await self._kept.taken(account, since)

    async def check_secret(self, account: str, secret: str) -> bool:
        await self._tries.still_open(account)
        query = (
            select(accounts.c.flat, accounts.c.last_payment, meters.c.serial)
            .outerjoin(meters, and_(meters.c.supplier == accounts.c.supplier, meters.c.account == accounts.c.number))
            .where(accounts.c.supplier == self._supplier, accounts.c.number == account)
        )
        rows = await self._rows(query)
        serials = [row.serial for row in rows if row.serial]
        right = bool(rows) and is_secret(secret, serials=serials, flat=rows[0].flat, last_payment=rows[0].last_payment)
        await self._tries.note(account, right=right)
        return right

    async def debt(self, account: str) -> Sequence[Debt]:
        query = (
            select(debts)
            .where(debts.c.supplier == self._supplier, debts.c.account == account)
            .order_by(debts.c.principal, debts.c.service)
        )
        return [
            Debt(row.kopecks, row.as_of, row.principal, row.service, row.penalty_kopecks, row.period)
            for row in await self._rows(query)
        ]

    async def outages(self, account: str) -> Sequence[Outage]:
        """Those that run now or begin within a week where this account is, the earliest first."""
        its = await self._rows(select(accounts).where(self._own, accounts.c.number == account))
        if not its:
            return []
        now = self._clock.now()
        query = (
            select(outages)
            .where(
                outages.c.supplier == self._supplier,
                outages.c.territory.in_([its[0].territory, ""]),
                or_(outages.c.until.is_(None), outages.c.until > now),
                outages.c.since < now + OUTAGE_TOLD,
            )
            .order_by(outages.c.since, outages.c.number)
        )
        return [
            Outage(row.territory, tuple(row.streets), row.reason, row.since, row.until, row.planned)
            for row in await self._rows(query)
            if _is_there(row.streets, its[0].street, its[0].house)
        ]

    async def open_request(self, request: NewRequest) -> ServiceRequest:
        with desk_away("the request was not kept"):
            async with self._store.writing() as connection:
                opened = await self._kept.put_request(connection, request)
        return opened

    async def requests(self, account: str) -> Sequence[ServiceRequest]:
        return await self._kept.requests(account)

    async def bad_tries(self, account: str, day: date) -> int:
        return await self._kept.bad_tries(account, day)

    async def note_bad_try(self, account: str, at: datetime) -> None:
        await self._kept.note_bad_try(account, at)

    @property
    def _own(self) -> ColumnElement[bool]:
        return accounts.c.supplier == self._supplier

    async def _accounts(self, *where: ColumnElement[bool], limit: int | None = None) -> list[Account]:
        same = and_(territories.c.supplier == accounts.c.supplier, territories.c.name == accounts.c.territory)
        query = (
            select(accounts, territories.c.time_zone)
            .outerjoin(territories, same)
            .where(self._own, *where)
            .order_by(accounts.c.number)
            .limit(limit)
        )
        return [
            Account(
                row.number,
                row.address,
                row.territory,
                without_flat(row.address),
                row.kind == "business",
                row.time_zone or "",
            )
            for row in await self._rows(query)
        ]

    async def _known_streets(self) -> Streets:
        """(town, street) of all accounts, remembered for ten minutes: what a caller says is looked for among them."""
        now = self._clock.monotonic()
        if self._streets is None or now - self._streets[0] > STREETS_KEPT_SECONDS:
            query = select(accounts.c.town, accounts.c.street).where(self._own, accounts.c.street != "").distinct()
            rows = await self._rows(query)
            # A supplier may have thousands: beside the calls, not between them.
            self._streets = now, await asyncio.to_thread(Streets, [(row.town, row.street) for row in rows])
        return self._streets[1]

    async def _rows(self, query: Any) -> Sequence[Any]:
        with desk_away("the accounts cannot be asked"):
            async with self._store.reading() as connection:
                return (await connection.execute(query)).all()


def _is_there(streets: Sequence[str], street: str, house: str) -> bool:
    """Whether an outage of these streets (none: the whole territory) reaches a house."""
    if not streets:
        return True
    its = [street_of(one) for one in streets]
    return any(same_street(name, street) and (not houses or house in houses) for name, houses in its)

"""`bots.desk.Desk` over somebody's billing (docs/billing-api.md), and our own database for what callers gave.

A reading or request is committed here, with its outbox message, before anything goes over the wire: whatever happens
next, it arrives, under one key. While billing is away, accounts come from our own tables where they were loaded.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date, datetime, tzinfo
from typing import TypeVar
from uuid import UUID

import structlog
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnection

from bots.desk import (
    Account,
    AccountMeter,
    Debt,
    DeskAway,
    KeptDraft,
    NewRequest,
    Outage,
    ReadingToStore,
    ServiceRequest,
    StoredAs,
    TakenReading,
)
from bots.period import Window
from ivr.billing import wire
from ivr.billing.away import desk_away
from ivr.billing.desk import TableDesk
from ivr.billing.http import BillingHttp
from ivr.billing.kept import Kept
from ivr.billing.metered import ALL_MONTH
from ivr.billing.phones import normal_phone
from ivr.billing.said_address import said
from ivr.billing.secret_tries import SecretTries
from ivr.clock import Clock
from ivr.ids import new_id
from ivr.outbox import Message, NotNow, Outbox, Refused
from ivr.outbox.message import pause
from ivr.store import Store
from ivr.store.engine import reason

log = structlog.get_logger(__name__)

BILLING = "billing"
"""The destination of its messages."""
WORKER_SECONDS = 15.0
"""Nobody waits on the line for the worker: a slow billing may take its time."""

Found = TypeVar("Found")


class RestDesk:
    """Implements `bots.desk.Desk`. `wake` is called when something was left for the worker."""

    def __init__(
        self,
        store: Store,
        supplier: str,
        billing: BillingHttp,
        *,
        clock: Clock,
        zone: tzinfo,
        window: Window = ALL_MONTH,
        wake: Callable[[], None] = lambda: None,
    ) -> None:
        self._store, self._supplier, self._billing = store, supplier, billing
        self._clock, self._zone, self._wake = clock, zone, wake
        self._outbox = Outbox(store, clock)
        self._kept = Kept(store, supplier, clock=clock, zone=zone)
        self._tries = SecretTries(store, supplier, clock)
        self._tables = TableDesk(store, supplier, clock=clock, zone=zone, window=window)

    async def accounts_by_phone(self, phone: str) -> Sequence[Account]:
        number = normal_phone(phone)
        if number is None:
            return []
        return await self._or_ours(self._accounts(phone=number), lambda: self._tables.accounts_by_phone(number))

    async def account(self, number: str) -> Account | None:
        async def theirs() -> Account | None:
            told = await self._billing.ask(wire.AccountTold, "accounts", number)
            return told.meant() if told else None

        return await self._or_ours(theirs(), lambda: self._tables.account(number))

    async def accounts_by_serial(self, serial: str) -> Sequence[Account]:
        return await self._or_ours(self._accounts(serial=serial), lambda: self._tables.accounts_by_serial(serial))

    async def accounts_by_address(self, said_address: str) -> Sequence[Account]:
        asked = said(said_address)
        if asked is None:
            return []
        street = f"{asked.kind} {asked.name}".strip()
        theirs = self._accounts(street=street, house=asked.house, flat=asked.flat)
        return await self._or_ours(theirs, lambda: self._tables.accounts_by_address(said_address))

    async def _accounts(self, **params: str) -> Sequence[Account]:
        asked = {name: value for name, value in params.items() if value}
        told = await self._billing.ask(wire.AccountsTold, "accounts", **asked)
        if told is None:  # a wrong address must not pass for customers who are not there
            raise DeskAway("billing answers 404 to /accounts: is billing.url right?")
        return [one.meant() for one in told.accounts]

    async def meters(self, account: str) -> Sequence[AccountMeter]:
        async def theirs() -> Sequence[AccountMeter]:
            told = await self._billing.ask(wire.MetersTold, "accounts", account, "meters")
            return told.meant(self._clock.now(), self._zone) if told else []

        return await self._or_ours(theirs(), lambda: self._tables.meters(account))

    async def _or_ours(self, theirs: Awaitable[Found], ours: Callable[[], Awaitable[Found]]) -> Found:
        """What billing says; while it is away, what was loaded here, if anything was."""
        try:
            return await theirs
        except DeskAway:
            found = await ours()
            if not found:
                raise
            return found

    async def debt(self, account: str) -> Sequence[Debt]:
        told = await self._billing.ask(wire.DebtsTold, "accounts", account, "debts")
        return [one.meant() for one in told.debts] if told else []

    async def outages(self, account: str) -> Sequence[Outage]:
        told = await self._billing.ask(wire.OutagesTold, "accounts", account, "outages")
        return [one.meant() for one in told.outages] if told else []

    async def check_secret(self, account: str, secret: str) -> bool:
        await self._tries.still_open(account)
        told = await self._billing.question(wire.SecretTold, "accounts", account, "secret", body={"secret": secret})
        right = told is not None and told.right
        await self._tries.note(account, right=right)
        return right

    async def store_reading(self, reading: ReadingToStore) -> StoredAs:
        key, body = wire.key_of(reading), wire.reading_as_told(reading)
        try:
            async with self._store.writing() as connection:
                message = await self._outbox.put(connection, self._supplier, "reading", BILLING, key, body, leased=True)
                await self._kept.put_reading(connection, reading, message.id)
        except (DBAPIError, NoConnection, OSError, TimeoutError) as error:
            return await self._straight(key, body, error)
        return "stored" if await self._now(message) is not None else "outbox"

    async def _straight(self, key: str, body: Mapping[str, object], why: Exception) -> StoredAs:
        """Our own database is away: billing may still take it, under the same key."""
        log.error("a reading cannot be kept here", action="billing.not_kept", why=reason(why))
        try:
            await self._billing.hand_over("readings", key=key, body=body)
        except (NotNow, Refused) as error:
            raise DeskAway(f"the reading was stored neither here nor in billing: {error}") from error
        return "stored"

    async def _now(self, message: Message) -> bytes | None:
        """What billing answered if it has taken the message; else it is left to the worker, or to a person."""
        if message.lease is None:
            self._wake()
            return b"" if message.state == "delivered" else None
        try:
            answer = await self._hand_over(message, None)
        except NotNow as error:
            await self._settled(self._outbox.postpone(message, pause(1, 1.0), str(error), is_try=error.answered))
            self._wake()
            return None
        except Refused as error:
            log.warning("billing refuses", action="billing.refused", kind=message.kind, why=str(error))
            await self._settled(self._outbox.set_aside(message, str(error)))
            return None
        await self._settled(self._outbox.delivered(message))
        return answer

    async def _settled(self, settling: Awaitable[None]) -> None:
        try:
            await settling
        except (DBAPIError, NoConnection, OSError, TimeoutError) as error:
            # Its lease ends by itself; then it goes out once more, under the key that billing knows already.
            log.warning("a message cannot be settled", action="billing.unsettled", why=reason(error))

    async def send(self, message: Message) -> object:
        """An `ivr.outbox.Sender` for the worker; a request's answer is kept, as it may say another number."""
        answer = await self._hand_over(message, WORKER_SECONDS)
        return {"number": _number(answer)} if message.kind == "request" else None

    async def _hand_over(self, message: Message, seconds: float | None) -> bytes:
        path = "requests" if message.kind == "request" else "readings"
        return await self._billing.hand_over(path, key=message.key, body=message.payload, seconds=seconds)

    async def open_request(self, request: NewRequest) -> ServiceRequest:
        body = wire.request_as_told(request)
        with desk_away("the request was not kept"):
            async with self._store.writing() as connection:
                its_id = new_id(self._clock.now())
                opened = await self._kept.put_request(connection, request, its_id)
                numbered = {"number": opened.number, **body}
                message = await self._outbox.put(
                    connection,
                    self._supplier,
                    "request",
                    BILLING,
                    str(request.key),
                    numbered,
                    leased=True,
                    its_id=its_id,
                )
        answer = await self._now(message)
        return opened if answer is None else _numbered(opened, answer)

    async def requests(self, account: str) -> Sequence[ServiceRequest]:
        """Those billing does not know of yet, then its own; billing away, at least the former."""
        waiting = await self._kept.requests(account, undelivered=True)
        try:
            told = await self._billing.ask(wire.RequestsTold, "accounts", account, "requests")
        except DeskAway:
            if not waiting:
                raise
            return waiting
        return [*waiting, *(one.meant() for one in (told.requests if told else []))]

    async def keep_draft(self, account: str, serial: str, heard: Mapping[str, str], call: UUID | None) -> None:
        await self._kept.keep_draft(account, serial, heard, call)

    async def drafts(self, account: str, since: datetime) -> Sequence[KeptDraft]:
        return await self._kept.drafts(account, since)

    async def taken(self, account: str, since: datetime) -> Sequence[TakenReading]:
        """What billing knows of, and what still waits here; billing away, what was taken here."""
        ours = await self._kept.taken(account, since)
        try:
            told = await self._billing.ask(wire.ReadingsTold, "accounts", account, "readings", since=since.isoformat())
        except DeskAway:
            return ours
        theirs = [one.meant() for one in told.readings] if told else []
        waiting = [one for one in ours if not one.delivered]
        return sorted([*waiting, *theirs], key=lambda one: one.at, reverse=True)

    async def bad_tries(self, account: str, day: date) -> int:
        return await self._kept.bad_tries(account, day)

    async def note_bad_try(self, account: str, at: datetime) -> None:
        await self._kept.note_bad_try(account, at)


def _numbered(opened: ServiceRequest, answer: bytes) -> ServiceRequest:
    """Under billing's own number, if it gave one."""
    number = _number(answer) or opened.number
    return ServiceRequest(number, opened.account, opened.kind, opened.status, opened.at, opened.planned_on)


def _number(answer: bytes) -> str:
    try:
        return wire.RequestTaken.model_validate_json(answer).number
    except ValidationError:
        return ""

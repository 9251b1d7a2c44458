"""The supplier's desk as one call sees it: what is stored or kept as a draft stands in that call's journal as well."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from bots.desk import (
    Account,
    AccountMeter,
    Debt,
    Desk,
    KeptDraft,
    NewRequest,
    Outage,
    ReadingToStore,
    ServiceRequest,
    StoredAs,
    TakenReading,
)
from ivr.call.conversation import CallLog
from ivr.journal.events import Kind


class NotedDesk:
    """Implements `bots.desk.Desk` over another one."""

    def __init__(self, desk: Desk, log: CallLog) -> None:
        self._desk, self._log = desk, log

    async def accounts_by_phone(self, phone: str) -> Sequence[Account]:
        return await self._desk.accounts_by_phone(phone)

    async def account(self, number: str) -> Account | None:
        return await self._desk.account(number)

    async def meters(self, account: str) -> Sequence[AccountMeter]:
        return await self._desk.meters(account)

    async def store_reading(self, reading: ReadingToStore) -> StoredAs:
        # Noted once it is durable: the journal must not tell of a reading that is not there.
        stored_as = await self._desk.store_reading(reading)
        self._log.note(
            Kind.STORED,
            account=reading.account,
            serial=reading.serial,
            values=dict(reading.values),
            keys={zone: str(key) for zone, key in reading.keys.items()},
            flagged=reading.flagged,
            stored_as=stored_as,
        )
        return stored_as

    async def keep_draft(self, account: str, serial: str, heard: Mapping[str, str], call: UUID | None) -> None:
        await self._desk.keep_draft(account, serial, heard, call)
        self._log.note(Kind.DRAFTED, account=account, serial=serial, heard=dict(heard))

    async def drafts(self, account: str, since: datetime) -> Sequence[KeptDraft]:
        return await self._desk.drafts(account, since)

    async def taken(self, account: str, since: datetime) -> Sequence[TakenReading]:
        return await self._desk.taken(account, since)

    async def accounts_by_serial(self, serial: str) -> Sequence[Account]:
        return await self._desk.accounts_by_serial(serial)

    async def accounts_by_address(self, said: str) -> Sequence[Account]:
        return await self._desk.accounts_by_address(said)

    async def check_secret(self, account: str, secret: str) -> bool:
        return await self._desk.check_secret(account, secret)

    async def debt(self, account: str) -> Sequence[Debt]:
        return await self._desk.debt(account)

    async def outages(self, account: str) -> Sequence[Outage]:
        return await self._desk.outages(account)

    async def open_request(self, request: NewRequest) -> ServiceRequest:
        opened = await self._desk.open_request(request)
        self._log.note(
            Kind.REQUESTED, account=opened.account, number=opened.number, request=opened.kind, key=str(request.key)
        )
        return opened

    async def requests(self, account: str) -> Sequence[ServiceRequest]:
        return await self._desk.requests(account)

    async def bad_tries(self, account: str, day: date) -> int:
        return await self._desk.bad_tries(account, day)

    async def note_bad_try(self, account: str, at: datetime) -> None:
        await self._desk.note_bad_try(account, at)

"""Another's desk, passed on as it is: what a desk of a call changes of it stands alone in that desk."""

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


class BorrowedDesk:
    """Implements `bots.desk.Desk` by another one."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def accounts_by_phone(self, phone: str) -> Sequence[Account]:
        return await self._desk.accounts_by_phone(phone)

    async def account(self, number: str) -> Account | None:
        return await self._desk.account(number)

    async def meters(self, account: str) -> Sequence[AccountMeter]:
        return await self._desk.meters(account)

    async def store_reading(self, reading: ReadingToStore) -> StoredAs:
        return await self._desk.store_reading(reading)

    async def keep_draft(self, account: str, serial: str, heard: Mapping[str, str], call: UUID | None) -> None:
        await self._desk.keep_draft(account, serial, heard, call)

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
        return await self._desk.open_request(request)

    async def requests(self, account: str) -> Sequence[ServiceRequest]:
        return await self._desk.requests(account)

    async def bad_tries(self, account: str, day: date) -> int:
        return await self._desk.bad_tries(account, day)

    async def note_bad_try(self, account: str, at: datetime) -> None:
        await self._desk.note_bad_try(account, at)

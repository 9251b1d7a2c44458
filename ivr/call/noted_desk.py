"""The supplier's desk as one call sees it: what is stored or kept as a draft stands in that call's journal as well."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from bots.desk import Account, AccountMeter, Desk, ReadingToStore, StoredAs
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

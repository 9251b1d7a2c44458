"""The supplier's desk as one call sees it: what is stored or kept as a draft stands in that call's journal as well."""

from collections.abc import Mapping
from uuid import UUID

from bots.desk import Desk, NewRequest, ReadingToStore, ServiceRequest, StoredAs
from ivr.call.borrowed_desk import BorrowedDesk
from ivr.call.conversation import CallLog
from ivr.journal.events import Kind


class NotedDesk(BorrowedDesk):
    def __init__(self, desk: Desk, log: CallLog) -> None:
        super().__init__(desk)
        self._log = log

    async def store_reading(self, reading: ReadingToStore) -> StoredAs:
        # Noted once it is durable: the journal must not tell of a reading that is not there.
        stored_as = await super().store_reading(reading)
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
        await super().keep_draft(account, serial, heard, call)
        self._log.note(Kind.DRAFTED, account=account, serial=serial, heard=dict(heard))

    async def open_request(self, request: NewRequest) -> ServiceRequest:
        opened = await super().open_request(request)
        self._log.note(
            Kind.REQUESTED, account=opened.account, number=opened.number, request=opened.kind, key=str(request.key)
        )
        return opened

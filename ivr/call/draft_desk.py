"""The desk of a call on the draft line: it knows what the real one knows and stores nothing.

Whoever listens to a draft says «да» to readings and requests that nobody gave. Wrong secrets are counted as everywhere:
the draft line must not be where they are guessed.
"""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from bots.desk import NewRequest, ReadingToStore, ServiceRequest, StoredAs
from ivr.call.borrowed_desk import BorrowedDesk


class DraftDesk(BorrowedDesk):
    async def store_reading(self, reading: ReadingToStore) -> StoredAs:
        return "stored"

    async def keep_draft(self, account: str, serial: str, heard: Mapping[str, str], call: UUID | None) -> None:
        return None

    async def open_request(self, request: NewRequest) -> ServiceRequest:
        return ServiceRequest("0", request.account, request.kind, "new", request.at)

    async def note_bad_try(self, account: str, at: datetime) -> None:
        return None

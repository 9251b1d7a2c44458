"""What a dialogue may ask of the supplier's billing. Implemented in `ivr.billing`; tests implement it over a table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol
from uuid import UUID

from bots.meters import Meter, ZoneName


@dataclass(frozen=True, slots=True)
class Account:
    number: str
    address: str
    territory: str = ""


@dataclass(frozen=True, slots=True)
class AccountMeter:
    serial: str
    meter: Meter
    resource: Literal["electricity", "water", "heat", "gas"] = "electricity"


@dataclass(frozen=True, slots=True)
class ReadingToStore:
    """A reading the caller has confirmed. `keys` are made at each read-back, one a zone: a retry reuses them."""

    account: str
    serial: str
    values: Mapping[ZoneName, int]
    keys: Mapping[ZoneName, UUID]
    at: datetime
    flagged: bool = False
    source: str = "voice"
    call: UUID | None = None


StoredAs = Literal["stored", "outbox"]


class DeskAway(Exception):
    """Billing cannot be reached now, and nothing was kept."""


class Desk(Protocol):
    async def accounts_by_phone(self, phone: str) -> Sequence[Account]: ...

    async def account(self, number: str) -> Account | None: ...

    async def meters(self, account: str) -> Sequence[AccountMeter]: ...

    async def store_reading(self, reading: ReadingToStore) -> StoredAs:
        """Returns only once the reading is durable; «Принято» may be said after that, never before."""
        ...

    async def keep_draft(self, account: str, serial: str, heard: Mapping[str, str], call: UUID | None) -> None: ...

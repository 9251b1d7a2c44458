"""What a dialogue may ask of the supplier's billing. Implemented in `ivr.billing`; tests implement it over a table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, Protocol
from uuid import UUID

from bots.meters import Meter, ZoneName
from bots.period import Window


@dataclass(frozen=True, slots=True)
class Account:
    number: str
    address: str
    territory: str = ""
    house: str = ""
    """The address without its flat: all that may be spoken to a caller who gave no secret."""
    business: bool = False
    time_zone: str = ""
    """Of the service address, as «Asia/Barnaul»; empty: the supplier's."""


Resource = Literal["electricity", "water", "heat", "gas"]


@dataclass(frozen=True, slots=True)
class AccountMeter:
    serial: str
    meter: Meter
    resource: Resource = "electricity"
    unit: str = ""
    """What one count of it measures, as it is spoken: «киловатт-час», «кубометр»."""
    principal: str = ""
    """The provider of this service, where several send their bills to one account."""
    window: Window | None = None
    """When readings of this meter are taken; None: whatever the supplier says."""
    smart: bool = False
    """It sends its readings itself."""


@dataclass(frozen=True, slots=True)
class Debt:
    """What one provider says of an account. Kopecks; a negative sum is an overpayment."""

    kopecks: int
    as_of: date
    principal: str = ""
    service: str = ""
    """As it is spoken: «электроэнергия», «вывоз мусора»."""
    penalty_kopecks: int = 0
    period: str = ""
    """Of what time it is: «за октябрь»."""


@dataclass(frozen=True, slots=True)
class TakenReading:
    """A reading that was accepted earlier, whatever way it came."""

    serial: str
    values: Mapping[ZoneName, int]
    at: datetime
    source: str
    """`voice`, `keys`, `sms`, `office`…"""
    delivered: bool = True
    """False while it still waits for the supplier's billing."""


@dataclass(frozen=True, slots=True)
class KeptDraft:
    """What was heard and not confirmed."""

    account: str
    serial: str
    heard: Mapping[str, str]
    at: datetime


RequestKind = Literal["sealing", "replacement", "check", "certificate", "complaint", "other"]
RequestStatus = Literal["new", "in_work", "done", "refused", "cancelled"]


@dataclass(frozen=True, slots=True)
class NewRequest:
    """A service request as a caller made it. The key is made once a request: a retry reuses it."""

    account: str
    kind: RequestKind
    key: UUID
    at: datetime
    phone: str = ""
    serial: str = ""
    wanted_on: date | None = None
    words: str = ""
    """What the caller said of it."""
    call: UUID | None = None


@dataclass(frozen=True, slots=True)
class ServiceRequest:
    number: str
    account: str
    kind: RequestKind
    status: RequestStatus
    at: datetime
    planned_on: date | None = None


@dataclass(frozen=True, slots=True)
class Outage:
    """Where the current is off, or will be."""

    territory: str
    streets: tuple[str, ...]
    reason: str
    since: datetime
    until: datetime | None
    planned: bool = False


class SecretsLocked(Exception):
    """Too many wrong secrets for this account: its money may not be spoken of for a while."""


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

    async def drafts(self, account: str, since: datetime) -> Sequence[KeptDraft]:
        """What was heard and never confirmed, newest first."""
        ...

    async def taken(self, account: str, since: datetime) -> Sequence[TakenReading]:
        """Readings accepted since then, newest first."""
        ...

    async def accounts_by_serial(self, serial: str) -> Sequence[Account]: ...

    async def accounts_by_address(self, said: str) -> Sequence[Account]:
        """Best first; nothing rather than a wrong house."""
        ...

    async def check_secret(self, account: str, secret: str) -> bool:
        """Whether `secret` (the end of a meter's serial, the flat, the last payment) is this account's.

        Raises `SecretsLocked` after too many wrong ones.
        """
        ...

    async def debt(self, account: str) -> Sequence[Debt]:
        """One a provider; empty where nothing is known."""
        ...

    async def outages(self, account: str) -> Sequence[Outage]: ...

    async def open_request(self, request: NewRequest) -> ServiceRequest:
        """Durable on return; the same key again returns the request that is there."""
        ...

    async def requests(self, account: str) -> Sequence[ServiceRequest]:
        """Open ones and those closed within a month, newest first."""
        ...

    async def bad_tries(self, account: str, day: date) -> int:
        """How many readings of this account were refused on this day, in whatever calls."""
        ...

    async def note_bad_try(self, account: str, at: datetime) -> None: ...

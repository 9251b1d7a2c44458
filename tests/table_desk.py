"""Billing over tables in memory, for dialogues under test: it keeps what it is given and forgets nothing.

It stands for the supplier's system, which is not ours. `away` names the calls that find it out of reach; `awaits` is
shared with the talk, so that a caller can hang up in the middle of any of them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from uuid import UUID

from bots.desk import (
    Account,
    AccountMeter,
    Debt,
    DeskAway,
    KeptDraft,
    NewRequest,
    Outage,
    ReadingToStore,
    SecretsLocked,
    ServiceRequest,
    StoredAs,
    TakenReading,
)
from bots.talk import CallerLeft

SECRETS_MOST = 5


@dataclass(slots=True)
class Awaits:
    """Counts every await of a dialogue; at the `leaves_at`-th one the caller is gone, and stays so."""

    leaves_at: int | None = None
    count: int = 0

    def step(self) -> None:
        self.count += 1
        if self.leaves_at is not None and self.count >= self.leaves_at:
            raise CallerLeft


@dataclass(slots=True)
class TableDesk:
    """Implements `bots.desk.Desk`."""

    accounts: list[Account] = field(default_factory=list)
    phones: dict[str, list[str]] = field(default_factory=dict)
    its_meters: dict[str, list[AccountMeter]] = field(default_factory=dict)
    secrets: dict[str, set[str]] = field(default_factory=dict)
    debts: dict[str, list[Debt]] = field(default_factory=dict)
    its_outages: dict[str, list[Outage]] = field(default_factory=dict)
    its_requests: list[ServiceRequest] = field(default_factory=list)
    its_taken: list[tuple[str, TakenReading]] = field(default_factory=list)
    its_drafts: list[KeptDraft] = field(default_factory=list)
    away: frozenset[str] = frozenset()
    outbox: bool = False
    now: datetime | None = None
    """When drafts are kept."""
    awaits: Awaits = field(default_factory=Awaits)
    stored: list[ReadingToStore] = field(default_factory=list)
    opened: dict[UUID, ServiceRequest] = field(default_factory=dict)
    kept: list[KeptDraft] = field(default_factory=list)
    """Drafts of this test."""
    bad: dict[tuple[str, date], int] = field(default_factory=dict)
    wrong: dict[str, int] = field(default_factory=dict)

    def _reached(self, call: str, *, hang_up: bool = True) -> None:
        if hang_up:
            self.awaits.step()
        if call in self.away or "*" in self.away:
            raise DeskAway(f"{call}: no answer")

    async def accounts_by_phone(self, phone: str) -> Sequence[Account]:
        self._reached("accounts_by_phone")
        return [one for one in self.accounts if one.number in self.phones.get(phone, ())]

    async def account(self, number: str) -> Account | None:
        self._reached("account")
        return next((one for one in self.accounts if one.number == number), None)

    async def meters(self, account: str) -> Sequence[AccountMeter]:
        self._reached("meters")
        return self.its_meters.get(account, [])

    async def store_reading(self, reading: ReadingToStore) -> StoredAs:
        self._reached("store_reading")
        self.stored.append(reading)
        return "outbox" if self.outbox else "stored"

    async def keep_draft(self, account: str, serial: str, heard: Mapping[str, str], call: UUID | None) -> None:
        # A caller who is gone does not keep us from writing down what was heard.
        self._reached("keep_draft", hang_up=False)
        assert self.now is not None
        self.kept.append(KeptDraft(account, serial, dict(heard), self.now))

    async def drafts(self, account: str, since: datetime) -> Sequence[KeptDraft]:
        self._reached("drafts")
        mine = [one for one in self.its_drafts if one.account == account and one.at >= since]
        return sorted(mine, key=lambda one: one.at, reverse=True)

    async def taken(self, account: str, since: datetime) -> Sequence[TakenReading]:
        self._reached("taken")
        mine = [one for number, one in self.its_taken if number == account and one.at >= since]
        return sorted(mine, key=lambda one: one.at, reverse=True)

    async def accounts_by_serial(self, serial: str) -> Sequence[Account]:
        self._reached("accounts_by_serial")
        owners = {number for number, meters in self.its_meters.items() if any(one.serial == serial for one in meters)}
        return [one for one in self.accounts if one.number in owners]

    async def accounts_by_address(self, said: str) -> Sequence[Account]:
        self._reached("accounts_by_address")
        words = set(said.lower().replace(",", " ").split())
        return [one for one in self.accounts if words and words <= set(_spelled(one.address))]

    async def check_secret(self, account: str, secret: str) -> bool:
        self._reached("check_secret")
        if self.wrong.get(account, 0) >= SECRETS_MOST:
            raise SecretsLocked
        right = secret in self.secrets.get(account, ())
        if not right:
            self.wrong[account] = self.wrong.get(account, 0) + 1
        return right

    async def debt(self, account: str) -> Sequence[Debt]:
        self._reached("debt")
        return self.debts.get(account, [])

    async def outages(self, account: str) -> Sequence[Outage]:
        self._reached("outages")
        return self.its_outages.get(account, [])

    async def open_request(self, request: NewRequest) -> ServiceRequest:
        self._reached("open_request")
        made = ServiceRequest(
            str(100 + len(self.opened)), request.account, request.kind, "new", request.at, request.wanted_on
        )
        return self.opened.setdefault(request.key, made)

    async def requests(self, account: str) -> Sequence[ServiceRequest]:
        self._reached("requests")
        return [one for one in [*self.opened.values(), *self.its_requests] if one.account == account]

    async def bad_tries(self, account: str, day: date) -> int:
        self._reached("bad_tries")
        return self.bad.get((account, day), 0)

    async def note_bad_try(self, account: str, at: datetime) -> None:
        self._reached("note_bad_try")
        key = (account, at.date())
        self.bad[key] = self.bad.get(key, 0) + 1

    def without(self, *calls: str) -> "TableDesk":
        """The same billing, out of reach for these calls; `*` for all of them."""
        return replace(self, away=frozenset(calls))


def _spelled(address: str) -> Iterable[str]:
    words = address.lower().replace(",", " ").replace(".", " ").split()
    return ["квартира" if word == "кв" else word for word in words]

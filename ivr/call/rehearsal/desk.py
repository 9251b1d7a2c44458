"""The billing of a rehearsed call: invented accounts in memory, and a memory of all that was asked of it.

It keeps the promises of `bots.desk.Desk` as the tables of `ivr.billing` do. Each call has its own, so nothing that one
scenario stores is seen by another.
"""

from collections.abc import Iterable, Mapping, Sequence
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
from ivr.billing.addresses import serial_key, written
from ivr.billing.phones import normal_phone
from ivr.billing.secrets import is_secret
from ivr.flow.scenarios.scenario_parts import Billing, Known

WRONG_SECRETS = 5


class RehearsedDesk:
    """Implements `bots.desk.Desk`. `billing`: while it is slow, what is stored goes to the outbox."""

    def __init__(self, known: Iterable[Known], billing: Billing = "up", answers: int | None = None) -> None:
        self._known = {each.account.number: each for each in known}
        self.billing = billing
        self._answers = answers
        """How many questions will still be answered; None: all."""
        self.stored: list[ReadingToStore] = []
        self.drafted: list[tuple[str, str, Mapping[str, str]]] = []
        self.opened: list[NewRequest] = []
        self._wrong = {number: each.bad_secrets for number, each in self._known.items()}
        self._bad: dict[str, int] = {}

    async def accounts_by_phone(self, phone: str) -> Sequence[Account]:
        self._there()
        number = normal_phone(phone)
        return [each.account for each in self._known.values() if number is not None and number in _normal(each.phones)]

    async def account(self, number: str) -> Account | None:
        self._there()
        known = self._known.get(number)
        return known.account if known is not None else None

    async def meters(self, account: str) -> Sequence[AccountMeter]:
        return self._of(account).meters

    async def store_reading(self, reading: ReadingToStore) -> StoredAs:
        self._there()
        self.stored.append(reading)
        return "outbox" if self.billing == "slow" else "stored"

    async def keep_draft(self, account: str, serial: str, heard: Mapping[str, str], call: UUID | None) -> None:
        # Drafts are the line's own: they are kept whatever billing does.
        self.drafted.append((account, serial, dict(heard)))

    async def drafts(self, account: str, since: datetime) -> Sequence[KeptDraft]:
        return sorted(
            (draft for draft in self._of(account).drafts if draft.at >= since), key=lambda one: one.at, reverse=True
        )

    async def taken(self, account: str, since: datetime) -> Sequence[TakenReading]:
        mine = [
            TakenReading(reading.serial, reading.values, reading.at, reading.source)
            for reading in self.stored
            if reading.account == account
        ]
        every = (*mine, *self._of(account).taken)
        return sorted((each for each in every if each.at >= since), key=lambda one: one.at, reverse=True)

    async def accounts_by_serial(self, serial: str) -> Sequence[Account]:
        self._there()
        return [
            each.account
            for each in self._known.values()
            if any(serial_key(meter.serial) == serial_key(serial) for meter in each.meters)
        ]

    async def accounts_by_address(self, said: str) -> Sequence[Account]:
        self._there()
        wanted = said.lower().replace("ё", "е")
        found = []
        for each in self._known.values():
            parts = written(each.account.address)
            name = parts.street.split()[-1] if parts.street else ""
            if name and parts.house and name[:-2] in wanted and parts.house in wanted.split():
                found.append(each.account)
        return found

    async def check_secret(self, account: str, secret: str) -> bool:
        known = self._of(account)
        if self._wrong.get(account, 0) >= WRONG_SECRETS:
            raise SecretsLocked
        serials = [meter.serial for meter in known.meters]
        flat = written(known.account.address).flat
        right = is_secret(secret, serials=serials, flat=flat, last_payment=known.last_payment)
        if not right:
            self._wrong[account] = self._wrong.get(account, 0) + 1
        return right

    async def debt(self, account: str) -> Sequence[Debt]:
        return self._of(account).debts

    async def outages(self, account: str) -> Sequence[Outage]:
        return self._of(account).outages

    async def open_request(self, request: NewRequest) -> ServiceRequest:
        self._there()
        before = next((at for at, one in enumerate(self.opened) if one.key == request.key), None)
        if before is None:
            self.opened.append(request)
            before = len(self.opened) - 1
        return ServiceRequest(f"{before + 1:05}", request.account, request.kind, "new", request.at, request.wanted_on)

    async def requests(self, account: str) -> Sequence[ServiceRequest]:
        return self._of(account).requests

    async def bad_tries(self, account: str, day: date) -> int:
        return self._of(account).bad_tries + self._bad.get(account, 0)

    async def note_bad_try(self, account: str, at: datetime) -> None:
        self._there()
        self._bad[account] = self._bad.get(account, 0) + 1

    def _of(self, account: str) -> Known:
        self._there()
        return self._known.get(account) or Known(Account(account, ""))

    def _there(self) -> None:
        if self._answers is not None:
            if not self._answers:
                self.billing = "down"
            else:
                self._answers -= 1
        if self.billing == "down":
            raise DeskAway("billing is down in this scenario")


def _normal(phones: Iterable[str]) -> set[str | None]:
    return {normal_phone(phone) for phone in phones}

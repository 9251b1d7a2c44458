"""A reading stands in the journal once it is stored, and only then."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID

import pytest

from bots.desk import Account, AccountMeter, DeskAway, NewRequest, ReadingToStore, ServiceRequest, StoredAs
from ivr.call.noted_desk import NotedDesk
from ivr.journal.events import Kind

KEY = UUID(int=5)
READING = ReadingToStore("7001234567", "s1", {"day": 12345}, {"day": KEY}, datetime(2026, 3, 4, tzinfo=UTC))


class Billing:
    """Somebody's billing, which may be away."""

    def __init__(self, away: bool = False) -> None:
        self.away = away

    async def accounts_by_phone(self, phone: str) -> Sequence[Account]:
        return [Account("7001234567", "Барнаул")]

    async def account(self, number: str) -> Account | None:
        return Account(number, "Барнаул")

    async def meters(self, account: str) -> Sequence[AccountMeter]:
        return []

    async def store_reading(self, reading: ReadingToStore) -> StoredAs:
        if self.away:
            raise DeskAway
        return "outbox"

    async def keep_draft(self, account: str, serial: str, heard: Mapping[str, str], call: UUID | None) -> None:
        if self.away:
            raise DeskAway

    async def open_request(self, request: NewRequest) -> ServiceRequest:
        if self.away:
            raise DeskAway
        return ServiceRequest("1001", request.account, request.kind, "new", request.at)


class Notebook:
    def __init__(self) -> None:
        self.lines: list[tuple[Kind, dict[str, object]]] = []

    def note(self, kind: Kind, **data: object) -> None:
        self.lines.append((kind, data))


async def test_what_is_stored_is_noted_with_its_keys() -> None:
    book = Notebook()
    assert await NotedDesk(Billing(), book).store_reading(READING) == "outbox"
    ((kind, data),) = book.lines
    assert kind is Kind.STORED
    assert (data["values"], data["keys"], data["stored_as"]) == ({"day": 12345}, {"day": str(KEY)}, "outbox")


async def test_what_is_not_stored_is_not_noted() -> None:
    book = Notebook()
    desk = NotedDesk(Billing(away=True), book)
    with pytest.raises(DeskAway):
        await desk.store_reading(READING)
    with pytest.raises(DeskAway):
        await desk.keep_draft("7001234567", "s1", {}, None)
    assert book.lines == []


async def test_a_draft_is_noted_and_questions_pass_through() -> None:
    book = Notebook()
    desk = NotedDesk(Billing(), book)
    await desk.keep_draft("7001234567", "s1", {"day": "двенадцать"}, None)
    assert [kind for kind, _ in book.lines] == [Kind.DRAFTED]
    assert [one.number for one in await desk.accounts_by_phone("x")] == ["7001234567"]
    assert await desk.account("7001234567") == Account("7001234567", "Барнаул")
    assert await desk.meters("7001234567") == []


async def test_a_request_is_noted_under_its_number_once_it_is_there() -> None:
    request, book = NewRequest("7001234567", "sealing", KEY, READING.at), Notebook()
    with pytest.raises(DeskAway):
        await NotedDesk(Billing(away=True), book).open_request(request)
    assert book.lines == []
    await NotedDesk(Billing(), book).open_request(request)
    ((kind, data),) = book.lines
    assert kind is Kind.REQUESTED
    assert (data["number"], data["request"], data["key"]) == ("1001", "sealing", str(KEY))

"""Webhooks over real HTTP and both databases: each event once for each who wants it, whatever its receiver does."""

import asyncio
import importlib.util
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import aiohttp
import pytest
from aiohttp import web
from sqlalchemy import func, select

from ivr.clock import SystemClock
from ivr.ids import new_id
from ivr.journal.counting import count_all
from ivr.journal.events import Kind
from ivr.journal.tables import untold
from ivr.journal.writer import Journal
from ivr.outbox import Delivery, Outbox
from ivr.store import Store
from ivr.webhooks.feed import Feed
from ivr.webhooks.sender import WebhookSender
from ivr.webhooks.subscription import EVENTS, Subscription

SECRET = "shared"
CRM = Path(__file__).parents[2] / "docs" / "examples" / "crm.py"


class Hand:
    """A clock moved by hand."""

    def __init__(self) -> None:
        self.at = datetime.now(UTC)

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()

    async def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


def crm_module() -> Any:
    spec = importlib.util.spec_from_file_location("example_crm", CRM)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@asynccontextmanager
async def serving(app: web.Application) -> AsyncIterator[str]:
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@dataclass
class Moody:
    """A receiver that answers as it is told, and keeps what it took."""

    status: int = 204
    headers: dict[str, str] = field(default_factory=dict)
    keys: list[str] = field(default_factory=list)

    def app(self) -> web.Application:
        async def take(request: web.Request) -> web.Response:
            self.keys.append(request.headers["Idempotency-Key"])
            return web.Response(status=self.status, headers=self.headers, text="так вышло")

        app = web.Application()
        app.router.add_post("/", take)
        return app


@dataclass
class Telling:
    store: Store
    outbox: Outbox
    delivery: Delivery
    feed: Feed
    clock: Hand
    http: aiohttp.ClientSession

    def serve(self, url: str) -> None:
        self.delivery.serve("energosbyt", "webhook-crm", WebhookSender(url, SECRET, self.http, self.clock))

    async def states(self) -> list[tuple[str, str, str]]:
        found = await self.outbox.find("energosbyt", states=("waiting", "set_aside", "delivered"))
        return [(one.kind, one.state, one.reason) for one in found]


@pytest.fixture
async def telling(store: Store) -> AsyncIterator[Telling]:
    clock = Hand()
    outbox = Outbox(store, clock)
    subscription = Subscription("crm", "", frozenset(EVENTS))
    delivery = Delivery(outbox, clock, chance=random.Random(7))
    feed = Feed(store, outbox, lambda slug: [subscription] if slug == "energosbyt" else [], delivery.wake, clock)
    async with aiohttp.ClientSession() as http:
        yield Telling(store, outbox, delivery, feed, clock, http)


async def a_call(store: Store, *, supplier: str = "energosbyt", ago: timedelta = timedelta()) -> UUID:
    """A finished call in which a reading was stored and an operator's work rated, counted."""
    at = datetime.now(UTC) - ago
    call = new_id(at)
    async with Journal(store, node="node1", clock=SystemClock()) as journal:
        pen = journal.open_call(supplier, call)
        pen.note_at(at, Kind.ARRIVED, caller="+79130000001", dialled="88003505566")
        pen.note_at(at, Kind.STORED, account="7001234567", serial="1", values={"single": "12345"}, keys={})
        pen.note_at(at, Kind.RATED, rating=5, scale=[1, 5])
        pen.note_at(at + timedelta(seconds=9), Kind.HUNG_UP, cause=16)
        await pen.durable()
    await count_all(store)
    return call


async def test_a_crm_shows_the_card_of_a_customer_who_has_rung(telling: Telling) -> None:
    call = await a_call(telling.store)
    assert await telling.feed.tell_some() >= 1
    crm = crm_module().Crm(SECRET)
    async with serving(crm.app()) as url:
        telling.serve(f"{url}/gudok")
        while await telling.delivery.deliver_due():
            pass
        async with telling.http.get(f"{url}/customers/79130000001") as answer:
            page = await answer.text()
    assert {state for _, state, _ in await telling.states()} == {"delivered"}
    assert "показания 12345" in page
    assert "оценка 5" in page
    assert str(call) in crm.of_call


async def test_the_crm_takes_a_message_once_and_none_with_a_wrong_signature(telling: Telling) -> None:
    await a_call(telling.store)
    await telling.feed.tell_some()
    crm = crm_module().Crm(SECRET)
    async with serving(crm.app()) as url:
        sender = WebhookSender(f"{url}/gudok", SECRET, telling.http, telling.clock)
        found = await telling.outbox.find("energosbyt")
        for message in [*found, *found]:
            await sender(message)
        assert sum(map(len, crm.contacts.values())) == 1
        telling.delivery.serve(
            "energosbyt", "webhook-crm", WebhookSender(f"{url}/gudok", "guessed", telling.http, telling.clock)
        )
        await telling.delivery.deliver_due()
    assert {(state, reason.split(":")[-1].strip()) for _, state, reason in await telling.states()} == {
        ("set_aside", "the signature is wrong or too old")
    }


async def test_each_event_is_told_once_however_often_the_call_is_counted(telling: Telling) -> None:
    from ivr.journal.counting import put_down

    await a_call(telling.store)
    while await telling.feed.tell_some():
        pass
    before = await telling.states()
    now = datetime.now(UTC)
    await put_down(telling.store, "energosbyt", now - timedelta(days=1), now + timedelta(days=1))
    await count_all(telling.store)
    while await telling.feed.tell_some():
        pass
    assert await telling.states() == before
    assert sorted(kind for kind, _, _ in before) == ["webhook:contact", "webhook:rating", "webhook:reading"]


async def test_old_calls_and_calls_nobody_asked_for_are_no_news(telling: Telling) -> None:
    await a_call(telling.store, ago=timedelta(days=8))
    await a_call(telling.store, supplier="teplosbyt")
    while await telling.feed.tell_some():
        pass
    assert await telling.states() == []
    async with telling.store.reading() as connection:
        assert (await connection.execute(select(func.count()).select_from(untold))).scalar() == 0


async def test_a_receiver_that_fails_is_asked_again_until_it_takes_them(telling: Telling) -> None:
    await a_call(telling.store)
    await telling.feed.tell_some()
    moody = Moody(503, {"Retry-After": "60"})
    async with serving(moody.app()) as url:
        telling.serve(f"{url}/")
        assert await telling.delivery.deliver_due() == 3
        assert await telling.delivery.deliver_due() == 0  # not before it said
        await telling.clock.sleep(61)
        moody.status = 200
        while await telling.delivery.deliver_due():
            await telling.clock.sleep(61)
    assert {state for _, state, _ in await telling.states()} == {"delivered"}
    assert len(moody.keys) == 6
    assert len(set(moody.keys)) == 3


async def test_a_receiver_that_is_gone_is_not_asked_again(telling: Telling) -> None:
    await a_call(telling.store)
    await telling.feed.tell_some()
    moody = Moody(410)
    async with serving(moody.app()) as url:
        telling.serve(f"{url}/")
        await telling.delivery.deliver_due()
        asked = len(moody.keys)
        await a_call(telling.store)
        await telling.feed.tell_some()
        await telling.delivery.deliver_due()
    assert asked <= 3
    assert len(moody.keys) == asked
    found = await telling.states()
    assert len(found) == 6
    assert {state for _, state, _ in found} == {"set_aside"}
    assert all("410" in reason for _, _, reason in found)


async def test_a_slow_receiver_keeps_no_other_waiting(telling: Telling, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ivr.webhooks.sender.SECONDS", 0.2)
    await a_call(telling.store)
    await telling.feed.tell_some()
    never = asyncio.Event()

    async def take(request: web.Request) -> web.Response:
        await never.wait()
        return web.Response()

    app = web.Application()
    app.router.add_post("/", take)
    async with serving(app) as url:
        telling.serve(f"{url}/")
        assert await asyncio.wait_for(telling.delivery.deliver_due(), 5) == 3
        never.set()
    assert {(state, "did not answer" in reason) for _, state, reason in await telling.states()} == {("waiting", True)}


async def test_a_receiver_that_is_not_there_is_waited_for(telling: Telling) -> None:
    await a_call(telling.store)
    await telling.feed.tell_some()
    telling.serve("http://127.0.0.1:9/")
    assert await telling.delivery.deliver_due() == 3
    assert {(state, "cannot be reached" in reason) for _, state, reason in await telling.states()} == {
        ("waiting", True)
    }

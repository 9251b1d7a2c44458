"""Messages from a flow's wish to a carrier's door, on SQLite and PostgreSQL, over real HTTP and SMTP."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from functools import partial
from uuid import uuid4
from zoneinfo import ZoneInfo

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import select

from ivr.call.services import MessageWanted
from ivr.clock import SystemClock
from ivr.messages.gateways import Gateway, HttpGateway, SmtpGateway
from ivr.messages.message import Channel, Messages, Rules, Template
from ivr.messages.post import Postman, PostOffice, delivery_told
from ivr.messages.tables import messages
from ivr.outbox import Delivery, Outbox
from ivr.store import Store
from ivr.web.carriers import CarrierStatus

ZONE = ZoneInfo("Asia/Barnaul")
NOON = datetime(2026, 11, 24, 5, tzinfo=UTC)
TEMPLATES = Messages(
    {
        "paid": Template("paid", "Оплата {sum|rubles} получена.", "Оплата по {account}", "Получили {sum|rubles}.\n"),
        "spoken": Template("spoken", sms="Заявка {number}"),
    },
    Rules(),
)


class Hands(SystemClock):
    """A clock that is turned by hand."""

    def __init__(self, at: datetime = NOON) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at


@dataclass
class Provider:
    """A provider of SMS with the documented contract; honours keys."""

    taken: dict[str, dict[str, str]] = field(default_factory=dict)
    answers: list[int] = field(default_factory=list)
    """Statuses of the next answers; 200 when there are none."""
    url: str = ""

    async def handle(self, request: web.Request) -> web.Response:
        assert request.headers["Authorization"] == "Bearer secret"
        status = self.answers.pop(0) if self.answers else 200
        if status != 200:
            return web.Response(status=status, text="занято")
        key = request.headers["Idempotency-Key"]
        self.taken[key] = await request.json()
        return web.json_response({"id": f"sms-{len(self.taken)}"})


@asynccontextmanager
async def provider() -> AsyncIterator[tuple[Provider, Gateway]]:
    one = Provider()
    app = web.Application()
    app.router.add_post("/send", one.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        one.url = f"http://127.0.0.1:{runner.addresses[0][1]}/send"
        async with aiohttp.ClientSession() as http:
            yield one, HttpGateway(one.url, "secret", http)
    finally:
        await runner.cleanup()


@dataclass
class Mailbox:
    """An SMTP server of a few words."""

    letters: list[bytes] = field(default_factory=list)
    recipient_answer: str = "250 ok"

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        def say(line: str) -> None:
            writer.write(f"{line}\r\n".encode())

        say("220 mail.test ESMTP")
        while line := (await reader.readline()).decode().strip():
            match line.split()[0].upper().rstrip(":"):
                case "EHLO" | "HELO":
                    say("250-mail.test")
                    say("250 8BITMIME")
                case "RCPT":
                    say(self.recipient_answer)
                case "DATA":
                    say("354 go on")
                    self.letters.append((await reader.readuntil(b"\r\n.\r\n"))[:-3])
                    say("250 taken")
                case "QUIT":
                    say("221 bye")
                    break
                case _:
                    say("250 ok")
        writer.close()


@asynccontextmanager
async def mailbox() -> AsyncIterator[tuple[Mailbox, Gateway]]:
    box = Mailbox()
    server = await asyncio.start_server(box.handle, "127.0.0.1", 0)
    async with server:
        yield box, SmtpGateway("127.0.0.1", server.sockets[0].getsockname()[1], "line@energosbyt.test")


def office(store: Store, clock: Hands, *channels: Channel) -> PostOffice:
    return PostOffice(store, Outbox(store, clock), "energosbyt", TEMPLATES, channels, clock, ZONE)


def delivery(store: Store, clock: Hands, channel: Channel, gateway: Gateway) -> Delivery:
    made = Delivery(Outbox(store, clock), clock)
    made.serve("energosbyt", channel, Postman(store, gateway, clock))
    return made


def wanted(
    name: str = "paid", channel: Channel = "sms", to: str | None = "8 913 111-22-33", **values: object
) -> MessageWanted:
    given = {"sum": 124050, "account": "7001234567", **values}
    return MessageWanted(name, channel, to, given, uuid4(), "7001234567")  # type: ignore[arg-type]


async def states(store: Store) -> list[tuple[str, str]]:
    async with store.reading() as connection:
        query = select(messages.c.state, messages.c.text).order_by(messages.c.at, messages.c.id)
        return [(row.state, row.text) for row in await connection.execute(query)]


async def test_a_message_is_kept_sent_once_and_known_to_have_arrived(store: Store) -> None:
    clock = Hands()
    async with provider() as (carrier, gateway):
        assert await office(store, clock, "sms").send(wanted())
        post = delivery(store, clock, "sms", gateway)
        assert await post.deliver_due() == 1
        assert await post.deliver_due() == 0
        assert [(one["to"], one["text"]) for one in carrier.taken.values()] == [
            ("+79131112233", "Оплата 1\u00a0240,50\u00a0руб. получена.")
        ]
    assert [state for state, _ in await states(store)] == ["sent"]
    assert await delivery_told(store, "sms", "sms-1", True)
    assert not await delivery_told(store, "sms", "sms-1", False)
    assert not await delivery_told(store, "sms", "", True)
    assert [state for state, _ in await states(store)] == ["delivered"]


async def test_a_carrier_tells_by_http_what_became_of_a_message(store: Store) -> None:
    clock = Hands()
    status = CarrierStatus(lambda channel: f"key of {channel}")
    app = web.Application()
    status.add_to(app)
    good = {"Authorization": "Bearer key of sms"}
    done = {"id": "sms-1", "state": "delivered"}
    async with provider() as (_, gateway), TestClient(TestServer(app)) as client:
        assert (await client.post("/api/messages/sms/status", json=done, headers=good)).status == 503
        status.told = partial(delivery_told, store)
        await office(store, clock, "sms").send(wanted())
        await delivery(store, clock, "sms", gateway).deliver_due()
        assert (await client.post("/api/messages/sms/status", json=done)).status == 401
        assert (await client.post("/api/messages/email/status", json=done, headers=good)).status == 401
        for bad in ({}, [], {"id": "sms-1", "state": "lost"}, {"id": "", "state": "failed"}):
            assert (await client.post("/api/messages/sms/status", json=bad, headers=good)).status == 400
        assert (await client.post("/api/messages/sms/status", data=b"\xff", headers=good)).status == 400
        assert (await client.post("/api/messages/sms/status", json=done, headers=good)).status == 204
        assert (await client.post("/api/messages/sms/status", json=done, headers=good)).status == 404
    assert [state for state, _ in await states(store)] == ["delivered"]


async def test_a_provider_that_fails_is_tried_again_with_the_same_key(store: Store) -> None:
    clock = Hands()
    async with provider() as (carrier, gateway):
        carrier.answers = [503, 429]
        assert await office(store, clock, "sms").send(wanted())
        post = delivery(store, clock, "sms", gateway)
        for _ in range(3):
            await post.deliver_due()
            clock.at += timedelta(minutes=10)
        assert len(carrier.taken) == 1
    assert [state for state, _ in await states(store)] == ["sent"]


async def test_what_a_provider_refuses_is_failed_and_set_aside(store: Store) -> None:
    clock = Hands()
    async with provider() as (carrier, gateway):
        carrier.answers = [422]
        await office(store, clock, "sms").send(wanted())
        await delivery(store, clock, "sms", gateway).deliver_due()
    assert [state for state, _ in await states(store)] == ["failed"]
    assert [one.state for one in await Outbox(store, clock).find("energosbyt")] == ["set_aside"]


async def test_at_night_a_message_waits_for_the_morning(store: Store) -> None:
    clock = Hands(datetime(2026, 11, 24, 16, tzinfo=UTC))  # 23:00 in Barnaul
    async with provider() as (carrier, gateway):
        assert await office(store, clock, "sms").send(wanted())
        post = delivery(store, clock, "sms", gateway)
        assert await post.deliver_due() == 0
        clock.at = datetime(2026, 11, 25, 2, tzinfo=UTC)
        assert await post.deliver_due() == 1
        assert len(carrier.taken) == 1


async def test_the_third_message_of_a_day_is_not_sent(store: Store) -> None:
    clock = Hands()
    post = office(store, clock, "sms")
    sent = []
    for _ in range(3):
        sent.append(await post.send(wanted()))
        clock.at += timedelta(minutes=1)
    assert sent == [True, True, False]
    assert await post.send(wanted(to="+79132223344"))


@pytest.mark.parametrize(
    "wish",
    [
        lambda: wanted("unknown"),
        lambda: wanted("spoken", channel="email", to="a@b.ru"),
        lambda: wanted(to=None),
        lambda: wanted(to="83852123456"),
        lambda: wanted(to="112"),
        lambda: wanted("spoken", number=None),
        lambda: wanted(channel="email", to="a@b.ru"),
    ],
)
async def test_what_cannot_go_is_refused_and_nothing_is_kept(store: Store, wish: Callable[[], MessageWanted]) -> None:
    assert not await office(store, Hands(), "sms").send(wish())
    assert await states(store) == []


async def test_a_letter_goes_by_smtp_and_its_id_is_its_key(store: Store) -> None:
    clock = Hands()
    async with mailbox() as (box, gateway):
        assert await office(store, clock, "email").send(wanted(channel="email", to="Anna@Mail.RU"))
        assert await delivery(store, clock, "email", gateway).deliver_due() == 1
    [raw] = box.letters
    letter = message_from_bytes(raw, policy=policy.default)
    assert letter["To"] == "Anna@mail.ru"
    assert letter["Subject"] == "Оплата по 7001234567"
    assert "Получили 1\u00a0240,50\u00a0руб." in letter.get_content()
    [kept] = await Outbox(store, clock).find("energosbyt", states=["delivered"])
    assert kept.key in letter["Message-ID"]


@pytest.mark.parametrize(("answer", "state"), [("550 no such user", "failed"), ("451 try later", "waiting")])
async def test_a_mailbox_that_refuses_for_good_and_one_that_is_full_today(
    store: Store, answer: str, state: str
) -> None:
    clock = Hands()
    async with mailbox() as (box, gateway):
        box.recipient_answer = answer
        await office(store, clock, "email").send(wanted(channel="email", to="anna@mail.ru"))
        await delivery(store, clock, "email", gateway).deliver_due()
    assert [found for found, _ in await states(store)] == [state]

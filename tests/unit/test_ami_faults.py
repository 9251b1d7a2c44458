"""Each fault of plain panoramisk 1.4 that would hurt the line, shown on it and mended in ours.

The same test runs on both; where plain panoramisk is expected to fail and does not, that is an error too.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import panoramisk
import pytest
from unit.ami_server import AmiServer, Connection, Headers, channel

from asterisk.ami import AmiError, AmiLink, Manager, Patience
from asterisk.ami.events import AmiEvent, AsteriskEvent

QUICK = Patience(ping=0.05, first_retry=0.05, longest_retry=0.1, refused_retry=0.1, action=5.0, listing=5.0)
"""Times of a test."""


class Plain:
    """panoramisk's own Manager, with the times of the test."""

    patience = 0.5
    """Where it is known to fail, nobody need wait long for it."""

    def __init__(self, port: int, secret: str = "hush", silence: float = 0.0) -> None:
        self.manager = panoramisk.Manager(host="127.0.0.1", port=port, username="gudok", secret=secret, ping_delay=1)
        self.manager.reconnect_timeout = 0.05
        self.manager.ping_delay = self.manager.ping_interval = 0.05
        self.manager.log.setLevel(logging.CRITICAL)

    @property
    def connected(self) -> bool:
        return bool(self.manager.authenticated)

    async def start(self) -> None:
        self.manager.loop = asyncio.get_running_loop()
        await self.manager.connect()
        await asyncio.sleep(0)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.patience):
                await self.manager.authenticated_future

    async def act(self, name: str, **headers: str) -> bool:
        async with asyncio.timeout(self.patience):
            answer = await self.manager.send_action({"Action": name, **headers})
        return bool((answer[0] if isinstance(answer, list) else answer).success)

    def listen(self, handler: Callable[[str, Callable[[str], str]], None]) -> None:
        self.manager.register_event("*", lambda _, event: handler(event["event"], lambda name: event.get(name, "")))

    async def stop(self) -> None:
        self.manager.close()

    async def abandon(self) -> None:
        """End it in spite of itself, so that no test leaves it running."""
        self.manager.connect = lambda: None
        self.manager.close()


class Ours:
    patience = 5.0

    def __init__(self, port: int, secret: str = "hush", silence: float = 5.0) -> None:
        self.link = AmiLink(Manager("gudok", secret, port), patience=replace(QUICK, silence=silence))

    @property
    def connected(self) -> bool:
        return self.link.connected

    async def start(self) -> None:
        self.link.start()
        with contextlib.suppress(AmiError):
            await self.link.up(5)

    async def act(self, name: str, **headers: str) -> bool:
        return (await self.link.action(name, headers)).ok

    def listen(self, handler: Callable[[str, Callable[[str], str]], None]) -> None:
        def told(event: AmiEvent) -> None:
            if isinstance(event, AsteriskEvent):
                handler(event.headers["Event"], lambda name: event.headers.get(name, ""))

        self.link.subscribe(told)

    async def stop(self) -> None:
        await self.link.close()

    abandon = stop


Make = Callable[..., Plain | Ours]

both = pytest.mark.parametrize(
    "make", [pytest.param(Plain, marks=pytest.mark.xfail(strict=True, reason="panoramisk 1.4 does it wrong")), Ours]
)


@pytest.fixture
async def server() -> AsyncIterator[AmiServer]:
    async with AmiServer() as server:
        yield server


@contextlib.asynccontextmanager
async def started(peer: Plain | Ours) -> AsyncIterator[Plain | Ours]:
    try:
        await peer.start()
        yield peer
    finally:
        await peer.abandon()


async def until(true: Callable[[], bool], seconds: float) -> None:
    """A look every turn of the loop: plain panoramisk gives nothing to wait for."""
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110
            await asyncio.sleep(0.005)


@both
async def test_a_handler_that_raises_does_not_end_the_connection(server: AmiServer, make: Make) -> None:
    peer = make(server.port)
    seen = []

    def handler(name: str, header: Callable[[str], str]) -> None:
        seen.append(name)
        if name == "First":
            raise RuntimeError("a handler's fault")

    peer.listen(handler)
    async with started(peer):
        server.send({"Event": "First"})
        await until(lambda: "First" in seen, peer.patience)
        server.send({"Event": "Second"})
        await until(lambda: "Second" in seen, peer.patience)
        assert server.accepted == 1


@both
async def test_a_call_is_never_dialled_twice(server: AmiServer, make: Make) -> None:
    dialled = []

    def dial(connection: Connection, action: Headers) -> None:
        dialled.append(action["channel"])
        if len(dialled) == 1:
            connection.drop()
        else:
            connection.reply(action, Message="Originate successfully queued")

    server.answers["Originate"] = dial
    async with started(make(server.port)) as peer:
        with contextlib.suppress(TimeoutError, AmiError):
            await peer.act("Originate", Channel="PJSIP/79161234567@carrier", Application="Echo", Async="true")
        await server.until(lambda: len(server.connections) == 1 and server.connections[0].logged_in)
        # What goes through after the login has overtaken nothing: by now it would have been sent again.
        for _ in range(3):
            with contextlib.suppress(TimeoutError, AmiError):
                await peer.act("Getvar", Variable="x")
        assert dialled == ["PJSIP/79161234567@carrier"]


@both
async def test_a_line_end_in_a_value_does_not_become_a_header(server: AmiServer, make: Make) -> None:
    async with started(make(server.port)) as peer:
        with contextlib.suppress(TimeoutError, ValueError):
            await peer.act("Setvar", Variable="name", Value="Иван\r\nAction: Command\r\nCommand: core stop now")
        with contextlib.suppress(TimeoutError):
            await peer.act("Ping")
        assert not any("command" in action for _, action in server.asked)


@both
async def test_close_after_a_refused_login_is_the_end(server: AmiServer, make: Make) -> None:
    peer = make(server.port, "wrong")
    async with started(peer):
        await server.until(lambda: server.accepted == 2 and not server.connections)
        for _ in range(20):  # until the peer, too, has seen that end, and waits to try again
            await asyncio.sleep(0)
        await peer.stop()
        with contextlib.suppress(TimeoutError):  # as long as several tries of either would take
            await server.until(lambda: server.accepted > 2, 0.5)
        assert server.accepted == 2


@both
async def test_a_frozen_asterisk_is_noticed(server: AmiServer, make: Make) -> None:
    async with started(make(server.port, silence=0.5)) as peer:
        await until(lambda: peer.connected, peer.patience)
        server.frozen = True
        await until(lambda: not peer.connected, peer.patience)
        server.frozen = False
        await until(lambda: peer.connected, peer.patience)


@both
async def test_adding_an_operator_to_a_queue_does_not_hang(server: AmiServer, make: Make) -> None:
    server.answers["QueueAdd"] = lambda connection, action: connection.reply(action, Message="Added interface to queue")
    async with started(make(server.port)) as peer:
        assert await peer.act("QueueAdd", Queue="operators", Interface="PJSIP/101")


@both
async def test_the_fate_of_our_own_call_reaches_the_handlers(server: AmiServer, make: Make) -> None:
    def dial(connection: Connection, action: Headers) -> None:
        connection.reply(action, Message="Originate successfully queued")
        fate = {"Event": "OriginateResponse", "ActionID": action["actionid"], "Response": "Failure", "Reason": "0"}
        connection.send(fate | {"Channel": "PJSIP/1", "Uniqueid": "mine"})

    server.answers["Originate"] = dial
    peer = make(server.port)
    fates = []
    peer.listen(lambda name, header: fates.append(header("Uniqueid")) if name == "OriginateResponse" else None)
    async with started(peer):
        with contextlib.suppress(TimeoutError):
            await peer.act("Originate", Channel="PJSIP/1", Application="Echo", Async="true", ChannelId="mine")
        await until(lambda: fates == ["mine"], peer.patience)


@both
async def test_it_says_so_while_it_is_not_connected(server: AmiServer, make: Make) -> None:
    async with started(make(server.port)) as peer:
        assert peer.connected
        await server.deafen()
        server.drop()
        await until(lambda: not peer.connected, peer.patience)


@both
async def test_an_answer_to_an_action_without_async_is_an_answer(server: AmiServer, make: Make) -> None:
    server.answers["Redirect"] = lambda connection, action: connection.reply(
        action, Message="Redirect successfully queued"
    )
    async with started(make(server.port)) as peer:
        assert await peer.act("Redirect", Channel="PJSIP/1", Context="line", Exten="s", Priority="1")


@both
async def test_every_letter_of_a_header_is_kept(server: AmiServer, make: Make) -> None:
    peer = make(server.port)
    seen: list[tuple[str, ...]] = []
    peer.listen(lambda _, header: seen.append(tuple(header(name) for name in ("Content", "Result", "Channel"))))
    async with started(peer):
        seen.clear()
        event = [("Event", "UserEvent"), *channel("PJSIP/1", "1").items(), ("UserEvent", "x")]
        server.send([*event, ("Content", "показания"), ("Result", "100%25"), ("channel", "forged")])
        await until(lambda: bool(seen), peer.patience)
        assert seen == [("показания", "100%25", "PJSIP/1")]


@both
async def test_an_endless_message_does_not_fill_the_memory(server: AmiServer, make: Make) -> None:
    async with started(make(server.port)) as peer:
        assert peer.connected
        server.write(b"Event: " + b"x" * (3 << 20))
        await server.until(lambda: server.accepted == 2, peer.patience)

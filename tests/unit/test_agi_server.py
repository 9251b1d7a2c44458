"""The FastAGI server over real sockets of loopback: what a caller may rely on, and what a stranger cannot do."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from asterisk.agi import server as server_module
from asterisk.agi.protocol import ParserLimits
from asterisk.agi.server import AgiServer, Handler, ServerLimits
from asterisk.agi.session import AgiSession, CommandRefused, SessionGone
from ivr.call.phone import CallerLeft

SECONDS = 10.0
FEW_HEADERS = b"agi_network: yes\nagi_request: agi://x/call\nagi_channel: PJSIP/a-1\nagi_uniqueid: n-1.1\n"
# As long as Asterisk's own are at least.
HEADERS = FEW_HEADERS + b"".join(b"agi_arg_%d: as long as it comes\n" % n for n in range(8)) + b"\n"


class Asterisk:
    """The other end of a session, played by hand."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    async def command(self) -> str:
        """The next command; empty once the server has closed."""
        try:
            return (await asyncio.wait_for(self.reader.readline(), SECONDS)).decode().rstrip("\n")
        except ConnectionError:
            return ""

    async def closed(self) -> bool:
        return await self.command() == ""


@asynccontextmanager
async def serving(handler: Handler, limits: ServerLimits | None = None) -> AsyncIterator[AgiServer]:
    server = AgiServer("127.0.0.1", 0, handler, limits)
    await server.start()
    try:
        yield server
    finally:
        await server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        assert not [task for task in others if task.get_name().startswith("call ")]


@asynccontextmanager
async def connected(server: AgiServer, opening: bytes = HEADERS) -> AsyncIterator[Asterisk]:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(opening)
    try:
        yield Asterisk(reader, writer)
    finally:
        writer.transport.abort()


class Ended:
    """A handler that runs what the test says and keeps how it came out."""

    def __init__(self, run: Callable[[AgiSession], Awaitable[object]]) -> None:
        self._run = run
        self._outcome: asyncio.Queue[object] = asyncio.Queue()

    async def __call__(self, session: AgiSession) -> None:
        try:
            self._outcome.put_nowait(await self._run(session))
        except (CallerLeft, SessionGone, CommandRefused) as error:
            self._outcome.put_nowait(error)

    async def outcome(self) -> object:
        return await asyncio.wait_for(self._outcome.get(), SECONDS)


async def nothing(session: AgiSession) -> None:
    await session.finish()


async def answers_promptly(server: AgiServer) -> None:
    async with connected(server) as asterisk:
        assert await asterisk.command() == "SET VARIABLE GUDOK_DONE 1"
        asterisk.send(b"200 result=1\n")
        assert await asterisk.closed()


# -- a call -----------------------------------------------------------------------------------------------------------


async def test_a_served_call_says_so_last_and_gives_the_channel_back() -> None:
    async def handler(session: AgiSession) -> None:
        await session.command("ANSWER")
        await session.finish()

    async with serving(handler) as server, connected(server) as asterisk:
        assert await asterisk.command() == "ANSWER"
        asterisk.send(b"200 result=0\n")
        assert await asterisk.command() == "SET VARIABLE GUDOK_DONE 1"
        asterisk.send(b"200 result=1\n")
        assert await asterisk.closed()
        assert (server.stats.calls, server.stats.failed) == (1, 0)


async def test_a_fault_of_ours_is_logged_once_and_leaves_the_call_to_the_fallback() -> None:
    async def handler(session: AgiSession) -> None:
        session.call = "our-own-id"
        raise ZeroDivisionError

    with capture_logs() as logs:
        async with serving(handler) as server:
            async with connected(server) as asterisk:
                assert "GUDOK_WHY" in await asterisk.command()
                asterisk.send(b"200 result=1\n")
                assert await asterisk.closed()
            assert server.stats.failed == 1
    (entry,) = logs
    assert (entry["action"], entry["call"], entry["channel"]) == ("agi.call_failed", "our-own-id", "PJSIP/a-1")


@pytest.mark.parametrize("line", [b"HANGUP\n", b"200 result=-1 endpos=800\nHANGUP\n"])
async def test_a_hang_up_ends_whatever_is_awaited_and_all_that_follows(line: bytes) -> None:
    async def run(session: AgiSession) -> object:
        with pytest.raises(CallerLeft):
            await session.command("STREAM FILE", "menu", "")
        assert session.caller_left
        return await session.command("ANSWER")

    ended = Ended(run)
    async with serving(ended) as server, connected(server) as asterisk:
        assert await asterisk.command() == 'STREAM FILE menu ""'
        asterisk.send(line)
        assert isinstance(await ended.outcome(), CallerLeft)


@pytest.mark.parametrize("last", [b"", b"200 resu", b"511 Command Not Permitted on a dead channel\n"])
async def test_a_link_that_ends_without_a_hang_up_is_gone_not_left(last: bytes) -> None:
    ended = Ended(lambda session: session.command("ANSWER"))
    async with serving(ended) as server, connected(server) as asterisk:
        await asterisk.command()
        asterisk.send(last)
        asterisk.writer.write_eof()
        assert isinstance(await ended.outcome(), SessionGone)


async def test_minus_one_on_a_living_channel_is_an_answer() -> None:
    ended = Ended(lambda session: session.command("STREAM FILE", "nosuch", ""))
    async with serving(ended) as server, connected(server) as asterisk:
        await asterisk.command()
        asterisk.send(b"200 result=-1 endpos=0\n")
        assert await asterisk.command() == "CHANNEL STATUS"
        asterisk.send(b"200 result=6\n")
        assert getattr(await ended.outcome(), "result", None) == "-1"


async def test_minus_one_on_a_dead_channel_ends_the_session() -> None:
    ended = Ended(lambda session: session.command("STREAM FILE", "menu", ""))
    async with serving(ended) as server, connected(server) as asterisk:
        await asterisk.command()
        asterisk.send(b"200 result=-1 endpos=0\n")
        assert await asterisk.command() == "CHANNEL STATUS"
        asterisk.send(b"511 Command Not Permitted on a dead channel or intercept routine\n")
        assert isinstance(await ended.outcome(), SessionGone)


@pytest.mark.parametrize(
    "reply", [b"510 Invalid or unknown command\n", b"520-Usage follows:\nMany words\n520 End of proper usage.\n"]
)
async def test_what_asterisk_does_not_know_is_said_clearly(reply: bytes) -> None:
    async def run(session: AgiSession) -> object:
        with pytest.raises(CommandRefused, match="SPEAK UP"):
            await session.command("SPEAK UP")
        return (await session.command("ANSWER")).result

    ended = Ended(run)
    async with serving(ended) as server, connected(server) as asterisk:
        await asterisk.command()
        asterisk.send(reply)
        assert await asterisk.command() == "ANSWER"
        asterisk.send(b"200 result=0\n")
        assert await ended.outcome() == "0"


async def test_the_reply_to_a_command_given_up_is_not_taken_for_the_next_one() -> None:
    async def run(session: AgiSession) -> object:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(session.command("STREAM FILE", "long", ""), 0.01)
        return (await session.command("WAIT FOR DIGIT", 1)).key

    ended = Ended(run)
    async with serving(ended) as server, connected(server) as asterisk:
        assert await asterisk.command() == 'STREAM FILE long ""'
        assert await asterisk.command() == "WAIT FOR DIGIT 1"
        asterisk.send(b"200 result=0 endpos=1\n200 result=53\n")
        assert await ended.outcome() == "5"


async def test_an_asterisk_that_owes_a_reply_too_long_is_given_up() -> None:
    ended = Ended(lambda session: session.command("ANSWER", within=0.1))
    async with serving(ended) as server, connected(server) as asterisk:
        await asterisk.command()
        assert isinstance(await ended.outcome(), SessionGone)


@pytest.mark.parametrize("sent", [b"200 result=0\n200 result=0\n", b"what?\n", b"x" * 20_000])
async def test_an_asterisk_out_of_step_is_given_up(sent: bytes) -> None:
    async def run(session: AgiSession) -> object:
        await session.command("ANSWER")
        return await session.command("ANSWER")

    ended = Ended(run)
    async with serving(ended) as server, connected(server) as asterisk:
        await asterisk.command()
        asterisk.send(sent)
        assert isinstance(await ended.outcome(), SessionGone)
        assert server.stats.garbage == 1


# -- strangers --------------------------------------------------------------------------------------------------------


async def test_who_knocks_and_goes_does_no_harm() -> None:
    async with serving(nothing) as server:
        for _ in range(50):
            _, writer = await asyncio.open_connection("127.0.0.1", server.port)
            writer.close()
        await answers_promptly(server)


@pytest.mark.parametrize(
    "garbage", [b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\n", b"\n\n\n", b"x" * 1_000_000]
)
async def test_garbage_is_shown_the_door(garbage: bytes) -> None:
    async with serving(nothing) as server:
        async with connected(server, garbage) as stranger:
            assert await stranger.closed()
            await answers_promptly(server)
        assert server.stats.garbage == 1


async def test_who_sends_few_headers_is_a_call_like_any_other() -> None:
    called = asyncio.Event()

    async def told(session: AgiSession) -> None:
        called.set()

    async with serving(told) as server, connected(server, FEW_HEADERS + b"\n"):
        await asyncio.wait_for(called.wait(), 5)


async def test_headers_that_come_in_two_parts_cost_a_caller_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module, "_WATCH_SECONDS", 60.0)
    first = HEADERS[:-1]
    async with serving(nothing) as server, connected(server, first) as asterisk:
        await answers_promptly(server)  # by then the first part has been read
        asterisk.send(b"agi_enhanced: 0.0\n\n")
        assert await asterisk.command() == "SET VARIABLE GUDOK_DONE 1"


async def test_headers_that_trickle_in_are_not_waited_for() -> None:
    async with serving(nothing, ServerLimits(headers_seconds=0.2)) as server:
        async with connected(server, b"agi_network: yes\n") as stranger:
            closed = asyncio.ensure_future(stranger.closed())
            await answers_promptly(server)
            assert await closed
        assert server.stats.garbage == 1


async def test_idle_connections_push_each_other_out_and_never_a_call() -> None:
    async with serving(nothing, ServerLimits(strangers=20)) as server:
        idle = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(200)]
        await answers_promptly(server)
        assert server.stats.connections == 201
        assert server.stats.garbage >= 180
        for _, writer in idle:
            writer.transport.abort()


async def test_a_call_too_many_goes_to_the_fallback_at_once() -> None:
    arrived, release = asyncio.Event(), asyncio.Event()

    async def handler(session: AgiSession) -> None:
        arrived.set()
        await release.wait()

    async with serving(handler, ServerLimits(calls=1)) as server, connected(server):
        await asyncio.wait_for(arrived.wait(), SECONDS)
        async with connected(server) as second:
            assert await second.closed()
        assert (server.stats.refused, server.calls) == (1, 1)
        release.set()


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.one_of(st.binary(max_size=300), st.sampled_from([HEADERS, b"HANGUP\n", b"200 result=1\n"])), max_size=6)
)
def test_whatever_strangers_send_the_next_call_is_answered(pieces: list[bytes]) -> None:
    async def attack() -> None:
        limits = ServerLimits(parser=ParserLimits(line=500, headers_bytes=2000))
        async with serving(nothing, limits) as server:
            _, writer = await asyncio.open_connection("127.0.0.1", server.port)
            for piece in pieces:
                writer.write(piece)
            await answers_promptly(server)
            writer.transport.abort()

    with capture_logs() as logs:
        asyncio.run(attack())
    assert not [entry for entry in logs if entry["log_level"] == "error"]


# -- the end ----------------------------------------------------------------------------------------------------------


async def test_closing_waits_for_calls_and_then_ends_them() -> None:
    arrived, release = asyncio.Queue[AgiSession](), asyncio.Event()

    async def handler(session: AgiSession) -> None:
        arrived.put_nowait(session)
        await release.wait()
        await session.finish()

    async with serving(handler) as server, connected(server) as asterisk:
        await arrived.get()
        closing = asyncio.ensure_future(server.close(drain_seconds=SECONDS))
        release.set()
        assert await asterisk.command() == "SET VARIABLE GUDOK_DONE 1"
        asterisk.send(b"200 result=1\n")
        await closing
        assert server.calls == 0

    release.clear()
    async with serving(handler) as server, connected(server) as asterisk:
        await arrived.get()
        await server.close(drain_seconds=0.01)
        assert await asterisk.closed()
        assert server.calls == 0
        with pytest.raises(OSError, match="Connect"):
            await asyncio.open_connection("127.0.0.1", server.port)

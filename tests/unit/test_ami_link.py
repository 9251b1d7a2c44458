"""The link against a manager with faults on demand: it comes back, tells the truth, and loses nothing unsaid."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

import pytest
from structlog.testing import capture_logs
from unit.ami_server import AmiServer, Connection, Headers, channel

from asterisk.ami import (
    ActionFailed,
    ActionFate,
    ActionRefused,
    AmiLink,
    BadAction,
    Disconnected,
    LinkClosed,
    LinkDown,
    LoginRefused,
    Lost,
    Manager,
    Originate,
    Patience,
    Resync,
)
from asterisk.ami.events import AmiEvent, FullyBooted, Hangup, Newchannel, Other, UserEvent
from ivr.clock import SystemClock

QUICK = Patience(
    greeting=2.0,
    booting=0.2,
    ping=0.1,
    silence=3.0,
    unanswered=8.0,
    action=5.0,
    listing=5.0,
    first_retry=0.02,
    longest_retry=0.1,
    refused_retry=0.05,
    resync=0.01,
    drain=1.0,
)
"""Times of a test. Silence is long: here the manager lives in our own process, and a busy machine is no fault."""

E = TypeVar("E", bound=AmiEvent)


class Sink:
    """A subscriber that keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[AmiEvent] = []
        self._more = asyncio.Event()

    def __call__(self, event: AmiEvent) -> None:
        self.told.append(event)
        self._more.set()

    async def until(self, true: Callable[[], bool], seconds: float = 5.0) -> None:
        async with asyncio.timeout(seconds):
            while not true():
                self._more.clear()
                await self._more.wait()

    async def first(self, kind: type[E], nth: int = 1) -> E:
        await self.until(lambda: len(self.of(kind)) >= nth)
        return self.of(kind)[nth - 1]

    def of(self, kind: type[E]) -> list[E]:
        return [event for event in self.told if isinstance(event, kind)]

    def names(self) -> list[str]:
        return [event.name if isinstance(event, Other | UserEvent) else type(event).__name__ for event in self.told]


@pytest.fixture
async def server() -> AsyncIterator[AmiServer]:
    async with AmiServer() as server:
        yield server


@pytest.fixture
async def link(server: AmiServer) -> AsyncIterator[AmiLink]:
    async with AmiLink(Manager("gudok", "hush", server.port), patience=QUICK) as link:
        yield link


def made(server: AmiServer, *, patience: Patience = QUICK, **more: Any) -> AmiLink:
    return AmiLink(Manager("gudok", "hush", server.port), patience=patience, **more)


def hangup(uniqueid: str) -> Headers:
    return {"Event": "Hangup", **channel(f"PJSIP/{uniqueid}", uniqueid), "Cause": "16"}


# -- coming back -----------------------------------------------------------------------------------------------------


async def test_the_whole_state_comes_before_any_event(server: AmiServer) -> None:
    server.channels = [channel("PJSIP/1", "u1")]
    server.queues = [{"Event": "QueueParams", "Queue": "operators"}]
    sink = Sink()

    def list_channels(connection: Connection, action: Headers) -> None:
        # Calls go on while we ask: these must not be lost, nor overtake the state.
        connection.send(hangup("u1"))
        connection.listing(action, [{"Event": "CoreShowChannel", **each} for each in server.channels])
        connection.send({"Event": "Newchannel", **channel("PJSIP/2", "u2")})

    server.answers["CoreShowChannels"] = list_channels
    link = made(server)
    link.subscribe(sink)
    async with link:
        await link.up(5)
        server.send(hangup("u2"))
        await sink.first(Hangup, 2)
    first, *rest = sink.told
    assert isinstance(first, Resync)
    assert [(each.channel, each.uniqueid) for each in first.channels] == [("PJSIP/1", "u1")]
    assert [queue.name for queue in first.queues] == ["operators"]
    assert first.missing == ()
    assert [(type(event), event.uniqueid) for event in rest if isinstance(event, Hangup | Newchannel)] == [
        (Hangup, "u1"),
        (Newchannel, "u2"),
        (Hangup, "u2"),
    ]


async def test_after_a_lost_connection_it_tells_what_is_there_now(server: AmiServer) -> None:
    server.channels = [channel("PJSIP/1", "u1"), channel("PJSIP/2", "u2")]
    link, sink = made(server), Sink()
    link.subscribe(sink, Resync, Disconnected)
    async with link:
        await sink.first(Resync)
        server.channels = [channel("PJSIP/2", "u2")]
        server.drop()
        again = await sink.first(Resync, 2)
    assert sink.names() == ["Resync", "Disconnected", "Resync"]
    assert [each.uniqueid for each in again.channels] == ["u2"]
    assert not again.restarted


async def test_it_tells_when_asterisk_was_started_anew(server: AmiServer) -> None:
    link, sink = made(server), Sink()
    link.subscribe(sink, Resync)
    async with link:
        await sink.first(Resync)
        server.started = ("2026-03-04", "09:30:00")
        server.drop()
        assert (await sink.first(Resync, 2)).restarted


async def test_a_list_asterisk_cannot_give_is_named_and_the_rest_is_told(server: AmiServer) -> None:
    server.answers["QueueStatus"] = lambda connection, action: connection.reply(
        action, "Error", Message="Permission denied"
    )
    link, sink = made(server), Sink()
    link.subscribe(sink, Resync)
    async with link:
        assert (await sink.first(Resync)).missing == ("queues",)
        with pytest.raises(ActionRefused, match="Permission denied"):
            await link.queues()


async def test_an_asterisk_still_booting_is_asked_again_when_it_has_booted(server: AmiServer) -> None:
    server.booted = False
    link, sink = made(server), Sink()
    link.subscribe(sink, Resync, Other, FullyBooted)
    async with link:
        await link.up(5)
        server.send({"Event": "Before"})
        server.queues = [{"Event": "QueueParams", "Queue": "operators"}]
        server.send({"Event": "FullyBooted", "Status": "Fully Booted"})
        assert [queue.name for queue in (await sink.first(Resync, 2)).queues] == ["operators"]
    assert sink.names() == ["Resync", "Before", "FullyBooted", "Resync"]


@pytest.mark.parametrize("after", [b"", b"Response: Success\r\nActionID: ", b"\xff\x00\r\n\r\n"])
async def test_a_connection_cut_within_the_login_is_tried_again(server: AmiServer, after: bytes) -> None:
    def cut(connection: Connection, action: Headers) -> None:
        connection.write(after)
        connection.writer.close()
        del server.answers["Login"]

    server.answers["Login"] = cut
    async with made(server) as link:
        await link.up(5)
        assert server.accepted == 2


@pytest.mark.parametrize("banner", [None, b"", b"220 mail.example\r\n", b"\xff" * 1000, b"Asterisk Call Mana"])
async def test_whatever_greets_it_wrongly_is_left_and_tried_again(server: AmiServer, banner: bytes | None) -> None:
    right, server.banner = server.banner, banner
    async with made(server, patience=replace(QUICK, greeting=0.2)) as link:
        await server.until(lambda: server.accepted >= 2)
        assert not link.connected
        server.banner = right
        await link.up(5)


async def test_a_connection_lost_while_the_state_is_asked_for_begins_anew(server: AmiServer) -> None:
    def cut(connection: Connection, action: Headers) -> None:
        connection.reply(action, EventList="start")
        connection.send(hangup("before"))
        connection.drop()
        del server.answers["BridgeList"]

    server.answers["BridgeList"] = cut
    link, sink = made(server), Sink()
    link.subscribe(sink, Resync, Hangup, Disconnected)
    async with link:
        await link.up(5)
        server.send(hangup("after"))
        await sink.first(Hangup)
    # What came before that state is older than it: told after it, it could bring back a call that is over.
    assert sink.names() == ["Resync", "Hangup"]
    assert sink.of(Hangup)[0].uniqueid == "after"


class PausesOnly(SystemClock):
    """Counts the pauses and makes none."""

    def __init__(self) -> None:
        self.pauses: list[float] = []
        self.enough = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        if len(self.pauses) == 10:
            self.enough.set()
            await asyncio.Event().wait()


async def test_it_tries_again_ever_more_slowly_up_to_a_bound_and_never_in_step(server: AmiServer) -> None:
    await server.deafen()
    clock = PausesOnly()
    jitters = iter([0.0, 1.0] * 5)
    async with AmiLink(Manager("gudok", "hush", server.port), clock=clock, jitter=lambda: next(jitters)) as link:
        async with asyncio.timeout(10):
            await clock.enough.wait()
        assert "cannot reach the manager at 127.0.0.1" in str(link.trouble)
    patience = Patience()
    assert clock.pauses[:4] == [0.125, 0.5, 0.5, 2.0]
    assert all(pause <= patience.longest_retry for pause in clock.pauses)
    assert clock.pauses[-2:] == [patience.longest_retry / 2, patience.longest_retry]


async def test_a_refused_login_is_told_at_once_and_tried_again_slowly(server: AmiServer) -> None:
    clock = PausesOnly()
    async with AmiLink(Manager("gudok", "wrong", server.port), clock=clock, jitter=lambda: 1.0) as link:
        with pytest.raises(LoginRefused, match=r"refused the user 'gudok': Authentication failed.*manager\.conf"):
            await link.up(5)
        with pytest.raises(LoginRefused):
            await link.up(5)
        async with asyncio.timeout(10):
            await clock.enough.wait()
    assert set(clock.pauses) == {Patience().refused_retry}
    with pytest.raises(LinkClosed):
        await link.up(5)


async def test_it_comes_back_once_the_secret_is_right(server: AmiServer) -> None:
    server.secret = "changed"
    async with made(server) as link:
        with pytest.raises(LoginRefused):
            await link.up(5)
        server.secret = "hush"
        await server.until(lambda: any(each.logged_in for each in server.connections))


async def test_no_secret_is_in_what_is_written_down(server: AmiServer) -> None:
    server.secret = "another"
    manager = Manager("gudok", "hush-hush", server.port)
    with capture_logs() as logs:
        async with AmiLink(manager, patience=QUICK) as link:
            with pytest.raises(LoginRefused) as refused:
                await link.up(5)
    assert "hush-hush" not in f"{logs} {refused.value} {manager!r}"
    with pytest.raises(BadAction) as bad:
        AmiLink(Manager("gudok", "hush-hush\r\nAction: Command"))
    assert "hush-hush" not in str(bad.value)


# -- noticing --------------------------------------------------------------------------------------------------------


class ByHand(SystemClock):
    """Its seconds pass when the test says so."""

    def __init__(self) -> None:
        self._passed = 0.0
        self._sleepers: list[tuple[float, asyncio.Future[None]]] = []

    def monotonic(self) -> float:
        return self._passed

    async def sleep(self, seconds: float) -> None:
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._sleepers.append((self._passed + seconds, woken))
        await woken

    async def pass_(self, seconds: float) -> None:
        self._passed += seconds
        due = [woken for at, woken in self._sleepers if at <= self._passed]
        self._sleepers = [(at, woken) for at, woken in self._sleepers if at > self._passed]
        for woken in due:
            if not woken.done():
                woken.set_result(None)
        for _ in range(5):  # whoever was woken goes on, and sleeps again
            await asyncio.sleep(0)


async def test_whatever_comes_is_life(server: AmiServer) -> None:
    """Asterisk in a storm of events, or busy with a long answer, is not frozen though the pings wait."""
    server.answers["Ping"] = lambda connection, action: None
    clock, sink = ByHand(), Sink()
    link = AmiLink(Manager("gudok", "hush", server.port), clock=clock, patience=Patience(unanswered=1000))
    link.subscribe(sink, Other)
    async with link:
        await link.up(5)
        for number in range(1, 50):
            await clock.pass_(3.0)
            assert link.connected
            server.send({"Event": "Beat"})
            await sink.first(Other, number)
        await clock.pass_(3.4)
        assert link.connected
        await clock.pass_(0.2)
        assert not link.connected


@pytest.mark.parametrize("within", [0.0, 0.3, 0.6, 0.99])
async def test_wherever_between_two_pings_it_freezes_it_is_noticed_within_five_seconds(
    server: AmiServer, within: float
) -> None:
    clock = ByHand()
    async with AmiLink(Manager("gudok", "hush", server.port), clock=clock) as link:
        await link.up(5)
        await server.until(lambda: "Ping" in server.names())
        await link.ping()
        await clock.pass_(within)
        server.frozen = True
        seconds = 0.0
        while link.connected and seconds < 10:
            await clock.pass_(0.1)
            seconds += 0.1
        assert 3.4 <= seconds <= 4.7


async def test_a_frozen_asterisk_is_told_asked_nothing_and_taken_up_again_when_it_thaws(server: AmiServer) -> None:
    clock, sink = ByHand(), Sink()
    link = AmiLink(Manager("gudok", "hush", server.port), clock=clock)
    link.subscribe(sink, Resync, Disconnected)
    async with link:
        await link.up(5)
        server.frozen = True
        await clock.pass_(1.0)
        await clock.pass_(3.6)
        assert "frozen" in (await sink.first(Disconnected)).why
        assert not link.connected
        with pytest.raises(ActionFailed) as failed:
            await link.ping()
        assert failed.value.fate is ActionFate.NOT_SENT
        server.frozen = False
        await clock.pass_(5.0)
        await sink.first(Resync, 2)
        await link.up(5)
        assert link.trouble is None


async def test_an_asterisk_that_talks_but_never_answers_is_left(server: AmiServer) -> None:
    server.answers["Ping"] = lambda connection, action: connection.send({"Event": "Chatter"})
    link, sink = made(server, patience=replace(QUICK, ping=0.05, silence=3, unanswered=0.2)), Sink()
    link.subscribe(sink, Disconnected)
    async with link:
        assert "has not answered a ping" in (await sink.first(Disconnected)).why


@pytest.mark.parametrize("seed", range(8))
async def test_whatever_bytes_come_it_lives_or_comes_back(server: AmiServer, seed: int) -> None:
    rng = random.Random(seed)
    words = (
        b"\r\n\r\n",
        b"\r\n",
        b"Event: ",
        b"Response: ",
        b"ActionID: ",
        b"EventList: Complete",
        b"\xd0",
        b"\x00",
        b"x" * 999,
    )
    link, sink = made(server), Sink()
    link.subscribe(sink, UserEvent)
    async with link:
        await link.up(5)
        for _ in range(2000):
            server.write(rng.choice(words) + rng.randbytes(rng.randrange(8)))
        server.write(b"\r\n\r\n")
        server.send({"Event": "UserEvent", "UserEvent": "mark"})
        await sink.first(UserEvent)
        await link.ping()


async def test_a_huge_line_ends_the_connection_and_it_comes_back(server: AmiServer) -> None:
    link, sink = made(server), Sink()
    link.subscribe(sink, Resync, Disconnected)
    async with link:
        await link.up(5)
        server.write(b"Event: " + b"x" * (2 << 20))
        assert "more than 1048576 bytes" in (await sink.first(Disconnected)).why
        await sink.first(Resync, 2)


# -- actions ---------------------------------------------------------------------------------------------------------


async def test_an_action_asked_before_there_is_a_link_was_not_sent(server: AmiServer) -> None:
    link = made(server)
    with pytest.raises(ActionFailed) as failed:
        await link.ping()
    assert failed.value.fate is ActionFate.NOT_SENT
    assert server.asked == []


@pytest.mark.parametrize("how", ["drop", "frozen", "silent"])
async def test_an_action_without_an_answer_has_an_unknown_fate(server: AmiServer, how: str) -> None:
    def never(connection: Connection, action: Headers) -> None:
        if how == "drop":
            connection.drop()
        server.frozen = how == "frozen"

    server.answers["Originate"] = never
    async with made(server, patience=replace(QUICK, silence=0.4, action=1.0)) as link:
        await link.up(5)
        call = Originate(channel="PJSIP/1", channel_id="mine", application="Echo")
        with pytest.raises(ActionFailed, match="unknown") as failed:
            await link.originate(call)
        assert failed.value.fate is ActionFate.UNKNOWN
        server.frozen = False
        await link.up(5)
        await link.ping()
    assert server.names().count("Originate") == 1


async def test_answers_out_of_order_reach_whoever_asked(server: AmiServer, link: AmiLink) -> None:
    waiting: list[tuple[Connection, Headers]] = []

    def later(connection: Connection, action: Headers) -> None:
        waiting.append((connection, action))
        if len(waiting) == 20:
            for one, asked in reversed(waiting):
                one.reply(asked, Value=asked["variable"].upper())

    server.answers["Getvar"] = later
    await link.up(5)
    answers = await asyncio.gather(*(link.getvar("PJSIP/1", f"v{number}") for number in range(20)))
    assert answers == [f"V{number}" for number in range(20)]


async def test_a_cancelled_action_leaves_the_link_in_order(server: AmiServer, link: AmiLink) -> None:
    asked = asyncio.Event()
    late: list[tuple[Connection, Headers]] = []

    def later(connection: Connection, action: Headers) -> None:
        late.append((connection, action))
        asked.set()

    server.answers["Getvar"] = later
    await link.up(5)
    task = asyncio.create_task(link.getvar("PJSIP/1", "v"))
    await asked.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    late[0][0].reply(late[0][1], Value="too late")
    await link.ping()
    assert link.connected


async def test_a_list_that_is_none_or_is_refused_is_said_so(server: AmiServer, link: AmiLink) -> None:
    await link.up(5)
    with pytest.raises(ActionRefused, match="Invalid/unknown command"):
        await link.list_action("Nonsense")
    with pytest.raises(ActionRefused, match="not answer this with a list"):
        await link.list_action("Ping")
    assert await link.list_action("CoreShowChannels") == []


async def test_originating_is_always_asynchronous(server: AmiServer, link: AmiLink) -> None:
    server.answers["Originate"] = lambda connection, action: connection.reply(action, Message="queued")
    await link.up(5)
    assert (await link.action("Originate", {"Channel": "PJSIP/1"})).ok
    assert server.asked[-1][1]["async"] == "true"
    with pytest.raises(BadAction, match="deaf"):
        await link.action("Originate", {"Channel": "PJSIP/1", "async": "false"})
    for wrong in ({}, {"application": "Echo", "context": "line"}):
        with pytest.raises(BadAction):
            await link.originate(Originate(channel="PJSIP/1", channel_id="x", **wrong))
    assert server.names().count("Originate") == 1


async def test_a_line_end_is_refused_and_nothing_is_sent(server: AmiServer, link: AmiLink) -> None:
    await link.up(5)
    with pytest.raises(BadAction):
        await link.setvar("PJSIP/1", "NAME", "Иван\r\nAction: Command")
    with pytest.raises(BadAction):
        await link.originate(
            Originate(channel="PJSIP/1", channel_id="x", application="Echo", variables={"A": "1\nB: 2"})
        )
    assert not {"Setvar", "Originate"} & set(server.names())


# -- subscribers -----------------------------------------------------------------------------------------------------


async def test_a_raising_handler_is_written_down_and_told_the_next_event(server: AmiServer) -> None:
    link, sink = made(server), Sink()

    def raising(event: AmiEvent) -> None:
        sink(event)
        raise RuntimeError("a fault of the handler")

    async def cancelling(event: AmiEvent) -> None:
        raise asyncio.CancelledError

    link.subscribe(raising, Other)
    link.subscribe(cancelling, Other)
    async with link:
        await link.up(5)
        with capture_logs() as logs:
            server.send({"Event": "First"})
            server.send({"Event": "Second"})
            await sink.until(lambda: sink.names() == ["First", "Second"])
            await link.ping()
        failed = [each for each in logs if each["event"] == "handler failed"]
        assert len(failed) == 2
        assert all(each["exc_info"] and each["log_level"] == "error" for each in failed)
        assert server.accepted == 1


async def test_each_subscriber_keeps_the_order_and_waits_for_nobody(server: AmiServer, link: AmiLink) -> None:
    slow, quick = Sink(), Sink()
    go = asyncio.Event()

    async def waits(event: AmiEvent) -> None:
        await go.wait()
        await asyncio.sleep(0)
        slow(event)

    link.subscribe(waits, Other)
    link.subscribe(quick, Other)
    await link.up(5)
    names = [f"E{number}" for number in range(500)]
    for name in names:
        server.send({"Event": name})
    await quick.until(lambda: quick.names() == names)
    assert slow.told == []
    go.set()
    await slow.until(lambda: slow.names() == names)


async def test_who_unsubscribed_is_told_nothing_more(server: AmiServer, link: AmiLink) -> None:
    sink, other = Sink(), Sink()

    def once(event: AmiEvent) -> None:
        sink(event)
        stop()

    stop = link.subscribe(once, Other)
    link.subscribe(other, Other)
    await link.up(5)
    for name in ("First", "Second"):
        server.send({"Event": name})
    await other.until(lambda: other.names() == ["First", "Second"])
    await link.ping()
    assert sink.names() == ["First"]


async def test_who_comes_later_is_told_the_state_first(server: AmiServer, link: AmiLink) -> None:
    server.channels = [channel("PJSIP/1", "u1")]
    await link.up(5)
    sink = Sink()
    link.subscribe(sink)
    await sink.first(Resync)
    server.send({"Event": "Later"})
    await sink.until(lambda: sink.names() == ["Resync", "Later"])


async def test_too_slow_a_subscriber_is_told_its_loss_and_then_the_state(server: AmiServer) -> None:
    link = made(server, most_queued=50)
    sink, quick = Sink(), Sink()
    go, stuck = asyncio.Event(), asyncio.Event()

    async def waits(event: AmiEvent) -> None:
        sink(event)
        if isinstance(event, Other) and event.name == "E0":
            stuck.set()
            await go.wait()

    link.subscribe(waits)
    link.subscribe(quick, Other)
    async with link:
        await sink.first(Resync)
        server.send({"Event": "E0"})
        await stuck.wait()
        for number in range(1, 1001):
            server.send({"Event": f"E{number}"})
            if number % 20 == 0:
                await quick.until(lambda n=number: len(quick.told) == n + 1)  # type: ignore[misc]
        server.channels = [channel("PJSIP/1", "u1")]
        go.set()
        state = await sink.first(Resync, 2)
        assert [each.uniqueid for each in state.channels] == ["u1"]
        server.send({"Event": "After"})
        await sink.until(lambda: sink.names()[-1] == "After")
    assert sink.names() == ["Resync", "FullyBooted", "E0", "Lost", "Resync", "After"]
    assert sink.of(Lost)[0].events == 1000


async def test_a_storm_while_the_state_is_asked_for_is_a_loss_told_before_it(server: AmiServer) -> None:
    def storm(connection: Connection, action: Headers) -> None:
        for number in range(100):
            connection.send({"Event": f"E{number}"})
        connection.listing(action, [])
        del server.answers["CoreShowChannels"]

    server.answers["CoreShowChannels"] = storm
    link, sink = made(server, most_queued=10), Sink()
    link.subscribe(sink, Resync, Lost, Other)
    async with link:
        await sink.first(Resync)
        server.send({"Event": "After"})
        await sink.until(lambda: sink.names()[-1] == "After")
    assert sink.names() == ["Lost", "Resync", "After"]
    assert sink.of(Lost)[0].events == 100


async def test_too_slow_a_subscriber_without_the_state_is_told_its_loss(server: AmiServer) -> None:
    link = made(server, most_queued=10)
    sink, quick = Sink(), Sink()
    go = asyncio.Event()

    async def waits(event: AmiEvent) -> None:
        await go.wait()
        sink(event)

    link.subscribe(waits, Other, Lost)
    link.subscribe(quick, UserEvent)
    async with link:
        await link.up(5)
        for number in range(100):
            server.send({"Event": f"E{number}"})
        server.send({"Event": "UserEvent", "UserEvent": "mark"})
        await quick.first(UserEvent)
        go.set()
        await sink.until(lambda: sum(each.events for each in sink.of(Lost)) + len(sink.of(Other)) == 100)
        assert sink.of(Lost)
        server.send({"Event": "After"})
        await sink.until(lambda: sink.names()[-1] == "After")


async def test_an_event_that_cannot_be_read_is_written_down_once_and_still_told(
    server: AmiServer, link: AmiLink
) -> None:
    sink = Sink()
    link.subscribe(sink, Other)
    await link.up(5)
    with capture_logs() as logs:
        for _ in range(3):
            server.send({"Event": "Hangup", "Uniqueid": "u1", "CallerIDNum": "79161234567"})
        server.send({"Event": "Unheard"})
        await sink.until(lambda: sink.names() == ["Hangup"] * 3 + ["Unheard"])
    (written,) = logs
    assert (written["name"], written["log_level"]) == ("Hangup", "warning")
    assert "79161234567" not in str(written)


# -- the end ---------------------------------------------------------------------------------------------------------


async def test_close_ends_it_for_good(server: AmiServer) -> None:
    server.answers["Getvar"] = lambda connection, action: None
    link, sink = made(server), Sink()
    link.subscribe(sink, Other)
    link.start()
    await link.up(5)
    waiting = asyncio.create_task(link.getvar("PJSIP/1", "v"))
    await server.until(lambda: "Getvar" in server.names())
    await link.close()
    await link.close()
    with pytest.raises(ActionFailed) as failed:
        await waiting
    assert failed.value.fate is ActionFate.UNKNOWN
    assert not link.connected
    with pytest.raises(LinkClosed):
        link.start()
    with pytest.raises(ActionFailed):
        await link.ping()
    await server.until(lambda: not server.connections)
    assert server.accepted == 1
    assert [task for task in asyncio.all_tasks() if task.get_name().startswith("ami-")] == []


async def test_close_lets_a_subscriber_finish_what_it_was_given_but_not_for_ever(server: AmiServer) -> None:
    link, sink = made(server, patience=replace(QUICK, drain=0.2)), Sink()

    async def slow(event: AmiEvent) -> None:
        await asyncio.sleep(0)
        sink(event)

    async def endless(event: AmiEvent) -> None:
        await asyncio.Event().wait()

    link.subscribe(slow, Other)
    link.subscribe(endless, Other)
    seen = Sink()
    link.subscribe(seen, UserEvent)
    async with link:
        await link.up(5)
        for number in range(100):
            server.send({"Event": f"E{number}"})
        server.send({"Event": "UserEvent", "UserEvent": "mark"})
        await seen.first(UserEvent)
        async with asyncio.timeout(5):
            await link.close()
    assert len(sink.told) == 100


async def test_a_handler_may_close_the_link(server: AmiServer, link: AmiLink) -> None:
    done = asyncio.Event()

    async def closes(event: AmiEvent) -> None:
        await link.close()
        done.set()

    link.subscribe(closes, Other)
    await link.up(5)
    server.send({"Event": "Enough"})
    async with asyncio.timeout(5):
        await done.wait()
    assert not link.connected


async def test_waiting_for_a_link_that_does_not_come_says_why(server: AmiServer) -> None:
    await server.deafen()
    async with made(server) as link:
        with pytest.raises(
            LinkDown, match=r"no link to Asterisk after 0\.2 s: cannot reach the manager at 127\.0\.0\.1"
        ):
            await link.up(0.2)


async def test_events_without_a_time_are_given_ours(server: AmiServer) -> None:
    link, sink = made(server), Sink()
    link.subscribe(sink, Hangup)
    async with link:
        await link.up(5)
        before = SystemClock().now()
        server.send(hangup("u1"))
        event = await sink.first(Hangup)
    assert isinstance(event.at, datetime)
    assert before <= event.at <= SystemClock().now()

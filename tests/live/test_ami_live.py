"""The AMI link against a real Asterisk: its events, its freezing, its death, and what is there when it is back."""

import asyncio
import contextlib
import os
import shutil
import signal
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import pytest
from live.asterisk_rig import cache_settings, free_port

from asterisk.ami import (
    ActionFailed,
    ActionFate,
    AmiLink,
    Disconnected,
    LoginRefused,
    Manager,
    Originate,
    Patience,
    Resync,
)
from asterisk.ami.events import (
    AgentComplete,
    AgentConnect,
    AgentRingNoAnswer,
    AmiEvent,
    BridgeEnter,
    ChannelState,
    DeviceState,
    DialEnd,
    Hangup,
    Newchannel,
    OriginateResponse,
    Other,
    ParkedCall,
    ParkedCallTimeOut,
    QueueCallerAbandon,
    QueueCallerJoin,
    QueueMemberPause,
    Shutdown,
    UserEvent,
)
from asterisk.ami.message import MOST_LINE_BYTES
from asterisk.private import Instance, Program, locate, start
from ivr.clock import SystemClock

pytestmark = pytest.mark.live

SECONDS = 20.0
"""How long a test waits for what must come; far more than it takes."""

MODULES = (
    *("pbx_config", "res_timing_timerfd", "res_musiconhold", "res_parking"),
    *("bridge_simple", "bridge_softmix", "bridge_holding"),
    *("app_dial", "app_queue", "app_stack", "app_echo", "app_userevent", "app_playback"),
    *("func_channel", "func_callerid", "func_strings", "codec_alaw", "codec_ulaw", "format_pcm"),
)

DIALPLAN = """
[test]
exten => wait,1,Answer()
 same => n,Wait(600)
exten => busy,1,Hangup(17)
exten => told,1,UserEvent(Показание,Жилец: Ёжикова Щ,Content: ${A},Result: 100%25)
 same => n,Hangup()
exten => queue,1,Answer()
 same => n,Queue(operators,,,,${FOR})
 same => n,Hangup()
exten => ring,1,Wait(1)
 same => n,Answer()
 same => n,Wait(1)
exten => silent,1,Ringing()
 same => n,Wait(60)
exten => dial,1,Dial(Local/busy@test/n,10)
exten => park,1,Answer()
 same => n,Park()
exten => elsewhere,1,UserEvent(Elsewhere)
 same => n,Wait(600)
"""

E = TypeVar("E", bound=AmiEvent)


@dataclass
class Heard:
    events: list[AmiEvent] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def __call__(self, event: AmiEvent) -> None:
        self.events.append(event)
        self.news.set()

    def of(self, kind: type[E], true: Callable[[E], bool] = lambda event: True) -> list[E]:
        return [event for event in self.events if isinstance(event, kind) and true(event)]

    async def first(self, kind: type[E], true: Callable[[E], bool] = lambda event: True, nth: int = 1) -> E:
        try:
            async with asyncio.timeout(SECONDS):
                while True:
                    self.news.clear()
                    if len(found := self.of(kind, true)) >= nth:
                        return found[nth - 1]
                    await self.news.wait()
        except TimeoutError:
            told = "\n".join(str(event) for event in self.events)
            raise AssertionError(f"no {kind.__name__} within {SECONDS:g} s; told were\n{told}") from None


@dataclass
class Pbx:
    """An Asterisk with a configuration of its own, that can be started again."""

    program: Program
    folder: Path
    port: int
    instance: Instance | None = None

    async def start(self) -> Instance:
        self.instance = await start(self.program, self.folder / "conf", self.folder / "run", self.folder / "log")
        return self.instance

    def link(self, user: str = "gudok", secret: str = "hush", port: int | None = None) -> AmiLink:
        patience = Patience(first_retry=0.1, longest_retry=0.5)
        return AmiLink(Manager(user, secret, port or self.port), patience=patience)


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Program:
    return locate(cache_settings(tmp_path_factory.mktemp("found")))


@pytest.fixture
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="gudok-ami-"))
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
async def pbx(program: Program, folder: Path) -> AsyncIterator[Pbx]:
    port = free_port()
    conf = folder / "conf"
    for name in ("conf", "run", "var/keys"):
        (folder / name).mkdir(parents=True)
    places = {"astetcdir": conf, "astmoddir": program.modules, "astdatadir": program.data, "astrundir": folder / "run"}
    names = ("astvarlibdir", "astdbdir", "astkeydir", "astagidir", "astspooldir", "astlogdir")
    places |= dict.fromkeys(names, folder / "var")
    listed = "".join(f"{name} => {place}\n" for name, place in places.items())
    own = "secret=hush\nread=system,call,agent,user\n"
    own += "write=system,call,agent,user,originate,command,reporting\nwritetimeout=5000\n"
    files = dict.fromkeys(("acl", "ccss", "features", "http", "musiconhold", "queuerules", "udptl"), "") | {
        "asterisk.conf": f"[directories]\n{listed}[options]\nsystemname = test\n",
        "logger.conf": "[general]\n[logfiles]\nconsole => notice,warning,error\n",
        "modules.conf": "[modules]\nautoload = no\n" + "".join(f"load = {name}.so\n" for name in MODULES),
        "manager.conf": f"[general]\nenabled=yes\nbindaddr=127.0.0.1\nport={port}\ntimestampevents=yes\n[gudok]\n{own}"
        "[deaf]\nsecret=hush\nread=call\nwrite=call\n",
        "extensions.conf": DIALPLAN,
        "queues.conf": "[general]\n[operators]\nstrategy=ringall\ntimeout=2\nretry=1\njoinempty=yes\n",
        "res_parking.conf": "[general]\n[default]\nparkext=700\nparkpos=701-720\ncontext=parked\nparkingtime=1\n"
        "comebacktoorigin=no\ncomebackcontext=test\n",
        "cdr.conf": "[general]\nenable = no\n",
        "cel.conf": "[general]\nenable = no\n",
        "stasis.conf": "[threadpool]\ninitial_size = 5\n",
        "indications.conf": "[general]\ncountry=ru\n[ru]\ndescription=Russia\nringcadence=1000,4000\ndial=425\n",
    }
    for name, text in files.items():
        (conf / (name if "." in name else f"{name}.conf")).write_text(text, encoding="utf-8")
    pbx = Pbx(program, folder, port)
    await pbx.start()
    try:
        yield pbx
    finally:
        assert pbx.instance is not None
        with contextlib.suppress(ProcessLookupError):
            os.kill(pbx.instance.pid, signal.SIGCONT)
        await pbx.instance.stop(grace=5)


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
async def link(pbx: Pbx, heard: Heard) -> AsyncIterator[AmiLink]:
    link = pbx.link()
    link.subscribe(heard)
    async with link:
        await link.up(SECONDS)
        yield link


def call(exten: str, channel_id: str, **more: str) -> Originate:
    """A Local channel whose far half walks the dialplan."""
    return Originate(
        channel=f"Local/{exten}@test/n", channel_id=channel_id, application="Wait", data="600", variables=more
    )


async def test_a_call_is_told_from_its_birth_to_its_end(link: AmiLink, heard: Heard) -> None:
    reply = await link.originate(call("wait", "mine-1"))
    assert reply.ok
    fate = await heard.first(OriginateResponse)
    assert (fate.answered, fate.uniqueid, fate.action_id) == (True, "mine-1", reply.action_id)
    born = await heard.first(Newchannel, lambda event: event.uniqueid == "mine-1")
    assert abs(born.at - SystemClock().now()) < timedelta(seconds=SECONDS)
    assert "Timestamp" in born.headers
    near = next(each for each in await link.channels() if each.uniqueid == "mine-1")
    assert (near.state, near.application, near.data) == (ChannelState.UP, "Wait", "600")
    assert (await link.hangup(near.channel, 21)).ok
    end = await heard.first(Hangup, lambda event: event.uniqueid == "mine-1")
    assert end.cause == 21
    assert end.at >= born.at


async def test_every_letter_arrives_both_ways(link: AmiLink, heard: Heard) -> None:
    hard = 'a,b "c" \\d\\ (e; f| ${g} $[1+1] ёЩ🦔'
    await link.originate(Originate(channel="Local/wait@test/n", channel_id="v", context="test", exten="wait",
                                   variables={"HARD": hard, "__KEPT": "x,y"}))  # fmt: skip
    await heard.first(OriginateResponse)
    (near,) = [each for each in await link.channels() if each.uniqueid == "v"]
    assert await link.getvar(near.channel, "HARD") == hard
    assert await link.getvar(near.channel, "KEPT") == "x,y"
    assert (await link.setvar(near.channel, "AGAIN", hard)).ok
    assert await link.getvar(near.channel, "AGAIN") == hard
    assert await link.getvar("Local/nobody", "AGAIN") is None
    await link.originate(call("told", "u"))
    told = await heard.first(UserEvent)
    assert told.name == "Показание"
    assert told.fields == {"Жилец": "Ёжикова Щ", "Content": "", "Result": "100%25"}
    assert told.linkedid == "u"


async def test_a_busy_line_and_a_redirect(link: AmiLink, heard: Heard) -> None:
    await link.originate(call("dial", "d"))
    ended = await heard.first(DialEnd, lambda event: event.uniqueid == "d;2")
    assert ended.status == "BUSY"
    await link.originate(call("wait", "r"))
    await heard.first(OriginateResponse, lambda event: event.uniqueid == "r")
    far = next(each for each in await link.channels() if each.uniqueid == "r;2")
    assert (await link.redirect(far.channel, "test", "elsewhere")).ok
    assert (await heard.first(UserEvent)).uniqueid == "r;2"
    gone = await link.redirect("Local/nobody", "test", "elsewhere")
    assert not gone.ok
    assert "exist" in gone.message


async def test_a_caller_waits_is_connected_and_served(link: AmiLink, heard: Heard) -> None:
    assert (await link.queue_add("operators", "Local/ring@test/n", name="Анна")).ok
    assert not (await link.queue_add("operators", "Local/ring@test/n", name="Анна")).ok
    await link.originate(call("queue", "caller", FOR="10"))
    joined = await heard.first(QueueCallerJoin)
    assert (joined.queue, joined.position, joined.linkedid) == ("operators", 1, "caller")
    (queue,) = await link.queues("operators")
    assert [each.uniqueid for each in queue.waiting] == ["caller;2"]
    connected = await heard.first(AgentConnect)
    assert connected.member == "Анна"
    assert 0 <= connected.ring_seconds <= 3
    entered = await heard.first(BridgeEnter, lambda event: event.uniqueid == "caller;2")
    assert entered.bridge_type == "basic"
    assert entered.bridge in [each.bridge for each in await link.bridges()]
    served = await heard.first(AgentComplete)
    assert (served.interface, served.reason) == ("Local/ring@test/n", "agent")
    assert served.uniqueid in ("caller;2", None)  # the caller's channel may be gone by then
    assert (await link.queue_remove("operators", "Local/ring@test/n")).ok


async def test_ringing_unanswered_is_told_in_seconds(link: AmiLink, heard: Heard) -> None:
    await link.queue_add("operators", "Local/silent@test/n", name="Анна")
    await link.originate(call("queue", "caller", FOR="4"))
    missed = await heard.first(AgentRingNoAnswer)
    assert 1.5 <= missed.ring_seconds <= 3.5
    assert (await heard.first(QueueCallerAbandon)).uniqueid == "caller;2"
    assert (await link.queue_pause("Local/silent@test/n", True, reason="обед")).ok
    paused = await heard.first(QueueMemberPause)
    assert (paused.paused, paused.paused_reason) == (True, "обед")
    (queue,) = await link.queues()
    assert [(each.name, each.paused, each.paused_reason) for each in queue.members] == [("Анна", True, "обед")]
    assert isinstance(queue.members[0].status, DeviceState)


async def test_a_parked_call(link: AmiLink, heard: Heard) -> None:
    await link.originate(call("park", "p"))
    parked = await heard.first(ParkedCall)
    assert (parked.uniqueid, parked.space, parked.lot) == ("p;2", "701", "default")
    assert (await heard.first(ParkedCallTimeOut)).uniqueid == "p;2"


async def test_asterisk_itself_is_told(link: AmiLink, heard: Heard) -> None:
    system = await link.system()
    assert (system.systemname, system.calls) == ("test", 0)
    assert int(system.version.split(".")[0]) >= 20
    assert await link.module_loaded("app_queue")
    assert not await link.module_loaded("app_nothing")
    assert any("uptime" in line for line in await link.command("core show uptime"))
    first = heard.events[0]
    assert isinstance(first, Resync)
    assert first.missing == ()
    assert heard.of(Other, lambda event: event.name in ("QueueParams", "CoreShowChannel")) == []


async def test_the_longest_line_we_send_is_one_that_asterisk_takes_whole(link: AmiLink) -> None:
    longest = "x" * (MOST_LINE_BYTES - len("Filler: "))
    assert (await link.action("Ping", {"Filler": longest})).ok
    assert (await link.action("Ping", {f"H{number}": "1" for number in range(126)})).ok
    await link.ping()


async def test_many_at_once_keep_their_answers_and_their_order(link: AmiLink, heard: Heard) -> None:
    sent = [link.action("UserEvent", {"UserEvent": "n", "Number": number}) for number in range(300)]
    assert all(reply.ok for reply in await asyncio.gather(*sent))
    await heard.first(UserEvent, nth=300)
    assert [int(event.fields["Number"]) for event in heard.of(UserEvent)] == list(range(300))


async def test_a_wrong_secret_is_refused_and_said_so(pbx: Pbx) -> None:
    async with pbx.link(secret="wrong") as link:
        with pytest.raises(LoginRefused, match="Authentication failed"):
            await link.up(SECONDS)
    async with pbx.link(user="nobody") as link:
        with pytest.raises(LoginRefused):
            await link.up(SECONDS)


async def test_a_user_that_may_see_little_is_told_what_is_missing(pbx: Pbx, heard: Heard) -> None:
    link = pbx.link(user="deaf")
    link.subscribe(heard)
    async with link:
        await link.up(SECONDS)
        missing = (await heard.first(Resync)).missing
    assert "system" in missing


def state_of(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


async def stopped(pid: int) -> None:
    os.kill(pid, signal.SIGSTOP)
    async with asyncio.timeout(SECONDS):
        while state_of(pid) != "T":  # noqa: ASYNC110  # the kernel gives no event for this
            await asyncio.sleep(0.01)


async def test_a_frozen_asterisk_is_noticed_in_five_seconds_and_its_calls_are_found_again(
    pbx: Pbx, link: AmiLink, heard: Heard
) -> None:
    await link.originate(call("wait", "there"))
    await heard.first(OriginateResponse)
    assert pbx.instance is not None
    await stopped(pbx.instance.pid)
    loop = asyncio.get_running_loop()
    frozen_at = loop.time()
    with pytest.raises(ActionFailed) as failed:
        await link.channels()
    assert failed.value.fate is ActionFate.UNKNOWN
    await heard.first(Disconnected)
    assert loop.time() - frozen_at <= 5.0
    assert not link.connected
    os.kill(pbx.instance.pid, signal.SIGCONT)
    await link.up(SECONDS)
    again = await heard.first(Resync, nth=2)
    assert {each.uniqueid for each in again.channels} == {"there", "there;2"}
    assert not again.restarted


async def test_an_asterisk_killed_and_started_again_is_found_without_its_calls(
    pbx: Pbx, link: AmiLink, heard: Heard
) -> None:
    await link.originate(call("wait", "there"))
    await heard.first(OriginateResponse)
    assert pbx.instance is not None
    # Asterisk tells its start in whole seconds; a line that fell over within the second of its start had no calls.
    started = (await link.system()).started
    os.kill(pbx.instance.pid, signal.SIGKILL)
    assert await pbx.instance.ended(SECONDS)
    await heard.first(Disconnected)
    await pbx.start()
    again = await heard.first(Resync, nth=2)
    assert again.channels == ()
    assert [queue.name for queue in again.queues] == ["operators"]
    assert again.system is not None
    assert again.restarted == (again.system.started != started)
    await link.originate(call("wait", "new"))
    assert (await heard.first(OriginateResponse, lambda event: event.uniqueid == "new")).answered


async def test_a_pause_of_our_own_is_not_taken_for_asterisks(pbx: Pbx, heard: Heard) -> None:
    link = AmiLink(Manager("gudok", "hush", pbx.port), patience=Patience(ping=0.05, silence=0.3, unanswered=0.6))
    link.subscribe(heard, Resync, Disconnected)
    async with link:
        await link.up(SECONDS)
        for _ in range(3):
            time.sleep(1.0)  # noqa: ASYNC251  # the pause is what is tested: nothing of ours runs meanwhile
            await link.ping()
    assert [type(event) for event in heard.events] == [Resync]


async def test_an_asterisk_that_stops_says_so_first(pbx: Pbx, link: AmiLink, heard: Heard) -> None:
    assert pbx.instance is not None
    await pbx.instance.stop()
    assert (await heard.first(Shutdown)).how == "Cleanly"
    await heard.first(Disconnected)
    assert [type(event) for event in heard.events[-2:]] == [Shutdown, Disconnected]


@contextlib.asynccontextmanager
async def passage(to: int) -> AsyncIterator[tuple[int, Callable[[], None]]]:
    """A way to a port that can be cut: its own port, and the cut."""
    ends: set[asyncio.StreamWriter] = set()
    tasks: set[asyncio.Task[None]] = set()

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        writer.close()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", to)
        ends.update((writer, back))
        for source, target in ((reader, back), (there, writer)):
            task = asyncio.create_task(pump(source, target))
            tasks.add(task)
            task.add_done_callback(tasks.discard)

    def cut() -> None:
        for end in ends:
            end.transport.abort()
        ends.clear()

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1], cut
    finally:
        server.close()
        cut()
        for task in tuple(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_what_happened_behind_a_cut_is_told_by_the_next_state(pbx: Pbx, link: AmiLink, heard: Heard) -> None:
    """`link` sees everything; the one through the passage is blind for a while."""
    async with passage(pbx.port) as (port, cut):
        blind, seen = pbx.link(port=port), Heard()
        blind.subscribe(seen)
        async with blind:
            await blind.up(SECONDS)
            for name in ("stays", "goes"):
                await link.originate(call("wait", name))
                await heard.first(OriginateResponse, lambda event, name=name: event.uniqueid == name)  # type: ignore[misc]
            await seen.first(OriginateResponse, nth=2)
            cut()
            goes = next(each for each in await link.channels() if each.uniqueid == "goes")
            await link.hangup(goes.channel)
            await heard.first(Hangup, lambda event: event.uniqueid == "goes")
            again = await seen.first(Resync, nth=2)
            there = {each.uniqueid for each in again.channels}
            assert {"stays", "stays;2"} <= there
            # Back before the hang-up it hears of it as an event; after it, the state no longer has it.
            if "goes" in there:
                await seen.first(Hangup, lambda event: event.uniqueid == "goes")
            place = {type(event): number for number, event in enumerate(seen.events)}
            assert place[Disconnected] < place[Resync]

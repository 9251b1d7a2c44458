"""For live tests: a real Asterisk with our configuration, ears on its manager, and a service that may fail."""

import asyncio
import os
import random
import re
import socket
import wave
from array import array
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from asterisk.ami import AmiLink, Manager
from asterisk.ami.events import AmiEvent, AsteriskEvent, UserEvent
from asterisk.config import Written, write
from asterisk.private import Instance, Program, start
from asterisk.robot.phone import RobotPhone
from ivr.settings import Operator, Ports, Settings

E = TypeVar("E", bound=AmiEvent)
SECONDS = 15.0
"""How long a test waits for what must come; far more than it takes on an idle machine."""


_given: set[int] = set()


def free_port() -> int:
    """A port free for TCP and UDP alike, given once; below those that the system hands to whoever asks for any."""
    while True:
        port = random.SystemRandom().randrange(10_000, 20_000)
        with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
            try:
                tcp.bind(("127.0.0.1", port))
                udp.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in _given:
            _given.add(port)
            return port


def free_ports() -> Ports:
    # RTP ports that are taken are passed over by Asterisk; the range only must not be everybody's.
    rtp = random.randrange(20_000, 32_000, 100)
    sip, ami, agi, audio, web = (free_port() for _ in range(5))
    return Ports(sip=sip, ami=ami, agi=agi, audio=audio, web=web, rtp_from=rtp, rtp_to=rtp + 199)


def line_settings(data: Path, **given: Any) -> Settings:
    chosen: dict[str, Any] = {
        "ports": free_ports(),
        "operators": (Operator(name="101"), Operator(name="102")),
        **given,
    }
    return Settings(data=data, **chosen)


CROSSED = "Session already DISCONNECTED"
"""A caller hung up in the very moment in which Asterisk answered: a race that ends well and is no fault of ours."""


def complaints(log: Path) -> list[str]:
    """Warnings and errors of a log of Asterisk, but for its remark on a hang-up and an answer that crossed."""
    text = log.read_text(encoding="utf-8", errors="replace")
    lines = (line for line in text.splitlines() if re.search(r"\b(WARNING|ERROR)\b", line))
    return [line for line in lines if CROSSED not in line]


@dataclass
class Heard:
    """What the manager has told, kept; a test waits for what it expects, in whatever order it comes."""

    events: list[AmiEvent] = field(default_factory=list)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def take(self, event: AmiEvent) -> None:
        self.events.append(event)
        self._news.set()

    def of(self, kind: type[E], true: Callable[[E], bool] = lambda event: True) -> list[E]:
        return [event for event in self.events if isinstance(event, kind) and true(event)]

    async def first(self, kind: type[E], true: Callable[[E], bool] = lambda event: True, seconds: float = SECONDS) -> E:
        async with asyncio.timeout(seconds):
            while True:
                self._news.clear()
                found = self.of(kind, true)
                if found:
                    return found[0]
                await self._news.wait()

    async def user_event(self, name: str, seconds: float = SECONDS) -> UserEvent:
        return await self.first(UserEvent, lambda event: event.name == name, seconds)


@dataclass
class Line:
    """Asterisk, configured by us, and its manager as the service sees it."""

    settings: Settings
    written: Written
    asterisk: Instance
    ami: AmiLink
    heard: Heard

    def complaints(self, *but: str) -> list[str]:
        """Warnings and errors since the start, except those that contain one of these words."""
        return [line for line in complaints(self.written.places.log_file) if not any(word in line for word in but)]

    @property
    def sip(self) -> str:
        return f"127.0.0.1:{self.settings.ports.sip}"

    @property
    def number(self) -> str:
        return f"sip:{self.settings.line}@{self.sip}"

    def manager(self, user: str, secret: str) -> AmiLink:
        return AmiLink(Manager(user, self.settings.places.secret(secret), self.settings.ports.ami))

    def operator(self, name: str) -> RobotPhone:
        return RobotPhone(user=name, secret=self.settings.places.secret(f"operator-{name}"), registrar=self.sip)


@asynccontextmanager
async def line(
    program: Program,
    settings: Settings,
    *,
    before_start: Callable[[Written], None] = lambda written: None,
    **options: Any,
) -> AsyncIterator[Line]:
    settings.places.make()
    written = write(settings, program, **options)
    before_start(written)
    asterisk = await start(program, written.folder, written.places.run, settings.places.log / "asterisk-start.log")
    heard = Heard()
    try:
        async with AmiLink(Manager("gudok", settings.places.secret("ami"), settings.ports.ami)) as ami:
            ami.subscribe(heard.take, AsteriskEvent)
            await ami.up(SECONDS)
            yield Line(settings, written, asterisk, ami, heard)
    finally:
        await asterisk.stop()


Service = Callable[["AgiCall"], Awaitable[None]]


class AgiCall:
    """One call as a service sees it that may misbehave: commands by hand, nothing cleaned up."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.headers: dict[str, str] = {}

    async def introduced(self) -> None:
        while (line := (await self.reader.readline()).decode().strip()) != "":
            name, _, value = line.partition(": ")
            self.headers[name] = value

    async def do(self, command: str) -> str:
        self.writer.write(command.encode() + b"\n")
        while (line := await self.reader.readline()) == b"HANGUP\n":
            pass
        return line.decode().strip()

    async def variable(self, name: str) -> str:
        found = re.search(r"\((.*)\)$", await self.do(f"GET VARIABLE {name}"))
        return found[1] if found else ""


async def for_ever(call: AgiCall) -> None:
    """A service that takes the call and leaves everything to the test, which may give commands meanwhile."""
    await asyncio.get_running_loop().create_future()


class Calls(list[AgiCall]):
    """The calls a service was given, in order."""

    def __init__(self) -> None:
        self._news: asyncio.Queue[AgiCall] = asyncio.Queue()

    def arrived(self, call: AgiCall) -> None:
        self.append(call)
        self._news.put_nowait(call)

    async def next(self) -> AgiCall:
        return await asyncio.wait_for(self._news.get(), SECONDS)


@asynccontextmanager
async def service(settings: Settings, serve: Service) -> AsyncIterator[Calls]:
    """A FastAGI server that does what the test says; its connections are closed when `serve` returns."""
    calls = Calls()
    serving: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        call = AgiCall(reader, writer)
        task = asyncio.current_task()
        assert task is not None
        serving.add(task)
        try:
            await call.introduced()
            calls.arrived(call)
            await serve(call)
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", settings.ports.agi)
    try:
        yield calls
    finally:
        server.close()
        for task in tuple(serving):
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)
        for call in calls:
            call.writer.transport.abort()
        await server.wait_closed()


async def until(true: Callable[[], Awaitable[bool]], what: str) -> None:
    """Wait for something in another process that tells nobody when it happens."""
    try:
        async with asyncio.timeout(SECONDS):
            while not await true():  # noqa: ASYNC110
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"not within {SECONDS:g} s: {what}") from None


def write_wav(path: Path, sound: Sequence[int]) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(array("h", sound).tobytes())


def cache_settings(data: Path) -> Settings:
    """Where the tests find Asterisk: always the one the line brings, so that they mean the same everywhere."""
    return Settings(data=data, asterisk="private", cache=Path(os.environ.get("GUDOK_CACHE") or Settings().cache))

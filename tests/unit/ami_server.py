"""A manager as Asterisk 22 speaks it, small and with faults on demand, for the tests of the AMI link."""

import asyncio
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

Headers = dict[str, str]
Answer = Callable[["Connection", Headers], None]

BANNER = b"Asterisk Call Manager/11.0.0\r\n"
STARTED = ("2026-03-04", "08:00:00")


def text_of(headers: Headers | Sequence[tuple[str, str]]) -> str:
    pairs = headers.items() if isinstance(headers, dict) else headers
    return "".join(f"{name}: {value}\r\n" for name, value in pairs) + "\r\n"


def channel(name: str, uniqueid: str, **more: str) -> Headers:
    return {
        "Channel": name,
        "ChannelState": "6",
        "ChannelStateDesc": "Up",
        "CallerIDNum": "<unknown>",
        "CallerIDName": "<unknown>",
        "ConnectedLineNum": "<unknown>",
        "ConnectedLineName": "<unknown>",
        "Language": "ru",
        "AccountCode": "",
        "Context": "line",
        "Exten": "s",
        "Priority": "1",
        "Uniqueid": uniqueid,
        "Linkedid": uniqueid,
        **more,
    }


class Connection:
    def __init__(self, server: "AmiServer", number: int, writer: asyncio.StreamWriter) -> None:
        self.server = server
        self.number = number
        self.writer = writer
        self.logged_in = False

    def write(self, data: bytes) -> None:
        if not self.server.frozen and not self.writer.is_closing():
            self.writer.write(data)

    def send(self, headers: Headers | Sequence[tuple[str, str]]) -> None:
        self.write(text_of(headers).encode())

    def reply(self, action: Headers, response: str = "Success", **headers: str) -> None:
        self.send({"Response": response, **self._id(action), **headers})

    def listing(self, action: Headers, items: Sequence[Headers]) -> None:
        name = action["action"]
        self.reply(action, EventList="start", Message="List will follow")
        for item in items:
            self.send({**item, **self._id(action)})
        complete = {"Event": f"{name}Complete", **self._id(action), "EventList": "Complete"}
        self.send({**complete, "ListItems": str(len(items))})

    def drop(self) -> None:
        self.writer.transport.abort()

    @staticmethod
    def _id(action: Headers) -> Headers:
        return {"ActionID": action["actionid"]} if "actionid" in action else {}


class AmiServer:
    """What it was asked is in `asked`; `answers` replaces its own answer to an action."""

    def __init__(self) -> None:
        self.port = 0
        self.banner: bytes | None = BANNER
        self.secret = "hush"
        self.booted = True
        self.frozen = False
        self.started = STARTED
        self.channels: list[Headers] = []
        self.queues: list[Headers] = []
        self.bridges: list[Headers] = []
        self.asked: list[tuple[int, Headers]] = []
        self.answers: dict[str, Answer] = {}
        self.connections: list[Connection] = []
        self.accepted = 0
        self._something = asyncio.Event()
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        await self.listen()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self.deafen()
        self.drop()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def listen(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def deafen(self) -> None:
        """Refuse new connections."""
        if self._server is not None:
            self._server.close()

    def drop(self) -> None:
        for connection in self.connections:
            connection.drop()

    def send(self, headers: Headers | Sequence[tuple[str, str]]) -> None:
        self.write(text_of(headers).encode())

    def write(self, data: bytes) -> None:
        for connection in self.connections:
            if connection.logged_in:
                connection.write(data)

    def names(self) -> list[str]:
        return [action["action"] for _, action in self.asked]

    async def until(self, true: Callable[[], bool], seconds: float = 5.0) -> None:
        async with asyncio.timeout(seconds):
            while not true():
                self._something.clear()
                await self._something.wait()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self.accepted += 1
        connection = Connection(self, self.accepted, writer)
        self.connections.append(connection)
        self._something.set()
        if self.banner is not None:
            connection.write(self.banner)
        try:
            while True:
                lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
                action = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines) if name}
                self.asked.append((connection.number, action))
                if not self.frozen:
                    self._answer(connection, action)
                self._something.set()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.connections.remove(connection)
            self._something.set()
            writer.close()

    def _answer(self, connection: Connection, action: Headers) -> None:
        name = action.get("action", "")
        own = self.answers.get(name)
        if own is not None:
            own(connection, action)
        elif name == "Login":
            self.login(connection, action)
        elif not connection.logged_in:
            connection.reply(action, "Error", Message="Permission denied")
        elif name == "Ping":
            connection.reply(action, Ping="Pong", Timestamp="1795261159.309326")
        elif name == "CoreSettings":
            connection.reply(action, AsteriskVersion="22.10.1", SystemName="test", CoreMaxCalls="0")
        elif name == "CoreStatus":
            date, time = self.started
            connection.reply(action, CoreStartupDate=date, CoreStartupTime=time, CoreCurrentCalls="0")
        elif name == "CoreShowChannels":
            connection.listing(action, [{"Event": "CoreShowChannel", **each} for each in self.channels])
        elif name == "QueueStatus":
            connection.listing(action, self.queues)
        elif name == "BridgeList":
            connection.listing(action, self.bridges)
        else:
            connection.reply(action, "Error", Message="Invalid/unknown command")

    def login(self, connection: Connection, action: Headers) -> None:
        if action.get("secret") != self.secret:
            connection.reply(action, "Error", Message="Authentication failed")
            connection.writer.close()
            return
        connection.logged_in = True
        connection.reply(action, Message="Authentication accepted")
        if self.booted:
            connection.send(
                {"Event": "FullyBooted", "Privilege": "system,all", "Uptime": "1", "Status": "Fully Booted"}
            )

"""The FastAGI server: a port that Asterisk connects to once for each call, and that anybody else may knock at.

A connection is a stranger until its headers are complete; strangers have a few seconds, and the oldest makes room for
the newest. A call is one task running the handler; whatever ends it, the connection is closed, and without the done
flag the dialplan falls back to the operators.
"""

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import cast

import structlog

from asterisk.agi.protocol import AgiParser, Headers, ParserLimits, ProtocolFault
from asterisk.agi.session import AgiSession
from ivr.call.phone import CallerLeft, PhoneFailed

log = structlog.get_logger(__name__)

Handler = Callable[[AgiSession], Awaitable[None]]

_WATCH_SECONDS = 0.5
_LEAST_HEADERS = 300
"""Bytes of headers that Asterisk sends at least. It writes them a line at a time: waking for each of 25 lines, it and
we would pay half a millisecond a call for nothing. What comes after the first of them is read as it comes; who sends
less is read half a second later."""


@dataclass(frozen=True, slots=True)
class ServerLimits:
    calls: int = 400
    """Calls at once; one more is closed at once, and the dialplan takes it to the operators."""
    strangers: int = 128
    """Connections without complete headers; one more pushes the oldest out."""
    headers_seconds: float = 5.0
    parser: ParserLimits = field(default_factory=ParserLimits)


@dataclass(slots=True)
class ServerStats:
    connections: int = 0
    calls: int = 0
    refused: int = 0
    """Calls beyond the limit."""
    garbage: int = 0
    """Connections closed for what they sent, or for what they did not send in time."""
    failed: int = 0
    """Calls whose handler raised."""


class AgiServer:
    def __init__(self, host: str, port: int, handler: Handler, limits: ServerLimits | None = None) -> None:
        self._host, self._asked_port, self._handler = host, port, handler
        self.limits = limits or ServerLimits()
        self.stats = ServerStats()
        self._server: asyncio.Server | None = None
        self._strangers: dict[_Connection, None] = {}
        self._calls: dict[asyncio.Task[None], _Connection] = {}
        self._watch: asyncio.TimerHandle | None = None

    @property
    def port(self) -> int:
        """The port it listens on, also when it was asked for any free one (0)."""
        if self._server is None:
            return self._asked_port
        return int(self._server.sockets[0].getsockname()[1])

    @property
    def calls(self) -> int:
        """Calls in progress."""
        return len(self._calls)

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: _Connection(self, loop), self._host, self._asked_port, backlog=1024
        )
        for listening in self._server.sockets:
            _wake_at(listening, _LEAST_HEADERS)

    async def close(self, drain_seconds: float = 0.0) -> None:
        """Take no more calls, wait for those there are, then end them; no task is left."""
        if self._server is not None:
            self._server.close()
        for stranger in list(self._strangers):
            stranger.drop()
        if self._calls and drain_seconds > 0:
            await asyncio.wait(self._calls, timeout=drain_seconds)
        tasks = list(self._calls)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None
        if self._server is not None:
            await self._server.wait_closed()
            self._server = None

    # What connections report.

    def opened(self, connection: "_Connection") -> None:
        self.stats.connections += 1
        if len(self._strangers) >= self.limits.strangers:
            oldest = next(iter(self._strangers))
            self.stats.garbage += 1
            oldest.drop()
            self._strangers.pop(oldest, None)
        self._strangers[connection] = None
        if self._watch is None:
            self._watch = connection.loop.call_later(_WATCH_SECONDS, self._look_around, connection.loop)

    def closed(self, connection: "_Connection") -> None:
        self._strangers.pop(connection, None)

    def introduced(self, connection: "_Connection", headers: Headers) -> None:
        """Headers are complete: a call, if there is room for it."""
        self._strangers.pop(connection, None)
        _wake_at(connection.transport.get_extra_info("socket"), 1)
        if len(self._calls) >= self.limits.calls:
            self.stats.refused += 1
            log.warning(
                "a call too many goes to the fallback",
                action="agi.refused",
                limit=self.limits.calls,
                channel=headers.values["channel"],
            )
            connection.drop()
            return
        self.stats.calls += 1
        session = AgiSession(connection.transport, headers.values, connection.loop)
        connection.session = session
        task = connection.loop.create_task(self._serve(session), name=f"call {session.call}")
        self._calls[task] = connection
        task.add_done_callback(self._ended)

    def fault(self, connection: "_Connection", why: str) -> None:
        self.stats.garbage += 1
        call = connection.session.call if connection.session else None
        peer = str(connection.transport.get_extra_info("peername"))
        log.warning("not FastAGI", action="agi.garbage", why=why, peer=peer, call=call)

    # Our own business.

    async def _serve(self, session: AgiSession) -> None:
        try:
            await self._handler(session)
        except CallerLeft:
            pass
        except PhoneFailed as error:
            self.stats.failed += 1
            log.warning("a call was lost", action="agi.call_lost", why=str(error), **_of(session))
            await session.lose()
        except Exception:
            self.stats.failed += 1
            log.exception("a call failed", action="agi.call_failed", **_of(session))
            await session.lose()
        finally:
            session.close()

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._calls.pop(task, None)
        if not task.cancelled():
            task.exception()  # BaseException of a dying program; asyncio must not report it a second time

    def _look_around(self, loop: asyncio.AbstractEventLoop) -> None:
        """One timer for all: who has not introduced itself in time, who does not answer."""
        now = loop.time()
        for stranger in list(self._strangers):
            _wake_at(stranger.transport.get_extra_info("socket"), 1)
            if now - stranger.since < self.limits.headers_seconds:
                continue
            self.fault(stranger, f"no complete headers within {self.limits.headers_seconds:g} s")
            stranger.drop()
            self._strangers.pop(stranger, None)
        for connection in list(self._calls.values()):
            session = connection.session
            if session is not None and session.overdue(now):
                log.warning("Asterisk owes a reply too long", action="agi.silent", **_of(session))
                session.end("Asterisk does not answer")
                connection.drop()
        busy = self._strangers or self._calls
        self._watch = loop.call_later(_WATCH_SECONDS, self._look_around, loop) if busy else None


def _wake_at(connection: socket.socket, size: int) -> None:
    """Hear of what came only once there are so many bytes of it; an end is heard of at once."""
    with contextlib.suppress(OSError):  # it is over already
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, size)


def _of(session: AgiSession) -> dict[str, str]:
    return {"call": session.call, "channel": session.headers["channel"]}


class _Connection(asyncio.Protocol):
    """Feeds the parser and passes its events on; everything happens in the call of the transport, without a task."""

    def __init__(self, server: AgiServer, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.since = loop.time()
        self.session: AgiSession | None = None
        self.transport: asyncio.Transport
        self._server = server
        self._parser = AgiParser(server.limits.parser)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's is one by its methods only
        self._server.opened(self)

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        try:
            for event in self._parser.feed(data):
                if self.session is not None:
                    self.session.take(event)
                elif isinstance(event, Headers):
                    self._server.introduced(self, event)
            if self.session is None:  # the rest may be less than the least
                _wake_at(self.transport.get_extra_info("socket"), 1)
        except ProtocolFault as fault:
            self._server.fault(self, str(fault))
            if self.session is not None:
                self.session.end(f"Asterisk sent what cannot be understood: {fault}")
            self.drop()

    def connection_lost(self, error: Exception | None) -> None:
        self._server.closed(self)
        if self.session is not None:
            self.session.end("the connection was closed" if error is None else f"the connection broke: {error}")

    def drop(self) -> None:
        """Close at once, without waiting for what may still be unsent."""
        self.transport.abort()

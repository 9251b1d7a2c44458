"""The AudioSocket server: each connection names the call it carries, and a leg must be waiting for just that name.

Whoever names none in two seconds, names a wrong one, sends what is no frame or more than sound can be, is closed with
a reason; the other calls do not notice.
"""

import asyncio
from dataclasses import dataclass, field
from typing import cast
from uuid import UUID, uuid4

import structlog

from asterisk.audio.clock import FrameClock
from asterisk.audio.leg import AudioLeg
from asterisk.audio.protocol import BadFrame, CallId, FrameParser, HangUp, Key, LegEnd

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class AudioLimits:
    id_seconds: float = 2.0
    """For the first frame, which names the call."""
    connect_seconds: float = 5.0
    """For Asterisk to connect after it was told to."""
    strangers: int = 64
    """Connections that have not named their call; one more pushes the oldest out."""
    bytes_a_second: int = 64_000
    """Four times what sound is."""
    burst_bytes: int = 256_000
    unsent_bytes: int = 64_000
    """A quarter of this, not taken by Asterisk, and no more is sent until it takes it."""
    stalled_seconds: float = 2.0
    """For how long nothing may be taken before the leg is given up."""


@dataclass(slots=True)
class AudioStats:
    connections: int = 0
    legs: int = 0
    ended: dict[LegEnd, int] = field(default_factory=dict)


class AudioServer:
    def __init__(self, host: str, port: int, limits: AudioLimits | None = None) -> None:
        self.host = host
        self.limits = limits or AudioLimits()
        self.stats = AudioStats()
        self.clock = FrameClock()
        self._asked_port = port
        self._server: asyncio.Server | None = None
        self._waiting: dict[UUID, AudioLeg] = {}
        self._strangers: dict[_Connection, None] = {}
        self._connections: dict[_Connection, None] = {}

    @property
    def port(self) -> int:
        if self._server is None:
            return self._asked_port
        return int(self._server.sockets[0].getsockname()[1])

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Connection(self, loop), self.host, self._asked_port)

    async def close(self) -> None:
        """End every leg and take no more."""
        if self._server is not None:
            self._server.close()
        for leg in list(self._waiting.values()):
            leg.over(LegEnd.STOPPED)
        self._waiting.clear()
        for connection in list(self._connections):
            connection.stop(LegEnd.STOPPED)
        if self._server is not None:
            await self._server.wait_closed()
            self._server = None

    def expect(self) -> AudioLeg:
        """A leg under a name nobody can guess, waiting for Asterisk to connect. `forget` it when it is over."""
        leg = AudioLeg(uuid4())
        self._waiting[leg.id] = leg
        asyncio.get_running_loop().call_later(self.limits.connect_seconds, self._give_up, leg.id)
        return leg

    def _give_up(self, call_id: UUID) -> None:
        leg = self._waiting.pop(call_id, None)
        if leg is not None:
            leg.over(LegEnd.NOT_CONNECTED)

    def forget(self, leg: AudioLeg) -> None:
        """Nobody waits for this leg any more."""
        self._waiting.pop(leg.id, None)
        leg.hang_up()

    # What connections report.

    def opened(self, connection: "_Connection") -> None:
        self.stats.connections += 1
        if len(self._strangers) >= self.limits.strangers:
            next(iter(self._strangers)).stop(LegEnd.NO_ID)
        self._strangers[connection] = None
        self._connections[connection] = None

    def named(self, connection: "_Connection", call_id: UUID) -> AudioLeg | None:
        self._strangers.pop(connection, None)
        leg = self._waiting.pop(call_id, None)
        if leg is not None:
            self.stats.legs += 1
            leg.attach(connection.transport)
            self.clock.add(leg)
        return leg

    def closed(self, connection: "_Connection", why: LegEnd) -> None:
        self._strangers.pop(connection, None)
        self._connections.pop(connection, None)
        self.stats.ended[why] = self.stats.ended.get(why, 0) + 1
        if connection.leg is not None:
            self.clock.remove(connection.leg)
            connection.leg.over(why)
        if why not in (LegEnd.HUNG_UP, LegEnd.CLOSED, LegEnd.ENDED, LegEnd.STOPPED):
            peer = str(connection.transport.get_extra_info("peername"))
            leg = str(connection.leg.id) if connection.leg is not None else None
            log.warning("sound was cut off", action="audio.closed", why=str(why), peer=peer, leg=leg)


class _Connection(asyncio.Protocol):
    def __init__(self, server: AudioServer, loop: asyncio.AbstractEventLoop) -> None:
        self.leg: AudioLeg | None = None
        self.transport: asyncio.Transport
        self._server = server
        self._limits = server.limits
        self._loop = loop
        self._parser = FrameParser()
        self._allowance = float(server.limits.burst_bytes)
        self._last = loop.time()
        self._why: LegEnd | None = None
        self._timer = loop.call_later(self._limits.id_seconds, self.stop, LegEnd.NO_ID)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's is one by its methods only
        self.transport.set_write_buffer_limits(high=self._limits.unsent_bytes // 4)
        self._server.opened(self)

    def data_received(self, data: bytes) -> None:
        if self._why is not None:
            return
        now, limits = self._loop.time(), self._limits
        allowance = self._allowance + (now - self._last) * limits.bytes_a_second - len(data)
        self._allowance, self._last = min(allowance, limits.burst_bytes), now
        if allowance < 0:
            self.stop(LegEnd.FLOOD)
            return
        try:
            frames = self._parser.feed(data)
        except BadFrame:
            self.stop(LegEnd.BAD_FRAME if self.leg is not None else LegEnd.NO_ID)
            return
        for frame in frames:
            leg = self.leg
            if leg is None:
                if not self._introduce(frame):
                    return
            elif type(frame) is bytes:
                leg.take(frame)
            elif type(frame) is Key:
                leg.press(frame.key)
            elif type(frame) is HangUp:
                self.stop(LegEnd.HUNG_UP)
                return
            else:
                self.stop(LegEnd.BAD_FRAME)
                return

    def _introduce(self, frame: object) -> bool:
        if not isinstance(frame, CallId):
            self.stop(LegEnd.NO_ID)
            return False
        self._timer.cancel()
        self.leg = self._server.named(self, frame.id)
        if self.leg is None:
            self.stop(LegEnd.UNKNOWN_ID)
        return self.leg is not None

    def pause_writing(self) -> None:
        if self.leg is not None:
            self.leg.block(True)
        self._timer.cancel()
        self._timer = self._loop.call_later(self._limits.stalled_seconds, self.stop, LegEnd.STALLED)

    def resume_writing(self) -> None:
        self._timer.cancel()
        if self.leg is not None:
            self.leg.block(False)

    def connection_lost(self, error: Exception | None) -> None:
        self._timer.cancel()
        ours = self.leg.end if self.leg is not None else None
        self._server.closed(self, self._why or ours or LegEnd.CLOSED)

    def stop(self, why: LegEnd) -> None:
        """Close with a reason; the first one stays."""
        if self._why is None:
            self._why = why
            if self.leg is not None:
                self.leg.over(why)
            self.transport.abort()

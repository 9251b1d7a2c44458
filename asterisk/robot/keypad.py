"""Keys of a telephone as RTP events (RFC 4733): what to send in each 20 ms of a press, what was pressed over there."""

import asyncio
from collections import deque
from dataclasses import dataclass, field

from asterisk.robot import rtp
from asterisk.robot.g711 import RATE
from asterisk.robot.times import Instant, KeyHeard, KeySent
from ivr.clock import Clock

FRAME = 160
VOLUME = 10
END_PACKETS = 3
"""The end of a key is told so often: one packet may be lost."""
ABANDONED = 0.3
"""A key of which nothing more is heard for so long is up, though every packet that said so was lost."""


@dataclass(slots=True, eq=False)
class _Press:
    key: str
    samples: int
    gap: int
    timestamp: int = -1
    held: int = 0
    pressed: Instant | None = None
    sent: "asyncio.Future[KeySent | None]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())


@dataclass(frozen=True, slots=True)
class KeyFrame:
    """What goes out instead of sound: the event, its timestamp, how often, and whether it is the first of its key."""

    payload: bytes
    timestamp: int
    times: int
    first: bool


class Keypad:
    """Presses that wait or are under way."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._presses: deque[_Press] = deque()
        self._gap = 0

    def press(self, key: str, *, seconds: float, gap: float) -> "asyncio.Future[KeySent | None]":
        press = _Press(key, max(FRAME, round(seconds * RATE)), round(gap * RATE))
        self._presses.append(press)
        return press.sent

    def frame(self, timestamp: int) -> KeyFrame | None:
        """The next 20 ms, which begin at `timestamp`; None when no key is down."""
        while self._presses and self._presses[0].sent.cancelled() and self._presses[0].timestamp < 0:
            self._presses.popleft()
        if self._gap > 0:
            self._gap -= FRAME
            return None
        return self._on(self._presses[0], timestamp) if self._presses else None

    def _on(self, press: _Press, timestamp: int) -> KeyFrame:
        first = press.timestamp < 0
        if first:
            press.timestamp = timestamp
            press.pressed = Instant.now(self._clock)
        press.held += FRAME
        ended = press.held >= press.samples
        if ended:
            self._presses.popleft()
            self._gap = press.gap
            if not press.sent.done() and press.pressed is not None:
                press.sent.set_result(KeySent(press.key, press.pressed, Instant.now(self._clock)))
        payload = rtp.build_event(rtp.Event(press.key, ended, press.held, VOLUME))
        return KeyFrame(payload, press.timestamp, END_PACKETS if ended else 1, first)

    def close(self) -> None:
        for press in self._presses:
            if not press.sent.done():
                press.sent.set_result(None)
        self._presses.clear()


@dataclass(slots=True)
class _Down:
    """A key that the other side holds."""

    timestamp: int
    key: str
    begun: float
    told: float
    duration: int


class KeyEar:
    """Keys pressed over there, each once however often it is told."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._down: _Down | None = None
        self._done: tuple[int, str] | None = None
        self.heard: list[KeyHeard] = []

    def hear(self, one: rtp.Arrived) -> None:
        """Raises `RtpError` for a packet that is no event."""
        event = rtp.parse_event(one.packet.payload)
        if event is None or (one.packet.timestamp, event.key) == self._done:
            return
        down = self._down
        if down is None or (down.timestamp, down.key) != (one.packet.timestamp, event.key):
            if down is not None:
                self._up(down)
            down = self._down = _Down(one.packet.timestamp, event.key, one.at, one.at, event.duration)
        down.told, down.duration = one.at, event.duration
        if event.ended:
            self._up(down)

    def look(self, now: float) -> None:
        """Let go of a key that nothing more is heard of."""
        if self._down is not None and now - self._down.told > ABANDONED:
            self._up(self._down)

    def told(self, body: bytes) -> None:
        """A key by SIP INFO (application/dtmf-relay)."""
        for line in body[:512].decode("ascii", "replace").splitlines():
            name, _, value = line.partition("=")
            key = value.strip()
            if name.strip().lower() == "signal" and len(key) == 1 and key in rtp.KEYS:
                now = Instant.now(self._clock)
                self.heard.append(KeyHeard(key, now, now, 0.0))

    def _up(self, down: _Down) -> None:
        begun, ended = Instant.at(down.begun, self._clock), Instant.at(down.told, self._clock)
        self.heard.append(KeyHeard(down.key, begun, ended, down.duration / RATE))
        self._done, self._down = (down.timestamp, down.key), None

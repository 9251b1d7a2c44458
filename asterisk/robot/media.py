"""The sound of one call: a socket, a 20 ms clock that sends, and everything that was received.

The clock is paced by deadlines: a late tick is caught up, so that the mean rate is exact. Received packets carry the
kernel's own timestamps where the system gives them, so that a busy event loop does not blur what is measured.
"""

import asyncio
import secrets
import socket
import struct
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from asterisk.robot import g711, rtp
from asterisk.robot.ear import Ear
from asterisk.robot.errors import NotPossible
from asterisk.robot.g711 import RATE, Pcm
from asterisk.robot.keypad import FRAME, KeyEar, Keypad
from asterisk.robot.recording import Recording
from asterisk.robot.sdp import EVENTS, Chosen, Codec
from asterisk.robot.times import Instant, KeySent
from ivr.clock import Clock

TICK = FRAME / RATE
MOST_BEHIND = 0.2
"""A clock further behind than this skips ahead instead of sending a burst."""
MOST_PLAYING = 600 * RATE
ECHO_SLACK = 5
"""Frames by which an echo may be later than it should: packets come in bursts."""
_TIMESTAMPNS = 35 if sys.platform == "linux" and struct.calcsize("l") == 8 else None
"""SO_TIMESTAMPNS of 64-bit Linux, which Python's socket module does not name."""


@dataclass(slots=True, eq=False)
class Playing:
    """A stretch of sound on its way out."""

    samples: Pcm
    started: Instant | None = None
    ended: Instant | None = None
    stopped: bool = False
    at: int = 0
    _over: asyncio.Event = field(default_factory=asyncio.Event)

    async def done(self) -> None:
        """Wait until its last frame has left, or it was stopped, or the call is over."""
        await self._over.wait()

    def stop(self) -> None:
        self.stopped = True
        self._over.set()

    @property
    def over(self) -> bool:
        return self._over.is_set()


@dataclass(slots=True)
class Counts:
    sent: int = 0
    slips: int = 0
    """How often the sending clock fell too far behind and skipped."""
    foreign: int = 0
    """Packets from a stranger, or that were no RTP."""


class Media:
    """Opened at once, so that its port can be offered; it sends from `start` on, and hears from the beginning."""

    def __init__(self, host: str, clock: Clock, *, changed: Callable[[], None], record_seconds: float) -> None:
        self._clock = clock
        self._changed = changed
        self._loop = asyncio.get_running_loop()
        self._socket, self._beside = _pair(host)
        self.port: int = self._socket.getsockname()[1]
        self._remote: tuple[str, int] | None = None
        self._codec: Codec = "alaw"
        self._payload = 8
        self._events: int | None = None
        self._sending = True
        self._handle: asyncio.TimerHandle | None = None
        self._due = 0.0
        self._ssrc = secrets.randbits(32)
        self._sequence = secrets.randbits(15)
        self._timestamp = secrets.randbits(31)
        self._marker = True
        self._playing: deque[Playing] = deque()
        self._keypad = Keypad(clock)
        self._order = rtp.Reorder()
        self._last_timestamp: int | None = None
        self._last_end = 0.0
        self.muted = False
        """Sends no sound at all, not even silence, as some telephones do when muted; keys still go out."""
        self._echo_gain = 0.0
        self._echo: deque[Pcm] = deque()
        self.counts = Counts()
        self.ear = Ear()
        self.recording = Recording(most_seconds=record_seconds)
        self.keys = KeyEar(clock)
        self.closed = False
        self._loop.add_reader(self._socket, self._readable)

    # what the call decides

    def start(self, agreed: Chosen) -> None:
        """Send to where the other side listens, from now on; called again when that moves."""
        self._remote = (agreed.host, agreed.port)
        self._codec, self._payload, self._events = agreed.codec, agreed.payload, agreed.events
        if self._handle is None and not self.closed:
            self._due = self._clock.monotonic()
            self._tick()

    def send(self, allowed: bool) -> None:
        """Whether anything may be sent: not while the other side wants nothing, or a mute telephone is played."""
        if allowed and not self._sending:
            self._marker = True
        self._sending = allowed

    def close(self) -> None:
        if self.closed:
            return
        self.closed = True
        if self._handle is not None:
            self._handle.cancel()
        self._readable()
        self._hear(self._order.flush(self._clock.monotonic() + 10))
        self._loop.remove_reader(self._socket)
        self._socket.close()
        self._beside.close()
        for playing in self._playing:
            playing.stop()
        self._playing.clear()
        self._keypad.close()

    def play(self, samples: Pcm) -> Playing:
        waiting = sum(len(one.samples) - one.at for one in self._playing)
        if waiting + len(samples) > MOST_PLAYING:
            raise NotPossible(f"more than {MOST_PLAYING // RATE} seconds would wait to be played")
        playing = Playing(samples.astype(np.int16))
        if self.closed or not len(samples):
            playing.stop()
        else:
            self._playing.append(playing)
        return playing

    def echo(self, db: float | None, delay: float) -> None:
        """Give back what is heard, so much louder (a negative number) and so late; None: no more."""
        self._echo_gain = 10 ** (db / 20) if db is not None else 0.0
        frames = max(round(delay / TICK), 1)
        self._echo = deque([np.zeros(FRAME, np.int16)] * frames, maxlen=frames + ECHO_SLACK)

    def press(self, key: str, *, seconds: float, gap: float) -> "asyncio.Future[KeySent | None]":
        """The future holds None when the call ended before the key was up."""
        if self._handle is not None and self._events is None:
            raise NotPossible("the other side takes no telephone events")
        sent = self._keypad.press(key, seconds=seconds, gap=gap)
        if self.closed:
            self._keypad.close()
        return sent

    @property
    def order(self) -> rtp.Reorder:
        return self._order

    # sending

    def _tick(self) -> None:
        now = self._clock.monotonic()
        if now - self._due > MOST_BEHIND:
            skipped = int((now - self._due) / TICK)
            self._due += skipped * TICK
            self._timestamp += skipped * FRAME
            self._marker = True
            self.counts.slips += 1
        while self._due <= now and not self.closed:
            self._frame()
            self._due += TICK
            self._timestamp += FRAME
        if self.closed:
            return
        self._hear(self._order.flush(now))
        self.keys.look(now)
        self._changed()
        self._handle = self._loop.call_later(max(0.0, self._due - self._clock.monotonic()), self._tick)

    def _frame(self) -> None:
        key = self._keypad.frame(self._timestamp)
        if key is not None:
            self._marker = self._marker or key.first
            for _ in range(key.times):
                self._send(self._events if self._events is not None else EVENTS, key.timestamp, key.payload)
            self._marker = True  # sound begins anew after a key
            return
        samples = self._with_echo(self._next_samples())
        data = g711.SILENCE[self._codec] * FRAME if samples is None else g711.encode(samples, self._codec)
        if self.muted:
            self._marker = True
        else:
            self._send(self._payload, self._timestamp, data)

    def _next_samples(self) -> Pcm | None:
        while self._playing and self._playing[0].stopped:
            self._playing.popleft()
        if not self._playing:
            return None
        playing = self._playing[0]
        if playing.started is None:
            playing.started = Instant.now(self._clock)
        piece = playing.samples[playing.at : playing.at + FRAME]
        playing.at += FRAME
        if playing.at >= len(playing.samples):
            playing.ended = Instant.now(self._clock).after(len(piece) / RATE)
            playing._over.set()
            self._playing.popleft()
        return np.pad(piece, (0, FRAME - len(piece))) if len(piece) < FRAME else piece

    def _with_echo(self, said: Pcm | None) -> Pcm | None:
        if not self._echo_gain or not self._echo:
            return said
        back = self._echo.popleft().astype(np.float32) * self._echo_gain
        whole = back if said is None else back + said
        loudest: Pcm = np.clip(whole, -32768, 32767).astype(np.int16)
        return loudest

    def _send(self, kind: int, timestamp: int, payload: bytes) -> None:
        if not self._sending or self._remote is None or self._remote[1] == 0:
            return
        packet = rtp.Packet(kind, self._sequence, timestamp, self._ssrc, payload, self._marker)
        self._sequence = self._sequence + 1 & 0xFFFF
        self._marker = False
        try:
            self._socket.sendto(rtp.build(packet), self._remote)
        except OSError:
            return  # a full buffer or a vanished peer loses a frame, as on any network
        self.counts.sent += 1

    # receiving

    def _readable(self) -> None:
        for _ in range(64):
            try:
                data, extra, _, source = self._socket.recvmsg(rtp.MOST_BYTES + 1, 64)
            except BlockingIOError:
                break
            except OSError:
                continue
            try:
                packet = rtp.parse(data)
            except rtp.RtpError:
                self.counts.foreign += 1
                continue
            if self._remote is not None and source[0] != self._remote[0]:
                self.counts.foreign += 1
                continue
            self._hear(self._order.push(packet, self._arrival(extra)))
        self._changed()

    def _arrival(self, extra: list[tuple[int, int, bytes]]) -> float:
        now = self._clock.monotonic()
        for level, kind, data in extra:
            if level == socket.SOL_SOCKET and kind == _TIMESTAMPNS and len(data) == 16:
                seconds, nanoseconds = struct.unpack("ll", data)
                age = time.time() - (seconds + nanoseconds / 1e9)
                return now - float(min(max(age, 0.0), 5.0))
        return now

    def _hear(self, arrived: Iterator[rtp.Arrived]) -> None:
        for one in arrived:
            if one.packet.payload_type in (self._events, EVENTS):
                try:
                    self.keys.hear(one)
                except rtp.RtpError:
                    self.counts.foreign += 1
            elif one.packet.payload_type in (self._payload, 8, 0):
                self._hear_sound(one)
            else:
                self.counts.foreign += 1

    def _hear_sound(self, one: rtp.Arrived) -> None:
        # Payload types 8 and 0 are static: what they hold is known even while an offer is open.
        payload_type = one.packet.payload_type
        codec = self._codec if payload_type == self._payload else ("alaw" if payload_type == 8 else "ulaw")
        samples = g711.decode(one.packet.payload, codec)
        if self._last_timestamp is not None:
            passed = one.at - self._last_end
            jump = (one.packet.timestamp - self._last_timestamp + 2**31 & 0xFFFFFFFF) - 2**31
            # A jump that the clock on the wall contradicts says nothing about how long it was quiet.
            if one.restarted or jump < 0 or abs(jump / RATE - passed) > 0.5:
                jump = round(passed * RATE) if passed > TICK else 0
            self.recording.gap(jump)
        self.recording.add(samples, one.at)
        self.ear.feed(samples, one.at)
        if self._echo_gain and len(samples) == FRAME:
            self._echo.append(samples)
        self._last_timestamp = one.packet.timestamp + len(samples) & 0xFFFFFFFF
        self._last_end = one.at + len(samples) / RATE


def _pair(host: str) -> tuple[socket.socket, socket.socket]:
    """An even port for sound and the odd one above it, held so that nobody else's reports come to us."""
    for _ in range(200):
        sound = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        beside = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            sound.bind((host, 0))
            port: int = sound.getsockname()[1]
            if port % 2 == 0:
                beside.bind((host, port + 1))
                sound.setblocking(False)
                if _TIMESTAMPNS is not None:
                    sound.setsockopt(socket.SOL_SOCKET, _TIMESTAMPNS, 1)
                beside.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
                return sound, beside
        except OSError:
            pass
        sound.close()
        beside.close()
    raise NotPossible(f"no pair of free UDP ports on {host}")

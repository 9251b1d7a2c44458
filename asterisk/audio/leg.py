"""The sound of one call: what is to be played stands in a queue, what the caller says and presses is collected.

Used by one task. However the leg ends, that task sees it as `LegEnded` with the reason, after everything heard before.
"""

import asyncio
from collections import deque
from dataclasses import dataclass
from uuid import UUID

from asterisk.audio.echo import SILENT_DB, levels
from asterisk.audio.protocol import FRAME_BYTES, FRAME_SECONDS, HANG_UP, SILENCE, LegEnd, frames_of

_BATCH = 3
"""Frames collected before the listener is woken: 60 ms are soon enough, and a third of the work."""
_KEPT = 500
"""Frames kept for a listener who is late (10 s); the oldest are dropped."""
_GAP = 15
"""Ticks without sound (0.3 s) before silence is put in its place, for all of them: some telephones send nothing while
nobody speaks. Not sooner, for sound that is only late must not be torn apart."""
_NOTHING = bytes(FRAME_BYTES)


class LegEnded(Exception):
    """No more sound comes or goes."""

    def __init__(self, why: LegEnd) -> None:
        super().__init__(f"the sound of the call ended: {why}")
        self.why = why


@dataclass(frozen=True, slots=True)
class Heard:
    """What came since it was last asked: keys, and sound in frames of about 20 ms."""

    keys: str
    frames: list[bytes]
    sent: list[float]
    """How loud what we sent meanwhile was, frame by frame."""


class AudioLeg:
    def __init__(self, call_id: UUID) -> None:
        self.id = call_id
        self.end: LegEnd | None = None
        self.dropped = 0
        """Frames heard and thrown away because nobody took them."""
        self.paused = False
        self._transport: asyncio.Transport | None = None
        self._blocked = False
        self._to_play: deque[bytes] = deque()
        self._levels: deque[float] = deque()
        self._sent: deque[float] = deque(maxlen=_KEPT)
        self._heard: deque[bytes] = deque(maxlen=_KEPT)
        self._keys = ""
        self._quiet_ticks = 0
        self._waiter: asyncio.Future[None] | None = None

    # For the task that owns the call.

    @property
    def connected(self) -> bool:
        return self._transport is not None

    @property
    def playing(self) -> bool:
        """Whether there is something left to play, paused or not."""
        return bool(self._to_play)

    @property
    def seconds_left(self) -> float:
        return len(self._to_play) * FRAME_SECONDS

    def play(self, pcm: bytes) -> None:
        """Append sound to what is being played."""
        self._to_play.extend(frames_of(pcm))
        self._levels.extend(levels(pcm))

    def flush(self) -> float:
        """Stop playing at once; the seconds that were not heard are returned."""
        left = self.seconds_left
        self._to_play.clear()
        self._levels.clear()
        self.paused = False
        return left

    async def hear(self) -> Heard:
        """Wait for the next stretch of sound or a key. Raises LegEnded once everything was taken."""
        while not self._keys and len(self._heard) < _BATCH:
            if self.end is not None:
                if self._heard:
                    break
                raise LegEnded(self.end)
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        heard = Heard(self._keys, list(self._heard), list(self._sent))
        self._keys = ""
        self._heard.clear()
        self._sent.clear()
        return heard

    def hang_up(self, why: LegEnd = LegEnd.ENDED) -> None:
        """End the sound; the call itself goes on under AGI."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(HANG_UP)
            self._transport.close()
        self.over(why)

    # For the connection and the clock.

    def attach(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        # Something is to be sent at once; if there is a prompt, let it begin now and not with the next tick.
        transport.write(self._next_frame())
        self._wake()

    def take(self, sound: bytes) -> None:
        self._quiet_ticks = 0
        self._keep(sound)

    def press(self, key: str) -> None:
        self._keys += key
        self._wake()

    def block(self, blocked: bool) -> None:
        """Asterisk does not take what is sent, or takes it again."""
        self._blocked = blocked

    def tick(self) -> None:
        transport = self._transport
        if transport is None or self.end is not None:
            return
        if not self._blocked:
            transport.write(self._next_frame())
        self._quiet_ticks += 1
        if self._quiet_ticks == _GAP:
            for _ in range(_GAP):
                self._keep(_NOTHING)
        elif self._quiet_ticks > _GAP:
            self._keep(_NOTHING)

    def over(self, why: LegEnd) -> None:
        """The first reason stays."""
        if self.end is None:
            self.end = why
            self._to_play.clear()
            self._levels.clear()
        self._wake()

    def _next_frame(self) -> bytes:
        if self.paused or not self._to_play:
            self._sent.append(SILENT_DB)
            return SILENCE
        self._sent.append(self._levels.popleft())
        return self._to_play.popleft()

    def _keep(self, sound: bytes) -> None:
        heard = self._heard
        if len(heard) == _KEPT:
            self.dropped += 1
        heard.append(sound)
        if len(heard) >= _BATCH:
            self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

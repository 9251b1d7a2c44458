"""One clock of 20 ms for all the sound that is sent: Asterisk plays what it gets as it gets it, so the pace is ours.

It is paced by deadlines, so that it does not drift; after a stall it catches up a little and forgives the rest.
"""

import asyncio
from typing import Protocol

from asterisk.audio.protocol import FRAME_SECONDS

_CATCH_UP = 3
"""Frames sent at once after a stall, at most: more would only make the caller's telephone throw them away."""


def frames_due(late: float) -> tuple[int, int]:
    """How many frames are due when the clock wakes `late` seconds after its deadline, and how many to send now."""
    due = 1 + max(int(late / FRAME_SECONDS), 0)
    return due, min(due, _CATCH_UP)


class Ticking(Protocol):
    def tick(self) -> None: ...


class FrameClock:
    """Runs while anything is on it, and costs nothing else."""

    def __init__(self) -> None:
        self._ticking: dict[Ticking, None] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._next = 0.0
        self.forgiven = 0
        """Frames never sent because the process was late by more than could be caught up."""

    @property
    def running(self) -> bool:
        return self._timer is not None

    def add(self, leg: Ticking) -> None:
        self._ticking[leg] = None
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._next = loop.time() + FRAME_SECONDS
            self._timer = loop.call_at(self._next, self._tick, loop)

    def remove(self, leg: Ticking) -> None:
        self._ticking.pop(leg, None)
        if not self._ticking and self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _tick(self, loop: asyncio.AbstractEventLoop) -> None:
        due, now = frames_due(loop.time() - self._next)
        self.forgiven += due - now
        self._next += due * FRAME_SECONDS
        self._timer = loop.call_at(self._next, self._tick, loop)
        for _ in range(now):
            for leg in list(self._ticking):
                leg.tick()

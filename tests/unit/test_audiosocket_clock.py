"""The pace of the sound we send."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterisk.audio.clock import FrameClock, frames_due


@pytest.mark.parametrize(
    ("late", "due", "now"),
    [(-0.001, 1, 1), (0.0, 1, 1), (0.019, 1, 1), (0.021, 2, 2), (0.045, 3, 3), (0.5, 26, 3)],
)
def test_a_short_delay_is_caught_up_and_a_long_one_forgiven(late: float, due: int, now: int) -> None:
    assert frames_due(late) == (due, now)


@given(st.lists(st.floats(0, 0.03), max_size=200))
def test_small_delays_never_add_up(delays: list[float]) -> None:
    deadline, frames, now = 0.0, 0, 0.0
    for delay in delays:
        now = max(now, deadline) + delay
        due, sent = frames_due(now - deadline)
        frames += sent
        deadline += due * 0.02
    assert abs(frames * 0.02 - now) <= 0.05


class Beat:
    def __init__(self, clock: FrameClock, times: int) -> None:
        self.left, self.over = times, asyncio.Event()
        self._clock = clock

    def tick(self) -> None:
        self.left -= 1
        if not self.left:
            self._clock.remove(self)
            self.over.set()


async def test_one_clock_drives_everything_and_stops_with_the_last() -> None:
    clock = FrameClock()
    beats = [Beat(clock, times) for times in (1, 3, 6)]
    began = asyncio.get_running_loop().time()
    for beat in beats:
        clock.add(beat)
    assert clock.running
    async with asyncio.timeout(10):
        for beat in beats:
            await beat.over.wait()
    assert asyncio.get_running_loop().time() - began >= 0.11 - 0.04  # a stalled machine may catch up two frames
    assert not clock.running

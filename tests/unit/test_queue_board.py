"""What a caller may be told of a queue: who is there, how long it takes, and nothing that is old or unknown."""

from collections.abc import Sequence

import pytest

from asterisk.ami import AmiLink, Manager
from asterisk.ami.events import DeviceState
from asterisk.ami.present import MemberNow, QueueNow, WaitingNow
from asterisk.queue_board import QueueBoard, seen
from ivr.call.services import QueueNow as Told
from ivr.clock import SystemClock

FREE, TALKING, GONE = DeviceState.NOT_IN_USE, DeviceState.IN_USE, DeviceState.UNAVAILABLE


def member(status: DeviceState = FREE, *, paused: bool = False) -> MemberNow:
    return MemberNow("PJSIP/101", "101", None, status, paused, None, 0, 0, None, status is TALKING)


def queue(
    members: Sequence[MemberNow],
    *,
    waiting: int = 0,
    completed: int = 50,
    talk: int = 120,
    name: str = "demo-operators",
) -> QueueNow:
    callers = tuple(WaitingNow(at + 1, f"PJSIP/c-{at}", f"1.{at}", None, 10, 0) for at in range(waiting))
    return QueueNow(name, "leastrecent", completed, 0, 15, talk, tuple(members), callers)


@pytest.mark.parametrize(
    ("there", "told"),
    [
        (queue([member()]), Told(0, 1, 0, 0)),
        (queue([member(TALKING), member(TALKING)]), Told(0, 2, 1, 0)),
        (queue([member(TALKING), member(TALKING)], waiting=4), Told(4, 2, 5, 10)),
        (queue([member(TALKING), member(GONE), member(paused=True)], waiting=1), Told(1, 1, 4, 10)),
        (queue([member(GONE), member(paused=True)], waiting=3), Told(3, 0, None, 10)),
        (queue([]), Told(0, 0, None, 0)),
        (queue([member(TALKING)], waiting=2, completed=9), Told(2, 1, None, 10)),
        (queue([member(TALKING)], waiting=2, talk=0), Told(2, 1, None, 10)),
        # Somebody is free, but others stand before us already: they are on their way to that telephone.
        (queue([member()], waiting=1), Told(1, 1, 4, 10)),
    ],
)
def test_a_queue_as_a_new_caller_would_find_it(there: QueueNow, told: Told) -> None:
    assert seen(there) == told


class Turned(SystemClock):
    seconds = 0.0

    def monotonic(self) -> float:
        return self.seconds


def test_what_is_old_or_unknown_is_not_told() -> None:
    clock = Turned()
    board = QueueBoard(AmiLink(Manager("nobody", "secret", port=9)), clock)
    queues = board.of("demo")
    assert queues.now("operators") == Told(None, None, None)
    board.take([queue([member()])])
    assert queues.now("operators") == Told(0, 1, 0, 0)
    assert queues.now("other") == Told(None, None, None)
    assert board.of("another").now("operators") == Told(None, None, None)
    clock.seconds = 16
    assert queues.now("operators") == Told(None, None, None)

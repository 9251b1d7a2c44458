"""How the operators' queues are at this moment: who waits, who could answer, how long a new caller would wait.

Asterisk is asked every few seconds; what it said last is forgotten when it has not answered for a while, for a caller
must not be told of a queue as it was.
"""

import asyncio
import math
from collections.abc import Iterable, Mapping

import structlog

from asterisk.ami import AmiLink
from asterisk.ami.errors import AmiError
from asterisk.ami.events import DeviceState
from asterisk.ami.present import MemberNow
from asterisk.ami.present import QueueNow as QueueSeen
from ivr.call.services import QueueNow
from ivr.clock import Clock

log = structlog.get_logger(__name__)

LOOK_SECONDS = 5.0
STALE_SECONDS = 15.0
FEWEST_TALKS = 10
"""Without so many talks behind it an estimate would be a guess."""

_GONE = frozenset({DeviceState.UNAVAILABLE, DeviceState.INVALID})
_UNKNOWN = QueueNow()


class QueueBoard:
    """Every queue by its name in Asterisk, `<supplier>-<queue>`."""

    def __init__(self, link: AmiLink, clock: Clock) -> None:
        self._link, self._clock = link, clock
        self._seen: Mapping[str, QueueNow] = {}
        self._looked = -math.inf

    def of(self, supplier: str) -> "SuppliersQueues":
        return SuppliersQueues(self, supplier)

    def now(self, name: str) -> QueueNow:
        fresh = self._clock.monotonic() - self._looked < STALE_SECONDS
        return self._seen.get(name, _UNKNOWN) if fresh else _UNKNOWN

    def all(self) -> Mapping[str, QueueNow]:
        """Every queue as it is now; none while that is not known."""
        return {name: queue for name in self._seen if (queue := self.now(name)) is not _UNKNOWN}

    async def run(self) -> None:
        while True:
            try:
                self.take(await self._link.queues())
            except AmiError as error:
                # The link says itself, and loudly, that it is down.
                log.debug("the queues cannot be seen", action="queues.away", why=str(error))
            await asyncio.sleep(LOOK_SECONDS)

    def take(self, queues: Iterable[QueueSeen]) -> None:
        self._seen = {queue.name: seen(queue) for queue in queues}
        self._looked = self._clock.monotonic()


class SuppliersQueues:
    """Implements `ivr.call.services.QueueStates` for one supplier."""

    def __init__(self, board: QueueBoard, supplier: str) -> None:
        self._board, self._supplier = board, supplier

    def now(self, queue: str) -> QueueNow:
        return self._board.now(f"{self._supplier}-{queue}")


def seen(queue: QueueSeen) -> QueueNow:
    """The estimate is place in the queue × mean talk / operators, in whole minutes rounded up."""
    operators = sum(map(can_answer, queue.members))
    waiting = len(queue.waiting)
    minutes = None
    if not waiting and any(map(is_free, queue.members)):
        minutes = 0
    elif operators and queue.talk_seconds and queue.completed >= FEWEST_TALKS:
        minutes = math.ceil((waiting + 1) * queue.talk_seconds / operators / 60)
    return QueueNow(waiting, operators, minutes, max((caller.seconds for caller in queue.waiting), default=0))


def can_answer(member: MemberNow) -> bool:
    return not member.paused and member.status not in _GONE


def is_free(member: MemberNow) -> bool:
    return can_answer(member) and member.status is DeviceState.NOT_IN_USE

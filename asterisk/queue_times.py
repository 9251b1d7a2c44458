"""How long callers wait and talk, as histograms for Prometheus: counted as it happens, with fixed buckets.

The journal counts the same to the millisecond, for every report; this is for alarms and pictures of the last hours. A
queue that is none of ours is not counted, so that labels stay few whatever Asterisk is told.
"""

from collections import OrderedDict
from collections.abc import Callable, Collection
from datetime import datetime

from prometheus_client import CollectorRegistry, Histogram

from asterisk.ami import AmiLink, Resync
from asterisk.ami.events import AgentComplete, AgentConnect, AmiEvent, QueueCallerAbandon, QueueCallerJoin

WAIT_BUCKETS = (5, 10, 20, 30, 60, 90, 120, 180, 300, 600)
"""Seconds; 60 is the service level's."""
TALK_BUCKETS = (15, 30, 60, 120, 180, 300, 600, 1200, 3600)
MOST_WAITING = 10_000
LABELS = ("supplier", "queue")

QueueOf = Callable[[str], tuple[str, str] | None]
"""Supplier and queue of a name in Asterisk; None for a queue that is none of ours."""


class QueueTimes:
    def __init__(self, registry: CollectorRegistry, queue_of: QueueOf) -> None:
        self._queue_of = queue_of
        self._joined: OrderedDict[str, datetime] = OrderedDict()
        self._answered = Histogram(
            "gudok_wait_answered_seconds", "How long callers waited whom an operator answered, ringing included",
            LABELS, buckets=WAIT_BUCKETS, registry=registry,
        )  # fmt: skip
        self._lost = Histogram(
            "gudok_wait_lost_seconds", "How long callers waited who left a queue unserved, time-outs included",
            LABELS, buckets=WAIT_BUCKETS, registry=registry,
        )  # fmt: skip
        self._talk = Histogram(
            "gudok_talk_seconds", "How long an operator's part of a call lasted, in whole seconds of Asterisk's",
            LABELS, buckets=TALK_BUCKETS, registry=registry,
        )  # fmt: skip

    def watch(self, link: AmiLink) -> Callable[[], None]:
        return link.subscribe(self.tell, QueueCallerJoin, AgentConnect, QueueCallerAbandon, AgentComplete, Resync)

    def tell(self, event: AmiEvent) -> None:
        match event:
            case QueueCallerJoin():
                self._joined[event.uniqueid] = event.at
                if len(self._joined) > MOST_WAITING:
                    self._joined.popitem(last=False)
            case AgentConnect():
                self._observe(self._answered, event.queue, event.uniqueid, event.at, event.hold_seconds)
            case QueueCallerAbandon():
                self._observe(self._lost, event.queue, event.uniqueid, event.at, event.hold_seconds)
            case AgentComplete():
                place = self._queue_of(event.queue)
                if place is not None:
                    self._talk.labels(*place).observe(event.talk_seconds)
            case Resync():
                waiting = {caller.uniqueid for queue in event.queues for caller in queue.waiting}
                if "queues" not in event.missing:
                    self._joined = OrderedDict((key, at) for key, at in self._joined.items() if key in waiting)

    def _observe(self, histogram: Histogram, queue: str, uniqueid: str, at: datetime, told: int) -> None:
        """`told`: Asterisk's own whole seconds, where the joining was not seen."""
        joined = self._joined.pop(uniqueid, None)
        place = self._queue_of(queue)
        if place is not None:
            histogram.labels(*place).observe((at - joined).total_seconds() if joined is not None else told)


def queue_of(suppliers: Callable[[], Collection[str]], queues: Callable[[str], Collection[str]]) -> QueueOf:
    """Tells ours apart by the suppliers that are known and the queues each has."""

    def place(name: str) -> tuple[str, str] | None:
        for slug in suppliers():
            queue = name.removeprefix(f"{slug}-")
            if queue != name and queue in queues(slug):
                return slug, queue
        return None

    return place

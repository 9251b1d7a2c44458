"""Histograms of waits: fixed buckets, our own queues only, the joining seen or Asterisk's word for it."""

from datetime import UTC, datetime, timedelta

from prometheus_client import CollectorRegistry

from asterisk.ami.events import AgentConnect, QueueCallerAbandon, QueueCallerJoin
from asterisk.ami.message import Headers
from asterisk.queue_times import QueueTimes, queue_of

NOW = datetime(2026, 3, 4, 9, tzinfo=UTC)
OURS = queue_of(lambda: ["energosbyt"], lambda slug: ["operators"])


def times() -> tuple[QueueTimes, CollectorRegistry]:
    registry = CollectorRegistry()
    return QueueTimes(registry, OURS), registry


def joined(uniqueid: str, queue: str = "energosbyt-operators") -> QueueCallerJoin:
    return QueueCallerJoin(
        at=NOW, headers=Headers({}), channel="PJSIP/x", uniqueid=uniqueid, linkedid=uniqueid, queue=queue, position=1,
        waiting=1, caller="79130000001",
    )  # fmt: skip


def connected(uniqueid: str, after: float, queue: str = "energosbyt-operators") -> AgentConnect:
    return AgentConnect(
        at=NOW + timedelta(seconds=after), headers=Headers({}), channel="PJSIP/x", uniqueid=uniqueid, linkedid=uniqueid,
        queue=queue, interface="PJSIP/101", member="101", dest_channel=None, dest_uniqueid=None, hold_seconds=99,
        ring_seconds=1,
    )  # fmt: skip


def value(registry: CollectorRegistry, name: str, **labels: str) -> float | None:
    return registry.get_sample_value(name, {"supplier": "energosbyt", "queue": "operators", **labels})


def test_a_wait_is_counted_to_the_moment_of_the_answer() -> None:
    counted, registry = times()
    counted.tell(joined("a"))
    counted.tell(connected("a", 18.25))
    assert value(registry, "gudok_wait_answered_seconds_sum") == 18.25
    assert value(registry, "gudok_wait_answered_seconds_bucket", le="10.0") == 0
    assert value(registry, "gudok_wait_answered_seconds_bucket", le="20.0") == 1


def test_who_joined_unseen_waited_as_long_as_asterisk_says() -> None:
    counted, registry = times()
    counted.tell(connected("a", 5))
    assert value(registry, "gudok_wait_answered_seconds_sum") == 99


def test_who_gives_up_is_counted_apart() -> None:
    counted, registry = times()
    counted.tell(joined("a"))
    counted.tell(
        QueueCallerAbandon(
            at=NOW + timedelta(seconds=7), headers=Headers({}), channel="PJSIP/x", uniqueid="a", linkedid="a",
            queue="energosbyt-operators", position=1, original_position=1, hold_seconds=7,
        )
    )  # fmt: skip
    assert value(registry, "gudok_wait_lost_seconds_sum") == 7
    assert value(registry, "gudok_wait_answered_seconds_count") is None


def test_a_queue_that_is_none_of_ours_makes_no_label() -> None:
    counted, registry = times()
    for queue in ("sales", "energosbyt-unknown", "energosbyt-", "energosbyt"):
        counted.tell(joined("a", queue))
        counted.tell(connected("a", 5, queue))
    assert [
        sample for family in registry.collect() for sample in family.samples if sample.name.endswith("_count")
    ] == []

"""The account of times: every millisecond of a call is counted once, and a call ends for the reason it ended for."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.journal.events import Event, Kind
from ivr.journal.register import Exit, contact
from ivr.journal.times import Doing, in_order, segments, talk_by_operator, total

START = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)
CALL = UUID(int=7)


def told(*events: tuple[float, Kind] | tuple[float, Kind, dict[str, object]]) -> list[Event]:
    return [
        Event(UUID(int=seq), "energosbyt", "node1", CALL, seq, START + timedelta(seconds=event[0]), event[1], 1, data)
        for seq, event in enumerate(events, 1)
        for data in [event[2] if len(event) == 3 else {}]
    ]


def doing(events: Sequence[Event]) -> list[tuple[str, int]]:
    return [(part.doing.value, part.milliseconds) for part in segments(events)]


ARRIVED = (0.0, Kind.ARRIVED, {"dialled": "88003505566", "caller": "+79130000001"})
SERVED = (
    ARRIVED,
    (10.0, Kind.QUEUED, {"queue": "energosbyt-operators"}),
    (12.0, Kind.RINGING, {"operator": "101"}),
    (28.0, Kind.LEFT_QUEUE, {"why": "connected"}),
    (28.0, Kind.CONNECTED, {"operator": "101"}),
    (28.05, Kind.BRIDGED, {"bridge": "b1", "type": "basic", "others": ["101"]}),
)


def test_waiting_begins_in_the_queue_and_includes_the_ringing() -> None:
    events = told(*SERVED, (88.05, Kind.UNBRIDGED), (90.0, Kind.HUNG_UP))
    assert doing(events) == [("ivr", 10000), ("queue", 18050), ("talk", 60000), ("ivr", 1950)]


def test_hold_and_parking_are_hold_and_not_talk() -> None:
    events = told(
        *SERVED,
        (38.05, Kind.HELD, {"operator": "101"}),
        (48.05, Kind.RESUMED, {"operator": "101"}),
        (58.05, Kind.UNBRIDGED),
        (58.05, Kind.BRIDGED, {"bridge": "p", "type": "parking", "others": []}),
        (68.05, Kind.UNBRIDGED),
        (68.05, Kind.BRIDGED, {"bridge": "b2", "type": "basic", "others": ["102"]}),
        (78.05, Kind.HUNG_UP),
    )
    parts = segments(events)
    assert (total(parts, Doing.TALK), total(parts, Doing.HOLD), total(parts, Doing.PARK)) == (30000, 10000, 10000)
    assert talk_by_operator(parts) == {"101": 20000, "102": 10000}


@pytest.mark.parametrize("first", [Kind.TRANSFERRED, Kind.UNBRIDGED])
def test_on_the_way_to_another_operator_the_caller_is_on_hold(first: Kind) -> None:
    """Whichever of the two Asterisk tells first."""
    second = ({Kind.TRANSFERRED, Kind.UNBRIDGED} - {first}).pop()
    events = told(
        *SERVED,
        (38.05, first),
        (38.05, second),
        (43.05, Kind.BRIDGED, {"type": "basic", "others": ["102"]}),
        (53.05, Kind.HUNG_UP),
    )
    assert doing(events)[2:] == [("talk", 10000), ("hold", 5000), ("talk", 10000)]


def test_after_a_time_out_the_caller_is_with_the_line_again() -> None:
    events = told(
        ARRIVED,
        (1.0, Kind.QUEUED),
        (61.0, Kind.LEFT_QUEUE, {"why": "timeout"}),
        (71.0, Kind.HUNG_UP),
    )
    assert doing(events) == [("ivr", 1000), ("queue", 60000), ("ivr", 10000)]


def test_events_written_late_count_when_they_happened() -> None:
    events = told(ARRIVED, (90.0, Kind.ENDED, {"exit": "answered"}), (89.0, Kind.HUNG_UP), (10.0, Kind.QUEUED))
    assert doing(in_order(events)) == [("ivr", 10000), ("queue", 79000)]


def test_nothing_told_is_no_time() -> None:
    assert segments([]) == []


@given(
    st.lists(
        st.tuples(
            st.integers(0, 3_600_000_000),
            st.sampled_from(list(Kind)),
            st.fixed_dictionaries(
                {},
                optional={
                    "why": st.sampled_from(["connected", "timeout", "abandoned"]),
                    "type": st.sampled_from(["basic", "parking"]),
                    "others": st.lists(st.sampled_from(["101", "102"]), max_size=2),
                    "operator": st.sampled_from(["101", "102"]),
                    "exit": st.sampled_from(["self_served", "callback", "odd"]),
                },
            ),
        ),
        min_size=1,
        max_size=30,
    )
)
def test_whatever_is_told_every_millisecond_is_counted_once(
    happened: list[tuple[int, Kind, dict[str, object]]],
) -> None:
    events = told(*((at / 1_000_000, kind, data) for at, kind, data in happened))
    one = contact(events)
    parts = one.segments
    for before, after in pairwise(parts):
        assert before.ended == after.started
    if parts:
        whole = (parts[-1].ended - parts[0].started) // timedelta(milliseconds=1)
        assert one.whole == whole
        assert one.ivr + one.wait + one.talk + one.hold == whole
    assert (one.exit is not None) == one.over


@pytest.mark.parametrize(
    ("events", "how"),
    [
        (told(*SERVED, (90.0, Kind.HUNG_UP)), Exit.ANSWERED),
        (told(ARRIVED, (5.0, Kind.HUNG_UP)), Exit.ABANDONED_IVR),
        (told(ARRIVED, (1.0, Kind.QUEUED), (9.0, Kind.HUNG_UP)), Exit.ABANDONED_QUEUE),
        (
            told(ARRIVED, (1.0, Kind.QUEUED), (9.0, Kind.LEFT_QUEUE, {"why": "abandoned"}), (9.0, Kind.HUNG_UP)),
            Exit.ABANDONED_QUEUE,
        ),
        (
            told(ARRIVED, (1.0, Kind.QUEUED), (9.0, Kind.LEFT_QUEUE, {"why": "timeout"}), (20.0, Kind.HUNG_UP)),
            Exit.QUEUE_TIMEOUT,
        ),
        (
            told(
                ARRIVED,
                (1.0, Kind.QUEUED),
                (9.0, Kind.LEFT_QUEUE, {"why": "timeout"}),
                (20.0, Kind.ENDED, {"exit": "callback"}),
            ),
            Exit.CALLBACK,
        ),
        (told(ARRIVED, (5.0, Kind.ENDED, {"exit": "closed"})), Exit.CLOSED),
        (told(ARRIVED, (5.0, Kind.ENDED, {"exit": "blocked"})), Exit.BLOCKED),
        (told(ARRIVED, (5.0, Kind.ENDED, {"exit": "goodbye"}), (5.0, Kind.HUNG_UP)), Exit.SELF_SERVED),
        (told(ARRIVED, (5.0, Kind.STORED, {"values": {"single": 12345}}), (6.0, Kind.HUNG_UP)), Exit.SELF_SERVED),
        (told(ARRIVED, (5.0, Kind.ENDED, {"exit": "caller_left"}), (5.0, Kind.HUNG_UP)), Exit.ABANDONED_IVR),
        # What is done for a caller who has left serves nobody who is still there.
        (told(ARRIVED, (5.0, Kind.ENDED, {"exit": "no_contact", "left": True})), Exit.ABANDONED_IVR),
        (told(ARRIVED, (5.0, Kind.ENDED, {"exit": "callback", "left": True})), Exit.CALLBACK),
        (told(ARRIVED, (5.0, Kind.FELL_BACK, {"why": "lost"}), (6.0, Kind.HUNG_UP)), Exit.FELL_BACK),
        (told(ARRIVED, (5.0, Kind.FELL_BACK), *SERVED[1:], (99.0, Kind.HUNG_UP)), Exit.ANSWERED),
    ],
)
def test_a_contact_ends_for_the_reason_it_ended_for(events: list[Event], how: Exit) -> None:
    assert contact(events).exit is how


def test_a_contact_knows_what_the_call_was_about() -> None:
    one = contact(
        told(
            ARRIVED,
            (3.0, Kind.UNDERSTOOD, {"act": "value", "values": {"account": "7001234567"}}),
            (9.0, Kind.STORED, {"account": "7001234567", "serial": "s", "values": {"day": 12345, "night": 6789}}),
            (10.0, Kind.QUEUED, {"queue": "energosbyt-operators", "topic": "readings"}),
            (12.5, Kind.LEFT_QUEUE, {"why": "timeout"}),
            (13.0, Kind.QUEUED, {"queue": "energosbyt-more"}),
            (20.0, Kind.HUNG_UP),
        )
    )
    assert (one.account, one.topic, one.reading) == ("7001234567", "readings", {"day": "12345", "night": "6789"})
    assert (one.caller, one.dialled, one.operators) == ("+79130000001", "88003505566", ())
    assert (one.first_wait, one.wait) == (9500, 9500)  # nobody answered in the first queue


def test_a_call_that_goes_on_has_no_exit_yet() -> None:
    one = contact(told(ARRIVED, (3.0, Kind.SAID)))
    assert (one.over, one.exit) == (False, None)

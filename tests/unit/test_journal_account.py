"""The account of whole contacts, made up at random as people make calls: what was done for how long comes out of it."""

import random
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.journal.engagements import Engagement, Part, engagements, spent
from ivr.journal.events import Event, Kind
from ivr.journal.times import Doing, in_order, segments, total

START = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)
CALL = UUID(int=7)
OPERATORS = ("101", "102", "103")
Spent = dict[tuple[Doing, tuple[str, ...]], int]


@dataclass
class History:
    """A call as it goes on: its events, and what the caller really did for how long."""

    doing: Doing = Doing.IVR
    operators: tuple[str, ...] = ()
    inside: tuple[str, ...] = ()
    """On hold: who is in the bridge all the same."""
    at: int = 0
    """Milliseconds since the arrival."""
    told: list[tuple[int, Kind, dict[str, object]]] = field(default_factory=lambda: [(0, Kind.ARRIVED, {})])
    spent: Spent = field(default_factory=lambda: defaultdict(int))

    def lasts(self, milliseconds: int) -> None:
        self.spent[self.doing, self.operators] += milliseconds
        self.at += milliseconds

    def tell(self, kind: Kind, **data: object) -> None:
        self.told.append((self.at, kind, data))

    def becomes(self, doing: Doing, *operators: str) -> None:
        self.doing, self.operators = doing, operators

    def bridged(self, *operators: str, **more: object) -> None:
        self.tell(Kind.BRIDGED, bridge="b", type="basic", others=list(operators), **more)
        self.becomes(Doing.TALK, *operators)

    def restated(self) -> None:
        """The service is started anew, and finds the caller where it was."""
        if self.doing is Doing.QUEUE:
            self.tell(Kind.QUEUED, queue="q", mended=True)
        elif self.doing is Doing.PARK:
            self.tell(Kind.BRIDGED, type="parking", others=[], mended=True)
        elif self.operators:
            others = self.inside if self.doing is Doing.HOLD else self.operators
            self.tell(Kind.BRIDGED, bridge="b", type="basic", others=list(others), mended=True)

    def events(self) -> list[Event]:
        return [
            Event(UUID(int=seq), "s", "node1", CALL, seq, START + timedelta(milliseconds=at), kind, 1, data)
            for seq, (at, kind, data) in enumerate(self.told, 1)
        ]


def goes_on(call: History, chance: random.Random) -> None:
    """One thing that may happen now, as Asterisk tells it."""
    busy = (*call.operators, *(call.inside if call.doing is Doing.HOLD else ()))
    operator = chance.choice([name for name in OPERATORS if name not in busy])
    match call.doing, chance.randrange(6):
        case Doing.IVR, _:
            call.tell(Kind.QUEUED, queue="q")
            call.becomes(Doing.QUEUE)
        case Doing.QUEUE, 0:
            call.tell(Kind.LEFT_QUEUE, queue="q", why="timeout")
            call.becomes(Doing.IVR)
        case Doing.QUEUE, _:
            call.tell(Kind.LEFT_QUEUE, queue="q", why="connected")
            call.tell(Kind.CONNECTED, operator=operator)
            call.bridged(operator)
        case Doing.PARK, _:
            call.tell(Kind.UNPARKED, why="retrieved", operator=operator)
            call.tell(Kind.UNBRIDGED, bridge="p")
            call.bridged(operator)
        case Doing.HOLD, _ if not call.operators:
            call.bridged(operator)
        case Doing.HOLD, 0 | 1:
            call.tell(Kind.RESUMED, operator=call.operators[0])
            call.becomes(Doing.TALK, *call.inside)
        case Doing.HOLD, 2 if call.inside == call.operators:
            # The colleague comes into the bridge while the caller still hears music.
            call.inside = tuple(sorted((*call.operators, operator)))
            call.tell(Kind.BRIDGED, bridge="b", type="basic", others=list(call.inside))
        case Doing.TALK, 0 | 1:
            call.tell(Kind.HELD, operator=call.operators[0])
            call.inside = call.operators
            call.becomes(Doing.HOLD, call.operators[0])
        case Doing.TALK, 2 if len(call.operators) == 1:
            call.bridged(*sorted((*call.operators, operator)))
        case _, 3:
            call.tell(Kind.TRANSFERRED, how="blind", target=operator)
            call.tell(Kind.UNBRIDGED, bridge="b")
            call.becomes(Doing.HOLD)
        case _, 4:
            call.tell(Kind.UNBRIDGED, bridge="b")
            call.bridged(operator)
            call.tell(Kind.TRANSFERRED, how="attended", target=operator)
        case _, 5:
            call.tell(Kind.TRANSFERRED, how="blind", target="700")
            call.tell(Kind.UNBRIDGED, bridge="b")
            call.tell(Kind.BRIDGED, bridge="p", type="parking", others=[])
            call.becomes(Doing.PARK)
        case _:
            call.tell(Kind.UNBRIDGED, bridge="b")
            call.becomes(Doing.IVR)


def made_up(lasting: list[int], seed: int, *, restarts: float = 0.0) -> History:
    chance, call = random.Random(seed), History()
    for milliseconds in lasting:
        if chance.random() < restarts:
            before = chance.randrange(milliseconds)
            call.lasts(before)
            call.restated()
            milliseconds -= before
        call.lasts(milliseconds)
        goes_on(call, chance)
    call.lasts(1)
    call.tell(Kind.HUNG_UP)
    return call


def account(events: list[Event]) -> Spent:
    found: Spent = defaultdict(int)
    for part in segments(in_order(events)):
        found[part.doing, part.operators] += part.milliseconds
    return {key: milliseconds for key, milliseconds in found.items() if milliseconds}


def really(call: History) -> Spent:
    return {key: milliseconds for key, milliseconds in call.spent.items() if milliseconds}


LASTING = st.lists(st.integers(1, 600_000), min_size=1, max_size=25)


@given(LASTING, st.integers(0, 2**32))
def test_what_the_caller_did_comes_out_to_the_millisecond(lasting: list[int], seed: int) -> None:
    call = made_up(lasting, seed)
    assert account(call.events()) == really(call)
    parts = segments(call.events())
    assert sum(part.milliseconds for part in parts) == call.at
    assert all(before.ended == after.started for before, after in pairwise(parts))
    assert all(part.milliseconds > 0 for part in parts)


@given(LASTING, st.integers(0, 2**32))
def test_a_service_started_anew_in_the_middle_changes_no_sum(lasting: list[int], seed: int) -> None:
    call = made_up(lasting, seed, restarts=0.4)
    assert account(call.events()) == really(call)


@given(LASTING, st.integers(0, 2**32), st.randoms(use_true_random=False))
def test_the_order_in_which_one_instant_is_written_does_not_matter(
    lasting: list[int], seed: int, chance: random.Random
) -> None:
    call = made_up(lasting, seed)
    shuffled = sorted(call.told, key=lambda told: (told[0], chance.random()))
    again = History(told=shuffled, at=call.at)
    assert account(again.events()) == really(call)
    rows = again.events()
    chance.shuffle(rows)
    assert account(rows) == really(call)


def told(*events: tuple[float, Kind] | tuple[float, Kind, dict[str, object]]) -> list[Event]:
    call = History(told=[(round(event[0] * 1000), event[1], event[2] if len(event) == 3 else {}) for event in events])
    return call.events()


TALKING = (
    (0, Kind.ARRIVED),
    (3, Kind.QUEUED, {"queue": "q"}),
    (4, Kind.RINGING, {"operator": "101"}),
    (10, Kind.LEFT_QUEUE, {"why": "connected"}),
    (10, Kind.CONNECTED, {"operator": "101"}),
    (10.002, Kind.BRIDGED, {"bridge": "b", "type": "basic", "others": ["101"]}),
)


def did(events: list[Event]) -> list[tuple[str, str, int]]:
    return [(one.operator, one.part.value, one.milliseconds) for one in engagements(events, segments(in_order(events)))]


def test_a_consultation_is_the_operators_time_and_the_colleagues_and_the_caller_is_on_hold() -> None:
    events = told(
        *TALKING,
        (20, Kind.HELD, {"operator": "101"}),
        (24, Kind.CONSULTING, {"operator": "101", "colleagues": ["102"]}),
        (30, Kind.CONSULTED, {"operator": "101"}),
        (31, Kind.RESUMED, {"operator": "101"}),
        (40, Kind.HUNG_UP),
    )
    assert did(events) == [
        ("101", "ring", 6000),
        ("101", "talk", 9998),
        ("101", "hold", 11000),
        ("101", "consult", 6000),
        ("102", "consult", 6000),
        ("101", "talk", 9000),
    ]
    assert spent(engagements(events, segments(events)), Part.TALK) == {"101": 18998}


def test_a_consultation_that_nobody_saw_end_ends_with_the_call() -> None:
    events = told(*TALKING, (24, Kind.CONSULTING, {"operator": "101", "colleagues": ["102"]}), (30, Kind.HUNG_UP))
    assert ("102", "consult", 6000) in did(events)


def test_a_telephone_that_rang_in_vain_rang_until_another_was_answered() -> None:
    events = told(
        (0, Kind.ARRIVED),
        (1, Kind.QUEUED),
        (1, Kind.RINGING, {"operator": "101"}),
        (1, Kind.RINGING, {"operator": "102"}),
        (5, Kind.NOT_ANSWERED, {"operator": "102"}),
        (6, Kind.RINGING, {"operator": "102"}),
        (9, Kind.LEFT_QUEUE, {"why": "connected"}),
        (9, Kind.CONNECTED, {"operator": "101"}),
        (12, Kind.HUNG_UP),
    )
    assert sorted(did(events)) == [("101", "ring", 8000), ("102", "ring", 3000), ("102", "ring", 4000)]


def test_the_work_after_the_talk_counts_though_the_call_is_over() -> None:
    events = told(*TALKING, (20, Kind.HUNG_UP), (35, Kind.WRAPPED_UP, {"operator": "101", "milliseconds": 15_000}))
    assert did(events)[-1] == ("101", "wrap", 15_000)
    assert segments(events)[-1].ended == START + timedelta(seconds=20)
    started = START + timedelta(seconds=20)
    assert engagements(events, [])[-1] == Engagement("101", Part.WRAP, started, START + timedelta(seconds=35))


@pytest.mark.parametrize("milliseconds", [None, "many", -5])
def test_a_wrap_up_of_no_length_is_none(milliseconds: object) -> None:
    events = told(*TALKING, (20, Kind.WRAPPED_UP, {"operator": "101", "milliseconds": milliseconds}))
    assert did(events)[-1] == ("101", "wrap", 0)


def test_who_is_found_in_the_bridge_again_is_still_on_hold() -> None:
    again = {"bridge": "b", "type": "basic", "others": ["101"], "mended": True}
    parts = segments(told(*TALKING, (20, Kind.HELD), (25, Kind.BRIDGED, again), (30, Kind.RESUMED), (40, Kind.HUNG_UP)))
    assert (total(parts, Doing.HOLD), total(parts, Doing.TALK)) == (10_000, 19_998)


def test_between_parking_and_whoever_takes_the_caller_back_is_hold() -> None:
    events = told(
        *TALKING,
        (20, Kind.UNBRIDGED),
        (20, Kind.BRIDGED, {"bridge": "p", "type": "parking"}),
        (200, Kind.UNPARKED, {"why": "timeout"}),
        (200, Kind.UNBRIDGED),
        (220, Kind.QUEUED, {"queue": "q"}),
        (230, Kind.HUNG_UP),
    )
    assert [(part.doing.value, part.milliseconds) for part in segments(events)][2:] == [
        ("talk", 9998),
        ("park", 180_000),
        ("hold", 20_000),
        ("queue", 10_000),
    ]

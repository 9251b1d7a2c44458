"""What Asterisk tells of a call comes into its journal as a person at the queue would tell it."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from asterisk.ami.decode import decode
from asterisk.ami.events import ChannelState
from asterisk.ami.message import Headers
from asterisk.ami.present import BridgeNow, ChannelNow, QueueNow, Resync, WaitingNow
from asterisk.bridges import operator_of
from asterisk.followed import Followed
from asterisk.witness import Witness
from ivr.journal.events import Kind

START = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)
CALLER, FIRST, SECOND = "node1-1.1", "node1-1.2", "node1-1.3"
CHANNELS = {CALLER: "PJSIP/carrier-00000001", FIRST: "PJSIP/101-00000002", SECOND: "PJSIP/102-00000003"}


class Notebook:
    """A pen that writes into memory, times as seconds since the start."""

    def __init__(self) -> None:
        self.lines: list[tuple[float, Kind, Mapping[str, object]]] = []

    def note_at(self, at: datetime, kind: Kind, **data: object) -> None:
        self.lines.append(((at - START).total_seconds(), kind, data))

    def told(self, *names: str) -> list[tuple[object, ...]]:
        """The lines by instant, each with the data asked for where it has them."""
        ordered = sorted(self.lines, key=lambda line: line[0])
        return [(at, kind.value, *(data[name] for name in names if name in data)) for at, kind, data in ordered]


class Play:
    """Tells the witness events in Asterisk's own words."""

    def __init__(self) -> None:
        self.witness = Witness()
        self.book = Notebook()

    def follow(self, at: float = 0) -> Followed:
        return self.witness.follow(self.book, CALLER, START + timedelta(seconds=at))

    def tell(self, at: float, name: str, uniqueid: str = CALLER, **headers: str) -> None:
        stamp = (START + timedelta(seconds=at)).timestamp()
        told = {
            "Event": name,
            "Timestamp": f"{stamp:.6f}",
            "Channel": CHANNELS[uniqueid],
            "Uniqueid": uniqueid,
            "Linkedid": CALLER,
            **headers,
        }
        self.witness.tell(decode(Headers(told), START))

    def bridge(self, at: float, name: str, uniqueid: str, bridge: str = "b1", kind: str = "basic") -> None:
        self.tell(at, name, uniqueid, BridgeUniqueid=bridge, BridgeType=kind, BridgeNumChannels="1")

    def queue(self, at: float, name: str, **headers: str) -> None:
        agent = {"Interface": "PJSIP/101", "MemberName": "101", "HoldTime": "4", "RingTime": "3"}
        self.tell(at, name, Queue="energosbyt-operators", Position="1", Count="1", **{**agent, **headers})


@pytest.fixture
def play() -> Play:
    return Play()


def served(play: Play) -> None:
    play.follow()
    play.queue(1, "QueueCallerJoin")
    play.queue(2, "AgentCalled")
    play.queue(5, "QueueCallerLeave")
    play.queue(5, "AgentConnect")
    play.bridge(5.1, "BridgeEnter", FIRST)
    play.bridge(5.2, "BridgeEnter", CALLER)


def test_a_served_caller_is_followed_from_the_queue_to_the_end(play: Play) -> None:
    served(play)
    play.bridge(65, "BridgeLeave", FIRST)
    play.bridge(65.1, "BridgeLeave", CALLER)
    play.tell(66, "Hangup", Cause="16")
    assert play.book.told("queue", "operator", "why", "others", "cause") == [
        (1, "queued", "energosbyt-operators"),
        (2, "ringing", "energosbyt-operators", "101"),
        (5, "left_queue", "energosbyt-operators", "connected"),
        (5, "connected", "energosbyt-operators", "101"),
        (5.2, "bridged", ["101"]),
        (65, "unbridged"),
        (66, "hung_up", 16),
    ]


def test_alone_in_a_bridge_nobody_talks(play: Play) -> None:
    play.follow()
    play.bridge(1, "BridgeEnter", CALLER)
    play.bridge(2, "BridgeLeave", CALLER)
    assert play.book.lines == []


def test_a_caller_who_gives_up_waiting_has_abandoned(play: Play) -> None:
    play.follow()
    play.queue(1, "QueueCallerJoin")
    play.queue(31, "QueueCallerAbandon")
    play.queue(31, "QueueCallerLeave")
    play.tell(31.01, "Hangup", Cause="16")
    assert play.book.told("why") == [(1, "queued"), (31, "left_queue", "abandoned"), (31.01, "hung_up")]


def test_a_time_out_is_told_from_giving_up_though_asterisk_says_abandon(play: Play) -> None:
    play.follow()
    play.queue(1, "QueueCallerJoin")
    play.queue(31, "QueueCallerAbandon")
    play.queue(31, "QueueCallerLeave")
    play.tell(45, "Hangup", Cause="16")
    assert play.book.told("why")[1] == (31, "left_queue", "timeout")


@pytest.mark.parametrize(("status", "why"), [("FULL", "full"), ("JOINEMPTY", "no_operators"), ("CONTINUE", None)])
def test_who_was_not_even_let_into_the_queue_is_written_too(play: Play, status: str, why: str | None) -> None:
    play.follow()
    play.witness.queue_ended(CALLER, status, START)
    assert play.book.told("why") == ([(0, "left_queue", why)] if why else [])


@pytest.mark.parametrize(
    ("status", "why"), [("TIMEOUT", "timeout"), ("LEAVEEMPTY", "no_operators"), ("FULL", "full"), ("?", "abandoned")]
)
def test_whoever_read_queuestatus_settles_why_the_caller_left(play: Play, status: str, why: str) -> None:
    play.follow()
    play.queue(1, "QueueCallerJoin")
    play.queue(31, "QueueCallerAbandon")
    play.witness.queue_ended(CALLER, status, START)
    play.tell(31.5, "Hangup", Cause="16")
    assert play.book.told("why") == [(1, "queued"), (31, "left_queue", why), (31.5, "hung_up")]


def test_a_caller_who_leaves_while_the_operator_hears_the_whisper_has_abandoned(play: Play) -> None:
    play.follow()
    play.queue(1, "QueueCallerJoin")
    play.queue(5, "QueueCallerLeave")
    play.tell(8, "Hangup", Cause="16")
    assert play.book.told("why") == [(1, "queued"), (5, "left_queue", "abandoned"), (8, "hung_up")]


def test_an_operator_who_does_not_answer_is_written_down(play: Play) -> None:
    play.follow()
    play.queue(1, "QueueCallerJoin")
    play.queue(21, "AgentRingNoAnswer", RingTime="20000")
    assert play.book.told("operator", "ring_seconds")[1] == (21, "not_answered", "101", 20.0)


def test_a_caller_given_to_another_operator_is_with_that_one_from_then_on(play: Play) -> None:
    served(play)
    play.tell(
        30,
        "AttendedTransfer",
        Result="Success",
        OrigTransfererChannel=CHANNELS[FIRST],
        OrigTransfererUniqueid=FIRST,
        OrigTransfererLinkedid=CALLER,
        OrigBridgeUniqueid="b1",
        SecondTransfererChannel="PJSIP/101-00000009",
        SecondTransfererUniqueid="node1-1.9",
        SecondTransfererLinkedid="node1-1.9",
        TransferTargetChannel=CHANNELS[SECOND],
        TransferTargetUniqueid=SECOND,
    )
    play.bridge(30, "BridgeEnter", SECOND)
    play.bridge(30, "BridgeLeave", FIRST)
    assert play.book.told("others", "how", "target", "linkedid")[-4:] == [
        (30, "transferred", "attended", "102"),
        (30, "linked", "node1-1.9"),
        (30, "bridged", ["101", "102"]),
        (30, "bridged", ["102"]),
    ]


def test_a_blind_transfer_and_the_next_bridge_are_written(play: Play) -> None:
    served(play)
    play.tell(
        30,
        "BlindTransfer",
        Result="Success",
        TransfererChannel=CHANNELS[FIRST],
        TransfererUniqueid=FIRST,
        TransfereeChannel=CHANNELS[CALLER],
        TransfereeUniqueid=CALLER,
        Extension="102",
    )
    play.bridge(30, "BridgeLeave", CALLER)
    play.bridge(35, "BridgeEnter", CALLER, "b2")
    play.bridge(35, "BridgeEnter", SECOND, "b2")
    assert play.book.told("how", "target", "others")[-3:] == [
        (30, "transferred", "blind", "102"),
        (30, "unbridged"),
        (35, "bridged", ["102"]),
    ]


def test_a_parked_caller_is_in_a_parking_bridge_alone(play: Play) -> None:
    served(play)
    play.bridge(30, "BridgeLeave", CALLER)
    play.bridge(30, "BridgeEnter", CALLER, "park", "parking")
    assert play.book.told("type", "others")[-2:] == [(30, "unbridged"), (30, "bridged", "parking", [])]


def test_hold_pressed_by_the_operator_is_the_callers_hold(play: Play) -> None:
    served(play)
    play.tell(20, "Hold", FIRST)
    play.tell(25, "Unhold", FIRST)
    assert play.book.told("operator")[-2:] == [(20, "held", "101"), (25, "resumed", "101")]


CONSULT, COLLEAGUE = "node1-9.1", "node1-9.2"
CHANNELS |= {CONSULT: "PJSIP/101-00000009", COLLEAGUE: "PJSIP/102-0000000a"}


def consulting(play: Play) -> None:
    """101 has put the caller on hold and talks with 102 on another line."""
    served(play)
    play.tell(20, "Hold", FIRST)
    play.bridge(25, "BridgeEnter", CONSULT, "b2")
    play.bridge(26, "BridgeEnter", COLLEAGUE, "b2")


def test_a_consultation_is_written_for_the_caller_it_is_about(play: Play) -> None:
    consulting(play)
    play.bridge(36, "BridgeLeave", COLLEAGUE, "b2")
    play.bridge(36, "BridgeLeave", CONSULT, "b2")
    play.tell(37, "Unhold", FIRST)
    assert play.book.told("linkedid", "operator", "colleagues")[-4:] == [
        (26, "linked", CALLER),
        (26, "consulting", "101", ["102"]),
        (36, "consulted", "101"),
        (37, "resumed", "101"),
    ]


def test_a_consultation_ends_when_the_colleague_takes_the_caller(play: Play) -> None:
    consulting(play)
    play.bridge(36, "BridgeLeave", COLLEAGUE, "b2")
    play.bridge(36, "BridgeLeave", FIRST)
    play.bridge(36, "BridgeEnter", COLLEAGUE)
    play.bridge(36.1, "BridgeLeave", CONSULT, "b2")
    play.tell(60, "Hangup", Cause="16")
    told = play.book.told("operator", "others", "colleagues")
    assert [line for line in told if line[1] in ("consulting", "consulted")] == [
        (26, "consulting", "101", ["102"]),
        (36, "consulted", "101"),
    ]
    assert (36, "bridged", ["102"]) in told


def test_a_consultation_ends_with_the_call_it_is_about(play: Play) -> None:
    consulting(play)
    play.tell(40, "Hangup", Cause="16")
    assert play.book.told("operator")[-3:] == [(40, "unbridged"), (40, "consulted", "101"), (40, "hung_up")]


def test_a_talk_with_another_caller_is_no_consultation(play: Play) -> None:
    served(play)
    CHANNELS["node1-8.1"] = "PJSIP/carrier-00000011"
    other = Notebook()
    play.witness.follow(other, "node1-8.1", START)
    play.bridge(25, "BridgeEnter", CONSULT, "b2")
    play.bridge(26, "BridgeEnter", "node1-8.1", "b2")
    assert not {"consulting", "linked"} & {line[1] for line in (*play.book.told(), *other.told())}


def test_an_operator_gives_the_caller_their_own_place_in_a_queue(play: Play) -> None:
    served(play)
    play.tell(20, "QueueCallerJoin", CONSULT, Queue="energosbyt-second", Position="2", Count="2")
    play.tell(
        30,
        "AttendedTransfer",
        Result="Success",
        OrigTransfererChannel=CHANNELS[FIRST],
        OrigTransfererUniqueid=FIRST,
        OrigBridgeUniqueid="b1",
        SecondTransfererChannel=CHANNELS[CONSULT],
        SecondTransfererUniqueid=CONSULT,
        SecondTransfererLinkedid=CONSULT,
        DestType="App",
    )
    play.bridge(30.001, "BridgeLeave", CALLER)
    agent = {"Interface": "PJSIP/102", "MemberName": "102", "HoldTime": "10", "RingTime": "3"}
    play.tell(40, "AgentConnect", Queue="energosbyt-second", **agent)
    assert play.book.told("queue", "position", "why")[-5:] == [
        (30, "linked"),
        (30, "queued", "energosbyt-second", 2),
        (30.001, "unbridged"),
        (40, "left_queue", "energosbyt-second", "connected"),
        (40, "connected", "energosbyt-second"),
    ]


def test_parking_says_who_parked_and_who_took_the_caller_back(play: Play) -> None:
    served(play)
    parked = {"ParkeeChannel": CHANNELS[CALLER], "ParkeeUniqueid": CALLER, "ParkeeLinkedid": CALLER}
    parked |= {"ParkerDialString": "PJSIP/101", "Parkinglot": "default", "ParkingSpace": "701"}
    play.tell(30, "ParkedCall", **parked)
    play.tell(40, "UnParkedCall", RetrieverChannel=CHANNELS[SECOND], RetrieverUniqueid=SECOND, **parked)
    play.tell(50, "ParkedCallTimeOut", **parked)
    play.tell(60, "ParkedCallGiveUp", **parked)
    assert play.book.told("why", "operator", "space")[-4:] == [
        (30, "parked", "101", "701"),
        (40, "unparked", "retrieved", "102", "701"),
        (50, "unparked", "timeout", "701"),
        (60, "unparked", "gave_up", "701"),
    ]


def test_through_a_local_channel_its_other_half_is_heard(play: Play) -> None:
    play.follow()
    near, far = "node1-7.1", "node1-7.2"
    CHANNELS.update({near: "Local/agent@cb-0000000c;1", far: "Local/agent@cb-0000000c;2"})
    play.bridge(1, "BridgeEnter", CALLER)
    play.bridge(1, "BridgeEnter", near)
    assert play.book.lines == []  # nobody is there yet
    play.bridge(2, "BridgeEnter", far, "b2")
    play.bridge(3, "BridgeEnter", FIRST, "b2")
    play.bridge(9, "BridgeLeave", FIRST, "b2")
    assert play.book.told("others") == [(3, "bridged", ["101"]), (9, "unbridged")]


def test_the_fallback_of_the_dialplan_is_written_with_its_reason(play: Play) -> None:
    play.follow()
    play.tell(1, "UserEvent", UserEvent="GudokFallback", Why="lost", Call="", Supplier="energosbyt")
    play.queue(2, "QueueCallerJoin")
    play.queue(302, "QueueCallerAbandon")
    play.tell(302, "UserEvent", UserEvent="GudokQueueFailed", Status="TIMEOUT")
    play.tell(302.2, "Hangup", Cause="16")
    assert play.book.told("why") == [
        (1, "fell_back", "lost"),
        (2, "queued"),
        (302, "left_queue", "timeout"),
        (302.2, "hung_up"),
    ]


def test_others_calls_are_not_written(play: Play) -> None:
    play.follow()
    play.bridge(1, "BridgeEnter", FIRST)
    play.bridge(1, "BridgeEnter", SECOND)
    play.tell(2, "Hangup", SECOND, Cause="16")
    assert play.book.lines == []


def test_a_hang_up_quicker_than_the_follower_still_ends_the_call(play: Play) -> None:
    play.tell(1, "Hangup", Cause="16")
    followed = play.follow(2)
    assert followed.over.is_set()
    assert play.book.told("cause") == [(1, "hung_up", 16)]


def channel(uniqueid: str, bridge: str | None) -> ChannelNow:
    some: dict[str, Any] = dict.fromkeys(
        ("context", "exten", "priority", "application", "data", "caller", "caller_name", "connected", "account")
    )
    return ChannelNow(
        channel=CHANNELS[uniqueid],
        uniqueid=uniqueid,
        linkedid=CALLER,
        state=ChannelState.UP,
        bridge=bridge,
        seconds=1,
        **some,
    )


def whole(at: float, *channels: ChannelNow, waiting: tuple[WaitingNow, ...] = ()) -> Resync:
    return Resync(
        at=START + timedelta(seconds=at),
        channels=channels,
        queues=(QueueNow("energosbyt-operators", None, 0, 0, 0, 0, (), waiting),),
        bridges=(BridgeNow("b2", "basic", None, None, None, 2),),
        system=None,
        restarted=False,
    )


def test_after_a_loss_the_whole_state_says_who_talks_with_whom(play: Play) -> None:
    served(play)
    now = whole(50, channel(CALLER, "b2"), channel(SECOND, "b2"))
    play.witness.tell(now)
    assert not play.witness.missing(now)
    assert play.book.told("bridge", "others")[-1] == (50, "bridged", "b2", ["102"])


def test_who_hung_up_unseen_is_ended_when_that_is_known(play: Play) -> None:
    served(play)
    now = whole(50)
    play.witness.tell(now)
    assert play.witness.missing(now)
    play.witness.end_unseen(set(), now.at)
    assert play.book.told("unseen")[-2:] == [(50, "unbridged"), (50, "hung_up", True)]
    assert play.witness.followed(CALLER) is None


def test_who_came_into_a_queue_unseen_has_waited_since_then(play: Play) -> None:
    play.follow()
    waiting = (WaitingNow(2, CHANNELS[CALLER], CALLER, None, 30, 0),)
    play.witness.tell(whole(50, channel(CALLER, None), waiting=waiting))
    assert play.book.told("queue", "position") == [(20, "queued", "energosbyt-operators", 2)]


def test_what_is_told_again_after_a_whole_state_is_written_once(play: Play) -> None:
    play.follow()
    waiting = (WaitingNow(1, CHANNELS[CALLER], CALLER, None, 5, 0),)
    play.witness.tell(whole(50, channel(CALLER, "b2"), channel(FIRST, "b2"), waiting=waiting))
    before = len(play.book.lines)
    play.queue(45, "QueueCallerJoin")
    play.bridge(46, "BridgeEnter", CALLER, "b2")
    play.bridge(46, "BridgeEnter", FIRST, "b2")
    assert len(play.book.lines) == before


def test_a_channel_alone_in_its_bridge_told_again_disturbs_nothing(play: Play) -> None:
    play.follow()
    play.bridge(1, "BridgeEnter", CALLER)
    play.bridge(1, "BridgeEnter", CALLER)
    play.bridge(2, "BridgeEnter", FIRST)
    assert play.book.told("others") == [(2, "bridged", ["101"])]


def test_who_was_connected_unseen_waits_no_longer(play: Play) -> None:
    play.follow()
    play.queue(1, "QueueCallerJoin")
    play.witness.tell(whole(50, channel(CALLER, "b2"), channel(FIRST, "b2")))
    assert play.book.told("why", "others")[1:] == [(50, "bridged", ["101"]), (50, "left_queue", "connected")]


def test_who_left_a_queue_unseen_was_not_served(play: Play) -> None:
    play.follow()
    play.queue(1, "QueueCallerJoin")
    play.witness.tell(whole(50, channel(CALLER, None)))
    play.tell(70, "Hangup", Cause="16")
    assert play.book.told("why")[1] == (50, "left_queue", "timeout")


@pytest.mark.parametrize(
    ("name", "whose"),
    [
        ("PJSIP/101-0000001a", "101"),
        ("PJSIP/carrier-main-0000001a", "carrier-main"),
        ("PJSIP/101", "101"),
        ("Local/101@operators-0000000c;2", "101@operators"),
        ("odd", "odd"),
    ],
)
def test_a_channel_belongs_to_whom_it_is_named_after(name: str, whose: str) -> None:
    assert operator_of(name) == whose

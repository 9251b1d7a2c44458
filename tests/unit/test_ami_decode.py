"""Events of the manager as values: what Asterisk 22 really sent, read; anything else tolerated."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.ami_server import channel

from asterisk.ami import events as all_events
from asterisk.ami import present
from asterisk.ami.decode import decode
from asterisk.ami.events import (
    AgentComplete,
    AgentConnect,
    AgentRingNoAnswer,
    AsteriskEvent,
    AttendedTransfer,
    BlindTransfer,
    BridgeEnter,
    ChannelState,
    ContactStatus,
    DeviceState,
    DialBegin,
    DialEnd,
    FullyBooted,
    Hangup,
    Newchannel,
    OriginateResponse,
    Other,
    ParkedCallTimeOut,
    QueueCallerAbandon,
    QueueCallerJoin,
    QueueMemberPause,
    Registry,
    Shutdown,
    UserEvent,
)
from asterisk.ami.message import Block, Headers

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
CALLER = channel(
    "PJSIP/carrier-00000001", "gudok-1795261175.8", Linkedid="gudok-1795261175.6", CallerIDNum="79161234567"
)


def read(name: str, *parts: dict[str, str], **headers: str) -> AsteriskEvent:
    merged: dict[str, str] = {}
    for part in (*parts, headers):
        merged |= part
    text = "\r\n".join(f"{header}: {value}" for header, value in {"Event": name, **merged}.items())
    return decode(Headers(Block.from_line(text)), NOW)


def under(prefix: str, headers: dict[str, str]) -> dict[str, str]:
    return {prefix + name: value for name, value in headers.items()}


def test_the_time_is_asterisks_own_and_in_utc() -> None:
    event = read("Newchannel", CALLER, Timestamp="1795261175.801642")
    assert event.at == datetime(2026, 11, 21, 11, 39, 35, 801642, tzinfo=UTC)
    assert event.at.utcoffset() == timedelta(0)


@pytest.mark.parametrize("garbled", ["", "soon", "nan", "inf", "1e400", "-1e30", "９"])
def test_a_garbled_time_is_the_time_it_came(garbled: str) -> None:
    event = read("Newchannel", CALLER, Timestamp=garbled)
    assert isinstance(event, Newchannel)
    assert event.at == NOW or garbled == "９"


def test_a_new_channel() -> None:
    event = read("Newchannel", CALLER)
    assert isinstance(event, Newchannel)
    assert (event.channel, event.uniqueid, event.linkedid) == (
        "PJSIP/carrier-00000001",
        "gudok-1795261175.8",
        "gudok-1795261175.6",
    )
    assert event.state is ChannelState.UP
    assert event.caller == "79161234567"
    assert event.caller_name is None
    assert event.account is None
    assert event.headers["language"] == "ru"


def test_a_hang_up_tells_both_causes() -> None:
    event = read("Hangup", CALLER, {"Cause": "17", "Cause-txt": "User busy", "TechCause": "SIP 486 Busy Here"})
    assert isinstance(event, Hangup)
    assert (event.cause, event.cause_text, event.tech_cause) == (17, "User busy", "SIP 486 Busy Here")
    assert read("Hangup", CALLER, Cause="16") == read("Hangup", CALLER, Cause="16", TechCause="")


def test_ringing_is_seconds_though_asterisk_counts_milliseconds_when_nobody_answered() -> None:
    agent = {"Queue": "operators", "Interface": "PJSIP/101", "MemberName": "Анна"}
    connected = read("AgentConnect", CALLER, agent, HoldTime="21", RingTime="3", DestUniqueid="gudok-9")
    assert isinstance(connected, AgentConnect)
    assert (connected.hold_seconds, connected.ring_seconds, connected.dest_uniqueid) == (21, 3.0, "gudok-9")
    missed = read("AgentRingNoAnswer", CALLER, agent, RingTime="15250")
    assert isinstance(missed, AgentRingNoAnswer)
    assert missed.ring_seconds == 15.25
    done = read("AgentComplete", CALLER, agent, HoldTime="21", TalkTime="184", Reason="transfer")
    assert isinstance(done, AgentComplete)
    assert (done.member, done.talk_seconds, done.reason) == ("Анна", 184, "transfer")


def test_an_operators_part_is_over_whoever_is_already_gone() -> None:
    """Seen on 22.10: the caller's channel, or both, may be missing when they hung up just before."""
    agent = {"Queue": "operators", "Interface": "PJSIP/101", "MemberName": "Анна"}
    ended = {"HoldTime": "2", "TalkTime": "60", "Reason": "agent"}
    dest = under("Dest", channel("PJSIP/101-2", "gudok-2", Linkedid="gudok-1"))
    one = read("AgentComplete", dest, agent, ended)
    assert isinstance(one, AgentComplete)
    assert (one.uniqueid, one.dest_uniqueid, one.dest_linkedid, one.talk_seconds) == (None, "gudok-2", "gudok-1", 60)
    none = read("AgentComplete", agent, ended)
    assert isinstance(none, AgentComplete)
    assert (none.queue, none.interface, none.linkedid, none.dest_uniqueid) == ("operators", "PJSIP/101", None, None)


def test_a_callers_way_through_a_queue() -> None:
    joined = read("QueueCallerJoin", CALLER, Queue="operators", Position="2", Count="2")
    assert isinstance(joined, QueueCallerJoin)
    assert (joined.queue, joined.position, joined.waiting, joined.caller) == ("operators", 2, 2, "79161234567")
    left = read("QueueCallerAbandon", CALLER, Queue="operators", Position="1", OriginalPosition="2", HoldTime="40")
    assert isinstance(left, QueueCallerAbandon)
    assert (left.original_position, left.hold_seconds) == (2, 40)


def test_an_operators_pause() -> None:
    member = {"Queue": "operators", "MemberName": "Анна", "Interface": "PJSIP/101", "StateInterface": "PJSIP/101"}
    event = read("QueueMemberPause", member, Status="2", Paused="1", PausedReason="обед", Penalty="0", InCall="1")
    assert isinstance(event, QueueMemberPause)
    assert (event.status, event.paused, event.paused_reason, event.in_call) == (DeviceState.IN_USE, True, "обед", True)


def test_dialling_from_a_channel_and_originated() -> None:
    dest = under("Dest", channel("PJSIP/101-2", "gudok-2", Linkedid="gudok-1"))
    begun = read("DialBegin", CALLER, dest, DialString="101")
    assert isinstance(begun, DialBegin)
    assert (begun.uniqueid, begun.dest_uniqueid) == ("gudok-1795261175.8", "gudok-2")
    ended = read("DialEnd", dest, DialStatus="BUSY")
    assert isinstance(ended, DialEnd)
    assert (ended.uniqueid, ended.status, ended.forward) == (None, "BUSY", None)


def test_entering_a_bridge_in_place_of_another() -> None:
    bridge = {"BridgeUniqueid": "b-1", "BridgeType": "basic", "BridgeTechnology": "simple_bridge"}
    bridge |= {"BridgeCreator": "<unknown>", "BridgeName": "<unknown>", "BridgeNumChannels": "2"}
    event = read("BridgeEnter", bridge, CALLER, SwapUniqueid="gudok-3")
    assert isinstance(event, BridgeEnter)
    assert (event.bridge, event.bridge_type, event.channels, event.swapped) == ("b-1", "basic", 2, "gudok-3")
    assert event.creator is None


def test_transfers_and_parking() -> None:
    blind = read(
        "BlindTransfer",
        under("Transferer", channel("PJSIP/101-1", "gudok-2")),
        under("Transferee", CALLER),
        {"Result": "Success", "BridgeUniqueid": "b-1", "Extension": "102", "Context": "operators"},
    )
    assert isinstance(blind, BlindTransfer)
    assert (blind.transferer_uniqueid, blind.transferee_uniqueid, blind.exten) == ("gudok-2", CALLER["Uniqueid"], "102")
    attended = read(
        "AttendedTransfer",
        under("OrigTransferer", channel("PJSIP/101-1", "gudok-2")),
        under("SecondTransferer", channel("PJSIP/101-2", "gudok-5")),
        {"Result": "Success", "DestType": "Bridge", "DestBridgeUniqueid": "b-2", "OrigBridgeUniqueid": "b-1"},
    )
    assert isinstance(attended, AttendedTransfer)
    assert (attended.orig_uniqueid, attended.second_uniqueid, attended.dest_bridge) == ("gudok-2", "gudok-5", "b-2")
    parked = {"Parkinglot": "default", "ParkingSpace": "701", "ParkingTimeout": "0", "ParkingDuration": "45"}
    back = read("ParkedCallTimeOut", under("Parkee", CALLER), parked, ParkerDialString="PJSIP/101")
    assert isinstance(back, ParkedCallTimeOut)
    assert (back.uniqueid, back.space, back.parked_seconds) == (CALLER["Uniqueid"], "701", 45)


def test_a_user_event_tells_its_own_fields_only_and_cannot_forge_the_channel() -> None:
    text = "Event: UserEvent\r\nChannel: PJSIP/1\r\nUniqueid: u1\r\nLinkedid: l1\r\nUserEvent: Показание\r\n"
    text += "ActionID: 7\r\nMeter: 12345\r\nContent: да\r\nUniqueid: forged\r\nchannel: forged too"
    event = decode(Headers(Block.from_line(text)), NOW)
    assert isinstance(event, UserEvent)
    assert (event.name, event.channel, event.uniqueid, event.linkedid) == ("Показание", "PJSIP/1", "u1", "l1")
    assert event.fields == {"Meter": "12345", "Content": "да", "Uniqueid": "forged", "channel": "forged too"}
    with pytest.raises(TypeError):
        event.fields["Meter"] = "0"  # type: ignore[index]
    assert isinstance(hash(event), int)


def test_the_fate_of_dialling() -> None:
    failed = read(
        "OriginateResponse", Response="Failure", Reason="0", Uniqueid="mine", ActionID="a/1", Channel="PJSIP/1"
    )
    assert isinstance(failed, OriginateResponse)
    assert (failed.answered, failed.reason, failed.uniqueid, failed.action_id) == (False, 0, "mine", "a/1")


def test_carriers_telephones_and_asterisk_itself() -> None:
    registry = read(
        "Registry", ChannelType="pjsip", Username="sip:8800@carrier", Domain="sip:carrier", Status="Rejected"
    )
    assert isinstance(registry, Registry)
    assert registry.status == "Rejected"
    contact = read("ContactStatus", URI="sip:101@127.0.0.1", ContactStatus="Reachable", AOR="101", EndpointName="101")
    assert isinstance(contact, ContactStatus)
    assert (contact.endpoint, contact.status) == ("101", "Reachable")
    assert isinstance(read("FullyBooted", Uptime="1"), FullyBooted)
    shutdown = read("Shutdown", Shutdown="Cleanly", Restart="False")
    assert isinstance(shutdown, Shutdown)
    assert not shutdown.restart


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {**CALLER, "Cause": "seventeen"},
        {**CALLER, "Cause": "9" * 30},
        {**CALLER, "Cause": "9" * 5000},
        {**CALLER, "Cause": "17", "Uniqueid": ""},
        {"Cause": "17"},
    ],
)
def test_a_garbled_event_is_another_event_and_no_exception(headers: dict[str, str]) -> None:
    event = read("Hangup", headers)
    assert isinstance(event, Other)
    assert event.name == "Hangup"
    assert event.headers.get("Cause") == headers.get("Cause")


def test_an_unknown_event_keeps_its_headers_and_identifiers() -> None:
    event = read("LocalOptimizationBegin", CALLER)
    assert event == Other(
        at=NOW,
        headers=Headers({}),
        name="LocalOptimizationBegin",
        uniqueid=CALLER["Uniqueid"],
        linkedid=CALLER["Linkedid"],
    )
    assert dict(event.headers) == {"Event": "LocalOptimizationBegin", **CALLER}


NAMES = sorted(
    name
    for name, event in vars(all_events).items()
    if isinstance(event, type) and issubclass(event, AsteriskEvent) and not event.__subclasses__()
)
HEADERS = sorted(
    {
        *CALLER,
        *under("Dest", CALLER),
        "Event",
        "UserEvent",
        "Timestamp",
        "Cause",
        "Queue",
        "Status",
        "Paused",
        "RingTime",
    }
    | {"Interface", "BridgeUniqueid", "BridgeType", "BridgeNumChannels", "Reason", "Response", "ActionID", "HoldTime"}
)
VALUES = st.one_of(st.sampled_from(["", "<unknown>", "1", "-1", "6", "99", "yes"]), st.text(max_size=12))


@given(st.sampled_from(NAMES), st.dictionaries(st.sampled_from(HEADERS), VALUES))
@settings(deadline=None, max_examples=500)
def test_no_headers_whatever_raise(name: str, headers: dict[str, str]) -> None:
    event = decode(Headers({**headers, "Event": name}), NOW)
    assert isinstance(event, AsteriskEvent)
    assert event.at.tzinfo is UTC


LISTS: tuple[Any, ...] = (present.channels, present.bridges, present.queues)


@given(st.lists(st.dictionaries(st.sampled_from(HEADERS), VALUES), max_size=4))
@settings(deadline=None)
def test_no_lists_whatever_raise(entries: list[dict[str, str]]) -> None:
    for reading, name in zip(LISTS, ("CoreShowChannel", "BridgeListItem", "QueueParams"), strict=True):
        reading([{**entry, "Event": name} for entry in entries])
    present.queues([{"Event": "QueueParams", "Queue": "q"}, *({**each, "Event": "QueueMember"} for each in entries)])
    present.system(*([entries[0], entries[-1]] if entries else [{}, {}]))


def test_the_present_state_of_channels_and_queues() -> None:
    entry = {"Event": "CoreShowChannel", **CALLER, "Application": "Queue", "ApplicationData": "operators,,,,20"}
    (there,) = present.channels([entry | {"Duration": "01:02:03", "BridgeId": ""}, {"Event": "CoreShowChannel"}])
    assert (there.channel, there.application, there.seconds, there.bridge) == (CALLER["Channel"], "Queue", 3723, None)
    (queue,) = present.queues(
        [
            {
                "Event": "QueueParams",
                "Queue": "operators",
                "Strategy": "leastrecent",
                "Completed": "5",
                "Abandoned": "1",
            },
            {"Event": "QueueMember", "Queue": "operators", "Location": "PJSIP/101", "Name": "Анна", "Status": "1"},
            {"Event": "QueueMember", "Queue": "other", "Location": "PJSIP/102", "Status": "1"},
            {
                "Event": "QueueEntry",
                "Queue": "operators",
                "Position": "2",
                "Channel": "b",
                "Uniqueid": "2",
                "Wait": "5",
            },
            {
                "Event": "QueueEntry",
                "Queue": "operators",
                "Position": "1",
                "Channel": "a",
                "Uniqueid": "1",
                "Wait": "9",
            },
        ]
    )
    assert [member.name for member in queue.members] == ["Анна"]
    assert queue.members[0].last_call is None
    assert [(caller.channel, caller.seconds) for caller in queue.waiting] == [("a", 9), ("b", 5)]

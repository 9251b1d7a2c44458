"""What Asterisk tells of calls, bridges, queues and parking, as frozen values.

Each field names the header it is read from, so this page is also the table `decode` works by. A `str`, `int` or enum
field must be there, or the event is garbled and comes as `Other`; a field that may be `None` may be missing, empty or
`<unknown>`. Seconds are seconds everywhere, whatever Asterisk counts in.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from typing import Annotated

from asterisk.ami.message import Headers


@dataclass(frozen=True, slots=True)
class From:
    """The header a number is read from, when it must be scaled to our unit."""

    header: str
    scale: float


class DeviceState(IntEnum):
    """How a queue member's telephone is, in Asterisk's numbers."""

    UNKNOWN = 0
    NOT_IN_USE = 1
    IN_USE = 2
    BUSY = 3
    INVALID = 4
    UNAVAILABLE = 5
    RINGING = 6
    RINGING_IN_USE = 7
    ON_HOLD = 8


class ChannelState(IntEnum):
    DOWN = 0
    RESERVED = 1
    OFF_HOOK = 2
    DIALING = 3
    RING = 4
    RINGING = 5
    UP = 6
    BUSY = 7
    DIALING_OFF_HOOK = 8
    PRE_RING = 9
    UNKNOWN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class AmiEvent:
    at: datetime
    """When it happened, aware, in UTC: Asterisk's own time where it says it, else the time it came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AsteriskEvent(AmiEvent):
    headers: Headers = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Other(AsteriskEvent):
    """An event without a type of its own here, or a garbled one."""

    name: str
    uniqueid: str | None
    linkedid: str | None


# -- channels --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelEvent(AsteriskEvent):
    channel: Annotated[str, "Channel"]
    uniqueid: Annotated[str, "Uniqueid"]
    linkedid: Annotated[str, "Linkedid"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelPicture(ChannelEvent):
    """A channel event with the whole picture of the channel."""

    state: Annotated[ChannelState, "ChannelState"]
    caller: Annotated[str | None, "CallerIDNum"]
    caller_name: Annotated[str | None, "CallerIDName"]
    connected: Annotated[str | None, "ConnectedLineNum"]
    connected_name: Annotated[str | None, "ConnectedLineName"]
    account: Annotated[str | None, "AccountCode"]
    context: Annotated[str | None, "Context"]
    exten: Annotated[str | None, "Exten"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Newchannel(ChannelPicture):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Newstate(ChannelPicture):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCallerid(ChannelPicture):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class NewConnectedLine(ChannelPicture):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Rename(AsteriskEvent):
    """A channel has another name now; its Uniqueid stays."""

    channel: Annotated[str, "Channel"]
    new_name: Annotated[str, "Newname"]
    uniqueid: Annotated[str, "Uniqueid"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold(ChannelEvent):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Unhold(ChannelEvent):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class MixMonitorStart(ChannelEvent):
    """From now on this channel is being recorded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MixMonitorStop(ChannelEvent):
    """Somebody ended a recording of this channel; a hang-up ends it without a word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hangup(ChannelEvent):
    """The real end of a channel."""

    cause: Annotated[int, "Cause"]
    """Q.850."""
    cause_text: Annotated[str | None, "Cause-txt"]
    tech_cause: Annotated[str | None, "TechCause"]
    """The SIP status of a PJSIP channel; a Local channel loses it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DialEvent(AsteriskEvent):
    """A dialled channel, and the one that dials it unless it was originated."""

    channel: Annotated[str | None, "Channel"]
    uniqueid: Annotated[str | None, "Uniqueid"]
    linkedid: Annotated[str | None, "Linkedid"]
    dest_channel: Annotated[str, "DestChannel"]
    dest_uniqueid: Annotated[str, "DestUniqueid"]
    dest_linkedid: Annotated[str, "DestLinkedid"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DialBegin(DialEvent):
    dial_string: Annotated[str | None, "DialString"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DialEnd(DialEvent):
    status: Annotated[str, "DialStatus"]
    """`ANSWER`, `BUSY`, `NOANSWER`, `CANCEL`, `CONGESTION`, `CHANUNAVAIL`…"""
    forward: Annotated[str | None, "Forward"]


# -- bridges ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeEvent(AsteriskEvent):
    bridge: Annotated[str, "BridgeUniqueid"]
    bridge_type: Annotated[str, "BridgeType"]
    """`basic` is a talk, `parking` is waiting, `multimix` a conference."""
    technology: Annotated[str | None, "BridgeTechnology"]
    creator: Annotated[str | None, "BridgeCreator"]
    name: Annotated[str | None, "BridgeName"]
    channels: Annotated[int, "BridgeNumChannels"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeCreate(BridgeEvent):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeDestroy(BridgeEvent):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeEnter(BridgeEvent):
    channel: Annotated[str, "Channel"]
    uniqueid: Annotated[str, "Uniqueid"]
    linkedid: Annotated[str, "Linkedid"]
    swapped: Annotated[str | None, "SwapUniqueid"]
    """The Uniqueid of the channel whose place it took (an attended transfer)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeLeave(BridgeEvent):
    channel: Annotated[str, "Channel"]
    uniqueid: Annotated[str, "Uniqueid"]
    linkedid: Annotated[str, "Linkedid"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeMerge(AsteriskEvent):
    to_bridge: Annotated[str, "ToBridgeUniqueid"]
    from_bridge: Annotated[str, "FromBridgeUniqueid"]


# -- queues ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueCallerEvent(ChannelEvent):
    queue: Annotated[str, "Queue"]
    position: Annotated[int | None, "Position"]


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueCallerJoin(QueueCallerEvent):
    waiting: Annotated[int | None, "Count"]
    caller: Annotated[str | None, "CallerIDNum"]


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueCallerLeave(QueueCallerEvent):
    waiting: Annotated[int | None, "Count"]


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueCallerAbandon(QueueCallerEvent):
    """The caller left unserved; a queue's time-out looks the same here."""

    original_position: Annotated[int | None, "OriginalPosition"]
    hold_seconds: Annotated[int, "HoldTime"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentEvent(ChannelEvent):
    """The caller's channel, and the channel and interface of the operator it was offered to."""

    queue: Annotated[str, "Queue"]
    interface: Annotated[str, "Interface"]
    member: Annotated[str | None, "MemberName"]
    dest_channel: Annotated[str | None, "DestChannel"]
    dest_uniqueid: Annotated[str | None, "DestUniqueid"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentCalled(AgentEvent):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentConnect(AgentEvent):
    hold_seconds: Annotated[int, "HoldTime"]
    ring_seconds: Annotated[float, "RingTime"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentComplete(AsteriskEvent):
    """An operator's part of a call is over. Asterisk tells it last, when either channel may be gone, and then says
    nothing of that channel (measured on 22): know the call by whichever side is there."""

    queue: Annotated[str, "Queue"]
    interface: Annotated[str, "Interface"]
    member: Annotated[str | None, "MemberName"]
    channel: Annotated[str | None, "Channel"]
    uniqueid: Annotated[str | None, "Uniqueid"]
    linkedid: Annotated[str | None, "Linkedid"]
    dest_channel: Annotated[str | None, "DestChannel"]
    dest_uniqueid: Annotated[str | None, "DestUniqueid"]
    dest_linkedid: Annotated[str | None, "DestLinkedid"]
    hold_seconds: Annotated[int, "HoldTime"]
    talk_seconds: Annotated[int, "TalkTime"]
    reason: Annotated[str | None, "Reason"]
    """`caller`, `agent`; `transfer` ends this operator's part only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentRingNoAnswer(AgentEvent):
    ring_seconds: Annotated[float, From("RingTime", 0.001)]
    """Asterisk counts milliseconds here, though seconds in AgentConnect."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentDump(AgentEvent):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueMemberEvent(AsteriskEvent):
    queue: Annotated[str, "Queue"]
    interface: Annotated[str, "Interface"]
    member: Annotated[str | None, "MemberName"]
    state_interface: Annotated[str | None, "StateInterface"]
    status: Annotated[DeviceState, "Status"]
    paused: Annotated[bool, "Paused"]
    paused_reason: Annotated[str | None, "PausedReason"]
    penalty: Annotated[int | None, "Penalty"]
    calls_taken: Annotated[int | None, "CallsTaken"]
    in_call: Annotated[bool, "InCall"]


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueMemberStatus(QueueMemberEvent):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueMemberAdded(QueueMemberEvent):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueMemberRemoved(QueueMemberEvent):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueMemberPause(QueueMemberEvent):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueMemberPenalty(QueueMemberEvent):
    pass


# -- transfers and parking -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class BlindTransfer(AsteriskEvent):
    result: Annotated[str, "Result"]
    transferer_channel: Annotated[str, "TransfererChannel"]
    transferer_uniqueid: Annotated[str, "TransfererUniqueid"]
    linkedid: Annotated[str | None, "TransfererLinkedid"]
    transferee_channel: Annotated[str | None, "TransfereeChannel"]
    transferee_uniqueid: Annotated[str | None, "TransfereeUniqueid"]
    bridge: Annotated[str | None, "BridgeUniqueid"]
    context: Annotated[str | None, "Context"]
    exten: Annotated[str | None, "Extension"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AttendedTransfer(AsteriskEvent):
    """The operator's first call (`orig`, with the caller) and consult call (`second`) were put together."""

    result: Annotated[str, "Result"]
    orig_channel: Annotated[str, "OrigTransfererChannel"]
    orig_uniqueid: Annotated[str, "OrigTransfererUniqueid"]
    orig_linkedid: Annotated[str | None, "OrigTransfererLinkedid"]
    orig_bridge: Annotated[str | None, "OrigBridgeUniqueid"]
    second_channel: Annotated[str, "SecondTransfererChannel"]
    second_uniqueid: Annotated[str, "SecondTransfererUniqueid"]
    second_linkedid: Annotated[str | None, "SecondTransfererLinkedid"]
    second_bridge: Annotated[str | None, "SecondBridgeUniqueid"]
    dest_type: Annotated[str | None, "DestType"]
    """`Bridge`, `App`, `Link`, `Threeway` or `Fail`."""
    dest_bridge: Annotated[str | None, "DestBridgeUniqueid"]
    transferee_channel: Annotated[str | None, "TransfereeChannel"]
    transferee_uniqueid: Annotated[str | None, "TransfereeUniqueid"]
    target_channel: Annotated[str | None, "TransferTargetChannel"]
    target_uniqueid: Annotated[str | None, "TransferTargetUniqueid"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ParkingEvent(AsteriskEvent):
    channel: Annotated[str, "ParkeeChannel"]
    uniqueid: Annotated[str, "ParkeeUniqueid"]
    linkedid: Annotated[str, "ParkeeLinkedid"]
    parker: Annotated[str | None, "ParkerDialString"]
    lot: Annotated[str, "Parkinglot"]
    space: Annotated[str, "ParkingSpace"]
    timeout_seconds: Annotated[int | None, "ParkingTimeout"]
    parked_seconds: Annotated[int | None, "ParkingDuration"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ParkedCall(ParkingEvent):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class UnParkedCall(ParkingEvent):
    retriever_channel: Annotated[str | None, "RetrieverChannel"]
    retriever_uniqueid: Annotated[str | None, "RetrieverUniqueid"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ParkedCallTimeOut(ParkingEvent):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class ParkedCallGiveUp(ParkingEvent):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class ParkedCallSwap(ParkingEvent):
    pass


# -- the dialplan, originating, the system ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class UserEvent(AsteriskEvent):
    """Sent by the dialplan's `UserEvent()`; `fields` are its own headers, not those of the channel."""

    name: str
    fields: Mapping[str, str]
    channel: str | None = None
    uniqueid: str | None = None
    linkedid: str | None = None

    def __hash__(self) -> int:
        return hash((self.at, self.name, self.uniqueid))


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginateResponse(AsteriskEvent):
    """How dialling began. `reason` 4 is answered, 3 a time-out, 0 everything else: see that channel's Hangup."""

    response: Annotated[str, "Response"]
    reason: Annotated[int, "Reason"]
    channel: Annotated[str | None, "Channel"]
    uniqueid: Annotated[str | None, "Uniqueid"]
    action_id: Annotated[str | None, "ActionID"]

    @property
    def answered(self) -> bool:
        return self.response == "Success"


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry(AsteriskEvent):
    """Our registration at a carrier."""

    username: Annotated[str | None, "Username"]
    domain: Annotated[str | None, "Domain"]
    status: Annotated[str, "Status"]
    cause: Annotated[str | None, "Cause"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactStatus(AsteriskEvent):
    endpoint: Annotated[str | None, "EndpointName"]
    aor: Annotated[str | None, "AOR"]
    uri: Annotated[str | None, "URI"]
    status: Annotated[str, "ContactStatus"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerStatus(AsteriskEvent):
    peer: Annotated[str, "Peer"]
    status: Annotated[str, "PeerStatus"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FullyBooted(AsteriskEvent):
    uptime_seconds: Annotated[int | None, "Uptime"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shutdown(AsteriskEvent):
    how: Annotated[str | None, "Shutdown"]
    restart: Annotated[bool, "Restart"]

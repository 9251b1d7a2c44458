"""What is there now: channels, bridges, queues and their operators, as Asterisk lists them when asked.

Pure readings of list answers; an entry that cannot be read is left out, never an exception.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from asterisk.ami.decode import Garbled, choice, flag, integer, optional, or_none, required
from asterisk.ami.events import AmiEvent, ChannelState, DeviceState

Entry = Mapping[str, str]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ChannelNow:
    channel: str
    uniqueid: str
    linkedid: str
    state: ChannelState
    context: str | None
    exten: str | None
    priority: int | None
    application: str | None
    data: str | None
    caller: str | None
    caller_name: str | None
    connected: str | None
    account: str | None
    bridge: str | None
    """The Uniqueid of the bridge it is in."""
    seconds: int


@dataclass(frozen=True, slots=True)
class BridgeNow:
    bridge: str
    bridge_type: str
    technology: str | None
    creator: str | None
    name: str | None
    channels: int


@dataclass(frozen=True, slots=True)
class MemberNow:
    """An operator in a queue."""

    interface: str
    name: str | None
    state_interface: str | None
    status: DeviceState
    paused: bool
    paused_reason: str | None
    penalty: int
    calls_taken: int
    last_call: datetime | None
    in_call: bool


@dataclass(frozen=True, slots=True)
class WaitingNow:
    """A caller in a queue."""

    position: int
    channel: str
    uniqueid: str
    caller: str | None
    seconds: int
    priority: int


@dataclass(frozen=True, slots=True)
class QueueNow:
    name: str
    strategy: str | None
    completed: int
    abandoned: int
    hold_seconds: int
    talk_seconds: int
    members: tuple[MemberNow, ...]
    waiting: tuple[WaitingNow, ...]


@dataclass(frozen=True, slots=True)
class SystemNow:
    """Asterisk itself."""

    version: str
    systemname: str | None
    started: str
    """Its own local date and time of start; another value means it was started anew."""
    calls: int
    calls_ever: int
    most_calls: int | None
    """`maxcalls`; none means no limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resync(AmiEvent):
    """The whole state, after a connection or a loss: what is not in here has ended unseen. Later events follow it.

    An event that came while this was being asked for follows too, so it may tell again what stands here already.
    """

    channels: tuple[ChannelNow, ...]
    queues: tuple[QueueNow, ...]
    bridges: tuple[BridgeNow, ...]
    system: SystemNow | None
    restarted: bool
    """Asterisk was started anew since the last one: every earlier call is over."""
    missing: tuple[str, ...] = ()
    """The lists Asterisk could not give (the module is not loaded or not permitted)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Disconnected(AmiEvent):
    """From now until the next `Resync` nothing is known."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost(AmiEvent):
    """A subscriber was too slow and this many events were dropped; a `Resync` follows at once."""

    events: int


def channels(entries: Iterable[Entry]) -> tuple[ChannelNow, ...]:
    return tuple(_each(entries, "CoreShowChannel", _channel))


def bridges(entries: Iterable[Entry]) -> tuple[BridgeNow, ...]:
    return tuple(_each(entries, "BridgeListItem", _bridge))


def queues(entries: Iterable[Entry]) -> tuple[QueueNow, ...]:
    entries = list(entries)
    return tuple(_each(entries, "QueueParams", lambda entry: _queue(entry, entries)))


def system(settings: Entry, status: Entry) -> SystemNow:
    date, time = optional(status, "CoreStartupDate"), optional(status, "CoreStartupTime")
    return SystemNow(
        version=optional(settings, "AsteriskVersion") or "unknown",
        systemname=optional(settings, "SystemName"),
        started=f"{date or '?'} {time or '?'}",
        calls=_number(status, "CoreCurrentCalls"),
        calls_ever=_number(status, "CoreProcessedCalls"),
        most_calls=_number(settings, "CoreMaxCalls") or None,
    )


def _each(entries: Iterable[Entry], name: str, read: Callable[[Entry], T]) -> Iterable[T]:
    for entry in entries:
        if entry.get("Event") == name:
            try:
                yield read(entry)
            except Garbled:
                continue


def _number(entry: Entry, header: str) -> int:
    return or_none(entry, header, integer) or 0


def _channel(entry: Entry) -> ChannelNow:
    return ChannelNow(
        channel=required(entry, "Channel"),
        uniqueid=required(entry, "Uniqueid"),
        linkedid=required(entry, "Linkedid"),
        state=ChannelState(choice(entry, "ChannelState", ChannelState)),
        context=optional(entry, "Context"),
        exten=optional(entry, "Exten"),
        priority=or_none(entry, "Priority", integer),
        application=optional(entry, "Application"),
        data=optional(entry, "ApplicationData"),
        caller=optional(entry, "CallerIDNum"),
        caller_name=optional(entry, "CallerIDName"),
        connected=optional(entry, "ConnectedLineNum"),
        account=optional(entry, "AccountCode"),
        bridge=optional(entry, "BridgeId"),
        seconds=_duration(entry.get("Duration", "")),
    )


def _duration(text: str) -> int:
    seconds = 0
    for part in text.split(":"):
        if not (part.isascii() and part.isdigit() and len(part) < 9):
            return 0
        seconds = seconds * 60 + int(part)
    return seconds


def _bridge(entry: Entry) -> BridgeNow:
    return BridgeNow(
        bridge=required(entry, "BridgeUniqueid"),
        bridge_type=required(entry, "BridgeType"),
        technology=optional(entry, "BridgeTechnology"),
        creator=optional(entry, "BridgeCreator"),
        name=optional(entry, "BridgeName"),
        channels=_number(entry, "BridgeNumChannels"),
    )


def _queue(entry: Entry, entries: list[Entry]) -> QueueNow:
    name = required(entry, "Queue")
    own = [each for each in entries if each.get("Queue") == name]
    return QueueNow(
        name=name,
        strategy=optional(entry, "Strategy"),
        completed=_number(entry, "Completed"),
        abandoned=_number(entry, "Abandoned"),
        hold_seconds=_number(entry, "Holdtime"),
        talk_seconds=_number(entry, "TalkTime"),
        members=tuple(_each(own, "QueueMember", _member)),
        waiting=tuple(sorted(_each(own, "QueueEntry", _waiting), key=lambda caller: caller.position)),
    )


def _member(entry: Entry) -> MemberNow:
    last = _number(entry, "LastCall")
    return MemberNow(
        interface=required(entry, "Location"),
        name=optional(entry, "Name"),
        state_interface=optional(entry, "StateInterface"),
        status=DeviceState(choice(entry, "Status", DeviceState)),
        paused=flag(entry, "Paused"),
        paused_reason=optional(entry, "PausedReason"),
        penalty=_number(entry, "Penalty"),
        calls_taken=_number(entry, "CallsTaken"),
        last_call=datetime.fromtimestamp(last, UTC) if 0 < last < 1 << 35 else None,
        in_call=flag(entry, "InCall"),
    )


def _waiting(entry: Entry) -> WaitingNow:
    return WaitingNow(
        position=integer(entry, "Position"),
        channel=required(entry, "Channel"),
        uniqueid=required(entry, "Uniqueid"),
        caller=optional(entry, "CallerIDNum"),
        seconds=_number(entry, "Wait"),
        priority=_number(entry, "Priority"),
    )

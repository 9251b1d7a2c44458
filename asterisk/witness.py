"""The witness: what Asterisk tells of a call's channels, written into that call's journal.

It follows the caller's own channel, by Uniqueid, from the moment it is told to until that channel's Hangup, through
queues, bridges, transfers and parking. Times are Asterisk's own. It decides nothing: waits and talks are computed
from what it wrote (`ivr.journal.times`).
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from asterisk.ami import AmiError, AmiLink, Resync
from asterisk.ami.events import (
    AgentCalled,
    AgentConnect,
    AgentRingNoAnswer,
    AmiEvent,
    AttendedTransfer,
    BlindTransfer,
    BridgeDestroy,
    BridgeEnter,
    BridgeLeave,
    Hangup,
    Hold,
    QueueCallerAbandon,
    QueueCallerJoin,
    QueueCallerLeave,
    Unhold,
    UserEvent,
)
from asterisk.followed import Followed, Pen, Together, operator_of
from ivr.journal.events import Kind

HEARD: tuple[type[AmiEvent], ...] = (
    QueueCallerJoin, QueueCallerLeave, QueueCallerAbandon, AgentCalled, AgentConnect, AgentRingNoAnswer,
    BridgeEnter, BridgeLeave, BridgeDestroy, BlindTransfer, AttendedTransfer, Hold, Unhold, Hangup, UserEvent, Resync,
)  # fmt: skip


@dataclass
class _Bridge:
    type: str
    inside: dict[str, str] = field(default_factory=dict)
    """Whose channel, by Uniqueid."""


class Witness:
    """Subscribe it with `watch(link)`, then `follow` each caller."""

    def __init__(self) -> None:
        self._followed: dict[str, Followed] = {}
        self._bridges: dict[str, _Bridge] = {}
        self._where: dict[str, str] = {}
        """The bridge a channel is in, by Uniqueid."""
        self._ended: deque[Hangup] = deque(maxlen=1000)

    def watch(self, link: AmiLink) -> Callable[[], None]:
        """Listen to the link; returns what ends the listening."""

        async def heard(event: AmiEvent) -> None:
            self.tell(event)
            if isinstance(event, Resync) and self.missing(event):
                # Asked again: who came while the first list was on its way is in this one, or is really over.
                try:
                    alive = {channel.uniqueid for channel in await link.channels()}
                except AmiError:
                    return  # the link is down again, and another Resync will come
                self.end_unseen(alive, event.at)

        return link.subscribe(heard, *HEARD)

    def follow(self, pen: Pen, uniqueid: str, at: datetime) -> Followed:
        """Write what happens to this caller's channel from now on; what it is in already is written at once."""
        followed = self._followed[uniqueid] = Followed(uniqueid, pen)
        followed.put(self._together(uniqueid), at)
        for event in self._ended:
            if event.uniqueid == uniqueid:  # its Hangup was quicker than whoever follows it
                self._hung_up(event)
                break
        return followed

    def followed(self, uniqueid: str) -> Followed | None:
        return self._followed.get(uniqueid)

    def queue_ended(self, uniqueid: str, status: str, at: datetime) -> None:
        """`QUEUESTATUS`, from whoever read it: Asterisk's events alone do not tell a time-out from a hang-up."""
        followed = self._followed.get(uniqueid)
        if followed is not None:
            followed.queue_ended(status, at)

    def tell(self, event: AmiEvent) -> None:
        """Take one event of Asterisk."""
        match event:
            case BridgeEnter():
                if self._where.get(event.uniqueid) != event.bridge:
                    self._move(event.uniqueid, None, event.at)
                bridge = self._bridges.setdefault(event.bridge, _Bridge(event.bridge_type))
                bridge.inside[event.uniqueid] = operator_of(event.channel)
                self._where[event.uniqueid] = event.bridge
                self._write_bridge(event.bridge, event.at)
            case BridgeLeave():
                self._move(event.uniqueid, event.bridge, event.at)
            case BridgeDestroy():
                for uniqueid in list(self._bridges.get(event.bridge, _Bridge("")).inside):
                    self._move(uniqueid, event.bridge, event.at)
                self._bridges.pop(event.bridge, None)
            case Hold() | Unhold():
                self._held(event)
            case Hangup():
                self._hung_up(event)
            case AttendedTransfer():
                self._attended(event)
            case BlindTransfer(result="Success", transferee_uniqueid=str(uniqueid)):
                self._note(uniqueid, event.at, Kind.TRANSFERRED, how="blind", target=event.exten)
            case UserEvent(uniqueid=str(uniqueid)):
                self._user_event(event, uniqueid)
            case Resync():
                self._resync(event)
            case _:
                self._queue(event)

    # -- queues --------------------------------------------------------------------------------------------------

    def _queue(self, event: AmiEvent) -> None:
        followed = self._followed.get(getattr(event, "uniqueid", ""))
        if followed is None:
            return
        match event:
            case QueueCallerJoin():
                followed.joined(event.at, event.queue, event.position)
            case AgentCalled():
                followed.pen.note_at(event.at, Kind.RINGING, operator=operator_of(event.interface), queue=event.queue)
            case AgentRingNoAnswer():
                operator = operator_of(event.interface)
                seconds = event.ring_seconds
                followed.pen.note_at(event.at, Kind.NOT_ANSWERED, operator=operator, ring_seconds=seconds)
            case AgentConnect():
                followed.answered(event.at)
                operator = operator_of(event.interface)
                followed.pen.note_at(
                    event.at, Kind.CONNECTED, operator=operator, queue=event.queue, hold_seconds=event.hold_seconds
                )
            case QueueCallerAbandon():
                followed.leaving(event.at, unserved=True)
            case QueueCallerLeave():
                followed.leaving(event.at, unserved=False)

    def _user_event(self, event: UserEvent, uniqueid: str) -> None:
        """What our generated dialplan says (`asterisk/config/templates/parts`)."""
        match event.name:
            case "GudokFallback":
                self._note(uniqueid, event.at, Kind.FELL_BACK, why=event.fields.get("Why") or "redirected")
            case "GudokQueueFailed":
                self.queue_ended(uniqueid, event.fields.get("Status", ""), event.at)
            case "GudokVoicemail":
                self._note(uniqueid, event.at, Kind.RECORDED, file=event.fields.get("File"))

    # -- bridges -------------------------------------------------------------------------------------------------

    def _move(self, uniqueid: str, out_of: str | None, at: datetime) -> None:
        """Take a channel out of the bridge it is in; `out_of` names the one it is said to leave."""
        here = self._where.get(uniqueid)
        if here is None or (out_of is not None and here != out_of):
            return
        del self._where[uniqueid]
        bridge = self._bridges[here]
        bridge.inside.pop(uniqueid, None)
        followed = self._followed.get(uniqueid)
        if followed is not None:
            followed.put(None, at)
        self._write_bridge(here, at)
        if not bridge.inside:
            del self._bridges[here]

    def _write_bridge(self, name: str, at: datetime) -> None:
        for uniqueid in self._bridges[name].inside:
            followed = self._followed.get(uniqueid)
            if followed is not None:
                followed.put(self._together(uniqueid), at)

    def _together(self, uniqueid: str) -> Together | None:
        """Where this channel is with others, or parked; None when it is alone."""
        name = self._where.get(uniqueid)
        if name is None:
            return None
        bridge = self._bridges[name]
        others = tuple(sorted(who for other, who in bridge.inside.items() if other != uniqueid))
        return Together(name, bridge.type, others) if others or bridge.type != "basic" else None

    def _held(self, event: Hold | Unhold) -> None:
        """An operator pressed hold: it is the callers in the same bridge who wait."""
        kind = Kind.HELD if isinstance(event, Hold) else Kind.RESUMED
        bridge = self._bridges.get(self._where.get(event.uniqueid, ""))
        for uniqueid in bridge.inside if bridge else ():
            if uniqueid != event.uniqueid:
                self._note(uniqueid, event.at, kind, operator=operator_of(event.channel))

    def _attended(self, event: AttendedTransfer) -> None:
        if event.result != "Success":
            return
        caller = event.transferee_uniqueid
        if caller not in self._followed:
            # Asterisk names the transferee only in some forms: it is whoever shares the operator's first bridge.
            bridge = self._bridges.get(event.orig_bridge or "")
            caller = next(
                (uniqueid for uniqueid in (bridge.inside if bridge else ()) if uniqueid in self._followed), None
            )
        if caller is None:
            return
        target = operator_of(event.target_channel) if event.target_channel else None
        self._note(caller, event.at, Kind.TRANSFERRED, how="attended", target=target)
        if event.second_linkedid:
            self._note(caller, event.at, Kind.LINKED, linkedid=event.second_linkedid)

    # -- the end -------------------------------------------------------------------------------------------------

    def _hung_up(self, event: Hangup) -> None:
        self._move(event.uniqueid, None, event.at)
        followed = self._followed.get(event.uniqueid)
        if followed is not None:
            del self._followed[event.uniqueid]
            followed.end(event.at, cause=event.cause, tech_cause=event.tech_cause)
        else:
            self._ended.append(event)

    def missing(self, now: Resync) -> bool:
        """Whether somebody who is followed is not in this whole state."""
        if "channels" in now.missing:
            return False
        alive = {channel.uniqueid for channel in now.channels}
        return any(uniqueid not in alive for uniqueid in self._followed)

    def end_unseen(self, alive: set[str], at: datetime) -> None:
        """Who is followed and not alive has hung up while nothing was to be seen."""
        for followed in [each for each in self._followed.values() if each.uniqueid not in alive]:
            del self._followed[followed.uniqueid]
            followed.put(None, at)
            followed.end(at, cause=None, unseen=True)

    def _resync(self, now: Resync) -> None:
        """The whole state anew: who is in another bridge than before has been moved unseen."""
        if "channels" in now.missing:
            return
        types = {bridge.bridge: bridge.bridge_type for bridge in now.bridges}
        self._bridges, self._where = {}, {}
        for channel in now.channels:
            if channel.bridge:
                bridge = self._bridges.setdefault(channel.bridge, _Bridge(types.get(channel.bridge, "basic")))
                bridge.inside[channel.uniqueid] = operator_of(channel.channel)
                self._where[channel.uniqueid] = channel.bridge
        for followed in self._followed.values():
            followed.put(self._together(followed.uniqueid), now.at)
        if "queues" not in now.missing:
            self._resync_queues(now)

    def _resync_queues(self, now: Resync) -> None:
        waiting = {caller.uniqueid: (queue.name, caller) for queue in now.queues for caller in queue.waiting}
        for followed in self._followed.values():
            queue, caller = waiting.get(followed.uniqueid, ("", None))
            if caller is not None and followed.queue is None:
                followed.joined(now.at - timedelta(seconds=caller.seconds), queue, caller.position)
            elif caller is None and followed.queue is not None:
                if followed.together is not None:
                    followed.answered(now.at)
                else:
                    followed.leaving(now.at, unserved=True)

    def _note(self, uniqueid: str, at: datetime, kind: Kind, **data: object) -> None:
        followed = self._followed.get(uniqueid)
        if followed is not None:
            followed.pen.note_at(at, kind, **data)

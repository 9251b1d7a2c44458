"""The witness: what Asterisk tells of a call's channels, written into that call's journal.

It follows the caller's own channel, by Uniqueid, from the moment it is told to until that channel's Hangup, through
queues, bridges, transfers and parking. Times are Asterisk's own. It decides nothing: waits and talks are computed
from what it wrote (`ivr.journal.times`).
"""

from collections import deque
from collections.abc import Callable, Collection
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
    ParkedCall,
    ParkedCallGiveUp,
    ParkedCallTimeOut,
    ParkingEvent,
    QueueCallerAbandon,
    QueueCallerJoin,
    QueueCallerLeave,
    Unhold,
    UnParkedCall,
    UserEvent,
)
from asterisk.bridges import Bridges, Inside, operator_of
from asterisk.followed import Followed, Pen
from ivr.journal.events import Kind

HEARD: tuple[type[AmiEvent], ...] = (
    QueueCallerJoin, QueueCallerLeave, QueueCallerAbandon, AgentCalled, AgentConnect, AgentRingNoAnswer,
    BridgeEnter, BridgeLeave, BridgeDestroy, BlindTransfer, AttendedTransfer, Hold, Unhold, Hangup, UserEvent, Resync,
    ParkedCall, UnParkedCall, ParkedCallTimeOut, ParkedCallGiveUp,
)  # fmt: skip


class Witness:
    """Subscribe it with `watch(link)`, then `follow` each caller."""

    def __init__(self) -> None:
        self._followed: dict[str, Followed] = {}
        self._bridges = Bridges()
        self._places: dict[str, tuple[str, int | None]] = {}
        """Others' places in queues, by Uniqueid: an operator may keep one for a caller."""
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
        self._put(followed, at)
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
                if self._bridges.of(event.uniqueid) != event.bridge:
                    self._leave(event.uniqueid, None, event.at)
                inside = Inside(event.channel, event.linkedid)
                self._bridges.enter(event.uniqueid, inside, event.bridge, event.bridge_type)
                self._changed(self._bridges.joined(event.bridge), event.at)
            case BridgeLeave():
                self._leave(event.uniqueid, event.bridge, event.at)
            case BridgeDestroy():
                for uniqueid in self._bridges.inside(event.bridge):
                    self._leave(uniqueid, event.bridge, event.at)
            case Hold() | Unhold():
                self._held(event)
            case Hangup():
                self._hung_up(event)
            case AttendedTransfer():
                self._attended(event)
            case BlindTransfer(result="Success", transferee_uniqueid=str(uniqueid)):
                operator = operator_of(event.transferer_channel)
                self._note(uniqueid, event.at, Kind.TRANSFERRED, how="blind", target=event.exten, operator=operator)
            case ParkingEvent():
                self._parked(event)
            case UserEvent(uniqueid=str(uniqueid)):
                self._user_event(event, uniqueid)
            case Resync():
                self._resync(event)
            case _:
                self._queue(event)

    # -- queues --------------------------------------------------------------------------------------------------

    def _queue(self, event: AmiEvent) -> None:
        uniqueid = getattr(event, "uniqueid", "")
        followed = self._followed.get(uniqueid)
        if followed is None:
            if isinstance(event, QueueCallerJoin):
                self._places[uniqueid] = event.queue, event.position
            elif isinstance(event, QueueCallerLeave | QueueCallerAbandon):
                self._places.pop(uniqueid, None)
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

    def _leave(self, uniqueid: str, bridge: str | None, at: datetime) -> None:
        """A channel is out of the bridge it is in; `bridge` names the one it is said to leave."""
        here = self._bridges.of(uniqueid)
        if here is None or (bridge is not None and here != bridge):
            return
        joined = self._bridges.joined(here)
        operators = self._bridges.operators(joined)
        self._bridges.leave(uniqueid)
        followed = self._followed.get(uniqueid)
        if followed is not None:
            self._put(followed, at)
        self._changed({each for one in joined for each in self._bridges.joined(one)}, at, operators)

    def _changed(self, bridges: Collection[str], at: datetime, operators: Collection[str] = ()) -> None:
        """Others are in these bridges now: for the callers in them, and for those whose `operators` talk there."""
        for uniqueid in self._bridges.inside(*bridges):
            followed = self._followed.get(uniqueid)
            if followed is not None:
                self._put(followed, at)
        for operator in {*operators, *self._bridges.operators(bridges)}:
            self._consults(operator, at)

    def _put(self, followed: Followed, at: datetime) -> None:
        before, after = followed.together, self._bridges.together(followed.uniqueid)
        followed.put(after, at)
        gone = set(before.others if before else ()) - set(after.others if after else ())
        for operator in gone & followed.consults.keys():
            followed.consult(operator, (), at)

    def _consults(self, operator: str, at: datetime) -> None:
        """What an operator says to a colleague while a caller is theirs belongs to that caller's contact."""
        callers, talks = [], []
        for talk in self._bridges.talks_of(operator):
            inside = self._bridges.inside(*self._bridges.joined(talk.bridge))
            here = [self._followed[uniqueid] for uniqueid in inside if uniqueid in self._followed]
            callers += here
            talks += [] if here else [talk]
        colleagues = tuple(sorted({name for talk in talks for name in talk.others}))
        for caller in callers:
            for talk in talks:
                caller.link(talk.linkedid, at)
            caller.consult(operator, colleagues, at)

    def _parked(self, event: ParkingEvent) -> None:
        match event:
            case ParkedCall():
                operator = operator_of(event.parker) if event.parker else None
                self._note(event.uniqueid, event.at, Kind.PARKED, operator=operator, space=event.space)
            case UnParkedCall():
                operator = operator_of(event.retriever_channel) if event.retriever_channel else None
                data = {"why": "retrieved", "operator": operator, "space": event.space}
                self._note(event.uniqueid, event.at, Kind.UNPARKED, **data)
            case _:
                why = "timeout" if isinstance(event, ParkedCallTimeOut) else "gave_up"
                self._note(event.uniqueid, event.at, Kind.UNPARKED, why=why, space=event.space)

    def _held(self, event: Hold | Unhold) -> None:
        """An operator pressed hold: it is the callers in the same bridge who wait."""
        kind = Kind.HELD if isinstance(event, Hold) else Kind.RESUMED
        bridge = self._bridges.of(event.uniqueid)
        for uniqueid in self._bridges.inside(*self._bridges.joined(bridge)) if bridge else ():
            if uniqueid != event.uniqueid:
                self._note(uniqueid, event.at, kind, operator=operator_of(event.channel))

    def _attended(self, event: AttendedTransfer) -> None:
        if event.result != "Success":
            return
        caller = event.transferee_uniqueid
        if caller not in self._followed:
            # Asterisk names the transferee only in some forms: it is whoever shares the operator's first bridge.
            inside = self._bridges.inside(event.orig_bridge) if event.orig_bridge else ()
            caller = next((uniqueid for uniqueid in inside if uniqueid in self._followed), None)
        followed = self._followed.get(caller) if caller is not None else None
        if followed is None:
            return
        target = operator_of(event.target_channel) if event.target_channel else None
        operator = operator_of(event.orig_channel)
        followed.pen.note_at(event.at, Kind.TRANSFERRED, how="attended", target=target, operator=operator)
        if event.second_linkedid:
            followed.link(event.second_linkedid, event.at)
        place = self._places.pop(event.second_uniqueid, None)
        if place is not None:
            followed.joined(event.at, *place)

    # -- the end -------------------------------------------------------------------------------------------------

    def _hung_up(self, event: Hangup) -> None:
        self._leave(event.uniqueid, None, event.at)
        self._places.pop(event.uniqueid, None)
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
        self._bridges.clear()
        for channel in now.channels:
            if channel.bridge:
                inside = Inside(channel.channel, channel.linkedid)
                self._bridges.enter(channel.uniqueid, inside, channel.bridge, types.get(channel.bridge, "basic"))
        for followed in self._followed.values():
            self._put(followed, now.at)
            for operator in {*followed.consults, *(followed.together.others if followed.together else ())}:
                self._consults(operator, now.at)
        if "queues" not in now.missing:
            self._resync_queues(now)

    def _resync_queues(self, now: Resync) -> None:
        waiting = {caller.uniqueid: (queue.name, caller) for queue in now.queues for caller in queue.waiting}
        self._places = {
            uniqueid: (queue, caller.position)
            for uniqueid, (queue, caller) in waiting.items()
            if uniqueid not in self._followed
        }
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

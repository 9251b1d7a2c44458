"""Asterisk's recording of calls as the service sees and commands it: what has begun, whose call is over, hush, stop.

Talks out of queues are begun by Asterisk itself (`monitor-format` of a recorded queue), so that they are recorded even
while the service is away. When a caller comes to another operator, the recording goes on in a new file, at that
operator's own channel: Asterisk 22 keeps for ever the RTP sequence numbers of what it has once recorded on a channel,
and of a second operator whose numbers are lower it would write down silence (measured: half of all transfers).
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import structlog

from asterisk.ami import AmiError, AmiLink, Manager, Resync
from asterisk.ami.events import AmiEvent, BridgeEnter, BridgeLeave, Hangup, MixMonitorStart, MixMonitorStop
from asterisk.ami.message import HeaderValue
from asterisk.witness import Witness
from ivr.clock import Clock
from ivr.journal.events import Kind
from ivr.recordings.live_name import SUFFIX, LiveName, read_live_name

log = structlog.get_logger(__name__)

OPTIONS = "bD"
"""As the queues begin it: only what is said in bridges, in two channels."""
LINK_SECONDS = 3.0
REMEMBERED = 20_000
"""Hang-ups; each is asked for within seconds."""


@dataclass(slots=True)
class _Talk:
    """A caller who is being recorded."""

    channel: str
    recorded_at: str
    """The channel whose sound is written down: the caller's, after a transfer the operator's."""
    name: LiveName | None = None
    folder: Path | None = None
    going_on: bool = True
    """False between a recorded queue and the next: that one says itself whether its talks are recorded."""
    others: set[str] = field(default_factory=set)
    """Who was in the bridge with the caller last, by Uniqueid."""


class Beginner:
    """Begins recordings, over a link of its own; `start` opens it once anything is to be recorded."""

    def __init__(self, manager: Manager, clock: Clock) -> None:
        self._link = AmiLink(manager, clock=clock)

    def start(self) -> None:
        self._link.start()

    async def begin(self, channel: str, file: Path) -> bool:
        headers: dict[str, HeaderValue] = {"Channel": channel, "File": str(file), "Options": OPTIONS}
        try:
            await self._link.up(LINK_SECONDS)
            return (await self._link.action("MixMonitor", headers)).ok
        except AmiError as error:
            log.warning("a recording cannot begin", action="recordings.begin", why=str(error))
            return False

    async def aclose(self) -> None:
        await self._link.close()


class RecordedCalls:
    """`watch` it; then it knows whose call is over, and keeps recordings away from a full disk."""

    def __init__(
        self, link: AmiLink, witness: Witness, room: Callable[[], bool], begin: Callable[[str, Path], Awaitable[bool]]
    ) -> None:
        """`begin` records a channel into a file: it takes a right that the service's own link does not have."""
        self._link, self._witness, self._room, self._begin = link, witness, room, begin
        self._ended: OrderedDict[str, None] = OrderedDict()
        self._seen: set[str] | None = None
        """All channels at the last whole look; None before the first."""
        self._recorded: dict[str, _Talk] = {}
        """Callers who are being recorded, by Uniqueid."""
        self._bridges: dict[str, str] = {}
        self._names: dict[str, str] = {}
        """The bridge each channel is in, and what it is called, by Uniqueid."""
        self._legs: set[str] = set()
        """Operators' channels that are about to be recorded."""
        self._stopped: set[str] = set()
        """Callers whose recording we have just ended ourselves."""
        self.begun = 0
        self.refused = 0

    def watch(self) -> Callable[[], None]:
        return self._link.subscribe(
            self._heard, MixMonitorStart, MixMonitorStop, BridgeEnter, BridgeLeave, Hangup, Resync
        )

    def ended(self, uniqueid: str) -> bool:
        """Whether that channel has hung up, or was not there when all were looked at."""
        return uniqueid in self._ended or (self._seen is not None and uniqueid not in self._seen)

    @property
    def now(self) -> int:
        return sum(talk.going_on for talk in self._recorded.values())

    async def hush(self, channel: str, hushed: bool) -> bool:
        """Write silence instead of what both say, until told otherwise; False: it could not be done."""
        talk = next((each for each in self._recorded.values() if each.channel == channel), None)
        where = talk.recorded_at if talk is not None else channel
        headers: dict[str, HeaderValue] = {"Channel": where, "Direction": "both", "State": int(hushed)}
        try:
            return (await self._link.action("MixMonitorMute", headers)).ok
        except AmiError as error:
            log.warning("a recording cannot be muted", action="recordings.hush", hushed=hushed, why=str(error))
            return False

    async def stop_all(self) -> None:
        """There is no room any more: what is being recorded ends here, the talks go on."""
        for talk in list(self._recorded.values()):
            await self._stop(talk.recorded_at)
        self._recorded.clear()

    async def _heard(self, event: AmiEvent) -> None:
        match event:
            case MixMonitorStart() if event.uniqueid in self._legs:
                self._legs.discard(event.uniqueid)  # we have begun it ourselves
            case MixMonitorStart():
                if self._seen is not None:
                    self._seen.add(event.uniqueid)
                if not self._room():
                    self.refused += 1
                    await self._stop(event.channel)
                    return
                self.begun += 1
                talk = self._recorded.setdefault(event.uniqueid, _Talk(event.channel, event.channel))
                talk.going_on, talk.recorded_at, talk.name = True, event.channel, None
                await self._begun(event)
            case MixMonitorStop():
                if event.uniqueid in self._stopped:
                    self._stopped.discard(event.uniqueid)  # by ourselves: it goes on in the next file
                elif event.uniqueid in self._recorded:
                    self._recorded[event.uniqueid].going_on = False
            case BridgeEnter():
                self._bridges[event.uniqueid] = event.bridge
                self._names[event.uniqueid] = event.channel
                await self._joined(event)
            case BridgeLeave():
                self._bridges.pop(event.uniqueid, None)
            case Hangup():
                self._bridges.pop(event.uniqueid, None)
                self._names.pop(event.uniqueid, None)
                self._stopped.discard(event.uniqueid)
                self._legs.discard(event.uniqueid)
                self._recorded.pop(event.uniqueid, None)
                self._ended[event.uniqueid] = None
                while len(self._ended) > REMEMBERED:
                    self._ended.popitem(last=False)
            case Resync() if "channels" not in event.missing:
                self._seen = {channel.uniqueid for channel in event.channels}
                self._bridges = {each.uniqueid: each.bridge for each in event.channels if each.bridge}
                self._names = {each.uniqueid: each.channel for each in event.channels}
                self._recorded = {key: name for key, name in self._recorded.items() if key in self._seen}

    async def _begun(self, event: MixMonitorStart) -> None:
        """Asterisk has begun by itself: what the file is called is known by the channel."""
        try:
            was = await self._link.getvar(event.channel, "MIXMONITOR_FILENAME")
        except AmiError:
            return
        name = read_live_name(Path(was).stem) if was else None
        if name is not None:
            self._note(event.uniqueid, name, event.at)

    def _note(self, uniqueid: str, name: LiveName, at: datetime) -> None:
        followed = self._witness.followed(uniqueid)
        if followed is not None:
            followed.pen.note_at(at, Kind.RECORDED, file=name.file, how=name.what)

    async def _joined(self, event: BridgeEnter) -> None:
        """Whoever came into a bridge: is somebody recorded with another there than before?"""
        if event.bridge_type != "basic":
            return
        for uniqueid, talk in self._recorded.items():
            if not talk.going_on or self._bridges.get(uniqueid) != event.bridge:
                continue
            others = {each for each, bridge in self._bridges.items() if bridge == event.bridge and each != uniqueid}
            new = others - talk.others
            if talk.others and new and not others & talk.others:
                await self._go_on(talk, event if event.uniqueid in new else None, min(new), event.at)
            talk.others = others or talk.others

    async def _go_on(self, talk: "_Talk", came: BridgeEnter | None, uniqueid: str, at: datetime) -> None:
        """End the file there is and begin the next, at the operator's channel."""
        channel = came.channel if came is not None else self._names.get(uniqueid, "")
        if not channel or not self._room() or not await self._known(talk):
            return
        if talk.name is None or talk.folder is None:
            return
        name = replace(talk.name, began=at, what="leg")
        file = talk.folder / f"{name}{SUFFIX}"
        if talk.recorded_at == talk.channel:
            self._stopped.add(talk.name.uniqueid)
        await self._stop(talk.recorded_at)
        self._legs.add(uniqueid)
        if await self._begin(channel, file):
            talk.recorded_at = channel
            self._note(name.uniqueid, name, at)
        else:
            self._legs.discard(uniqueid)
            log.error("a recording cannot go on", action="recordings.begin", channel=channel)

    async def _known(self, talk: "_Talk") -> bool:
        """What the file of the caller's own channel is called, and that its dialplan need not end it any more."""
        if talk.name is not None:
            return True
        try:
            was = await self._link.getvar(talk.channel, "MIXMONITOR_FILENAME")
            await self._link.setvar(talk.channel, "GUDOK_MIX", "")
        except AmiError:
            return False  # the link is down: the old recording goes on as well as it can
        talk.name = read_live_name(Path(was).stem) if was else None
        talk.folder = Path(was).parent if was else None
        return talk.name is not None

    async def _stop(self, channel: str) -> None:
        try:
            reply = await self._link.action("StopMixMonitor", {"Channel": channel})
        except AmiError as error:
            log.warning("a recording cannot be stopped", action="recordings.stop", why=str(error))
            return
        if not reply.ok:
            log.info("a recording had ended already", action="recordings.stop", why=reply.message)

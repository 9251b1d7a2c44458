"""One caller's channel that is being followed: what was last written of it, and why it left a queue.

Asterisk tells a queue's time-out and a caller's hanging up alike (QueueCallerAbandon); which it was shows later, so
the leaving is kept until `QUEUESTATUS`, the next queue or the Hangup settles it.
"""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from asterisk.bridges import Together
from ivr.journal.events import Kind

AT_ONCE = timedelta(seconds=1)
"""A caller who left a queue and hung up within this time left the queue by hanging up."""

LEFT = {
    "TIMEOUT": "timeout", "FULL": "full", "JOINEMPTY": "no_operators", "LEAVEEMPTY": "no_operators",
    "JOINUNAVAIL": "no_operators", "LEAVEUNAVAIL": "no_operators", "CONTINUE": "connected", "ABANDON": "abandoned",
}  # fmt: skip
"""`QUEUESTATUS` in the words of the journal."""


class Pen(Protocol):
    """What the witness needs of a call's journal."""

    def note_at(self, at: datetime, kind: Kind, **data: object) -> None: ...


@dataclass
class Followed:
    uniqueid: str
    pen: Pen
    together: Together | None = None
    """As last written."""
    queue: str | None = None
    """The queue it is in, or has left for a reason not known yet."""
    connected: bool = False
    over: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once HUNG_UP is written: the real end of the call."""
    _left_at: datetime | None = None
    consults: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Operators who talk with colleagues while the caller is theirs, as last written."""
    _linked: set[str] = field(default_factory=set)
    _unserved: bool = False
    """Asterisk has said that it left unserved: by hanging up, or by a time-out."""

    def joined(self, at: datetime, queue: str, position: int | None) -> None:
        if self.queue == queue and self._left_at is None:
            return  # told again, after a whole state that showed it already
        if self._left_at is not None:  # it went on after a queue that nobody gave the QUEUESTATUS of
            self._leave(self._left_at, "timeout")
        self.queue, self.connected = queue, False
        self.pen.note_at(at, Kind.QUEUED, queue=queue, position=position)

    def leaving(self, at: datetime, *, unserved: bool) -> None:
        """It is out of the queue: unserved, or about to be connected. What comes next says which."""
        if self.queue is not None and not self.connected:
            self._left_at = self._left_at or at
            self._unserved |= unserved

    def answered(self, at: datetime) -> None:
        """An operator has it."""
        self.connected = True
        if self.queue is not None:
            self._leave(at, "connected")

    def queue_ended(self, status: str, at: datetime) -> None:
        why = LEFT.get(status.upper(), "abandoned")
        if self._left_at is not None:
            self._leave(self._left_at, why)
        elif self.queue is not None or why in ("full", "no_operators"):
            self._leave(at, why)

    def put(self, together: Together | None, at: datetime) -> None:
        """BRIDGED when the caller is with somebody else (or parked), UNBRIDGED when no longer."""
        if together == self.together:
            return
        if together is not None:
            self.pen.note_at(at, Kind.BRIDGED, bridge=together.bridge, type=together.type, others=list(together.others))
        elif self.together is not None:
            self.pen.note_at(at, Kind.UNBRIDGED, bridge=self.together.bridge)
        self.together = together

    def consult(self, operator: str, colleagues: tuple[str, ...], at: datetime) -> None:
        """CONSULTING when the operator talks with colleagues, CONSULTED when no longer."""
        if colleagues == self.consults.get(operator, ()):
            return
        if colleagues:
            self.consults[operator] = colleagues
            self.pen.note_at(at, Kind.CONSULTING, operator=operator, colleagues=list(colleagues))
        else:
            del self.consults[operator]
            self.pen.note_at(at, Kind.CONSULTED, operator=operator)

    def link(self, linkedid: str, at: datetime) -> None:
        """Another call's legs belong to this contact."""
        if linkedid not in self._linked:
            self._linked.add(linkedid)
            self.pen.note_at(at, Kind.LINKED, linkedid=linkedid)

    def end(self, at: datetime, **data: object) -> None:
        for operator in tuple(self.consults):
            self.consult(operator, (), at)
        if self._left_at is not None:
            hung_up = not self._unserved or at - self._left_at <= AT_ONCE
            self._leave(self._left_at, "abandoned" if hung_up else "timeout")
        elif self.queue is not None:
            self._leave(at, "abandoned")
        self.pen.note_at(at, Kind.HUNG_UP, **data)
        self.over.set()

    def _leave(self, at: datetime, why: str) -> None:
        self.pen.note_at(at, Kind.LEFT_QUEUE, queue=self.queue, why=why)
        self.queue = self._left_at = None
        self._unserved = False

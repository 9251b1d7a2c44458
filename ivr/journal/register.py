"""The register of contacts: one row a call, and totals over many, computed from events by pure functions.

Every figure's formula stands in its docstring. Averages are always over calls, never over averages; where there is
nothing to average the figure is None and a report says «н/д», not 0.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from ivr.journal.events import Event, Kind
from ivr.journal.times import Doing, Segment, end_of, in_order, segments, total

CALLER_LEFT = "caller_left"
"""The `exit` of an ENDED whose flow was cut short by the caller's hanging up."""


class Exit(StrEnum):
    """How a contact ended, for whoever counts contacts."""

    ANSWERED = "answered"
    ABANDONED_IVR = "abandoned_ivr"
    ABANDONED_QUEUE = "abandoned_queue"
    QUEUE_TIMEOUT = "queue_timeout"
    SELF_SERVED = "self_served"
    CALLBACK = "callback"
    CLOSED = "closed"
    BLOCKED = "blocked"
    FELL_BACK = "fell_back"


_SAID_BY_THE_LINE = (Exit.SELF_SERVED, Exit.CALLBACK, Exit.CLOSED, Exit.BLOCKED)
"""Exits that the conversation knows better than the telephony does."""


@dataclass(frozen=True, slots=True)
class Contact:
    """One customer's call with all its legs."""

    call: UUID
    supplier: str
    arrived: datetime
    ended: datetime
    over: bool
    """False while the call still goes on."""
    exit: Exit | None
    dialled: str | None
    caller: str | None
    account: str | None
    topic: str | None
    operators: tuple[str, ...]
    reading: dict[str, str]
    """What was stored, by zone."""
    queued: bool
    first_wait: int
    """Milliseconds in the first queue: what the service level counts."""
    segments: tuple[Segment, ...] = field(repr=False, default=())

    @property
    def entered_queue(self) -> datetime | None:
        """When it came to its first queue."""
        return next((part.started for part in self.segments if part.doing is Doing.QUEUE), None)

    @property
    def ivr(self) -> int:
        """Milliseconds with the line itself."""
        return total(self.segments, Doing.IVR)

    @property
    def wait(self) -> int:
        """Milliseconds in all queues, from entering to the first word an operator could be heard with."""
        return total(self.segments, Doing.QUEUE)

    @property
    def talk(self) -> int:
        """Milliseconds in a basic bridge with somebody."""
        return total(self.segments, Doing.TALK)

    @property
    def hold(self) -> int:
        """Milliseconds held, parked or being transferred."""
        return total(self.segments, Doing.HOLD, Doing.PARK)

    @property
    def parked(self) -> int:
        """Milliseconds parked; they are in `hold` too."""
        return total(self.segments, Doing.PARK)

    @property
    def whole(self) -> int:
        """Milliseconds from the arrival to the end."""
        return sum(part.milliseconds for part in self.segments)


def contact(events: Iterable[Event]) -> Contact:
    """The contact that these events, all of one call, tell of."""
    told = in_order(events)
    if not told:
        raise ValueError("a contact needs at least one event")
    arrival = next((event for event in told if event.kind is Kind.ARRIVED), told[0])
    parts = segments(told)
    kinds = {event.kind for event in told}
    over = Kind.HUNG_UP in kinds or Kind.ENDED in kinds
    operators = [
        str(event.data["operator"]) for event in told if event.kind is Kind.CONNECTED and "operator" in event.data
    ]
    operators += [name for part in parts if part.doing is Doing.TALK for name in part.operators]
    return Contact(
        call=arrival.call,
        supplier=arrival.supplier,
        arrived=arrival.at,
        ended=end_of(told),
        over=over,
        exit=exit_of(told, parts) if over else None,
        dialled=_text(arrival.data.get("dialled")),
        caller=_text(arrival.data.get("caller")),
        account=_account(told),
        topic=_last(told, "topic"),
        operators=tuple(dict.fromkeys(operators)),
        reading=_reading(told),
        queued=Kind.QUEUED in kinds,
        first_wait=_first_wait(parts),
        segments=tuple(parts),
    )


def exit_of(told: Sequence[Event], parts: Sequence[Segment]) -> Exit:
    """How the contact ended. In order of strength:

    an operator answered → answered; the line itself says self_served, callback, closed or blocked; the last queue was
    left unserved → abandoned_queue, or queue_timeout (also when it was full or nobody served in it); the service failed
    and nothing came of it → fell_back; a reading was stored, or the flow came to its own end → self_served; else the
    caller hung up in the menu → abandoned_ivr, whatever was done for them afterwards.
    """
    kinds = [event.kind for event in told]
    if Kind.CONNECTED in kinds or any(part.doing is Doing.TALK for part in parts):
        return Exit.ANSWERED
    ended = next((event for event in reversed(told) if event.kind is Kind.ENDED), None)
    named = _text(ended.data.get("exit")) if ended else None
    if named in _SAID_BY_THE_LINE:
        return Exit(named)
    if Kind.QUEUED in kinds or Kind.LEFT_QUEUE in kinds:
        last = max((index for index, kind in enumerate(kinds) if kind is Kind.QUEUED), default=0)
        left = next((event for event in told[last:] if event.kind is Kind.LEFT_QUEUE), None)
        if left is None or left.data.get("why") == "abandoned":
            return Exit.ABANDONED_QUEUE
        return Exit.QUEUE_TIMEOUT
    if Kind.FELL_BACK in kinds:
        return Exit.FELL_BACK
    gone = ended is not None and bool(ended.data.get("left"))
    if Kind.STORED in kinds or (named is not None and not gone and named not in (CALLER_LEFT, *Exit)):
        return Exit.SELF_SERVED
    return Exit.ABANDONED_IVR


def _first_wait(parts: Sequence[Segment]) -> int:
    waited = 0
    for part in parts:
        if part.doing is Doing.QUEUE:
            waited += part.milliseconds
        elif waited:
            break
    return waited


def _account(told: Sequence[Event]) -> str | None:
    for event in reversed(told):
        if event.data.get("account"):
            return str(event.data["account"])
        values = event.data.get("values")
        if event.kind is Kind.UNDERSTOOD and isinstance(values, dict) and values.get("account"):
            return str(values["account"])
    return None


def _reading(told: Sequence[Event]) -> dict[str, str]:
    for event in reversed(told):
        values = event.data.get("values")
        if event.kind is Kind.STORED and isinstance(values, dict):
            return {str(zone): str(value) for zone, value in values.items()}
    return {}


def _last(told: Sequence[Event], name: str) -> str | None:
    return next((str(event.data[name]) for event in reversed(told) if event.data.get(name)), None)


def _text(value: object) -> str | None:
    return None if value is None else str(value)


@dataclass(frozen=True, slots=True)
class Totals:
    """Many contacts in a few figures. Times are sums of milliseconds; the averages are properties."""

    arrived: int
    exits: dict[Exit, int]
    readings: int
    """Contacts in which a reading was stored."""
    queued: int
    wait_answered: int
    wait_queued: int
    talk: int
    hold: int
    ivr: int

    @property
    def answered(self) -> int:
        """N: contacts an operator talked with."""
        return self.exits.get(Exit.ANSWERED, 0)

    @property
    def lost(self) -> int:
        """A: contacts that left a queue unserved (abandoned or timed out). Hang-ups in the menu are not lost."""
        return self.exits.get(Exit.ABANDONED_QUEUE, 0) + self.exits.get(Exit.QUEUE_TIMEOUT, 0)

    @property
    def loss(self) -> float | None:
        """Share lost = A / (N + A); None when nobody asked for an operator."""
        offered = self.answered + self.lost
        return self.lost / offered if offered else None

    @property
    def mean_wait(self) -> float | None:
        """ASA = sum of the waits of the answered / N, in milliseconds."""
        return self.wait_answered / self.answered if self.answered else None

    @property
    def mean_talk(self) -> float | None:
        """ATT = sum of talk / N, in milliseconds."""
        return self.talk / self.answered if self.answered else None


class Sums:
    """Adds up contacts one after another, without keeping them."""

    def __init__(self) -> None:
        self._counts = dict.fromkeys(
            ("arrived", "readings", "queued", "wait_answered", "wait_queued", "talk", "hold", "ivr"), 0
        )
        self._exits: dict[Exit, int] = {}

    def add(self, one: Contact) -> None:
        """A contact that still goes on counts as arrived; its end will count when it has come."""
        counts = self._counts
        counts["arrived"] += 1
        counts["readings"] += bool(one.reading)
        counts["queued"] += one.queued
        counts["wait_queued"] += one.wait
        counts["talk"] += one.talk
        counts["hold"] += one.hold
        counts["ivr"] += one.ivr
        if one.exit is not None:
            self._exits[one.exit] = self._exits.get(one.exit, 0) + 1
        if one.exit is Exit.ANSWERED:
            counts["wait_answered"] += one.wait

    def totals(self) -> Totals:
        return Totals(exits=dict(self._exits), **self._counts)


def totals(contacts: Iterable[Contact]) -> Totals:
    """The totals of these contacts."""
    sums = Sums()
    for one in contacts:
        sums.add(one)
    return sums.totals()

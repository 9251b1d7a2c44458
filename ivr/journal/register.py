"""The register of contacts: one row a call, computed from its events by pure functions.

How contacts are counted and averaged is `ivr.journal.metrics` and `ivr.journal.tallies`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from ivr.journal.events import Event, Kind
from ivr.journal.metrics import MARKS
from ivr.journal.times import Doing, Segment, end_of, in_order, segments, total

RULE = 1
"""The version of these rules. A contact whose events are gone stays as its version counted it."""
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


COMPLAINT = "complaint"
"""The topic, and the kind of request, that is counted as a complaint."""
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
    """Milliseconds in queues until an operator first answered, or for good: what the service level counts."""
    segments: tuple[Segment, ...] = field(repr=False, default=())
    entered_queue: datetime | None = None
    """When it came to its first queue."""
    queue: str | None = None
    """The first queue."""
    rating: int | None = None
    rating_asked: bool = False
    bot: bool = False
    """Whether it talked with one of the robot's dialogues."""
    complaint: bool = False
    passed_on: bool = False
    """A request was opened that the back office has to deal with."""
    mended: bool = False
    """Something of it was written of a time when nobody listened."""
    recording: str | None = None
    events: int = 0
    """Out of how many events it was counted."""

    @property
    def counted_at(self) -> datetime:
        """The instant that decides its interval: its entry into the first queue, else its arrival."""
        return self.entered_queue or self.arrived

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
    queued = next((event for event in told if event.kind is Kind.QUEUED), None)
    rated = next((event for event in reversed(told) if event.kind is Kind.RATED), None)
    verbs = {event.data.get("verb") for event in told if event.kind is Kind.STEP}
    asked_for = {event.data.get("request") for event in told if event.kind is Kind.REQUESTED}
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
        queued=queued is not None,
        first_wait=_first_wait(parts),
        segments=tuple(parts),
        entered_queue=max(queued.at, arrival.at) if queued else None,
        queue=_text(queued.data.get("queue")) if queued else None,
        rating=_mark(rated.data.get("rating")) if rated else None,
        rating_asked=rated is not None or "rate" in verbs,
        bot="bot" in verbs,
        complaint=COMPLAINT in asked_for
        or any(event.kind is Kind.TOPIC and event.data.get("name") == COMPLAINT for event in told),
        passed_on=bool(asked_for),
        mended=any(event.data.get("mended") for event in told),
        recording=_last(told, "file"),
        events=len(told),
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
        elif part.doing is not Doing.IVR and waited:
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


def _mark(value: object) -> int | None:
    return value if isinstance(value, int) and value in MARKS else None


def _text(value: object) -> str | None:
    return None if value is None else str(value)

"""The account of times of one contact: what its caller was doing, instant by instant, out of the events alone.

The segments follow one another without gap or overlap from the arrival to the end, so their milliseconds always add up
to the whole call. Pure: the same events give the same account for ever, and can be asked again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from ivr.journal.events import Event, Kind

_MILLISECOND = timedelta(milliseconds=1)


class Doing(StrEnum):
    """What the caller was doing."""

    IVR = "ivr"
    """With the line itself: menus, the bot, a rating after the talk."""
    QUEUE = "queue"
    """Waiting for an operator until they can be heard: their ringing, and what is whispered to them, included."""
    TALK = "talk"
    """In a basic bridge with at least one more."""
    HOLD = "hold"
    """On hold by the operators named, or, without any, on the way to another one."""
    PARK = "park"
    """Parked: nobody's until somebody takes the caller back."""


@dataclass(frozen=True, slots=True)
class Segment:
    doing: Doing
    started: datetime
    ended: datetime
    queue: str | None = None
    operators: tuple[str, ...] = ()
    milliseconds: int = 0


def in_order(events: Iterable[Event]) -> list[Event]:
    """By the instant they happened: Asterisk's events may be written after ours that are younger."""
    return sorted(events, key=lambda event: (event.at, event.seq))


def segments(events: Sequence[Event]) -> list[Segment]:
    """The contact's segments. `events` are all of one call's, `in_order`.

    A contact begins with ARRIVED (or whatever came first) and ends with HUNG_UP, without one with ENDED, without
    either with its last event. Milliseconds are counted from the arrival, so that they add up exactly. What happened
    at one instant is taken as `_AT_ONCE` says, in whatever order it was written.
    """
    if not events:
        return []
    started = next((event.at for event in events if event.kind is Kind.ARRIVED), events[0].at)
    ended = end_of(events)
    found = _Account(started)
    now = _State(Doing.IVR)
    since = started
    for event in sorted(events, key=lambda event: (event.at, _AT_ONCE.get(event.kind, 0), event.seq)):
        if event.at > ended or event.kind in (Kind.HUNG_UP, Kind.ENDED):
            continue
        then = _after(now, event)
        if event.at > since and then.look != now.look:
            found.add(now, since, event.at)
            since = event.at
        now = then
    if ended > since:
        found.add(now, since, ended)
    return found.parts


def end_of(events: Sequence[Event]) -> datetime:
    """The contact's end: the last HUNG_UP; without one ENDED; without either the last event."""
    for kind in (Kind.HUNG_UP, Kind.ENDED):
        ends = [event.at for event in events if event.kind is kind]
        if ends:
            return max(ends)
    return events[-1].at


_AT_ONCE = {
    Kind.LEFT_QUEUE: 1, Kind.UNBRIDGED: 1, Kind.QUEUED: 2, Kind.CONNECTED: 3, Kind.BRIDGED: 4, Kind.HELD: 5,
    Kind.RESUMED: 6,
}  # fmt: skip
"""One leaves a place before one comes to another, and is there before one is put on hold."""


@dataclass(frozen=True, slots=True)
class _State:
    doing: Doing
    queue: str | None = None
    operators: tuple[str, ...] = ()
    answering: tuple[str, ...] = ()
    """In a queue: who has answered and is not yet to be heard."""
    served: tuple[str, ...] = ()
    """With the line itself: who the caller has just talked with."""
    inside: tuple[str, ...] = ()
    """On hold by the operators: who is in the bridge all the same."""
    transferring: bool = False

    @property
    def look(self) -> tuple[Doing, str | None, tuple[str, ...]]:
        return self.doing, self.queue, self.operators


def _after(now: _State, event: Event) -> _State:
    data = event.data
    match event.kind:
        case Kind.QUEUED:
            return _State(Doing.QUEUE, queue=_text(data.get("queue")))
        case Kind.CONNECTED if now.doing is Doing.QUEUE:
            return replace(now, answering=_names([data.get("operator")]))
        case Kind.LEFT_QUEUE if now.doing is Doing.QUEUE:
            return now if data.get("why") == "connected" else _State(Doing.IVR)
        case Kind.BRIDGED if data.get("type", "basic") == "basic":
            others = data.get("others")
            names = _names(others if isinstance(others, list | tuple) else [])
            if now.doing is Doing.HOLD and now.operators and set(now.operators) <= set(names):
                return replace(now, inside=names)  # who held the caller is still there, and has not taken them back
            return _State(Doing.TALK, now.queue, names or now.answering)
        case Kind.BRIDGED:
            return _State(Doing.PARK if data.get("type") == "parking" else Doing.HOLD, now.queue)
        case Kind.UNBRIDGED if now.doing is Doing.PARK or (now.doing in _WITH_PEOPLE and now.transferring):
            return _State(Doing.HOLD, now.queue)
        case Kind.UNBRIDGED if now.doing in _WITH_PEOPLE:
            return _State(Doing.IVR, served=now.operators)
        case Kind.HELD if now.doing is Doing.TALK:
            holder = tuple(name for name in now.operators if name == data.get("operator"))
            return replace(now, doing=Doing.HOLD, operators=holder or now.operators, inside=now.operators)
        case Kind.RESUMED if now.doing is Doing.HOLD and now.operators:
            return replace(now, doing=Doing.TALK, operators=now.inside, inside=())
        case Kind.TRANSFERRED if now.doing in _WITH_PEOPLE:
            # Asterisk tells of it when it is done: with the colleague already, nobody is on the way to them.
            return now if _text(data.get("target")) in now.operators else replace(now, transferring=True)
        case Kind.TRANSFERRED if now.doing is Doing.IVR and now.served:
            # Asterisk may tell of a transfer just after the caller has left the bridge for it.
            return _State(Doing.HOLD)
    return now


_WITH_PEOPLE = (Doing.TALK, Doing.HOLD)


class _Account:
    """Gathers segments. What lasts less than a millisecond belongs to what was before it: Asterisk's own steps."""

    def __init__(self, origin: datetime) -> None:
        self._origin = self._since = origin
        self.parts: list[Segment] = []

    def add(self, state: _State, since: datetime, until: datetime) -> None:
        if not self.parts:
            since = self._since
        milliseconds = (until - self._origin) // _MILLISECOND - (since - self._origin) // _MILLISECOND
        last = self.parts[-1] if self.parts else None
        alike = last is not None and (last.doing, last.queue, last.operators) == state.look
        if last is not None and (alike or not milliseconds):
            self.parts[-1] = replace(last, ended=until, milliseconds=last.milliseconds + milliseconds)
        elif milliseconds:
            self.parts.append(Segment(state.doing, since, until, state.queue, state.operators, milliseconds))


def total(parts: Iterable[Segment], *doings: Doing) -> int:
    """Milliseconds spent so, in all segments of these kinds."""
    return sum(part.milliseconds for part in parts if part.doing in doings)


def talk_by_operator(parts: Iterable[Segment]) -> dict[str, int]:
    """Milliseconds each operator talked with the caller; in a talk of three both operators count it."""
    talked: dict[str, int] = {}
    for part in parts:
        if part.doing is Doing.TALK:
            for operator in part.operators:
                talked[operator] = talked.get(operator, 0) + part.milliseconds
    return talked


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _names(values: Iterable[object]) -> tuple[str, ...]:
    return tuple(str(value) for value in values if value)

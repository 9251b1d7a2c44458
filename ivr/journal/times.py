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
    """Waiting for an operator, their telephones' ringing included."""
    CONNECTING = "connecting"
    """An operator has answered and is not yet to be heard."""
    TALK = "talk"
    """In a basic bridge with at least one more."""
    HOLD = "hold"
    """Parked, on hold, or on the way to another operator."""


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
    either with its last event. Milliseconds are counted from the arrival, so that they add up exactly.
    """
    if not events:
        return []
    started = next((event.at for event in events if event.kind is Kind.ARRIVED), events[0].at)
    ended = end_of(events)
    found: list[Segment] = []
    now = _State(Doing.IVR)
    since = started
    for event in events:
        if event.at > ended or event.kind in (Kind.HUNG_UP, Kind.ENDED):
            continue
        then = _after(now, event)
        if then == now:
            continue
        if event.at > since:
            found.append(_segment(now, since, event.at, started))
            since = event.at
        now = then
    if ended > since:
        found.append(_segment(now, since, ended, started))
    return found


def end_of(events: Sequence[Event]) -> datetime:
    """The contact's end: the last HUNG_UP; without one ENDED; without either the last event."""
    for kind in (Kind.HUNG_UP, Kind.ENDED):
        ends = [event.at for event in events if event.kind is kind]
        if ends:
            return max(ends)
    return events[-1].at


@dataclass(frozen=True, slots=True)
class _State:
    doing: Doing
    queue: str | None = None
    operators: tuple[str, ...] = ()
    """With the line itself: who the caller has just talked with."""
    transferring: bool = False


def _after(now: _State, event: Event) -> _State:
    data = event.data
    match event.kind:
        case Kind.QUEUED:
            return _State(Doing.QUEUE, queue=_text(data.get("queue")))
        case Kind.CONNECTED if now.doing in (Doing.QUEUE, Doing.CONNECTING):
            return _State(Doing.CONNECTING, now.queue, _names([data.get("operator")]))
        case Kind.LEFT_QUEUE if now.doing is Doing.QUEUE:
            connected = data.get("why") == "connected"
            return _State(Doing.CONNECTING, now.queue) if connected else _State(Doing.IVR)
        case Kind.BRIDGED if data.get("type", "basic") == "basic":
            others = data.get("others")
            names = _names(others if isinstance(others, list | tuple) else [])
            return _State(Doing.TALK, now.queue, names or (now.operators if now.doing is Doing.CONNECTING else ()))
        case Kind.BRIDGED:
            return _State(Doing.HOLD, now.queue, now.operators)
        case Kind.UNBRIDGED if now.doing in (Doing.TALK, Doing.HOLD):
            if now.transferring:
                return _State(Doing.HOLD, now.queue)
            return _State(Doing.IVR, operators=now.operators)
        case Kind.HELD if now.doing is Doing.TALK:
            return replace(now, doing=Doing.HOLD)
        case Kind.RESUMED if now.doing is Doing.HOLD and now.operators:
            return replace(now, doing=Doing.TALK)
        case Kind.TRANSFERRED if now.doing in (Doing.TALK, Doing.HOLD):
            return replace(now, transferring=True)
        case Kind.TRANSFERRED if now.doing is Doing.IVR and now.operators:
            # Asterisk may tell of a transfer just after the caller has left the bridge for it.
            return _State(Doing.HOLD)
    return now


def _segment(state: _State, since: datetime, until: datetime, origin: datetime) -> Segment:
    milliseconds = (until - origin) // _MILLISECOND - (since - origin) // _MILLISECOND
    operators = () if state.doing is Doing.IVR else state.operators
    return Segment(state.doing, since, until, state.queue, operators, milliseconds)


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

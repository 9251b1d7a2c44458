"""What each operator did for a contact, instant by instant: ringing, talk, hold, consultations, the work afterwards.

The other side of `ivr.journal.times`, which says what the caller lived through. Here times may lie over one another:
an operator consults while the caller is on hold, and a talk of three is each operator's. Pure.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from ivr.journal.events import Event, Kind
from ivr.journal.times import Doing, Segment, end_of

_MILLISECOND = timedelta(milliseconds=1)


class Part(StrEnum):
    RING = "ring"
    """Their telephone rang; answered or not."""
    TALK = "talk"
    HOLD = "hold"
    """The caller was on hold by them."""
    CONSULT = "consult"
    """They talked with a colleague about this caller; the colleague did too."""
    WRAP = "wrap"
    """The work after the talk."""


@dataclass(frozen=True, slots=True)
class Engagement:
    operator: str
    part: Part
    started: datetime
    ended: datetime
    with_: tuple[str, ...] = ()
    """In a consultation: the others."""

    @property
    def milliseconds(self) -> int:
        return (self.ended - self.started) // _MILLISECOND


_OF_CALLER = {Doing.TALK: Part.TALK, Doing.HOLD: Part.HOLD}


def engagements(events: Sequence[Event], parts: Iterable[Segment]) -> list[Engagement]:
    """Of one call's events, `in_order`, and its `segments`; in the order of their beginnings."""
    found = [
        Engagement(operator, _OF_CALLER[part.doing], part.started, part.ended)
        for part in parts
        if part.doing in _OF_CALLER
        for operator in part.operators
    ]
    found += _rings(events)
    found += _consults(events)
    found += [_wrap_up(event) for event in events if event.kind is Kind.WRAPPED_UP and event.data.get("operator")]
    return sorted(found, key=lambda one: (one.started, one.ended, one.operator, one.part))


def spent(found: Iterable[Engagement], part: Part) -> dict[str, int]:
    """Milliseconds of each operator in this."""
    sums: dict[str, int] = {}
    for one in found:
        if one.part is part:
            sums[one.operator] = sums.get(one.operator, 0) + one.milliseconds
    return sums


def _rings(events: Sequence[Event]) -> list[Engagement]:
    found: list[Engagement] = []
    ringing: dict[str, datetime] = {}
    for event in events:
        operator = str(event.data.get("operator") or "")
        if event.kind is Kind.RINGING and operator:
            ringing.setdefault(operator, event.at)
            continue
        if event.kind in (Kind.CONNECTED, Kind.NOT_ANSWERED):
            over = [operator] if operator in ringing else []
        elif event.kind in (Kind.LEFT_QUEUE, Kind.HUNG_UP):
            # Of several whose telephones rang one has answered, or the caller has gone: they ring no longer.
            over = list(ringing)
        else:
            continue
        found += [Engagement(name, Part.RING, ringing.pop(name), event.at) for name in over]
    return found


def _consults(events: Sequence[Event]) -> list[Engagement]:
    found: list[Engagement] = []
    open_: dict[str, tuple[datetime, tuple[str, ...]]] = {}
    for event in events:
        if event.kind not in (Kind.CONSULTING, Kind.CONSULTED, Kind.HUNG_UP):
            continue
        operator = str(event.data.get("operator") or "")
        for name in [operator] if event.kind is not Kind.HUNG_UP else list(open_):
            if name in open_:
                since, others = open_.pop(name)
                found += _consult(name, others, since, event.at)
        colleagues = event.data.get("colleagues")
        if event.kind is Kind.CONSULTING and operator and isinstance(colleagues, list | tuple):
            open_[operator] = event.at, tuple(str(name) for name in colleagues)
    for name, (since, others) in open_.items():
        found += _consult(name, others, since, max(since, end_of(events)))
    return found


def _consult(operator: str, others: tuple[str, ...], since: datetime, until: datetime) -> list[Engagement]:
    together = (operator, *others)
    return [
        Engagement(name, Part.CONSULT, since, until, tuple(each for each in together if each != name))
        for name in together
    ]


def _wrap_up(event: Event) -> Engagement:
    milliseconds = event.data.get("milliseconds")
    lasted = timedelta(milliseconds=max(0, milliseconds)) if isinstance(milliseconds, int) else timedelta()
    return Engagement(str(event.data["operator"]), Part.WRAP, event.at - lasted, event.at)

"""What part each operator had in a call, by the quarter of an hour in which it passed. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from ivr.journal.times import Doing, Segment
from ivr.store.schema import EPOCH

QUARTER = timedelta(minutes=15)
_MILLISECOND = timedelta(milliseconds=1)


@dataclass(slots=True)
class Share:
    operator: str
    at: datetime
    """The quarter's beginning, UTC."""
    calls: int = 0
    talk: int = 0
    hold: int = 0


def quarter_of(at: datetime) -> datetime:
    """The beginning of its quarter of an hour. Every zone's hours are whole quarters of UTC's."""
    return at - (at - EPOCH) % QUARTER


def shares(parts: Iterable[Segment]) -> list[Share]:
    """Talk and hold by operator and quarter; in a talk of three both operators count it."""
    found: dict[tuple[str, datetime], Share] = {}
    met: set[str] = set()
    for part in parts:
        if part.doing not in (Doing.TALK, Doing.HOLD):
            continue
        for at, milliseconds in _by_quarter(part):
            for operator in part.operators:
                share = found.setdefault((operator, at), Share(operator, at))
                if part.doing is Doing.HOLD:
                    share.hold += milliseconds
                    continue
                share.talk += milliseconds
                if operator not in met:
                    met.add(operator)
                    share.calls = 1
    return list(found.values())


def _by_quarter(part: Segment) -> Iterator[tuple[datetime, int]]:
    """The segment's milliseconds in each quarter; they add up to the segment's."""
    at, left = quarter_of(part.started), part.milliseconds
    while at + QUARTER < part.ended:
        inside = min(left, (at + QUARTER - max(at, part.started)) // _MILLISECOND)
        yield at, inside
        left -= inside
        at += QUARTER
    yield at, left

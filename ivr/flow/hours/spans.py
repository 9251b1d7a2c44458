"""Stretches of a working day."""

from dataclasses import dataclass

DAY_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Open from minute to minute of the local day; beyond 24:00 it ends on the day after."""

    begins: int
    ends: int


Spans = tuple[Span, ...]
ALL_DAY: Spans = (Span(0, DAY_MINUTES),)

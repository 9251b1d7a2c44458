"""Lines: how many calls a number or a dialogue takes at once, and what the caller beyond them gets. Pure.

The limits are the admin's (`lines:` in line.yaml); the counter is the service's own and lives as long as it does, so
that a newly published limit finds the calls that are already there.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

from ivr.flow.finding import Place

Beyond = Literal["queue", "busy", "say"]


@dataclass(frozen=True, slots=True)
class Limit:
    """`beyond`: straight to the operators of `queue`, the busy tone, or `text` and then the end."""

    most: int
    beyond: Beyond
    place: Place
    queue: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Usage:
    """What the counter has seen of one number or dialogue since the service started."""

    name: str
    busy: int
    most: int | None
    peak: int
    refused: int


@dataclass(slots=True)
class _Count:
    busy: int = 0
    peak: int = 0
    refused: int = 0


@dataclass(slots=True)
class Lines:
    """Calls at once, by number or dialogue. One event loop's own: it is not for threads.

    `with lines.taking(number) as beyond:` is the way to use it: `beyond` is None for who got a line, else the limit
    that says what to do instead; the line is given back however the block is left.
    """

    limits: Mapping[str, Limit] = field(default_factory=dict)
    _counts: dict[str, _Count] = field(default_factory=dict)

    def enter(self, name: str) -> Limit | None:
        """Take a line: None when there was one, and `leave` must follow; else what the caller gets instead."""
        count = self._counts.setdefault(name, _Count())
        limit = self.limits.get(name)
        if limit is not None and count.busy >= limit.most:
            count.refused += 1
            return limit
        count.busy += 1
        count.peak = max(count.peak, count.busy)
        return None

    def leave(self, name: str) -> None:
        count = self._counts.get(name)
        if count is None or count.busy <= 0:
            raise ValueError(f"nobody took a line of {name}, so none can be given back")
        count.busy -= 1

    @contextmanager
    def taking(self, name: str) -> Iterator[Limit | None]:
        beyond = self.enter(name)
        try:
            yield beyond
        finally:
            if beyond is None:
                self.leave(name)

    def change(self, limits: Mapping[str, Limit]) -> None:
        """Take over newly published limits; who is on a line stays, even where that is now too many."""
        self.limits = limits

    def usage(self) -> Iterator[Usage]:
        for name in sorted({*self._counts, *self.limits}):
            count, limit = self._counts.get(name, _Count()), self.limits.get(name)
            yield Usage(name, count.busy, limit.most if limit is not None else None, count.peak, count.refused)


def bot_line(name: str) -> str:
    """How a dialogue's limit is named beside those of numbers."""
    return f"bot:{name}"

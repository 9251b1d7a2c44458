"""When things happened, on two clocks at once: one that measures, one that other logs can be compared with."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from ivr.clock import Clock


@dataclass(frozen=True, slots=True, order=True)
class Instant:
    monotonic: float
    wall: datetime

    @classmethod
    def now(cls, clock: Clock) -> "Instant":
        return cls(clock.monotonic(), clock.now())

    @classmethod
    def at(cls, monotonic: float, clock: Clock) -> "Instant":
        """The instant that the measuring clock called `monotonic`."""
        return cls(monotonic, clock.now() - timedelta(seconds=clock.monotonic() - monotonic))

    def __sub__(self, other: "Instant") -> float:
        """Seconds from the other instant to this one."""
        return self.monotonic - other.monotonic

    def after(self, seconds: float) -> "Instant":
        return Instant(self.monotonic + seconds, self.wall + timedelta(seconds=seconds))


@dataclass(frozen=True, slots=True)
class KeySent:
    key: str
    pressed: Instant
    released: Instant
    """When the first packet left that says the key is up."""


@dataclass(frozen=True, slots=True)
class KeyHeard:
    key: str
    begun: Instant
    ended: Instant
    seconds: float
    """How long it was held, as the sender says."""

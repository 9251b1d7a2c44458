"""Whose manager the link calls, and how long it waits for what."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Manager:
    """Where Asterisk's manager listens, and who we are to it."""

    username: str
    secret: str = field(repr=False)
    port: int = 5038
    host: str = "127.0.0.1"

    @property
    def where(self) -> str:
        return f"the manager at {self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Patience:
    """How long, in seconds, each thing may take."""

    greeting: float = 5.0
    """Connecting, its greeting and the login, each."""
    booting: float = 2.0
    """For `FullyBooted` after the login; a later one brings another `Resync`."""
    ping: float = 1.0
    silence: float = 3.5
    """Not a byte for so long after a ping: Asterisk is frozen. Noticed within `ping + silence`."""
    unanswered: float = 15.0
    """A ping not answered for so long, though other bytes come."""
    action: float = 10.0
    listing: float = 20.0
    first_retry: float = 0.25
    longest_retry: float = 5.0
    refused_retry: float = 30.0
    """After a refused login: Asterisk counts these, and only a person mends them."""
    steady: float = 10.0
    """A link that lasted so long begins again with the first retry."""
    resync: float = 0.5
    """Between two that slow subscribers need."""
    drain: float = 2.0
    """For subscribers to finish what they have, when the link is closed."""

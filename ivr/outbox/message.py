"""A message on its way to another system, what a receiver may say to it, and when it is tried again. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol
from uuid import UUID

State = Literal["waiting", "delivered", "set_aside"]

FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(hours=1)
MOST_TRIES = 20
"""So often a receiver may answer that it failed before a person has to look: half a day of tries."""


@dataclass(frozen=True, slots=True)
class Message:
    id: UUID
    supplier: str
    kind: str
    destination: str
    key: str
    """The receiver is told it; the same key again is the same message."""
    payload: Any
    made_at: datetime
    state: State = "waiting"
    tries: int = 0
    """How often a receiver answered badly, or we died while it was handed over. One that was not there is no try."""
    next_at: datetime | None = None
    reason: str = ""
    lease: UUID | None = None


class NotNow(Exception):
    """It was not taken, and may be later: the receiver is away, or answered that it failed."""

    def __init__(self, reason: str, *, answered: bool = False, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.answered = answered
        self.retry_after = retry_after


class Refused(Exception):
    """The receiver will never take it as it is; a person has to look."""


class Sender(Protocol):
    """Hands one message over. Raises `NotNow` or `Refused`; what it returns is kept with the message."""

    async def __call__(self, message: Message) -> Any: ...


def pause(failures: int, chance: float) -> timedelta:
    """How long to wait after so many failures in a row; `chance` (0 to 1) spreads those that failed together."""
    doubled: int = 2 ** min(max(failures - 1, 0), 20)
    return min(FIRST_PAUSE * doubled, LONGEST_PAUSE) * (0.5 + 0.5 * chance)


def is_poison(tries: int) -> bool:
    return tries >= MOST_TRIES

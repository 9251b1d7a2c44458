"""What can go wrong with a robot's call, in words for whoever reads a failed test or a failed scenario."""

from dataclasses import dataclass


class RobotError(Exception):
    """Base of everything a robot phone raises."""


class RegistrationFailed(RobotError):
    def __init__(self, who: str, status: int, reason: str) -> None:
        super().__init__(f"{who} could not register: {status} {reason}")
        self.status = status


@dataclass(frozen=True, slots=True)
class CallEnd:
    """How a call ended."""

    by_us: bool
    status: int
    """The SIP status that refused the call; 200 when it had been answered."""
    reason: str
    cause: int | None = None
    """The Q.850 cause in the other side's Reason header."""

    def __str__(self) -> str:
        who = "us" if self.by_us else "the other side"
        cause = f", cause {self.cause}" if self.cause is not None else ""
        return f"ended by {who}: {self.status} {self.reason}{cause}"


class CallOver(RobotError):
    """The call ended while something else was awaited."""

    def __init__(self, what: str, end: CallEnd) -> None:
        super().__init__(f"{what}: the call {end}")
        self.end = end


class CallRefused(CallOver):
    """The call was never answered."""


class TooLate(RobotError):
    """What was awaited did not come in time."""

    def __init__(self, what: str, seconds: float) -> None:
        super().__init__(f"{what}: not within {seconds:g} s")


class NotPossible(RobotError):
    """The call is in no state for this."""


class TransferRefused(RobotError):
    def __init__(self, status: int, reason: str) -> None:
        super().__init__(f"the transfer was refused: {status} {reason}")
        self.status = status

"""The ladder of one question: short, then a hint, then keys; and how it ends where there is no answer. Pure.

A rung is spent by silence, by words nobody understood and by an answer that cannot be right. Being asked to repeat, to
wait or to speak up spends none, up to a bound.
"""

from dataclasses import dataclass
from typing import Literal

Exit = Literal["silence", "no_match", "refused", "too_many", "deaf", "operator"]
"""The names of `ivr.flow.dialplan.EXITS`."""

MOST_FREE = 6
"""Turns of one question that cost no attempt («повторите»); beyond them they do."""
MOST_WAITS = 2
WAIT_SECONDS = 60.0
"""«Минуточку»: so long the line waits without asking anew, and so often."""
MOST_OVERHEARD = 5
"""Words to somebody else («Маш, где счётчик?») that a line which waits lets pass."""


@dataclass(slots=True)
class Climb:
    """Where the asking of one question stands. `rungs`: how many askings there are."""

    rungs: int
    rung: int = 0
    silent: int = 0
    unheard: int = 0
    misfit: int = 0
    free: int = 0
    waits: int = 0
    overheard: int = 0
    deaf: bool = False

    @property
    def over(self) -> bool:
        return self.rung >= self.rungs

    def was_silent(self) -> None:
        self.silent += 1
        self.rung += 1

    def was_not_understood(self) -> None:
        self.unheard += 1
        self.rung += 1

    def does_not_fit(self) -> None:
        self.misfit += 1
        self.rung += 1

    def may_repeat(self) -> bool:
        """Whether the same rung may be asked again for nothing; if not, the turn is spent."""
        if self.free < MOST_FREE:
            self.free += 1
            return True
        self.was_not_understood()
        return False

    def may_wait(self) -> bool:
        if self.waits < MOST_WAITS:
            self.waits += 1
            return True
        self.was_not_understood()
        return False

    def may_wait_on(self) -> bool:
        """Words that are no answer while the line waits: they were not meant for it, up to a bound."""
        if self.overheard < MOST_OVERHEARD:
            self.overheard += 1
            return True
        return False

    def in_noise(self) -> None:
        """Prompts are heard to their end now, so they must be short: what is left is the last rung."""
        self.rung = max(self.rungs - 1, self.rung)

    def went_deaf(self) -> None:
        """Recognition is gone: what is left is the last rung, which asks for keys."""
        self.deaf = True
        self.rung = max(self.rungs - 1, self.rung)

    @property
    def exit(self) -> Exit:
        """How it ended without an answer."""
        if self.deaf:
            return "deaf"
        if not self.unheard and not self.misfit:
            return "silence"
        if not self.silent and not self.misfit:
            return "no_match"
        return "too_many"

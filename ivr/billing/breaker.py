"""A fuse before a billing that does not answer: calls are told at once that it is away, one asks now and then.

Pure: the time is handed in, as seconds that never run backwards.
"""

from dataclasses import dataclass

FAILURES = 3
FIRST_PAUSE = 5.0
LONGEST_PAUSE = 60.0


@dataclass(slots=True)
class Breaker:
    failures: int = 0
    """In a row."""
    closed_until: float = 0.0
    pause: float = FIRST_PAUSE

    def may_ask(self, now: float) -> bool:
        """Whether a request may go out. When a pause is over one may, and the others wait for its answer."""
        if self.failures < FAILURES:
            return True
        if now < self.closed_until:
            return False
        self.closed_until = now + self.pause
        return True

    def answered(self) -> None:
        self.failures, self.pause, self.closed_until = 0, FIRST_PAUSE, 0.0

    def failed(self, now: float) -> None:
        self.failures += 1
        if self.failures > FAILURES:
            self.pause = min(self.pause * 2, LONGEST_PAUSE)
        if self.failures >= FAILURES:
            self.closed_until = now + self.pause

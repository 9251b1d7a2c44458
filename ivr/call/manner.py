"""How one caller wants to be spoken to: louder, slower. Kept for the telephone they ring from."""

from dataclasses import dataclass, replace
from typing import Protocol

LOUDEST = 2
SLOWEST = 2
_PACES = (1.0, 0.85, 0.7)


@dataclass(frozen=True, slots=True)
class Manner:
    """Steps away from how everybody is spoken to."""

    louder: int = 0
    """The first step is rendered so (6 dB, its peaks held back), the next is the telephone's."""
    slower: int = 0

    @property
    def pace(self) -> float:
        """1 is the voice's own; below it is slower."""
        return _PACES[self.slower]

    def raised(self) -> "Manner":
        return replace(self, louder=min(self.louder + 1, LOUDEST))

    def slowed(self) -> "Manner":
        return replace(self, slower=min(self.slower + 1, SLOWEST))


PLAIN = Manner()


class Manners(Protocol):
    """Where a telephone's manner is kept."""

    def of(self, phone: str) -> Manner:
        """At once: it is asked for at the beginning of every call."""
        ...

    async def keep(self, phone: str, manner: Manner) -> None: ...


class MannersOfNow:
    """Keeps them as long as the process lives, the latest so many."""

    def __init__(self, most: int = 10_000) -> None:
        self._most = most
        self._known: dict[str, Manner] = {}

    def of(self, phone: str) -> Manner:
        return self._known.get(phone, PLAIN)

    async def keep(self, phone: str, manner: Manner) -> None:
        self._known.pop(phone, None)
        self._known[phone] = manner
        if len(self._known) > self._most:
            del self._known[next(iter(self._known))]

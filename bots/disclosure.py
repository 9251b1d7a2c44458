"""How well a caller is known, and what may be spoken to them for it (the supplier's duty under personal data law).

A caller's number can be forged, so it opens a street but no money; an account with one secret opens the rest. What is
not in the table here is never spoken, whatever a prompt says.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Literal

Fact = Literal["street", "sent_on", "debt", "balance", "previous", "request"]
"""What a prompt may give away: the street and house; on which day readings came; the sum owed; the whole account;
an earlier reading or consumption; a service request that is open."""


class Level(StrEnum):
    L0 = "L0"
    """Not known. Readings are taken, nothing is told."""
    L1 = "L1"
    """The number is on file at the account, and the caller says it is theirs."""
    L1D = "L1d"
    """We rang the number on file, and whoever answered says they own the account."""
    L2 = "L2"
    """The account and one secret of it."""
    L3 = "L3"
    """An operator or the personal cabinet has checked who it is."""

    def reaches(self, wanted: "Level") -> bool:
        """Whether a caller of this level has all that `wanted` gives."""
        return wanted is self or wanted in _HAS[self]


_HAS: Mapping[Level, frozenset[Level]] = {
    Level.L0: frozenset(),
    Level.L1: frozenset((Level.L0,)),
    Level.L1D: frozenset((Level.L0,)),
    Level.L2: frozenset((Level.L0, Level.L1, Level.L1D)),
    Level.L3: frozenset((Level.L0, Level.L1, Level.L1D, Level.L2)),
}
_ALL: frozenset[Fact] = frozenset(("street", "sent_on", "debt", "balance", "previous", "request"))
_ALLOWED: Mapping[Level, frozenset[Fact]] = {
    Level.L0: frozenset(),
    Level.L1: frozenset(("street", "sent_on", "request")),
    Level.L1D: frozenset(("debt",)),
    Level.L2: _ALL,
    Level.L3: _ALL,
}


def may_speak(level: Level, fact: Fact) -> bool:
    return fact in _ALLOWED[level]

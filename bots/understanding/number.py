"""What dictation is measured by and what comes of it: how many digits are wanted, and the digits said."""

from dataclasses import dataclass, replace
from typing import NamedTuple


class Room(NamedTuple):
    """How many digits are wanted: at most `places`, with `fraction` more behind the comma, or exactly `lengths`."""

    places: int
    fraction: int = 0
    lengths: tuple[int, ...] = ()

    def fits(self, length: int) -> bool:
        return length in self.lengths if self.lengths else 0 < length <= self.places

    def complete(self, length: int) -> bool:
        """Whether not one digit is missing."""
        return length in self.lengths if self.lengths else length == self.places

    def too_long(self, length: int) -> bool:
        return length > (max(self.lengths) if self.lengths else self.places)

    def with_fraction(self, length: int) -> bool:
        """Whether the length is that of the whole dial, digits behind the comma included."""
        return not self.lengths and self.fraction > 0 and length == self.places + self.fraction


@dataclass(frozen=True, slots=True)
class Number:
    raw: str
    groups: tuple[str, ...]
    thousands: bool = False
    """Whether «тысяч» was among the words."""
    bare_thousands: bool = False
    """Whether «тысяч» was the last of them: its zeros were never said."""
    low: int = 1
    """The lowest magnitude that was said: «двенадцать тысяч» 1000, «триста» 100."""
    cuts: frozenset[int] = frozenset()
    """Places no correction may begin at: inside a word («двенад|цать»)."""
    others: tuple[str, ...] = ()
    """Other digits the same words could stand for."""
    pointed: bool = False
    """Whether digits behind the comma were said, and dropped."""
    settled: bool = False
    """Already set into the value it corrects."""
    doubtful: bool = False
    """Whether a word of it had to be guessed from its sound: to be read back digit by digit."""

    @property
    def run(self) -> int:
        """How many single digits stand at the end."""
        count = 0
        for group in reversed(self.groups):
            if len(group) != 1:
                break
            count += 1
        return count

    def also(self, other: str) -> "Number":
        """The same with another reading of its words."""
        return replace(self, others=(*self.others, other))


class NoNumber(Exception):
    """These words are no number anybody should rely on."""

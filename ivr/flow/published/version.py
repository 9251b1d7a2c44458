"""One published version and one draft, as they are told of; what can stand against publishing."""

from dataclasses import dataclass
from datetime import datetime

from ivr.flow.published.trial import Checked, Tried


@dataclass(frozen=True, slots=True)
class Version:
    supplier: str
    number: int
    digest: str
    at: datetime
    who: str
    why: str
    parent: int | None
    """What was live before."""
    base: int | None
    """What its editor had begun with."""
    restores: int | None
    """For a rollback: whose contents these are."""
    forced: bool
    """Published although somebody else had published meanwhile."""
    checked: Checked
    tried: Tried


@dataclass(frozen=True, slots=True)
class Draft:
    """What the draft line of a supplier rings: one at a time, replaced by the next."""

    supplier: str
    digest: str
    at: datetime
    who: str
    base: int | None


class VersionsError(Exception):
    """A version cannot be published, found or brought back; the text says why and what to do."""


class NothingChanged(VersionsError):
    def __init__(self, live: Version) -> None:
        super().__init__(f"the folder is what is live already: version {live.number} of {live.supplier}")
        self.live = live


class MovedOn(VersionsError):
    """Somebody else published after the editor began: nobody's work is overwritten without a word."""

    def __init__(self, supplier: str, base: int | None, live: Version, since: list[Version]) -> None:
        began = f"began with version {base}" if base is not None else "does not say which version it began with"
        super().__init__(f"the folder {began}, but version {live.number} of {supplier} is live")
        self.base, self.live, self.since = base, live, since


class NumberTaken(VersionsError):
    def __init__(self, number: str, supplier: str) -> None:
        super().__init__(f"the number {number} is answered by the supplier {supplier} already")


def target_of(live: Version, to: int | None) -> int:
    """Which version a rollback brings back."""
    number = live.parent if to is None else to
    if number is None:
        raise VersionsError(f"version {live.number} is the first of {live.supplier}: there is nothing to go back to")
    return number

"""How a dialogue ended: what was agreed, stored, and heard without a «да»."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bots.desk import ReadingToStore, Resource
from bots.disclosure import Level


@dataclass(frozen=True, slots=True)
class HeardMeter:
    """One meter whose reading was begun and not stored, zone by zone."""

    serial: str
    resource: Resource
    heard: Mapping[str, str]
    confirmed: tuple[str, ...] = ()
    """Zones the caller has said «да» to."""
    missing: tuple[str, ...] = ()
    """Zones of which nothing usable was heard."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a dialogue ended, and what an operator should know of it."""

    name: str
    """One that the dialogue declares, or `caller_left`, `broken_off`."""
    account: str | None = None
    level: Level = Level.L0
    facts: Mapping[str, str] = field(default_factory=dict)
    """What was agreed or learned: `promise`, `paid_on`, `request`, `rating`… (bots/context.py words them)."""
    stored: tuple[ReadingToStore, ...] = ()
    heard: tuple[HeardMeter, ...] = ()
    """What was said and not stored: it is kept as drafts."""
    last_question: str = ""
    """The key of the last question, which an operator may have to ask again."""
    dialogue: str = ""

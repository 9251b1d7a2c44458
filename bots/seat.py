"""Where the robot sits during one call: the caller's line, the supplier's desk, the house rules, the caller's card.

One `Caller` lives through the whole call, so that nobody is asked twice who they are; a `Seat` is made for each
dialogue. Nothing here does anything by itself: time and new keys are handed in.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bots.desk import Account, Desk
from bots.disclosure import Level
from bots.outcome import Outcome
from bots.period import Window
from bots.talk import Talk


@dataclass(frozen=True, slots=True)
class HouseRules:
    """What a supplier has settled for all its dialogues."""

    company: str = "Энергосбыт"
    """As it is spoken after «компания»."""
    account_lengths: tuple[int, ...] = (10,)
    account_pattern: str | None = None
    account_groups: tuple[int, ...] = ()
    """How an account is read back: 3, 3, 4; empty: digit by digit."""
    window: Window | None = None
    """When readings are taken, for meters that have no window of their own; None: on every day."""
    zone: tzinfo = UTC
    """Where days begin and end, for accounts whose address names no zone of its own."""
    draft_minutes: int = 30
    """An unfinished reading is taken up again for so long."""
    refused_a_day: int = 3
    """Impossible readings of one account in a day before a person takes over."""
    secret_tries: int = 3
    promise_days: int = 31
    """A promise to pay may lie so far ahead."""
    request_days: int = 60
    """A visit may be asked for so far ahead."""

    def day(self, now: datetime, account: Account | None = None) -> date:
        """Which day it is where the account's meter hangs."""
        return self.local(now, account).date()

    def local(self, moment: datetime, account: Account | None = None) -> datetime:
        return moment.astimezone(self.zone_of(account))

    def zone_of(self, account: Account | None) -> tzinfo:
        """Where the account's meter hangs; a name that is no zone must not cost anybody the call."""
        if account is None or not account.time_zone:
            return self.zone
        try:
            return ZoneInfo(account.time_zone)
        except (ZoneInfoNotFoundError, ValueError):
            return self.zone


@dataclass(slots=True)
class Caller:
    """The caller's card, filled in as the call goes on."""

    phone: str | None = None
    account: Account | None = None
    level: Level = Level.L0
    said: str = ""
    """What was said besides the topic («показания двенадцать триста»), until a dialogue uses it."""
    linked: Sequence[Account] | None = None
    """The accounts of this telephone; None: not looked up yet."""
    told: set[str] = field(default_factory=set)
    """Numbers the account was found by: they are no secrets any more."""
    not_mine: bool = False
    """None of them is the caller's: they are not offered again."""

    outcomes: list[Outcome] = field(default_factory=list)
    """How the dialogues of this call ended, in order (bots/context.py words them for an operator)."""

    def use_said(self) -> str:
        """What was said besides, once."""
        said, self.said = self.said, ""
        return said


@dataclass(frozen=True, slots=True)
class Seat:
    """All that a dialogue is given."""

    talk: Talk
    desk: Desk
    now: Callable[[], datetime]
    new_key: Callable[[], UUID]
    caller: Caller = field(default_factory=Caller)
    rules: HouseRules = field(default_factory=HouseRules)
    call: UUID | None = None
    inputs: Mapping[str, object] = field(default_factory=dict)
    """What the flow or the campaign's row hands over, read by `Dialogue.read_inputs`."""

    def today(self) -> date:
        return self.rules.day(self.now(), self.caller.account)

"""What a scenario is made of, as data: what the caller does, what is around the call, what must come of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

from bots.desk import Account, AccountMeter, Debt, KeptDraft, Outage, ServiceRequest, TakenReading
from ivr.flow.finding import Place

HEAR_WITHIN = 10.0
HEAR_OUT_WITHIN = 60.0
HEAR_OUT_PAUSE = 0.7
SILENCE_SECONDS = 8.0
"""Longer than any question waits."""
DEFAULT_AT = datetime.fromisoformat("2026-03-04T10:00")
"""When a call is made whose scenario does not say: a working Wednesday, by the supplier's clock."""

# -- what the caller does --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Hear:
    """The line says something within `within` seconds of the step before; in text, words that contain `says`."""

    place: Place
    within: float = HEAR_WITHIN
    says: str | None = None


@dataclass(frozen=True, slots=True)
class HearOut:
    """Listen until the line has been quiet for `pause` seconds: its prompt is over."""

    place: Place
    pause: float = HEAR_OUT_PAUSE
    within: float = HEAR_OUT_WITHIN


@dataclass(frozen=True, slots=True)
class Press:
    place: Place
    keys: str


@dataclass(frozen=True, slots=True)
class Say:
    """The caller speaks: a text, a recording, or a recording with the text that is in it."""

    place: Place
    text: str | None = None
    wav: Path | None = None
    heard: str | None = None
    """What recognition makes of it, where it errs."""
    deaf: bool = False
    """Recognition is down or full at this moment."""


@dataclass(frozen=True, slots=True)
class Silence:
    """The caller says nothing for so long."""

    place: Place
    seconds: float = SILENCE_SECONDS


@dataclass(frozen=True, slots=True)
class HangUp:
    place: Place


Step = Hear | HearOut | Press | Say | Silence | HangUp

# -- what is around the call -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Known:
    """One account as billing has it."""

    account: Account
    phones: tuple[str, ...] = ()
    meters: tuple[AccountMeter, ...] = ()
    debts: tuple[Debt, ...] = ()
    outages: tuple[Outage, ...] = ()
    requests: tuple[ServiceRequest, ...] = ()
    taken: tuple[TakenReading, ...] = ()
    drafts: tuple[KeptDraft, ...] = ()
    last_payment: int | None = None
    """Kopecks."""
    bad_tries: int = 0
    """Readings refused today."""
    bad_secrets: int = 0
    """Wrong answers to the check before this call: from five on the account is locked."""


Does = Literal["answer", "busy", "none", "full"]
Then = Literal["continue", "callback", "hang_up"]
Billing = Literal["up", "down", "slow"]
Transfer = Literal["answered", "failed"]
Sent = Literal["sent", "refused"]
Ordered = Literal["made", "merged", "refused"]


@dataclass(frozen=True, slots=True)
class Staff:
    """The operators of a queue. `busy`: nobody gets to the caller in time."""

    does: Does = "answer"
    wait: float = 20.0
    talk: float = 120.0
    waiting: int = 0
    """Callers before this one."""


@dataclass(frozen=True, slots=True)
class OnAir:
    """An emergency announcement."""

    text: str
    then: Then = "continue"
    queue: str = ""
    """Only for callers on the way to these operators."""


@dataclass(frozen=True, slots=True)
class World:
    """All that is not the caller. What a scenario does not say is as on an ordinary day."""

    place: Place | None = None
    """Where it begins to be said; None where nothing is."""
    billing: Billing = "up"
    answers: int | None = None
    """So many questions billing answers, and is down from then on."""
    desk: tuple[Known, ...] | None = None
    """None: the demo accounts of the folder."""
    staff: Staff = Staff()
    by_queue: Mapping[str, Staff] = field(default_factory=dict)
    transfer: Transfer = "answered"
    messages: Sent = "sent"
    callbacks: Ordered = "made"
    emergencies: tuple[OnAir, ...] = ()
    deaf: bool = False
    """Recognition is down for the whole call."""
    flow: str | None = None
    """The flow to begin with, instead of that of the number."""
    known: Mapping[str, str] = field(default_factory=dict)
    """Variables that are set when the call begins, as they are written."""


ORDINARY = World()

# -- what must come of it --------------------------------------------------------------------------------------------

Checked = str | float | tuple[str, ...] | Mapping[str, str] | None
"""`None` says that there must be none."""


@dataclass(frozen=True, slots=True)
class Check:
    """Something that must be true of the whole call, in text."""

    place: Place
    name: str
    value: Checked


@dataclass(frozen=True, slots=True)
class Expect:
    """What must be true of the whole call; None asks nothing."""

    answered_within: float | None = None
    hangs_up_within: float | None = None
    """The line ends the call itself, so soon after the last step."""
    heard: bool | None = None
    """Whether anything is heard at all."""
    refused: int | None = None
    """The line must refuse the call with this SIP status."""
    checks: tuple[Check, ...] = ()
    """What only a call in text can look at."""


@dataclass(frozen=True, slots=True)
class Scenario:
    file: Path
    name: str
    steps: tuple[Step, ...]
    expect: Expect
    caller: str | None = None
    """The caller's number; "" hides it, None leaves it to the robot."""
    to: str | None = None
    """The number to call; None is the line itself."""
    at: datetime | None = None
    """The moment of the call, for the dialplan's clock; without an offset it is the supplier's local time."""
    at_place: Place | None = None
    world: World = ORDINARY
    place: Place | None = None
    """Where it begins, for whoever reads that it failed."""

"""What a call needs of the rest of the house, as ports: whoever can do it is handed in.

Each comes with the answer of a line that has nothing behind it: a message is refused, a callback is refused, no queue
is known, nothing is on air. So a flow takes its `refused` way honestly instead of failing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Literal, Protocol
from uuid import UUID

from bots.desk import Account, Desk
from bots.dialogue import Dialogue
from bots.seat import HouseRules
from ivr.flow.expression import Value
from ivr.flow.supplier.lines import Limit, Lines


@dataclass(frozen=True, slots=True)
class QueueNow:
    """A queue at this moment. None: it is not known, and nobody may be told that no operator is there."""

    waiting: int | None = None
    operators: int | None = None
    """Who could answer now or after the present talk: not paused, telephone there."""
    wait_minutes: int | None = None
    """How long a new caller would wait; None where nobody can say."""
    longest_seconds: int | None = None
    """How long whoever waits longest has waited so far; 0 where nobody does."""


class QueueStates(Protocol):
    def now(self, queue: str) -> QueueNow: ...


class Hours(Protocol):
    """When somebody is there. Implemented by `ivr.flow.hours.calendar.Calendar`."""

    def day_type(self, day: date) -> "DayKind": ...

    def open_at(self, instant: datetime, schedule: str, territory: str | None = None) -> bool: ...

    def opens_next(self, instant: datetime, schedule: str, territory: str | None = None) -> datetime | None: ...

    def closes_next(self, instant: datetime, schedule: str, territory: str | None = None) -> datetime | None: ...

    def words(self, fact: str, instant: datetime, schedule: str, territory: str | None = None) -> str: ...


class DayKind(Protocol):
    @property
    def value(self) -> str: ...

    @property
    def works(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Sorted:
    """What an open question brought: a topic, or nothing sure."""

    topic: str = ""
    """Empty: none is near enough."""
    title: str = ""
    """What people call the topic."""
    also: tuple[str, ...] = ()
    """Further topics of the same phrase, to be served after it."""
    besides: str = ""
    """What was said besides the topic: «двенадцать триста» in «показания двенадцать триста»."""
    answer: str = ""
    """What the topic answers by itself; empty: it leads somewhere."""
    question: str = ""
    """Asked where two topics are as near: «Вам узнать долг или оспорить начисление?»"""
    between: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """The topics of that question, each with the words that choose it."""
    operator: bool = False
    """The topic is for a person at once."""


class Topics(Protocol):
    def sort(self, said: str) -> Sorted: ...

    def named(self, topic: str, said: str) -> Sorted:
        """The topic that the caller has chosen after all, with the words it was about."""
        ...

    def phrases(self) -> Sequence[str]:
        """Words worth expecting, for recognition."""
        ...


@dataclass(frozen=True, slots=True)
class Emergency:
    """An emergency on air, as this caller hears it."""

    name: str
    text: str
    then: Literal["continue", "callback", "hang_up"] = "continue"


class Emergencies(Protocol):
    def anything(self, now: datetime) -> bool:
        """Whether anything is on the air for anybody: if not, nobody has to be looked up for it."""
        ...

    def on_air(
        self, now: datetime, territory: str, accounts: Sequence[Account], queue: str = ""
    ) -> Sequence[Emergency]:
        """Narrowest first; `accounts` are those of the caller's telephone, `queue` the one they are on the way to."""
        ...

    def counted(self, name: str, *, heard_out: bool) -> None:
        """Who heard it to its end, and who hung up in it."""
        ...


@dataclass(frozen=True, slots=True)
class MessageWanted:
    message: str
    channel: Literal["sms", "email"]
    to: str | None
    values: Mapping[str, Value]
    call: UUID
    account: str | None = None


class Messages(Protocol):
    async def send(self, wanted: MessageWanted) -> bool:
        """Durable on return. False: it may not be sent, or there is nowhere to send it."""
        ...


@dataclass(frozen=True, slots=True)
class CallbackWanted:
    queue: str
    phone: str
    at: datetime | None
    topic: str
    call: UUID
    account: str | None = None
    day: date | None = None
    """A day was named and no hour."""


@dataclass(frozen=True, slots=True)
class Ordered:
    how: Literal["made", "merged", "refused"]
    at: datetime | None = None
    """When we shall ring, or by when."""


class Callbacks(Protocol):
    async def order(self, wanted: CallbackWanted) -> Ordered: ...


class Recordings(Protocol):
    """What of this supplier's calls is recorded."""

    @property
    def announcement(self) -> str:
        """Said to the caller before the first recorded part; empty: the flows say it."""
        ...

    def of_queue(self, queue: str) -> bool: ...

    def of_bot(self, bot: str, call: UUID, uniqueid: str) -> Path | None:
        """The file in which a dialogue's part of a call is to be recorded; None: it is not."""
        ...

    async def hush(self, channel: str, hushed: bool) -> None:
        """Record silence while a secret is spoken, and the sound again after it."""
        ...


class NoRecordings:
    announcement = ""

    def of_queue(self, queue: str) -> bool:
        return False

    def of_bot(self, bot: str, call: UUID, uniqueid: str) -> Path | None:
        return None

    async def hush(self, channel: str, hushed: bool) -> None:
        return None


class NoQueues:
    def now(self, queue: str) -> QueueNow:
        return QueueNow()


class NoTopics:
    def sort(self, said: str) -> Sorted:
        return Sorted()

    def named(self, topic: str, said: str) -> Sorted:
        return Sorted(topic)

    def phrases(self) -> Sequence[str]:
        return ()


class NoEmergencies:
    def anything(self, now: datetime) -> bool:
        return False

    def on_air(
        self, now: datetime, territory: str, accounts: Sequence[Account], queue: str = ""
    ) -> Sequence[Emergency]:
        return ()

    def counted(self, name: str, *, heard_out: bool) -> None:
        return None


class NoMessages:
    async def send(self, wanted: MessageWanted) -> bool:
        return False


class NoCallbacks:
    async def order(self, wanted: CallbackWanted) -> Ordered:
        return Ordered("refused")


@dataclass(frozen=True, slots=True)
class Services:
    """All of them, for one supplier."""

    desk: Desk
    new_key: Callable[[], UUID]
    dialogues: Mapping[str, Dialogue] = field(default_factory=dict)
    rules: HouseRules = field(default_factory=HouseRules)
    hours: Hours | None = None
    queues: QueueStates = field(default_factory=NoQueues)
    topics: Topics = field(default_factory=NoTopics)
    emergencies: Emergencies = field(default_factory=NoEmergencies)
    messages: Messages = field(default_factory=NoMessages)
    callbacks: Callbacks = field(default_factory=NoCallbacks)
    recordings: Recordings = field(default_factory=NoRecordings)
    limits: Mapping[str, Limit] = field(default_factory=dict)
    """How many calls each number and dialogue takes, as this edition says."""
    lines: Lines = field(default_factory=Lines)
    """The calls that are there, of all editions."""

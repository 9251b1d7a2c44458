"""What a call in text is played with: a speaker that writes, a log that remembers, ports that keep what is asked.

They are the line's own implementations for a world without a telephone, a carrier or a database; `gudok talk` and
`gudok test` use the same ones.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from bots.desk import Account
from ivr.call.phone import Utterance
from ivr.call.services import CallbackWanted, Emergency, MessageWanted, Ordered, QueueNow
from ivr.clock import VirtualClock
from ivr.flow.scenarios.scenario_parts import OnAir, World
from ivr.journal.events import Kind
from ivr.prompts.pieces import pieces, spelled

LETTERS_A_SECOND = 14.0
PAUSE = 0.3
CALLBACK_HOURS = 2


class WritingSpeaker:
    """Speaks by writing: the words are those the voice would say, the seconds about what it would take."""

    def __init__(self) -> None:
        self._fixed: dict[str, Utterance] = {}

    async def utterance(
        self, text: str, slots: Mapping[str, object], *, pace: float = 1.0, louder: bool = False
    ) -> Utterance:
        key = f"{pace} {text}"
        if not slots and key in self._fixed:
            return self._fixed[key]
        said = spelled(pieces(text, slots))
        utterance = Utterance(said, (), round(PAUSE + len(said) / LETTERS_A_SECOND / pace, 2))
        if not slots:
            self._fixed[key] = utterance
        return utterance


@dataclass(frozen=True, slots=True)
class Noted:
    """One event of a call in text."""

    kind: Kind
    data: Mapping[str, object]
    second: float
    """Since the call began."""


class NoteBook:
    """Implements `ivr.call.conversation.CallLog`: the journal of one rehearsed call."""

    def __init__(self, clock: VirtualClock, told: Callable[[Noted], None] | None = None) -> None:
        self._clock, self._told = clock, told
        self.noted: list[Noted] = []

    def note(self, kind: Kind, **data: object) -> None:
        noted = Noted(kind, data, self._clock.monotonic())
        self.noted.append(noted)
        if self._told is not None:
            self._told(noted)

    def of(self, kind: Kind) -> list[Mapping[str, object]]:
        return [noted.data for noted in self.noted if noted.kind is kind]


@dataclass(slots=True)
class HeldMessages:
    """Implements `services.Messages`: nothing leaves the house."""

    answer: Literal["sent", "refused"] = "sent"
    asked: list[MessageWanted] = field(default_factory=list)

    async def send(self, wanted: MessageWanted) -> bool:
        if self.answer == "refused":
            return False
        self.asked.append(wanted)
        return True


@dataclass(slots=True)
class HeldCallbacks:
    """Implements `services.Callbacks`: nobody is rung."""

    clock: VirtualClock
    answer: Literal["made", "merged", "refused"] = "made"
    asked: list[tuple[CallbackWanted, Ordered]] = field(default_factory=list)

    async def order(self, wanted: CallbackWanted) -> Ordered:
        promised = wanted.at or self.clock.now() + timedelta(hours=CALLBACK_HOURS)
        ordered = Ordered(self.answer, None if self.answer == "refused" else promised)
        self.asked.append((wanted, ordered))
        return ordered


@dataclass(frozen=True, slots=True)
class StaffedQueues:
    """Implements `services.QueueStates`: the operators are those of the scenario."""

    world: World

    def now(self, queue: str) -> QueueNow:
        staff = self.world.by_queue.get(queue, self.world.staff)
        operators = 0 if staff.does == "none" else 2
        wait = None if staff.does == "none" else round((staff.wait if staff.does == "answer" else 600) / 60)
        return QueueNow(staff.waiting, operators, wait)


@dataclass(slots=True)
class HeldEmergencies:
    """Implements `services.Emergencies` over those of a scenario."""

    on: Sequence[OnAir]
    heard: list[tuple[str, bool]] = field(default_factory=list)

    def anything(self, now: datetime) -> bool:
        return bool(self.on)

    def on_air(
        self, now: datetime, territory: str, accounts: Sequence[Account], queue: str = ""
    ) -> Sequence[Emergency]:
        return [
            Emergency(f"emergency-{at}", each.text, each.then)
            for at, each in enumerate(self.on, 1)
            if each.queue in ("", queue)
        ]

    def counted(self, name: str, *, heard_out: bool) -> None:
        self.heard.append((name, heard_out))

"""A `Phone` of text on a virtual clock: what would be heard is kept as text, what the caller does is told by them.

The same interpreter and the same dialogues run on it as on the telephone. A prompt takes as long as it is spoken, a
silence as long as it is waited for, an operator as long as they are said to; nobody really waits.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, Protocol

from bots.talk import CallerLeft
from ivr.call.keys import KeyEntry
from ivr.call.phone import (
    CallInfo,
    CannotHear,
    Handover,
    Heard,
    Listen,
    Pressed,
    QueueEnd,
    Recorded,
    RecordEnd,
    Said,
    Silence,
    TransferEnd,
    Utterance,
)
from ivr.clock import VirtualClock

LETTERS_A_SECOND = 13.0
"""How fast people dictate and voices read Russian."""
KEY_SECONDS = 0.4
RECORD_SILENCE = 5.0


@dataclass(frozen=True, slots=True)
class HangsUp:
    """The caller puts the receiver down at this point."""


Act = Said | Pressed | Silence | CannotHear | HangsUp


class TextCaller(Protocol):
    """Who is at the other end: a script, a scenario, somebody at a terminal."""

    async def hears(self, text: str) -> bool:
        """The line says something; true: the caller hangs up on it."""
        ...

    async def does(self, wanted: Listen | None) -> Act:
        """The line listens (`None`: it records). What the caller does now."""
        ...

    async def leaves_queue(self) -> bool:
        """Nobody has answered yet; whether the caller hangs up instead of waiting on."""
        ...


def acts(script: Iterable[str]) -> Iterator[Act]:
    """A script in short: words are said, `#12` presses 1 and 2, an empty line is silence, `!` hangs up."""
    for line in script:
        if not line:
            yield Silence()
        elif line == "!":
            yield HangsUp()
        elif line.startswith("#"):
            yield Pressed(line[1:])
        else:
            yield Said(line)


class Script:
    """A caller who answers every question with the next act; when there is none left, they hang up."""

    def __init__(self, doings: Iterable[Act]) -> None:
        self._acts = iter(doings)

    async def hears(self, text: str) -> bool:
        return False

    async def does(self, wanted: Listen | None) -> Act:
        return next(self._acts, HangsUp())

    async def leaves_queue(self) -> bool:
        return False


Does = Literal["answer", "busy", "none", "full"]


@dataclass(frozen=True, slots=True)
class Operators:
    """Whether there are operators in a queue, and what they do. `busy`: nobody gets to the caller in time."""

    does: Does = "answer"
    wait: float = 20.0
    talk: float = 120.0


@dataclass(frozen=True, slots=True)
class Around:
    """What is around the telephone besides the caller."""

    operators: Operators = Operators()
    by_queue: Mapping[str, Operators] = field(default_factory=dict)
    transfer: Literal["answered", "failed"] = "answered"
    transfer_talk: float = 60.0

    def of(self, queue: str) -> Operators:
        return self.by_queue.get(queue, self.operators)


ORDINARY = Around()


class TextPhone:
    """Asks its caller what they do, and keeps what they heard."""

    def __init__(
        self, info: CallInfo, caller: TextCaller, *, clock: VirtualClock | None = None, around: Around = ORDINARY
    ) -> None:
        self._info = info
        self._caller = caller
        self._around = around
        self.clock = clock or VirtualClock(datetime.now(UTC))
        self.heard: list[str] = []
        """What the caller heard, in order."""
        self.queued: list[Handover] = []
        self.transferred: list[str] = []
        self.louder = 0
        self.hung_up_by_us = False
        self._left = False
        self._ahead = ""
        """Keys pressed before anybody asked for them: they answer the next question."""

    @property
    def info(self) -> CallInfo:
        return self._info

    @property
    def left(self) -> bool:
        return self._left

    def leave(self) -> None:
        """The caller hangs up now, whatever goes on: whatever is asked of the telephone next raises `CallerLeft`."""
        self._left = True

    async def answer(self) -> None:
        self._here()

    async def play(self, utterance: Utterance, *, stop_keys: str = "", skippable: bool = False) -> str | None:
        self._here()
        self.heard.append(utterance.text)
        leaves = await self._caller.hears(utterance.text)
        self.clock.advance(speaking_seconds(utterance))
        if leaves:
            self.leave()
        self._here()
        return None

    async def listen(self, wanted: Listen) -> Heard:
        self._here()
        ahead = self._ahead if wanted.ahead and wanted.keys is not None else ""
        act: Heard = Pressed(ahead) if ahead else await self._does(wanted)
        self._ahead = ""
        seconds = _seconds(act, wanted)
        if isinstance(act, Pressed):
            act = self._entered(act, wanted)
        elif isinstance(act, Said | CannotHear) and wanted.speech is None:
            act = Silence()  # nobody listens for words here
        self.clock.advance(seconds)
        return act

    def _entered(self, act: Pressed, wanted: Listen) -> Heard:
        """The keys that answer; what is pressed beyond them answers the next question."""
        if wanted.keys is None:
            return Silence()
        entry = KeyEntry(wanted.keys)
        for key in act.keys:
            entry.press(key)
        self._ahead = entry.late
        return Pressed(entry.keys) if entry.keys else Silence()

    async def play_and_listen(self, utterance: Utterance, wanted: Listen) -> Heard:
        await self.play(utterance)
        return await self.listen(wanted)

    async def loudness(self, steps: int) -> None:
        self._here()
        self.louder = steps

    async def record(self, file: Path, *, longest: float, silence: float, stop_keys: str = "#") -> Recorded:
        self._here()
        act = await self._does(None)
        seconds = min(len(act.text) / LETTERS_A_SECOND, longest) if isinstance(act, Said) else 0.0
        self.clock.advance(seconds + silence)
        return Recorded(file, round(seconds + silence, 1), RecordEnd.SILENCE)

    async def keep_sound(self, file: Path | None) -> None:
        self._here()

    async def enter_queue(self, handover: Handover) -> QueueEnd:
        self._here()
        self.queued.append(handover)
        operators = self._around.of(handover.queue)
        match operators.does:
            case "none":
                return QueueEnd.NO_OPERATORS
            case "full":
                return QueueEnd.FULL
        waits = operators.wait if operators.does == "answer" else handover.seconds
        if operators.does == "busy" and await self._caller.leaves_queue():
            self.clock.advance(waits / 2)
            self.leave()
            self._here()
        self.clock.advance(min(waits, handover.seconds))
        if operators.does == "busy" or waits > handover.seconds:
            return QueueEnd.TIMEOUT
        self.clock.advance(operators.talk)
        return QueueEnd.SERVED

    async def transfer(self, target: str, *, seconds: float = 30.0) -> TransferEnd:
        self._here()
        self.transferred.append(target)
        if self._around.transfer == "failed":
            self.clock.advance(seconds)
            return TransferEnd(answered=False, why="NOANSWER")
        self.clock.advance(self._around.transfer_talk)
        return TransferEnd(answered=True, why="ANSWER")

    async def hang_up(self) -> None:
        self.hung_up_by_us = True
        self._left = True

    def _here(self) -> None:
        if self._left:
            raise CallerLeft

    async def _does(self, wanted: Listen | None) -> Heard:
        act = await self._caller.does(wanted)
        self._here()
        if isinstance(act, HangsUp):
            self.leave()
            raise CallerLeft
        return act


def speaking_seconds(utterance: Utterance) -> float:
    """How long it is spoken: as it was rendered, else as it would be."""
    return utterance.seconds or 0.3 + len(utterance.text) / LETTERS_A_SECOND


def _seconds(act: Heard, wanted: Listen) -> float:
    """How long the line listens until it has this answer."""
    match act:
        case Said(text):
            return len(text) / LETTERS_A_SECOND + (wanted.speech.end_seconds if wanted.speech else 0.0)
        case Pressed(keys):
            complete = wanted.keys is None or len(keys) >= wanted.keys.most or keys[-1:] == wanted.keys.end
            after = 0.0 if complete or wanted.keys is None else wanted.keys.next_seconds
            return len(keys) * KEY_SECONDS + after
        case Silence():
            patience = [part.first_seconds for part in (wanted.keys, wanted.speech) if part is not None]
            return max(patience, default=0.0)
    return 0.0

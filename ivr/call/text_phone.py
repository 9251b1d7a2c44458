"""A `Phone` of text: what would be heard is kept as text, what the caller does comes from a script.

The same interpreter and the same dialogues run on it as on the telephone. Time does not pass by itself.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bots.talk import CallerLeft
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


@dataclass(frozen=True, slots=True)
class HangsUp:
    """The caller puts the receiver down at this point of the script."""


Act = Said | Pressed | Silence | CannotHear | HangsUp


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


@dataclass(slots=True)
class TextPhone:
    """Answers every question with the next act of its script; a script that is over hangs up."""

    info: CallInfo
    script: Iterator[Act]
    queue_ends: QueueEnd = QueueEnd.SERVED
    heard: list[str] = field(default_factory=list)
    """What the caller heard, in order."""
    queued: list[Handover] = field(default_factory=list)
    transferred: list[str] = field(default_factory=list)
    hung_up_by_us: bool = False
    _left: bool = False

    def _here(self) -> None:
        if self._left:
            raise CallerLeft

    def _next(self) -> Heard:
        act = next(self.script, HangsUp())
        if isinstance(act, HangsUp):
            self._left = True
            raise CallerLeft
        return act

    async def answer(self) -> None:
        self._here()

    async def play(self, utterance: Utterance, *, stop_keys: str = "", skippable: bool = False) -> str | None:
        self._here()
        self.heard.append(utterance.text)
        return None

    async def listen(self, wanted: Listen) -> Heard:
        self._here()
        heard = self._next()
        if isinstance(heard, Said) and wanted.speech is None:
            return Silence()  # nobody listens for words here
        if isinstance(heard, Pressed) and wanted.keys is None:
            return Silence()
        return heard

    async def play_and_listen(self, utterance: Utterance, wanted: Listen) -> Heard:
        await self.play(utterance)
        return await self.listen(wanted)

    async def record(self, file: Path, *, longest: float, silence: float, stop_keys: str = "#") -> Recorded:
        self._here()
        return Recorded(file, 0.0, RecordEnd.SILENCE)

    async def enter_queue(self, handover: Handover) -> QueueEnd:
        self._here()
        self.queued.append(handover)
        return self.queue_ends

    async def transfer(self, target: str, *, seconds: float = 30.0) -> TransferEnd:
        self._here()
        self.transferred.append(target)
        return TransferEnd(answered=True, why="ANSWER")

    async def hang_up(self) -> None:
        self.hung_up_by_us = True
        self._left = True

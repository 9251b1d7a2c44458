"""The caller's end of a call as the line sees it: the seam between the conversation and whatever carries it.

A `Phone` is handed rendered utterances and typed questions, never text to speak, and returns typed results. Real
telephony implements it in `asterisk.phone`, the terminal in `ivr.call.text_phone`. A hang-up is one event: whatever is
awaited then raises `CallerLeft`, and everything awaited after it does too.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Protocol
from uuid import UUID

from bots.talk import CallerLeft as CallerLeft


class PhoneFailed(Exception):
    """The telephone can no longer be used, though the caller may still be there; the dialplan's fallback takes over."""


@dataclass(frozen=True, slots=True)
class CallInfo:
    """What is known of a call when it arrives."""

    call: UUID
    dialled: str
    caller: str | None
    """The caller's number as the carrier gave it; None when it is hidden."""
    channel: str
    uniqueid: str
    linkedid: str
    language: str = "ru"
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Utterance:
    """Something to hear: rendered files, one after another, and the text they speak."""

    text: str
    files: tuple[Path, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class KeysWanted:
    """Which keys answer, and when they are complete. `end` closes early, `clear` starts anew."""

    most: int = 1
    allowed: str = "0123456789*#"
    end: str = ""
    clear: str = ""
    first_seconds: float = 7.0
    """Silence until the first key."""
    next_seconds: float = 3.0
    """Silence between keys that ends the answer."""


@dataclass(frozen=True, slots=True)
class SpeechWanted:
    """How to listen: a hint for recognition and the rule for the end of speech."""

    grammar: str
    """The kind of question: `reading`, `yesno`, `menu`, `account`, `free`…"""
    key: str = ""
    """Which question it is: what is kept of answers for learning is kept under it."""
    phrases: Sequence[str] = ()
    complete: Callable[[Sequence[str]], bool] = lambda words: False
    first_seconds: float = 7.0
    end_seconds: float = 1.2
    end_complete_seconds: float = 0.5
    """The silence that ends an answer of which `complete` says that nothing is missing."""
    longest_seconds: float = 20.0


@dataclass(frozen=True, slots=True)
class Listen:
    """One question's ear: keys, speech, or both open together."""

    keys: KeysWanted | None = None
    speech: SpeechWanted | None = None
    ahead: bool = True
    """Whether keys count that were pressed before it was asked."""


@dataclass(frozen=True, slots=True)
class Word:
    text: str
    start: float
    end: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Said:
    """Words were heard."""

    text: str
    words: tuple[Word, ...] = ()
    alternatives: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pressed:
    """Keys were pressed."""

    keys: str


@dataclass(frozen=True, slots=True)
class Silence:
    """Nothing came before the time was over."""

    noisy: bool = False
    """A noise on the line has broken our prompts off; from now on only keys do."""


@dataclass(frozen=True, slots=True)
class CannotHear:
    """Recognition is down or full: ask for keys instead."""

    why: str


Heard = Said | Pressed | Silence | CannotHear


@dataclass(frozen=True, slots=True)
class Handover:
    """A call given to a queue of operators, with what is known."""

    queue: str
    seconds: float = 300.0
    topic: str | None = None
    priority: int = 0
    context: Mapping[str, str] = field(default_factory=dict)
    whisper: Utterance | None = None
    recorded: bool = False
    """Whether talks out of this queue are recorded: then the recording ends with the queue, not with the call."""


class QueueEnd(StrEnum):
    SERVED = "served"
    """An operator talked with the caller and left first."""
    TIMEOUT = "timeout"
    FULL = "full"
    NO_OPERATORS = "no_operators"


@dataclass(frozen=True, slots=True)
class TransferEnd:
    answered: bool
    why: str
    """`ANSWER`, `BUSY`, `NOANSWER`, `CONGESTION`, `CHANUNAVAIL`…"""


class RecordEnd(StrEnum):
    KEY = "key"
    SILENCE = "silence"
    LONGEST = "longest"


@dataclass(frozen=True, slots=True)
class Recorded:
    file: Path
    seconds: float
    why: RecordEnd


class Phone(Protocol):
    """Every method raises `CallerLeft` once the caller has hung up, `PhoneFailed` when the link is broken."""

    @property
    def info(self) -> CallInfo: ...

    async def answer(self) -> None: ...

    async def play(self, utterance: Utterance, *, stop_keys: str = "", skippable: bool = False) -> str | None:
        """Play to the end, or until one of `stop_keys`; the key that stopped it is returned.

        Any other key is kept for the next question; it ends a `skippable` utterance, and no other.
        """
        ...

    async def listen(self, wanted: Listen) -> Heard: ...

    async def play_and_listen(self, utterance: Utterance, wanted: Listen) -> Heard:
        """Ask and listen at once: an answer may come before the prompt is over."""
        ...

    async def loudness(self, steps: int) -> None:
        """Be heard so many steps louder than usual from now on; a telephone that cannot does nothing."""
        ...

    async def record(self, file: Path, *, longest: float, silence: float, stop_keys: str = "#") -> Recorded: ...

    async def keep_sound(self, file: Path | None) -> None:
        """Record what both sides say from now on, in two channels; None: no longer."""
        ...

    async def enter_queue(self, handover: Handover) -> QueueEnd: ...

    async def transfer(self, target: str, *, seconds: float = 30.0) -> TransferEnd: ...

    async def hang_up(self) -> None: ...

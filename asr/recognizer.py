"""Hearing: audio in, words out. The seam between the line and a speech engine; an engine knows nothing of calls."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Hints:
    """What kind of answer is expected: an engine with grammars narrows itself to it, another ignores it."""

    grammar: str = "free"
    phrases: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class HeardWord:
    word: str
    start: float
    end: float
    conf: float


@dataclass(frozen=True, slots=True)
class Hearing:
    """What was heard in one utterance."""

    text: str
    words: tuple[HeardWord, ...] = ()
    alternatives: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Can:
    """What an engine can do."""

    streaming: bool = True
    grammar: bool = False
    partials: bool = True
    confidences: bool = True
    alternatives: bool = False
    sample_rate: int = 8000


class RecognitionFailed(Exception):
    """The engine could not hear; `retryable` says whether the same audio is worth another try."""

    def __init__(self, why: str, *, retryable: bool = False) -> None:
        super().__init__(why)
        self.retryable = retryable


class Stream(Protocol):
    """One utterance being heard. Signed 16-bit mono audio goes in as it arrives."""

    async def feed(self, pcm: bytes) -> str:
        """Take the next piece and return the words heard so far (a partial; it may still change)."""
        ...

    async def finish(self) -> Hearing: ...

    async def aclose(self) -> None: ...


class Recognizer(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def can(self) -> Can: ...

    async def open(self, hints: Hints) -> Stream:
        """Raises `RecognitionFailed` when it is down or full."""
        ...

    async def aclose(self) -> None: ...

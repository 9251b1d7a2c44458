"""Hearing: audio in, words out. The seam between the line and a speech engine; an engine knows nothing of calls.

Engines differ: `Can` says in what, and whoever uses one asks it instead of guessing by its name. Whatever takes the
place of an engine (a chain of them) is a `Recognizer` itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Hints:
    """What kind of answer is expected: an engine with grammars narrows itself to it, another ignores it."""

    grammar: str = "free"
    phrases: Sequence[str] = ()
    vocabulary: str = ""
    """The key of the words that were added for this dialplan (`asr.vocabularies`); an engine without ignores it."""


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
    """What else may have been said, the likeliest first, and nothing unlikely; empty where the engine has none."""
    engine: str = ""
    model: str = ""
    """Who heard it: of a chain, the engine that finished."""


@dataclass(frozen=True, slots=True)
class Can:
    """What an engine can do."""

    streaming: bool = True
    """Whether it decodes sound as it comes; one that does not decodes the whole answer anew at each pause."""
    grammar: bool = False
    """Whether it can be narrowed to `Hints`; without, everything is heard freely."""
    partials: bool = True
    """Whether words come before the answer is over."""
    confidences: bool = True
    """Whether it says how sure it is of a word; without, every word has 1."""
    alternatives: bool = False
    sample_rate: int = 8000
    """What its model was trained on. Sound is handed over at 8 kHz whatever it is."""

    def __str__(self) -> str:
        able = ("streaming", "grammar", "partials", "confidences", "alternatives")
        return ", ".join([name for name in able if getattr(self, name)] + [f"{self.sample_rate} Hz"])


class RecognitionFailed(Exception):
    """The engine could not hear; `retryable` says whether it is only busy, and the same audio worth another try."""

    def __init__(self, why: str, *, retryable: bool = False) -> None:
        super().__init__(why)
        self.retryable = retryable


class Stream(Protocol):
    """One utterance being heard. Signed 16-bit mono audio at 8 kHz goes in as it arrives."""

    async def feed(self, pcm: bytes) -> str:
        """Take the next piece and return the words heard so far (a partial; it may still change)."""
        ...

    async def finish(self) -> Hearing: ...

    async def aclose(self) -> None:
        """Give up what is not finished. May be called twice, and after `finish`."""
        ...


class Recognizer(Protocol):
    @property
    def name(self) -> str:
        """The engine."""
        ...

    @property
    def model(self) -> str: ...

    @property
    def can(self) -> Can: ...

    async def open(self, hints: Hints) -> Stream:
        """Raises `RecognitionFailed` when it is down or full."""
        ...

    async def aclose(self) -> None: ...

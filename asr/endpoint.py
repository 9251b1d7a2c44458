"""When has the caller finished? Decided from time, a voice and the words so far; no clock, no engine, no audio.

People dictate with pauses, so the silence that ends an answer depends on the question: the rule carries it, and
`complete(words)` shortens it once the answer is whole («двенадцать тысяч триста сорок пять» on a five-digit meter).
Somebody else talking behind the caller never falls silent; words that stopped coming end the answer then.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Decision(StrEnum):
    WAITING = "waiting"
    """Nothing has been said yet."""
    SPEAKING = "speaking"
    """The answer has begun and is not over."""
    ENDED = "ended"
    """The answer is over."""
    SILENCE = "silence"
    """Nothing was said in the time given."""
    LONGEST = "longest"
    """The caller speaks on, but the longest answer is reached."""

    @property
    def final(self) -> bool:
        return self in (Decision.ENDED, Decision.SILENCE, Decision.LONGEST)


@dataclass(frozen=True, slots=True)
class Rule:
    """The times of one question, in seconds."""

    first: float = 7.0
    """Silence until the answer begins, from the end of our prompt."""
    end: float = 1.2
    """Silence that ends an answer."""
    end_complete: float = 0.5
    """The same once `complete` says that nothing is missing."""
    longest: float = 20.0
    """From the beginning of the answer."""
    start: float = 0.12
    """Voice shorter than this is a click or a cough, unless a word was heard in it."""
    stalled: float = 2.5
    """A voice without a new word for so long is not the caller's: the answer is over (but a second later than by
    silence)."""


class Endpoint:
    """Follows one answer. `process` takes a stretch of time and what was noticed in it, in order."""

    def __init__(self, rule: Rule, complete: Callable[[Sequence[str]], bool] = lambda words: False) -> None:
        self._rule = rule
        self._complete = complete
        self._elapsed = 0.0
        self._waited = 0.0
        self._voiced = 0.0
        self._speaking_since: float | None = None
        self._silence = 0.0
        self._heard = ""
        self._words: list[str] = []
        self._unchanged = 0.0
        self._done = False
        self._decision = Decision.WAITING

    @property
    def elapsed(self) -> float:
        return self._elapsed

    def process(self, seconds: float, is_speech: bool, words: str = "", *, asking: bool = False) -> Decision:
        """`words` is everything heard so far. A final decision stays.

        `asking`: our prompt is not over yet, so the time given has not begun and no answer is over.
        """
        if self._decision.final:
            return self._decision
        self._elapsed += seconds
        if not asking:
            self._waited += seconds
        self._hear(seconds, is_speech, words)
        decision = self._decide()
        if asking and decision.final:
            return Decision.SPEAKING
        self._decision = decision
        return decision

    def _hear(self, seconds: float, is_speech: bool, words: str) -> None:
        if words != self._heard:
            self._heard, self._words = words, words.split()
            self._unchanged = 0.0
            self._done = bool(self._words) and self._complete(self._words)
        else:
            self._unchanged += seconds
        if is_speech:
            self._voiced += seconds
            self._silence = 0.0
        else:
            self._silence += seconds
            if self._silence >= self._rule.start:
                self._voiced = 0.0
        if self._speaking_since is None and (self._words or self._voiced >= self._rule.start):
            self._speaking_since = self._elapsed

    def _decide(self) -> Decision:
        rule = self._rule
        if self._speaking_since is None:
            # A voice that has just begun may be the answer: it is not cut off by the time given.
            return Decision.SILENCE if self._waited >= rule.first and not self._voiced else Decision.WAITING
        if self._words:
            enough = min(rule.end, rule.end_complete) if self._done else rule.end
            # Words come some tenths of a second after their sound: a fresh one is not yet the end of anything.
            quiet = self._silence >= enough and self._unchanged >= min(enough, rule.end_complete)
            stalled = self._unchanged >= max(rule.stalled, rule.end + 1.0)
            if quiet or stalled:
                return Decision.ENDED
        elif self._silence >= rule.end:
            if self._waited >= rule.first:
                return Decision.SILENCE
            # A noise that held no word: the caller still has the time the question gave.
            self._speaking_since = None
            return Decision.WAITING
        if self._elapsed - self._speaking_since >= rule.longest:
            return Decision.LONGEST if self._words else Decision.SILENCE
        return Decision.SPEAKING

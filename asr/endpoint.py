"""When has the caller finished? Decided from time, a voice gate and the words so far; no clock, no engine, no audio.

People dictate with pauses, so the silence that ends an answer depends on the question: the rule carries it, and
`complete(words)` shortens it once the answer is whole («двенадцать тысяч триста сорок пять» on a five-digit meter).
Loud surroundings keep a gate open for ever; words that stopped coming end the answer then.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np


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
    """Silence until the answer begins."""
    end: float = 1.2
    """Silence that ends an answer."""
    end_complete: float = 0.5
    """The same once `complete` says that nothing is missing."""
    longest: float = 20.0
    """From the beginning of the answer."""
    start: float = 0.12
    """Voice shorter than this is a click or a cough, unless a word was heard in it."""
    stalled: float = 2.5
    """An open gate without a new word for so long is noise: the answer is over (but a second later than by silence)."""


class Endpoint:
    """Follows one answer. `process` takes a stretch of time and what was noticed in it, in order."""

    def __init__(self, rule: Rule, complete: Callable[[Sequence[str]], bool] = lambda words: False) -> None:
        self._rule = rule
        self._complete = complete
        self._elapsed = 0.0
        self._voiced = 0.0
        self._speaking_since: float | None = None
        self._silence = 0.0
        self._words: list[str] = []
        self._unchanged = 0.0
        self._done = False
        self._decision = Decision.WAITING

    @property
    def elapsed(self) -> float:
        return self._elapsed

    def process(self, seconds: float, is_speech: bool, words: str = "") -> Decision:
        """`words` is everything heard so far. A final decision stays."""
        if self._decision.final:
            return self._decision
        self._elapsed += seconds
        self._hear(seconds, is_speech, words.split())
        self._decision = self._decide()
        return self._decision

    def _hear(self, seconds: float, is_speech: bool, words: list[str]) -> None:
        if words != self._words:
            self._words = words
            self._unchanged = 0.0
            self._done = bool(words) and self._complete(words)
        else:
            self._unchanged += seconds
        if is_speech:
            self._voiced += seconds
            self._silence = 0.0
        else:
            self._silence += seconds
            if self._silence >= self._rule.start:
                self._voiced = 0.0
        if self._speaking_since is None and (words or self._voiced >= self._rule.start):
            self._speaking_since = self._elapsed

    def _decide(self) -> Decision:
        rule = self._rule
        if self._speaking_since is None:
            return Decision.SILENCE if self._elapsed >= rule.first else Decision.WAITING
        if self._words:
            enough = min(rule.end, rule.end_complete) if self._done else rule.end
            # Words come some tenths of a second after their sound: a fresh one is not yet the end of anything.
            quiet = self._silence >= enough and self._unchanged >= min(enough, rule.end_complete)
            stalled = self._unchanged >= max(rule.stalled, rule.end + 1.0)
            if quiet or stalled:
                return Decision.ENDED
        elif self._silence >= rule.end:
            if self._elapsed >= rule.first:
                return Decision.SILENCE
            # A noise that held no word: the caller still has the time the question gave.
            self._speaking_since = None
            return Decision.WAITING
        if self._elapsed - self._speaking_since >= rule.longest:
            return Decision.LONGEST if self._words else Decision.SILENCE
        return Decision.SPEAKING


class VoiceGate:
    """A cheap guess whether 20 ms of sound hold a voice: louder than the line's own noise, which it keeps learning.

    It lets too much through rather than too little: recognition has the last word. A consonant that hisses (с, ш, х) is
    quieter than a vowel but crosses zero often, so it needs less loudness.
    """

    FRAME = 160

    def __init__(
        self, *, margin_db: float = 9.0, hiss_margin_db: float = 5.0, floor_db: float = -52.0, hangover: int = 8
    ) -> None:
        self._margin = margin_db
        self._hiss_margin = hiss_margin_db
        self._least = floor_db
        self._hangover = hangover
        self._noise: float | None = None
        self._lowest = 0.0
        self._frames = 0
        self._open_for = 0

    @property
    def noise_db(self) -> float:
        """The learnt level of the line's noise, against full scale."""
        return self._least if self._noise is None else self._noise

    def process(self, frame: bytes) -> bool:
        """20 ms of signed 16-bit sound at 8 kHz (any length does)."""
        samples = np.frombuffer(frame, dtype="<i2").astype(np.float32)
        if not len(samples):
            return self._open_for > 0
        power = float(samples @ samples) / len(samples) - float(samples.mean()) ** 2
        signs = samples >= 0
        crossings = int(np.count_nonzero(signs[1:] != signs[:-1])) / len(samples)
        return self.decide(10.0 * float(np.log10(max(power, 0.0) / 2**30 + 1e-10)), crossings)

    def decide(self, level_db: float, crossings: float) -> bool:
        """The same from a frame's level against full scale and its zero crossings a sample."""
        self._learn(level_db)
        margin = self._hiss_margin if crossings > 0.3 else self._margin
        if level_db > max(self.noise_db + margin, self._least):
            self._open_for = self._hangover
            return True
        self._open_for = max(0, self._open_for - 1)
        return self._open_for > 0

    def _learn(self, level_db: float) -> None:
        """The floor falls at once and rises only as far as the quietest frame of the last second: voices have gaps."""
        level_db = max(level_db, -80.0)
        if self._noise is None:
            self._noise = min(level_db, self._least)
        self._noise += 0.3 * (level_db - self._noise) if level_db < self._noise else 0.0
        self._lowest = level_db if self._frames == 0 else min(self._lowest, level_db)
        self._frames += 1
        if self._frames == 50:
            self._frames = 0
            if self._lowest > self._noise:
                self._noise += 0.5 * (self._lowest - self._noise)

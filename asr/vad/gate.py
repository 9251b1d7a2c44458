"""The cheap gate: louder than the line's own noise, which it keeps learning.

It lets too much through rather than too little; the network behind it, and recognition, have the last word. It runs on
every frame of every call, so it does no more arithmetic than it must.
"""

import math

import numpy as np

_FULL_SCALE = 2.0**30
_ONES = np.ones(160, np.float32)


class VoiceGate:
    """A consonant that hisses (с, ш, х) is quieter than a vowel but crosses zero often, so it needs less loudness."""

    HISS = 0.3
    """Zero crossings a sample from which a sound hisses."""

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
        self.level_db = -90.0
        """Of the last frame, against full scale."""
        self.echo_db = -200.0
        """What may be our own echo just now: nothing that is not louder opens the gate."""

    @property
    def noise_db(self) -> float:
        """The learnt level of the line's noise, against full scale."""
        return self._least if self._noise is None else self._noise

    def process(self, frame: bytes) -> bool:
        """20 ms of signed 16-bit sound at 8 kHz (any length does)."""
        samples = np.frombuffer(frame, dtype="<i2").astype(np.float32)
        count = len(samples)
        if not count:
            return self._open_for > 0
        mean = float(samples @ _ONES if count == 160 else samples.sum()) / count
        power = float(samples @ samples) / count - mean * mean
        level = 10.0 * math.log10(max(power, 0.0) / _FULL_SCALE + 1e-10)
        needed = self._needed(level)
        # Counting crossings is the dearest part, and matters only where loudness alone does not decide.
        hisses = needed >= level > needed - (self._margin - self._hiss_margin) and _crossings(samples) > self.HISS
        return self._decide(level, needed, hisses)

    def decide(self, level_db: float, crossings: float) -> bool:
        """The same from a frame's level against full scale and its zero crossings a sample."""
        return self._decide(level_db, self._needed(level_db), crossings > self.HISS)

    def _needed(self, level_db: float) -> float:
        self.level_db = level_db
        self._learn(level_db)
        return self.noise_db + self._margin

    def _decide(self, level: float, needed: float, hisses: bool) -> bool:
        if hisses:
            needed -= self._margin - self._hiss_margin
        if level > max(needed, self._least) and level > self.echo_db:
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


def _crossings(samples: "np.ndarray[tuple[int], np.dtype[np.float32]]") -> float:
    signs = samples >= 0
    return int(np.count_nonzero(signs[1:] != signs[:-1])) / len(samples)

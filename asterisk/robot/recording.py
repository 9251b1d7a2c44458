"""What a call heard, as one stretch of samples in which every sample has its instant."""

from array import array
from bisect import bisect_right
from pathlib import Path

import numpy as np

from asr.audio import wav
from asterisk.robot.ear import LOUD_DBFS, Ear, Run
from asterisk.robot.g711 import RATE, Pcm


class Recording:
    """Grows while the call lasts, up to `most_seconds`; silence stands where nothing came."""

    def __init__(self, *, most_seconds: float = 3600.0) -> None:
        self._most = int(most_seconds * RATE)
        self._samples = bytearray()
        self._starts = array("q")
        self._instants = array("d")

    def __len__(self) -> int:
        return len(self._samples) // 2

    @property
    def seconds(self) -> float:
        return len(self) / RATE

    def gap(self, samples: int) -> None:
        """Nothing was heard for that long."""
        self._samples += bytes(2 * max(0, min(samples, self._most - len(self))))

    def add(self, samples: Pcm, at: float) -> None:
        """`samples` began to sound at `at`, of the measuring clock."""
        kept = samples[: max(0, self._most - len(self))]
        if len(kept):
            self._starts.append(len(self))
            self._instants.append(at)
            self._samples += kept.astype("<i2").tobytes()

    def pcm(self, start: int = 0, end: int | None = None) -> Pcm:
        """A copy of the samples."""
        stop = len(self) if end is None else min(end, len(self))
        return np.frombuffer(bytes(self._samples[2 * start : 2 * stop]), dtype="<i2").astype(np.int16)

    def instant_of(self, sample: int) -> float:
        """When that sample sounded."""
        if not self._starts:
            raise ValueError("nothing was recorded")
        piece = max(0, bisect_right(self._starts, sample) - 1)
        return self._instants[piece] + (sample - self._starts[piece]) / RATE

    def sample_at(self, instant: float) -> int:
        """The first sample that sounded at `instant` or later."""
        if not self._starts:
            return 0
        piece = max(0, bisect_right(self._instants, instant) - 1)
        after = self._starts[piece] + max(0, round((instant - self._instants[piece]) * RATE))
        bound = self._starts[piece + 1] if piece + 1 < len(self._starts) else len(self)
        return min(after, bound)

    def runs(self, *, patience: float = 0.02, loud_dbfs: float = LOUD_DBFS) -> list[Run]:
        """Where there was sound, as finely as `patience` says: for gaps that the call's own ear joins over."""
        ear = Ear(patience=patience, loud_dbfs=loud_dbfs)
        samples = self.pcm()
        for place, start in enumerate(self._starts):
            end = self._starts[place + 1] if place + 1 < len(self._starts) else len(self)
            ear.feed(samples[start:end], self._instants[place])
        return ear.runs

    def save(self, path: Path) -> None:
        path.write_bytes(wav(bytes(self._samples)))

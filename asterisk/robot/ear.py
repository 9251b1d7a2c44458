"""Where there was sound in what was heard: runs of loud audio with their beginnings and ends.

Pure: it is fed samples with the moment at which each piece began to sound, and knows no clock.
"""

from dataclasses import dataclass

import numpy as np

from asterisk.robot.g711 import RATE, Pcm

BLOCK = 40
"""Samples that are judged together: 5 ms."""
LOUD_DBFS = -45.0


@dataclass(slots=True)
class Run:
    """Loud audio from `start` to `end` (of the measuring clock), pauses shorter than the patience included."""

    start: float
    end: float
    loud: float = 0.0
    """Seconds of it that were loud."""


class Ear:
    def __init__(self, *, loud_dbfs: float = LOUD_DBFS, patience: float = 0.3) -> None:
        self._floor = (32768.0 * 10 ** (loud_dbfs / 20)) ** 2
        self._patience = patience
        self.runs: list[Run] = []

    def feed(self, samples: Pcm, at: float) -> None:
        """`samples` began to sound at `at`."""
        whole = len(samples) // BLOCK * BLOCK
        if not whole:
            return
        blocks = samples[:whole].astype(np.float32).reshape(-1, BLOCK)
        power = np.einsum("ij,ij->i", blocks, blocks) / BLOCK
        loud = power >= self._floor
        count = int(np.count_nonzero(loud))
        if count == len(loud):
            self._loud(at, at + whole / RATE)
        elif count:
            for place in np.flatnonzero(loud).tolist():
                self._loud(at + place * BLOCK / RATE, at + (place + 1) * BLOCK / RATE)

    def _loud(self, start: float, end: float) -> None:
        if self.runs and start - self.runs[-1].end <= self._patience:
            self.runs[-1].end = max(end, self.runs[-1].end)
        else:
            self.runs.append(Run(start, end))
        self.runs[-1].loud += end - start

    @property
    def last_loud(self) -> float | None:
        return self.runs[-1].end if self.runs else None

    def run_after(self, since: float, *, at_least: float, fresh: bool = False) -> Run | None:
        """The first run that sounds after `since`, or, when `fresh`, that starts after it."""
        for run in self.runs:
            begun = run.start if fresh else run.end
            if begun > since and run.loud >= at_least:
                return run
        return None

"""Marker tones: two robots prove a bridge by playing different tones and finding each other's (Goertzel)."""

import numpy as np

from asterisk.robot.ear import BLOCK, LOUD_DBFS
from asterisk.robot.g711 import RATE, Pcm
from asterisk.robot.recording import Recording

WINDOW = 160
"""Samples judged together: 20 ms, enough to tell tones 100 Hz apart."""


def tone(hz: float, seconds: float, *, dbfs: float = -12.0) -> Pcm:
    """A sine; `dbfs` is its RMS level."""
    at = np.arange(round(seconds * RATE))
    peak = 32768 * 10 ** (dbfs / 20) * 2**0.5
    return np.clip(np.rint(peak * np.sin(2 * np.pi * hz * at / RATE)), -32768, 32767).astype(np.int16)


def silence(seconds: float) -> Pcm:
    return np.zeros(round(seconds * RATE), dtype=np.int16)


def share_of_tone(samples: Pcm, hz: float) -> float:
    """How much of the power is a tone of that frequency: 1 for the pure tone, 0 for none of it or for silence."""
    if not len(samples):
        return 0.0
    wave = samples.astype(np.float64)
    total = float(wave @ wave) / len(wave)
    if total < _floor():
        return 0.0
    turns = np.exp(-2j * np.pi * hz * np.arange(len(wave)) / RATE)
    amplitude = 2 * abs(complex(wave @ turns)) / len(wave)
    return min(1.0, amplitude**2 / 2 / total)


def tone_runs(
    recording: Recording, hz: float, *, share: float = 0.6, patience: float = 0.05
) -> list[tuple[float, float]]:
    """From when to when a tone of that frequency was heard, each time; true to a few milliseconds."""
    samples = recording.pcm()
    found: list[list[int]] = []
    for start in range(0, len(samples) - WINDOW + 1, BLOCK):
        if share_of_tone(samples[start : start + WINDOW], hz) >= share:
            if found and start - found[-1][1] <= patience * RATE:
                found[-1][1] = start + WINDOW
            else:
                found.append([start, start + WINDOW])
    runs = []
    for start, end in found:
        begun, over = _edge(samples, hz, share, start, 1), _edge(samples, hz, share, end - BLOCK, -1) + BLOCK
        loud = np.flatnonzero(samples[begun:over].astype(np.float64) ** 2 >= _floor())
        first, last = begun + int(loud[0]), begun + int(loud[-1])
        runs.append((recording.instant_of(first), recording.instant_of(last) + 1 / RATE))
    return runs


def _edge(samples: Pcm, hz: float, share: float, place: int, way: int) -> int:
    """Where the tone's first (or last) 5 ms are, in from `place`: there may be other sound right beside them."""
    for step in range(0, WINDOW, 4):
        found = place + way * step
        if share_of_tone(samples[found : found + BLOCK], hz) >= share:
            return found
    return place


def _floor() -> float:
    return float((32768.0 * 10 ** (LOUD_DBFS / 20)) ** 2)


class ToneFinder:
    """Looks for a tone in a growing recording, each piece of it once."""

    def __init__(self, recording: Recording, hz: float, *, since: float, share: float = 0.6) -> None:
        self._recording = recording
        self._hz = hz
        self._share = share
        self._from = recording.sample_at(since)

    def find(self) -> float | None:
        """The moment at which the tone began, once two windows in a row hold it."""
        while self._from + 2 * WINDOW <= len(self._recording):
            both = self._recording.pcm(self._from, self._from + 2 * WINDOW)
            if all(share_of_tone(part, self._hz) >= self._share for part in (both[:WINDOW], both[WINDOW:])):
                return self._recording.instant_of(self._from + _first_loud(both))
            self._from += BLOCK
        return None


def _first_loud(samples: Pcm) -> int:
    loud = np.flatnonzero(samples.astype(np.float64) ** 2 >= _floor())
    return int(loud[0]) if len(loud) else 0

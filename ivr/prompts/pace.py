"""Finished sound made slower without a change of its pitch: for voices that cannot be told, and for recordings."""

import numpy as np

from asr.audio import TELEPHONE_RATE, Samples, Sound, from_pcm

_FRAME = TELEPHONE_RATE * 30 // 1000
_HOP = _FRAME // 2
_SEARCH = TELEPHONE_RATE * 10 // 1000
"""A pitch period of a low voice: within it the next frame is laid where it fits the last one best."""


def stretched(pcm: bytes, pace: float) -> bytes:
    """Signed 16-bit sound at 8 kHz, 1 / `pace` times as long: overlapping frames, each laid where it fits the last."""
    samples = from_pcm(pcm).samples
    if abs(pace - 1.0) < 0.005 or len(samples) < 4 * _FRAME:
        return pcm
    return Sound(_overlapped(samples, pace), TELEPHONE_RATE).pcm()


def _overlapped(samples: Samples, pace: float) -> Samples:
    window = np.hanning(_FRAME + 1)[:-1].astype(np.float32)
    source = np.concatenate([np.zeros(_SEARCH, np.float32), samples, np.zeros(_FRAME + 2 * _SEARCH, np.float32)])
    frames = int(len(samples) / pace) // _HOP
    made = np.zeros(frames * _HOP + _FRAME, dtype=np.float32)
    weight = np.zeros_like(made)
    at = _SEARCH
    for frame in range(frames):
        wanted = _SEARCH + round(frame * _HOP * pace)
        if frame:
            follows = source[at + _HOP : at + _HOP + _FRAME]
            around = source[wanted - _SEARCH : wanted + _SEARCH + _FRAME]
            if len(around) < _FRAME or len(follows) < _FRAME:
                break
            at = wanted - _SEARCH + _best(around, follows)
        start = frame * _HOP
        made[start : start + _FRAME] += source[at : at + _FRAME] * window
        weight[start : start + _FRAME] += window
    length = min(len(made), round(len(samples) / pace))
    whole: Samples = (made[:length] / np.maximum(weight[:length], 1e-3)).astype(np.float32)
    return whole


def _best(around: Samples, follows: Samples) -> int:
    """Where in `around` lies what goes on most like `follows`."""
    likeness = np.correlate(around, follows, mode="valid")
    squares = np.concatenate([[0.0], np.cumsum(np.square(around, dtype=np.float64))])
    power = squares[len(follows) :] - squares[: -len(follows)]
    return int(np.argmax(likeness / np.sqrt(power + 1e-6)))

"""Every prompt as loud as every other, and no dead air at its ends, whoever spoke it."""

import numpy as np

from asr.audio import TELEPHONE_RATE, Samples, Sound, from_pcm

SPEECH_DB = -20.0
"""Loudness of the voiced part against full scale: what telephone announcements are mastered to."""
PEAK = 0.7
LOUDER_DB = 6.0
LOUDER_PEAK = 0.95
"""For the caller who asks to be spoken to louder: what a telephone carries without cutting the peaks."""
VERSION = 1
"""Raise it when the sound of the same text changes, so that the cache is not asked for the old one."""

_FRAME = TELEPHONE_RATE // 200
_FADE = TELEPHONE_RATE // 200
_LEAD = TELEPHONE_RATE // 100


def mastered(pcm: bytes, *, tail_seconds: float) -> bytes:
    """Trimmed, levelled and limited; followed by `tail_seconds` of silence."""
    samples = _trimmed(from_pcm(pcm).samples)
    tail = np.zeros(int(tail_seconds * TELEPHONE_RATE), dtype=np.float32)
    if not len(samples):
        return _pcm(tail)
    return _pcm(np.concatenate([_limited(samples * _gain(samples), PEAK), tail]))


def louder(pcm: bytes) -> bytes:
    """A mastered sound 6 dB louder, its peaks held back instead of cut."""
    samples = from_pcm(pcm).samples
    if not len(samples):
        return pcm
    return _pcm(_limited(samples * np.float32(10 ** (LOUDER_DB / 20)), LOUDER_PEAK))


def tightened(pcm: bytes, longest_pause: float) -> bytes:
    """The same sound with its pauses cut to `longest_pause` seconds: for what must be said quickly."""
    samples = from_pcm(pcm).samples
    power = _frames(samples)
    if not len(power):
        return pcm
    kept, quiet, limit = [], 0, max(1, round(longest_pause * TELEPHONE_RATE / _FRAME))
    for at, level in enumerate(power > power.max() * 10**-4.0):
        quiet = 0 if level else quiet + 1
        if quiet <= limit:
            kept.append(samples[at * _FRAME : (at + 1) * _FRAME])
    return _pcm(np.concatenate(kept))


def _frames(samples: Samples) -> Samples:
    """Power of each 5 ms."""
    whole = len(samples) // _FRAME * _FRAME
    power: Samples = np.square(samples[:whole].reshape(-1, _FRAME)).mean(axis=1, dtype=np.float32)
    return power


def _trimmed(samples: Samples) -> Samples:
    samples = samples - samples.mean(dtype=np.float32) if len(samples) else samples
    power = _frames(samples)
    if not len(power) or float(power.max()) < 1e-8:
        return samples[:0]
    heard = np.flatnonzero(power > power.max() * 10**-4.2)
    first = max(0, int(heard[0]) * _FRAME - _LEAD)
    last = min(len(samples), (int(heard[-1]) + 1) * _FRAME + _LEAD)
    kept = samples[first:last].copy()
    fade = min(_FADE, len(kept) // 2)
    if fade:
        ramp = np.linspace(0.0, 1.0, fade, dtype=np.float32)
        kept[:fade] *= ramp
        kept[-fade:] *= ramp[::-1]
    return kept


def _gain(samples: Samples) -> float:
    """Measured where there is voice: pauses must not make a text with many of them louder."""
    power = _frames(samples)
    voiced = power[power > power.max() * 10**-2.5]
    return 10 ** (SPEECH_DB / 20) / max(float(np.sqrt(voiced.mean())), 1e-6)


def _limited(samples: Samples, peak: float) -> Samples:
    """Turn down around peaks, smoothly, instead of clipping them."""
    if float(np.abs(samples).max()) <= peak:
        return samples
    count = -(-len(samples) // _FRAME)
    padded = np.zeros(count * _FRAME, dtype=np.float32)
    padded[: len(samples)] = np.abs(samples)
    peaks = padded.reshape(-1, _FRAME).max(axis=1)
    wanted = np.minimum(1.0, peak / np.maximum(peaks, 1e-6))
    edged = np.pad(wanted, 2, mode="edge")
    lowest = np.lib.stride_tricks.sliding_window_view(edged, 5).min(axis=1)
    centres = np.arange(count) * _FRAME + _FRAME / 2
    gains = np.interp(np.arange(len(samples)), centres, lowest)
    limited: Samples = np.clip(samples * gains.astype(np.float32), -peak, peak)
    return limited


def _pcm(samples: Samples) -> bytes:
    return Sound(samples, TELEPHONE_RATE).pcm()

"""What a telephone line and a room do to a voice: other throats, echo, filters, noise, levels, G.711.

Training hears each utterance differently every time. All filters of one utterance are one multiplication in frequency,
and noise is cut from tracks made once: the recipe must keep up on two cores.
"""

import math
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from asr import g711
from asr.train.voices import RATE, Samples, Sound

FULL = 32767.0


class Noises:
    """Tracks of noise, babble and music to cut from, each of unit power."""

    def __init__(
        self, chance: np.random.Generator, speech: Sequence[Sound], seconds: float = 40.0, tracks: int = 12
    ) -> None:
        many = int(seconds * RATE)
        makers: list[Callable[[], Samples]] = [lambda: _coloured(chance, many)] * 5 + [lambda: _music(chance, many)]
        if speech:
            makers += [lambda: _babble(chance, many, speech)] * 4
        self._tracks = [_unit(makers[at % len(makers)]()) for at in range(tracks)]

    def cut(self, chance: np.random.Generator, many: int) -> Samples:
        """Some noise as long as is wanted, swelling and falling now and then."""
        track = self._tracks[chance.integers(len(self._tracks))]
        start = int(chance.integers(0, max(1, len(track) - many)))
        piece = np.resize(track[start : start + many], many)
        if chance.random() < 0.25:
            piece = piece * _curve(chance.uniform(0.1, 1.5, 8), many)
        return piece.astype(np.float32)


def spoiled(sound: Samples, chance: np.random.Generator, noises: Noises) -> Samples:
    """Speech (16-bit scale) as a line may deliver it, still in 16-bit scale and whole numbers."""
    many = len(sound)
    size = scipy.fft.next_fast_len(many + 2400, real=True)
    spectrum = scipy.fft.rfft(sound, size) * _filter(chance, size)
    heard: Samples = scipy.fft.irfft(spectrum, size)[:many].astype(np.float32)
    power = float(np.sqrt(np.mean(heard**2))) + 1e-9
    if chance.random() < 0.85:
        ratio = chance.uniform(0, 12) if chance.random() < 0.25 else chance.uniform(6, 38)
        heard = heard + noises.cut(chance, many) * np.float32(power * 10 ** (-ratio / 20))
    level = chance.uniform(-48, -26) if chance.random() < 0.25 else chance.uniform(-28, 0)
    heard = heard * np.float32(FULL * 10 ** (level / 20) / (float(np.abs(heard).max()) + 1e-9))
    if chance.random() < 0.05:
        heard = heard * np.float32(chance.uniform(1.5, 4))  # too loud: clipped below
    return through_line(heard, chance)


def no_speech(many: int, chance: np.random.Generator, noises: Noises) -> Samples:
    """What a line carries while nobody speaks: silence, noise, tones."""
    sound = np.zeros(many, np.float32)
    if chance.random() < 0.8:
        sound += noises.cut(chance, many) * np.float32(FULL / 4 * 10 ** (chance.uniform(-65, -8) / 20))
    if chance.random() < 0.2:
        length = int(chance.integers(800, 6000))
        start = int(chance.integers(0, max(1, many - length)))
        at = np.arange(min(length, many - start)) / RATE
        pair = chance.choice((425, 697, 770, 852, 941, 1209, 1336, 1477, 1000, 400), 2)
        tones = sum(np.sin(2 * math.pi * tone * at) for tone in pair)
        sound[start : start + len(at)] += np.asarray(
            tones * FULL / 2 * 10 ** (chance.uniform(-30, -6) / 20), np.float32
        )
    return through_line(sound, chance)


def faster(sound: Samples, factor: float) -> Samples:
    """Played faster: shorter, higher, with a smaller throat."""
    at = np.arange(0, len(sound) - 1, factor)
    return np.interp(at, np.arange(len(sound)), sound).astype(np.float32)


def through_line(sound: Samples, chance: np.random.Generator) -> Samples:
    """Mostly A-law, sometimes µ-law, sometimes neither."""
    whole = np.clip(np.round(sound), -32768, 32767).astype(np.int32)
    law = chance.random()
    if law < 0.65:
        return alaw()[whole + 32768]
    return ulaw()[whole + 32768] if law < 0.8 else whole.astype(np.float32)


@cache
def alaw() -> Samples:
    """For each of the 65,536 samples what A-law leaves of it."""
    every = np.arange(-32768, 32768).astype("<i2").tobytes()
    return np.frombuffer(g711.alaw_decode(g711.alaw_encode(every)), "<i2").astype(np.float32)


@cache
def ulaw() -> Samples:
    values = np.unique(np.frombuffer(g711.ulaw_decode(bytes(range(256))), "<i2")).astype(np.int32)
    samples = np.arange(-32768, 32768)
    above = np.clip(np.searchsorted(values, samples), 1, len(values) - 1)
    below = samples - values[above - 1] < values[above] - samples
    return values[np.where(below, above - 1, above)].astype(np.float32)


def _filter(chance: np.random.Generator, size: int) -> NDArray[Any]:
    bins = size // 2 + 1
    gain: NDArray[Any] = np.ones(bins, np.float32)
    if chance.random() < 0.75:
        points = chance.uniform(-9, 9, int(chance.integers(4, 9)))
        gain = gain * (10 ** (_curve(points, bins) / 20)).astype(np.float32)
    if chance.random() < 0.5:
        lowest, highest = chance.uniform(100, 380), chance.uniform(3000, 3800)
        at = np.linspace(0, RATE / 2, bins)
        steep = np.sqrt(1 + (lowest / np.maximum(at, 1)) ** 8) * np.sqrt(1 + (at / highest) ** 40)
        gain = gain / steep.astype(np.float32)
    if chance.random() < 0.4:
        gain = gain * scipy.fft.rfft(echo(chance, chance.uniform(0.08, 0.6), chance.uniform(0.02, 0.12)), size)
    return gain


def echo(chance: np.random.Generator, seconds: float, loud: float) -> Samples:
    """A room: the sound itself, then noise that dies away, 60 dB in so many seconds."""
    many = int(seconds * RATE)
    room = chance.standard_normal(many) * np.exp(-6.9 * np.arange(many) / many) * loud
    room[0] = 1
    return room.astype(np.float32)


def _curve(points: NDArray[np.float64], many: int) -> NDArray[np.float64]:
    return np.interp(np.linspace(0, 1, many), np.linspace(0, 1, len(points)), points)


def _unit(track: Samples) -> Samples:
    return (track / (float(np.std(track)) + 1e-9)).astype(np.float32)


def _coloured(chance: np.random.Generator, many: int) -> Samples:
    """White to brown, with bumps; a fifth of it with a hum."""
    size = scipy.fft.next_fast_len(many, real=True)
    bins = size // 2 + 1
    slope = np.power(np.linspace(1 / bins, 1, bins), -chance.uniform(0, 1.2))
    shape = slope * 10 ** (_curve(chance.uniform(-10, 10, 6), bins) / 20)
    spectrum = scipy.fft.rfft(chance.standard_normal(many), size) * shape
    track = _unit(np.asarray(scipy.fft.irfft(spectrum, size)[:many], np.float32))
    if chance.random() < 0.2:
        hum = np.sin(2 * math.pi * chance.choice((50, 100, 150)) * np.arange(many) / RATE)
        track = track + (chance.uniform(0.5, 3) * hum).astype(np.float32)
    return track


def _babble(chance: np.random.Generator, many: int, speech: Sequence[Sound]) -> Samples:
    """One to five others talking at once."""
    track = np.zeros(many, np.float32)
    for _ in range(int(chance.integers(1, 6))):
        said: list[Sound] = []
        while sum(map(len, said)) < many:
            said.append(speech[int(chance.integers(len(speech)))])
        track += _unit(np.concatenate(said)[:many].astype(np.float32)) * np.float32(chance.uniform(0.4, 1))
    return track


def _music(chance: np.random.Generator, many: int) -> Samples:
    """Chords of plucked and held notes: what plays while one waits."""
    track = np.zeros(many, np.float32)
    at = 0
    while at < many:
        length = int(chance.uniform(0.12, 0.9) * RATE)
        time = np.arange(min(length, many - at)) / RATE
        for _ in range(int(chance.integers(1, 4))):
            tone = 110 * 2 ** (int(chance.integers(0, 44)) / 12)
            fading = np.exp(-time * chance.uniform(0, 6))
            for overtone in range(1, 6):
                if tone * overtone < RATE / 2:
                    track[at : at + len(time)] += np.asarray(
                        fading * np.sin(2 * math.pi * tone * overtone * time) / overtone ** chance.uniform(0.7, 2),
                        np.float32,
                    )
        at += length
    return track

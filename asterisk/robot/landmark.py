"""Where a known sound stands in what a call heard: to the sample, by cross-correlation.

So a prompt's last frame is found though music begins right behind it. Pure.
"""

import numpy as np

from asterisk.robot.g711 import RATE, Pcm
from asterisk.robot.recording import Recording

SURE = 0.6
"""How alike the sound must be; what went through A-law and came whole is above 0.95."""


def place_of(sound: Pcm, within: Pcm, *, sure: float = SURE) -> int | None:
    """The first sample of `sound` in `within`, where it is most alike; None where it is nowhere."""
    if not len(sound) or len(within) < len(sound):
        return None
    wanted, heard = sound.astype(np.float64), within.astype(np.float64)
    size = 1 << (len(heard) + len(wanted) - 1).bit_length()
    product = np.fft.irfft(np.fft.rfft(heard, size) * np.conj(np.fft.rfft(wanted, size)), size)
    alike = product[: len(heard) - len(wanted) + 1]
    squares = np.concatenate(([0.0], np.cumsum(heard**2)))
    power = squares[len(wanted) :] - squares[: -len(wanted)]
    likeness = alike / np.sqrt(np.maximum(power * float(wanted @ wanted), 1.0))
    best = int(np.argmax(likeness))
    return best if likeness[best] >= sure else None


def heard_sound(recording: Recording, sound: Pcm, *, sure: float = SURE) -> tuple[float, float] | None:
    """From when to when that sound was heard, by the measuring clock; None when it was not heard whole."""
    place = place_of(sound, recording.pcm(), sure=sure)
    if place is None:
        return None
    last = place + len(sound) - 1
    return recording.instant_of(place), recording.instant_of(last) + 1 / RATE

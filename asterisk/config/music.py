"""A quiet, unobtrusive tune for those who wait, made by us: no licence to carry, no package to miss."""

import math
from array import array
from io import BytesIO
from wave import open as wave_open

RATE = 8000
BAR_SECONDS = 4.0
PEAK = 2600
"""About -22 dB of full scale: callers listen to this for minutes, and speak over it."""

# A slow progression, low enough for a telephone's band; each bar is three voices.
_CHORDS: tuple[tuple[float, ...], ...] = (
    (261.63, 329.63, 392.00),
    (220.00, 329.63, 440.00),
    (349.23, 440.00, 523.25),
    (293.66, 392.00, 493.88),
)


def waiting_music() -> bytes:
    """A WAV file of sixteen seconds whose end joins its beginning; always the same bytes."""
    samples = array("h")
    bar = int(RATE * BAR_SECONDS)
    for chord in _CHORDS:
        for place in range(bar):
            at = place / RATE
            swell = math.sin(math.pi * place / bar) ** 2
            tone = sum(math.sin(2 * math.pi * pitch * at) for pitch in chord) / len(chord)
            samples.append(int(PEAK * swell * tone))
    file = BytesIO()
    with wave_open(file, "wb") as wave:
        wave.setnchannels(1)
        wave.setsampwidth(2)
        wave.setframerate(RATE)
        wave.writeframes(samples.tobytes())
    return file.getvalue()

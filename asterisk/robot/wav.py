"""WAV files in and out: whatever PCM a file holds becomes 8 kHz mono, as a telephone carries it."""

import wave
from pathlib import Path

import numpy as np

from asterisk.robot.g711 import RATE, Pcm

LONGEST_SECONDS = 600


class WavError(ValueError):
    """The file is no WAV file that can be played."""


def read_wav(path: Path) -> Pcm:
    try:
        with wave.open(str(path), "rb") as file:
            channels, width, rate, frames = (
                file.getnchannels(),
                file.getsampwidth(),
                file.getframerate(),
                file.getnframes(),
            )
            if not 4000 <= rate <= 192_000:
                raise WavError(f"{path}: a sampling rate of {rate} Hz cannot be played")
            if frames > LONGEST_SECONDS * rate:
                raise WavError(f"{path}: longer than {LONGEST_SECONDS} seconds")
            data = file.readframes(frames)
    except (OSError, EOFError, wave.Error) as error:
        raise WavError(f"{path}: cannot be read as a WAV file: {error}") from error
    data = data[: len(data) // (width * channels) * width * channels]
    if width == 1:
        samples = (np.frombuffer(data, dtype=np.uint8).astype(np.float64) - 128) * 256
    elif width == 2:
        samples = np.frombuffer(data, dtype="<i2").astype(np.float64)
    elif width == 4:
        samples = np.frombuffer(data, dtype="<i4").astype(np.float64) / 65536
    else:
        raise WavError(f"{path}: {8 * width}-bit samples cannot be played; use 16 bits")
    return to_rate(samples.reshape(-1, channels).mean(axis=1), rate)


def to_rate(samples: "np.ndarray[tuple[int], np.dtype[np.float64]]", rate: int) -> Pcm:
    """Resample to the telephone's rate, band-limited, by cutting or filling the spectrum."""
    if rate != RATE and len(samples):
        wanted = max(1, round(len(samples) * RATE / rate))
        spectrum = np.fft.rfft(samples)
        kept = np.zeros(wanted // 2 + 1, dtype=np.complex128)
        shared = min(len(kept), len(spectrum))
        kept[:shared] = spectrum[:shared]
        samples = np.fft.irfft(kept, wanted) * (wanted / len(samples))
    return np.clip(np.rint(samples), -32768, 32767).astype(np.int16)


def write_wav(path: Path, samples: Pcm) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.astype("<i2").tobytes())

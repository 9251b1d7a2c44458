"""Sound in memory and in WAV files: read whatever PCM a recorder wrote, and bring it to the telephone's 8 kHz mono.

Nothing here listens or speaks; speech engines and voices meet on these few functions.
"""

import math
import struct
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from asr import g711

Samples = npt.NDArray[np.float32]

TELEPHONE_RATE = 8000

_PCM, _FLOAT, _ALAW, _ULAW, _EXTENSIBLE = 1, 3, 6, 7, 0xFFFE
_OPEN_ENDED = 0x7FFF_0000
"""A size from here up means that the writer did not know the length: it wrote into a pipe."""


class BadAudio(Exception):
    """The file holds no sound that can be read; the text says why."""


@dataclass(frozen=True, slots=True)
class Sound:
    """Mono sound, samples from -1 to 1."""

    samples: Samples
    rate: int

    @property
    def seconds(self) -> float:
        return len(self.samples) / self.rate

    def at(self, rate: int) -> "Sound":
        return self if rate == self.rate else Sound(resample(self.samples, self.rate, rate), rate)

    def pcm(self) -> bytes:
        """Signed 16-bit little-endian, louder than full scale clipped."""
        whole: npt.NDArray[np.int16] = np.clip(np.rint(self.samples * 32768.0), -32768, 32767).astype("<i2")
        return whole.tobytes()


def from_pcm(pcm: bytes, rate: int = TELEPHONE_RATE) -> Sound:
    return Sound(np.frombuffer(pcm, dtype="<i2").astype(np.float32) / 32768.0, rate)


def read_wav(path: Path) -> Sound:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise BadAudio("there is no such file") from None
    except OSError as error:
        raise BadAudio(f"cannot be read: {error.strerror}") from error
    return parse_wav(data)


def parse_wav(data: bytes) -> Sound:
    """The sound of a WAV file of any rate, width and number of channels; channels are mixed into one."""
    if not data:
        raise BadAudio("the file is empty")
    if len(data) < 12 or data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise BadAudio("this is not a WAV file (it does not begin with RIFF…WAVE)")
    layout: _Layout | None = None
    at = 12
    while at + 8 <= len(data):
        name, size = data[at : at + 4], int(struct.unpack_from("<I", data, at + 4)[0])
        body = at + 8
        if name == b"data":
            if layout is None:
                raise BadAudio("the WAV file has sound before it says in which format")
            if size >= _OPEN_ENDED:
                size = len(data) - body
            if body + size > len(data):
                raise BadAudio(f"the WAV file is cut short: {size} bytes of sound announced, {len(data) - body} there")
            return layout.sound(data[body : body + size])
        if name == b"fmt ":
            layout = _Layout.parse(data[body : body + size])
        at = body + size + (size & 1)
    raise BadAudio("the WAV file holds no sound (no data chunk; it may be cut short)")


@dataclass(frozen=True, slots=True)
class _Layout:
    kind: int
    channels: int
    rate: int
    bits: int

    @classmethod
    def parse(cls, body: bytes) -> "_Layout":
        if len(body) < 16:
            raise BadAudio("the WAV file's format chunk is cut short")
        kind, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", body)
        if kind == _EXTENSIBLE and len(body) >= 26:
            kind = struct.unpack_from("<H", body, 24)[0]
        known = {(_PCM, 8), (_PCM, 16), (_PCM, 24), (_PCM, 32), (_FLOAT, 32), (_FLOAT, 64), (_ALAW, 8), (_ULAW, 8)}
        if (kind, bits) not in known:
            raise BadAudio(f"WAV format {kind} with {bits} bits is not known here; PCM, float, A-law and µ-law are")
        if not 1 <= channels <= 64 or not 1000 <= rate <= 192_000:
            raise BadAudio(f"the WAV file says {channels} channels at {rate} Hz, which cannot be")
        return cls(kind, channels, rate, bits)

    def sound(self, body: bytes) -> Sound:
        whole = self.channels * self.bits // 8
        body = body[: len(body) - len(body) % whole]
        if not body:
            raise BadAudio("the WAV file holds no sound: its data chunk is empty")
        samples = self._samples(body)
        if self.channels > 1:
            samples = samples.reshape(-1, self.channels).mean(axis=1, dtype=np.float32)
        return Sound(samples, self.rate)

    def _samples(self, body: bytes) -> Samples:
        if self.kind == _ALAW:
            return from_pcm(g711.alaw_decode(body)).samples
        if self.kind == _ULAW:
            return from_pcm(g711.ulaw_decode(body)).samples
        if self.kind == _FLOAT:
            floats = np.frombuffer(body, dtype="<f4" if self.bits == 32 else "<f8").astype(np.float32)
            return np.nan_to_num(floats, nan=0.0, posinf=1.0, neginf=-1.0)
        if self.bits == 8:
            return (np.frombuffer(body, dtype=np.uint8).astype(np.float32) - 128.0) / 128.0
        if self.bits == 24:
            wide = np.zeros((len(body) // 3, 4), dtype=np.uint8)
            wide[:, 1:] = np.frombuffer(body, dtype=np.uint8).reshape(-1, 3)
            body = wide.tobytes()
        if self.bits == 16:
            return from_pcm(body).samples
        return (np.frombuffer(body, dtype="<i4").astype(np.float64) / 2147483648.0).astype(np.float32)


def wav(pcm: bytes, rate: int = TELEPHONE_RATE) -> bytes:
    """A WAV file of signed 16-bit mono sound."""
    head = struct.pack("<4sI4s4sIHHIIHH", b"RIFF", 36 + len(pcm), b"WAVE", b"fmt ", 16, _PCM, 1, rate, rate * 2, 2, 16)
    return head + struct.pack("<4sI", b"data", len(pcm)) + pcm


def resample(samples: Samples, have: int, want: int) -> Samples:
    """The same sound at another rate: a polyphase windowed-sinc filter that keeps the band both rates can carry."""
    if have == want or not len(samples):
        return samples
    common = math.gcd(have, want)
    up, down = want // common, have // common
    filters = _filters(up, down)
    taps = filters.shape[1]
    half = taps // 2
    padded = np.concatenate([np.zeros(half, np.float32), samples, np.zeros(taps, np.float32)])
    length = -(-len(samples) * up // down)
    out = np.empty(length, dtype=np.float32)
    reach = np.arange(taps)
    for start in range(0, length, 8192):
        position = np.arange(start, min(start + 8192, length), dtype=np.int64) * down
        first = position // up + 1
        out[start : start + len(position)] = np.einsum(
            "ij,ij->i", padded[first[:, None] + reach], filters[position % up], optimize=False
        )
    return out


@lru_cache(maxsize=8)
def _filters(up: int, down: int) -> Samples:
    """One filter for each fraction of a sample by which an output may stand after an input."""
    band = 0.95 * min(1.0, up / down)
    half = math.ceil(24 / band)
    fractions = np.arange(up)[:, None] / up
    distance = np.arange(1 - half, half + 1)[None, :] - fractions
    window = 0.5 + 0.5 * np.cos(np.pi * np.clip(distance / half, -1, 1))
    filters = band * np.sinc(band * distance) * window
    level: Samples = (filters / filters.sum(axis=1, keepdims=True)).astype(np.float32)
    return level

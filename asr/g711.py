"""G.711 both ways, as the telephone network carries sound: a byte a sample, 8,000 a second."""

from functools import cache

import numpy as np
import numpy.typing as npt

_Table = npt.NDArray[np.int16]


@cache
def _alaw_decoding() -> _Table:
    table = []
    for code in range(256):
        code ^= 0x55
        exponent, mantissa = (code >> 4) & 7, code & 15
        size = (mantissa << 4) + 8 if exponent == 0 else ((mantissa << 4) + 0x108) << (exponent - 1)
        table.append(size if code & 0x80 else -size)
    return np.array(table, dtype=np.int16)


@cache
def _ulaw_decoding() -> _Table:
    table = []
    for code in range(256):
        code = ~code & 0xFF
        size = ((((code & 15) << 3) + 0x84) << ((code >> 4) & 7)) - 0x84
        table.append(-size if code & 0x80 else size)
    return np.array(table, dtype=np.int16)


@cache
def _alaw_encoding() -> npt.NDArray[np.uint8]:
    """The code for each of the 65,536 samples: the nearest value's, and of two as near the upper (silence is D5)."""
    decoded = _alaw_decoding().astype(np.int32)
    order = np.argsort(decoded, kind="stable")
    values = decoded[order]
    samples = np.arange(-32768, 32768, dtype=np.int32)
    above = np.clip(np.searchsorted(values, samples), 1, len(values) - 1)
    nearer_below = samples - values[above - 1] < values[above] - samples
    return order[np.where(nearer_below, above - 1, above)].astype(np.uint8)


def alaw_encode(pcm: bytes) -> bytes:
    """A-law of signed 16-bit little-endian sound."""
    samples = np.frombuffer(pcm, dtype="<i2").astype(np.int32)
    return _alaw_encoding()[samples + 32768].tobytes()


def alaw_decode(codes: bytes) -> bytes:
    return _alaw_decoding()[np.frombuffer(codes, dtype=np.uint8)].astype("<i2").tobytes()


def ulaw_decode(codes: bytes) -> bytes:
    return _ulaw_decoding()[np.frombuffer(codes, dtype=np.uint8)].astype("<i2").tobytes()

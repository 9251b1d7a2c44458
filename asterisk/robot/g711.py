"""G.711 both ways by tables: A-law and µ-law bytes against 16-bit samples at 8 kHz.

The robot has its own tables, not the recogniser's: it checks the line, and must not share its faults.
"""

from collections.abc import Callable
from typing import Final

import numpy as np
import numpy.typing as npt

from asterisk.robot.sdp import Codec

RATE: Final = 8000
Pcm = npt.NDArray[np.int16]


def _alaw_sample(code: int) -> int:
    code ^= 0x55
    segment, low = (code >> 4) & 7, code & 15
    size = (low << 4) + 8
    if segment:
        size = (size + 0x100) << (segment - 1)
    return size if code & 0x80 else -size


def _ulaw_sample(code: int) -> int:
    code = ~code & 0xFF
    size = ((((code & 15) << 3) + 0x84) << ((code >> 4) & 7)) - 0x84
    return -size if code & 0x80 else size


def _decoder(sample: Callable[[int], int]) -> Pcm:
    return np.array([sample(code) for code in range(256)], dtype=np.int16)


def _encoder(decoder: Pcm) -> npt.NDArray[np.uint8]:
    """For every 16-bit sample the code whose sound is nearest."""
    order = np.argsort(decoder, kind="stable")
    levels = decoder[order].astype(np.int32)
    middles = (levels[:-1] + levels[1:] + 1) // 2
    samples = np.arange(-32768, 32768, dtype=np.int32)
    return order[np.searchsorted(middles, samples, side="right")].astype(np.uint8)


_DECODE: dict[Codec, Pcm] = {"alaw": _decoder(_alaw_sample), "ulaw": _decoder(_ulaw_sample)}
_ENCODE = {codec: _encoder(table) for codec, table in _DECODE.items()}
SILENCE: dict[Codec, bytes] = {"alaw": b"\xd5", "ulaw": b"\xff"}
"""One sample of quiet."""


def pcm_of(data: bytes) -> Pcm:
    """Samples of signed 16-bit little-endian sound."""
    return np.frombuffer(data, dtype="<i2").astype(np.int16)


def decode(data: bytes, codec: Codec) -> Pcm:
    return _DECODE[codec][np.frombuffer(data, dtype=np.uint8)]


def encode(samples: Pcm, codec: Codec) -> bytes:
    codes: bytes = _ENCODE[codec][samples.astype(np.int32) + 32768].tobytes()
    return codes

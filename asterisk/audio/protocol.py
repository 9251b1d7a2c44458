"""AudioSocket as values: a byte of kind, two of length, the payload. Pure and bounded; it knows no sockets.

The first frame of a connection names the call by its UUID; after it come 20 ms of sound each, keys and the hang-up.
"""

import struct
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

RATE = 8000
FRAME_SECONDS = 0.02
FRAME_BYTES = 320
"""20 ms of signed 16-bit sound at 8 kHz."""

_HANG_UP, _ID, _KEY, _AUDIO, _ERROR = 0x00, 0x01, 0x03, 0x10, 0xFF
_HEADER = 3
_KEYS = frozenset(b"0123456789*#ABCD")
_AUDIO_HEADER = struct.pack("!BH", _AUDIO, FRAME_BYTES)

HANG_UP = struct.pack("!BH", _HANG_UP, 0)
SILENCE = _AUDIO_HEADER + bytes(FRAME_BYTES)

LONGEST_PAYLOAD = 8192
"""Half a second of sound: no Asterisk puts more into one frame."""


class LegEnd(StrEnum):
    """Why the sound of a call ended."""

    HUNG_UP = "hung up"
    """Asterisk said so: the caller left."""
    CLOSED = "closed by Asterisk"
    ENDED = "ended by us"
    NOT_CONNECTED = "Asterisk did not connect"
    NO_ID = "did not say which call it is"
    UNKNOWN_ID = "named a call nobody waits for"
    BAD_FRAME = "sent what is no frame"
    FLOOD = "sent more than sound"
    STALLED = "takes no sound any more"
    STOPPED = "the line is stopping"


class BadFrame(Exception):
    """The bytes are not AudioSocket."""


@dataclass(frozen=True, slots=True)
class CallId:
    id: UUID


@dataclass(frozen=True, slots=True)
class Key:
    key: str


@dataclass(frozen=True, slots=True)
class HangUp:
    pass


Frame = CallId | Key | HangUp | bytes
"""Bytes are sound."""


class FrameParser:
    """Takes pieces as they come and returns the frames they complete."""

    __slots__ = ("_buffer",)

    def __init__(self) -> None:
        self._buffer = b""

    def feed(self, data: bytes) -> list[Frame]:
        buffer = self._buffer + data if self._buffer else data
        frames: list[Frame] = []
        at, end = 0, len(buffer)
        while end - at >= _HEADER:
            kind = buffer[at]
            length = buffer[at + 1] << 8 | buffer[at + 2]
            if length > LONGEST_PAYLOAD:
                raise BadFrame(f"a frame of {length} bytes")
            start = at + _HEADER
            if end - start < length:
                break
            at = start + length
            frames.append(_frame(kind, buffer[start:at]))
        self._buffer = buffer[at:]
        return frames


def _frame(kind: int, payload: bytes) -> Frame:
    if kind == _AUDIO:
        if len(payload) % 2:
            raise BadFrame("half a sample")
        return payload
    if kind == _KEY and len(payload) == 1 and payload[0] in _KEYS:
        return Key(chr(payload[0]))
    if kind == _HANG_UP and not payload:
        return HangUp()
    if kind == _ID and len(payload) == 16:
        return CallId(UUID(bytes=payload))
    if kind == _ERROR:
        raise BadFrame(f"Asterisk reports error {payload.hex() or 'unknown'}")
    raise BadFrame(f"kind 0x{kind:02x} with {len(payload)} bytes")


def frames_of(pcm: bytes) -> list[bytes]:
    """Sound cut into frames ready to be sent, the last one filled up with silence."""
    rest = len(pcm) % FRAME_BYTES
    if rest:
        pcm += bytes(FRAME_BYTES - rest)
    return [_AUDIO_HEADER + pcm[at : at + FRAME_BYTES] for at in range(0, len(pcm), FRAME_BYTES)]

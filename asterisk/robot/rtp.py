"""RTP packets and telephone events (RFC 3550, 4733) as values, and putting received packets back in order.

Nothing here owns a socket or a clock: packets carry the instant at which they arrived.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

KEYS = "0123456789*#ABCD"
MOST_BYTES = 2048
_HEADER = struct.Struct("!BBHII")
_EVENT = struct.Struct("!BBH")


class RtpError(ValueError):
    """The datagram is no RTP packet."""


@dataclass(frozen=True, slots=True)
class Packet:
    payload_type: int
    sequence: int
    timestamp: int
    ssrc: int
    payload: bytes
    marker: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    """One report about a key: held for `duration` samples so far."""

    key: str
    ended: bool
    duration: int
    volume: int = 10


def parse(data: bytes) -> Packet:
    if not 12 <= len(data) <= MOST_BYTES:
        raise RtpError(f"{len(data)} bytes are no RTP packet")
    flags, kind, sequence, timestamp, ssrc = _HEADER.unpack_from(data)
    if flags >> 6 != 2:
        raise RtpError("not RTP version 2")
    if 192 <= kind <= 223:
        raise RtpError("this is RTCP")
    start = 12 + 4 * (flags & 15)
    if flags & 0x10:
        if len(data) < start + 4:
            raise RtpError("the header extension is cut off")
        start += 4 + 4 * int.from_bytes(data[start + 2 : start + 4], "big")
    end = len(data)
    if flags & 0x20:
        end -= data[-1]
    if start > end:
        raise RtpError("the header is longer than the packet")
    return Packet(kind & 0x7F, sequence, timestamp, ssrc, data[start:end], bool(kind & 0x80))


def build(packet: Packet) -> bytes:
    kind = packet.payload_type | (0x80 if packet.marker else 0)
    return (
        _HEADER.pack(0x80, kind, packet.sequence & 0xFFFF, packet.timestamp & 0xFFFFFFFF, packet.ssrc) + packet.payload
    )


def parse_event(payload: bytes) -> Event | None:
    """What a telephone-event packet says; None for a signal that is no key (flash, tones)."""
    if len(payload) < 4:
        raise RtpError("the telephone event is cut off")
    code, flags, duration = _EVENT.unpack_from(payload)
    if code >= len(KEYS):
        return None
    return Event(KEYS[code], bool(flags & 0x80), duration, flags & 0x3F)


def build_event(event: Event) -> bytes:
    return _EVENT.pack(KEYS.index(event.key), (0x80 if event.ended else 0) | event.volume, min(event.duration, 0xFFFF))


@dataclass(frozen=True, slots=True)
class Arrived:
    packet: Packet
    at: float
    lost_before: int = 0
    """Packets missing between the one before and this."""
    restarted: bool = False
    """The first of a stream, or of a new one: timestamps start over."""


class Reorder:
    """Hands packets on in the order of their sequence numbers; what is missing is awaited briefly, then counted lost.

    `push` and `flush` yield what is due. Duplicates and packets later than the patience are dropped and counted.
    """

    def __init__(self, *, patience: float = 0.06, most: int = 16) -> None:
        self._patience = patience
        self._most = most
        self._waiting: dict[int, tuple[Packet, float]] = {}
        self._ssrc: int | None = None
        self._next = 0
        self._restarted = False
        self.received = 0
        self.lost = 0
        self.late = 0
        self.duplicates = 0

    def push(self, packet: Packet, at: float) -> Iterator[Arrived]:
        self.received += 1
        if self._ssrc != packet.ssrc or 1000 <= (packet.sequence - self._next & 0xFFFF) <= 0xFFFF - 1000:
            # Another source, or the same one that started counting anew: what waits belongs to the past.
            yield from self._release(everything=True, now=at)
            self._ssrc, self._next, self._restarted = packet.ssrc, packet.sequence, True
        ahead = packet.sequence - self._next & 0xFFFF
        if ahead >= 0x8000:
            self.late += 1
            return
        if packet.sequence in self._waiting:
            self.duplicates += 1
            return
        self._waiting[packet.sequence] = (packet, at)
        yield from self._release(now=at)

    def flush(self, now: float) -> Iterator[Arrived]:
        """What has waited long enough for the missing ones."""
        yield from self._release(now=now)

    def _release(self, *, now: float, everything: bool = False) -> Iterator[Arrived]:
        while self._waiting:
            found = self._waiting.pop(self._next, None)
            missing = 0
            if found is None:
                first = min(self._waiting, key=lambda sequence: sequence - self._next & 0xFFFF)
                patient = now - self._waiting[first][1] < self._patience and len(self._waiting) < self._most
                if patient and not everything:
                    return
                missing = first - self._next & 0xFFFF
                found = self._waiting.pop(first)
            packet, at = found
            self.lost += missing
            self._next = packet.sequence + 1 & 0xFFFF
            restarted, self._restarted = self._restarted, False
            yield Arrived(packet, at, missing, restarted)

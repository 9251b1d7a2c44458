"""Session descriptions (RFC 4566, 3264) as far as one audio stream of G.711 with telephone events needs them."""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Direction = Literal["sendrecv", "sendonly", "recvonly", "inactive"]
Codec = Literal["alaw", "ulaw"]

MIRRORED: dict[Direction, Direction] = {
    "sendrecv": "sendrecv",
    "sendonly": "recvonly",
    "recvonly": "sendonly",
    "inactive": "inactive",
}
PAYLOADS: dict[Codec, int] = {"alaw": 8, "ulaw": 0}
_NAMES: dict[Codec, str] = {"alaw": "PCMA/8000", "ulaw": "PCMU/8000"}
_STATIC = {8: "PCMA/8000", 0: "PCMU/8000"}
EVENTS = 101
MOST_MEDIA = 16


class SdpError(ValueError):
    """The description cannot be read, or has nothing we can speak."""


@dataclass(frozen=True, slots=True)
class Media:
    """One `m=` line with what belongs to it."""

    kind: str
    port: int
    protocol: str
    formats: tuple[str, ...]
    host: str
    direction: Direction
    maps: dict[int, str]
    """Payload type → `PCMA/8000`, in upper case."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """What two sides agreed on for the audio, as seen from here."""

    host: str
    port: int
    codec: Codec
    payload: int
    events: int | None
    """The payload type of telephone events; None when the other side takes none."""
    direction: Direction
    """What the other side does: `sendonly` means that it holds us."""
    place: int
    """Which of the `m=` lines it is."""


def read(body: bytes) -> tuple[Media, ...]:
    """Every stream of a description."""
    host = ""
    direction: Direction = "sendrecv"
    found: list[Media] = []
    for line in body.decode("utf-8", "replace").splitlines():
        kind, equals, value = line.strip().partition("=")
        if not equals:
            continue
        if kind == "m":
            found.append(_media(value, host, direction))
            if len(found) > MOST_MEDIA:
                raise SdpError(f"more than {MOST_MEDIA} streams")
        elif kind == "c":
            if found:
                found[-1] = _moved(found[-1], _host(value))
            else:
                host = _host(value)
        elif kind == "a":
            if value in MIRRORED:
                turned: Direction = value
                if found:
                    found[-1] = _turned(found[-1], turned)
                else:
                    direction = turned
            elif value.startswith("rtpmap:") and found:
                _map(found[-1], value.removeprefix("rtpmap:"))
    return tuple(found)


def choose(body: bytes, ours: Sequence[Codec] = ("alaw", "ulaw")) -> Chosen:
    """The first audio stream we can speak, with the first of its codecs that is ours."""
    for place, media in enumerate(read(body)):
        if media.kind != "audio" or media.port == 0 or media.protocol.upper() not in ("RTP/AVP", "RTP/AVPF"):
            continue
        try:
            ipaddress.IPv4Address(media.host)
        except ValueError:
            continue
        events = next((pt for pt, name in media.maps.items() if name.startswith("TELEPHONE-EVENT/8000")), None)
        for text in media.formats:
            payload = int(text) if text.isascii() and text.isdigit() and len(text) <= 3 else -1
            name = media.maps.get(payload, _STATIC.get(payload, ""))
            for codec in ours:
                if name.split("/1")[0] == _NAMES[codec]:
                    direction = "inactive" if media.host == "0.0.0.0" else media.direction
                    return Chosen(media.host, media.port, codec, payload, events, direction, place)
    raise SdpError("no audio stream with A-law or µ-law over plain RTP")


def offer(host: str, port: int, *, session: int, version: int, codecs: Sequence[Codec], direction: Direction) -> bytes:
    formats = [*(PAYLOADS[codec] for codec in codecs), EVENTS]
    maps = [*((PAYLOADS[codec], _NAMES[codec]) for codec in codecs), (EVENTS, "telephone-event/8000")]
    return _write(host, session, version, [_audio(port, formats, maps, EVENTS, direction)])


def answer(asked: bytes, chosen: Chosen, host: str, port: int, *, session: int, version: int, ours: Direction) -> bytes:
    """The answer to an offer: its stream that we chose, all others refused."""
    streams: list[list[str]] = []
    for place, media in enumerate(read(asked)):
        if place != chosen.place:
            streams.append([f"m={media.kind} 0 {media.protocol} {' '.join(media.formats)}"])
            continue
        formats, maps = [chosen.payload], [(chosen.payload, _NAMES[chosen.codec])]
        if chosen.events is not None:
            formats.append(chosen.events)
            maps.append((chosen.events, "telephone-event/8000"))
        streams.append(_audio(port, formats, maps, chosen.events, ours))
    return _write(host, session, version, streams)


def _media(value: str, host: str, direction: Direction) -> Media:
    parts = value.split()
    if len(parts) < 4:
        raise SdpError(f"not a stream: {value[:80]!r}")
    port = parts[1].partition("/")[0]
    if not (port.isascii() and port.isdigit() and len(port) <= 5 and int(port) < 65_536):
        raise SdpError(f"not a port: {parts[1][:80]!r}")
    return Media(parts[0].lower(), int(port), parts[2], tuple(parts[3:]), host, direction, {})


def _moved(media: Media, host: str) -> Media:
    return Media(media.kind, media.port, media.protocol, media.formats, host, media.direction, media.maps)


def _turned(media: Media, direction: Direction) -> Media:
    return Media(media.kind, media.port, media.protocol, media.formats, media.host, direction, media.maps)


def _host(value: str) -> str:
    parts = value.split()
    if len(parts) != 3:
        raise SdpError(f"not a connection: {value[:80]!r}")
    return parts[2].partition("/")[0]


def _map(media: Media, value: str) -> None:
    number, _, name = value.partition(" ")
    if number.isascii() and number.isdigit() and int(number[:4]) < 128:
        media.maps[int(number[:4])] = name.strip().upper()


def _audio(
    port: int, formats: list[int], maps: list[tuple[int, str]], events: int | None, direction: Direction
) -> list[str]:
    lines = [f"m=audio {port} RTP/AVP {' '.join(map(str, formats))}"]
    lines += [f"a=rtpmap:{number} {name}" for number, name in maps]
    if events is not None:
        lines.append(f"a=fmtp:{events} 0-15")
    return [*lines, "a=ptime:20", "a=maxptime:60", f"a={direction}"]


def _write(host: str, session: int, version: int, streams: list[list[str]]) -> bytes:
    lines = ["v=0", f"o=- {session} {version} IN IP4 {host}", "s=gudok", f"c=IN IP4 {host}", "t=0 0"]
    for stream in streams:
        lines += stream
    return ("\r\n".join(lines) + "\r\n").encode()

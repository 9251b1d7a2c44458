"""SIP messages as values: bytes in, a checked `Request` or `Response` out, and back again.

Parsing is total: whatever bytes arrive, the outcome is a message whose Via, From, To, Call-ID and CSeq are well formed,
or a `SipError` that says what is wrong. Sockets, timers and dialogues are not here.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from asterisk.robot.address import TOKEN, CSeq, NameAddr, SipError, Via, split_outside

MOST_BYTES = 65_535
MOST_HEADERS = 256
MOST_LINE = 8_192

COMPACT = {
    "a": "Accept-Contact", "b": "Referred-By", "c": "Content-Type", "d": "Request-Disposition", "e": "Content-Encoding",
    "f": "From", "i": "Call-ID", "j": "Reject-Contact", "k": "Supported", "l": "Content-Length", "m": "Contact",
    "o": "Event", "r": "Refer-To", "s": "Subject", "t": "To", "u": "Allow-Events", "v": "Via", "x": "Session-Expires",
    "y": "Identity",
}  # fmt: skip

REASONS = {
    100: "Trying", 180: "Ringing", 183: "Session Progress", 200: "OK", 202: "Accepted", 400: "Bad Request",
    405: "Method Not Allowed", 408: "Request Timeout", 415: "Unsupported Media Type", 420: "Bad Extension",
    480: "Temporarily Unavailable", 481: "Call/Transaction Does Not Exist", 486: "Busy Here", 487: "Request Terminated",
    488: "Not Acceptable Here", 491: "Request Pending", 500: "Server Internal Error", 501: "Not Implemented",
    503: "Service Unavailable", 603: "Decline",
}  # fmt: skip

_FORBIDDEN = re.compile(r"[\r\n\0]")


class Headers:
    """An ordered list of headers; names compare without case, compact forms are spelt out."""

    __slots__ = ("_items",)

    def __init__(self, items: Iterable[tuple[str, str]] = ()) -> None:
        self._items = tuple((COMPACT.get(name.lower(), name), value) for name, value in items)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Headers) and self._items == other._items

    def __hash__(self) -> int:
        return hash(self._items)

    def __repr__(self) -> str:
        return f"Headers({list(self._items)!r})"

    def get(self, name: str) -> str | None:
        """The first header of that name."""
        wanted = name.lower()
        return next((value for key, value in self._items if key.lower() == wanted), None)

    def all(self, name: str) -> tuple[str, ...]:
        wanted = name.lower()
        return tuple(value for key, value in self._items if key.lower() == wanted)

    def listed(self, name: str) -> tuple[str, ...]:
        """Values of a header that may be given as a list, over several lines or with commas."""
        return tuple(part for value in self.all(name) for part in split_outside(value, ",") if part)

    def tokens(self, name: str) -> frozenset[str]:
        return frozenset(part.lower() for part in self.listed(name))

    def without(self, *names: str) -> "Headers":
        dropped = {name.lower() for name in names}
        return Headers(item for item in self._items if item[0].lower() not in dropped)

    def plus(self, *items: tuple[str, str]) -> "Headers":
        return Headers((*self._items, *items))

    def as_mapping(self) -> Mapping[str, str]:
        """First values by lower-case name, for reading."""
        found: dict[str, str] = {}
        for name, value in self._items:
            found.setdefault(name.lower(), value)
        return found


class _Message:
    """What requests and responses share."""

    __slots__ = ()
    headers: Headers
    body: bytes

    def _must(self, name: str) -> str:
        value = self.headers.get(name)
        if value is None:
            raise SipError(f"the {name} header is missing")
        return value

    @property
    def via(self) -> Via:
        listed = self.headers.listed("Via")
        if not listed:
            raise SipError("the Via header is missing")
        return Via.parse(listed[0])

    @property
    def sender(self) -> NameAddr:
        return NameAddr.parse(self._must("From"))

    @property
    def receiver(self) -> NameAddr:
        return NameAddr.parse(self._must("To"))

    @property
    def call_id(self) -> str:
        return self._must("Call-ID")

    @property
    def cseq(self) -> CSeq:
        return CSeq.parse(self._must("CSeq"))

    @property
    def contact(self) -> NameAddr | None:
        listed = self.headers.listed("Contact")
        return NameAddr.parse(listed[0]) if listed and listed[0] != "*" else None

    @property
    def has_sdp(self) -> bool:
        kind = (self.headers.get("Content-Type") or "").partition(";")[0].strip().lower()
        return bool(self.body) and kind == "application/sdp"


@dataclass(frozen=True, slots=True)
class Request(_Message):
    method: str
    uri: str
    headers: Headers = field(default_factory=Headers)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Response(_Message):
    status: int
    reason: str
    headers: Headers = field(default_factory=Headers)
    body: bytes = b""


Message = Request | Response


def parse(data: bytes) -> Message:
    """A message out of one datagram."""
    if len(data) > MOST_BYTES:
        raise SipError(f"a message of {len(data)} bytes is too long")
    head, gap, body = data.lstrip(b"\r\n").partition(b"\r\n\r\n")
    if not gap:
        # Some senders end lines with a bare LF.
        head, gap, body = data.lstrip(b"\r\n").replace(b"\r\n", b"\n").partition(b"\n\n")
        if not gap:
            raise SipError("the headers have no end")
    lines = _unfold(head.decode("utf-8", "replace").replace("\r\n", "\n").split("\n"))
    headers = Headers(_header(line) for line in lines[1:])
    body = _cut(body, headers)
    message = _start_line(lines[0], headers, body)
    _check(message)
    return message


def build(message: Message) -> bytes:
    """The datagram of a message; a line break in any field is refused, so that no value can add a header."""
    if isinstance(message, Request):
        start = f"{message.method} {message.uri} SIP/2.0"
    else:
        start = f"SIP/2.0 {message.status} {message.reason}"
    lines = [start]
    for name, value in message.headers:
        if name.lower() == "content-length":
            continue
        if not TOKEN.fullmatch(name):
            raise SipError(f"not a header name: {name[:80]!r}")
        lines.append(f"{name}: {value}")
    lines.append(f"Content-Length: {len(message.body)}")
    for line in lines:
        if _FORBIDDEN.search(line):
            raise SipError(f"a line break inside {line[:80]!r}")
    return "\r\n".join(lines).encode("utf-8", "replace") + b"\r\n\r\n" + message.body


def _unfold(lines: list[str]) -> list[str]:
    unfolded: list[str] = []
    for line in lines:
        if line[:1] in (" ", "\t") and len(unfolded) > 1:
            unfolded[-1] += " " + line.strip()
        else:
            unfolded.append(line)
        if len(unfolded[-1]) > MOST_LINE:
            raise SipError("a header line is too long")
        if len(unfolded) > MOST_HEADERS + 1:
            raise SipError("too many headers")
    return unfolded


def _header(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    name = name.strip()
    if not colon or not TOKEN.fullmatch(name):
        raise SipError(f"not a header: {line[:80]!r}")
    if _FORBIDDEN.search(value):
        raise SipError(f"a control character in {name}")
    return name, value.strip()


def _cut(body: bytes, headers: Headers) -> bytes:
    told = headers.get("Content-Length")
    if told is None:
        return body
    if not (told.isascii() and told.isdigit() and len(told) <= 6):
        raise SipError(f"not a Content-Length: {told[:80]!r}")
    if int(told) > len(body):
        raise SipError(f"the body is {len(body)} bytes, not the {told} announced")
    return body[: int(told)]


def _start_line(line: str, headers: Headers, body: bytes) -> Message:
    if _FORBIDDEN.search(line):
        raise SipError("a control character in the first line")
    if line[:8].upper() == "SIP/2.0 ":
        status, _, reason = line[8:].partition(" ")
        if not (len(status) == 3 and status.isascii() and status.isdigit() and 100 <= int(status) <= 699):
            raise SipError(f"not a status line: {line[:80]!r}")
        return Response(int(status), reason.strip(), headers, body)
    parts = line.split(" ")
    if len(parts) != 3 or parts[2].upper() != "SIP/2.0" or not TOKEN.fullmatch(parts[0]) or not parts[1]:
        raise SipError(f"not a request line: {line[:80]!r}")
    return Request(parts[0], parts[1], headers, body)


def _check(message: Message) -> None:
    """Everything a reader will ask for later must parse now."""
    for value in message.headers.listed("Via"):
        Via.parse(value)
    for name in ("Contact", "Route", "Record-Route", "Refer-To"):
        for value in message.headers.listed(name):
            if value != "*":
                NameAddr.parse(value)
    _ = message.via, message.sender, message.receiver
    if not message.call_id:
        raise SipError("the Call-ID is empty")
    if isinstance(message, Request) and message.cseq.method != message.method:
        raise SipError(f"CSeq says {message.cseq.method}, the request is {message.method}")
    _ = message.cseq

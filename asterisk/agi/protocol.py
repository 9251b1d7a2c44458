"""The FastAGI protocol as values: bytes in, headers, replies and the hang-up out; words in, one command line out.

Everything here is pure and bounded: whatever comes from the network either becomes a typed event or a `ProtocolFault`.
It knows no sockets and no calls.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

LONGEST_COMMAND = 2046
"""Bytes of a command line without its newline: Asterisk reads 2048 and takes the rest for another command."""

_HEADER = re.compile(r"(agi_[a-z0-9_]+): ?(.*)", re.DOTALL)
_REPLY = re.compile(r"(\d{3}) result=([^\s()]*)(?: \((.*)\))?(?: endpos=(\d+))?.*", re.DOTALL | re.IGNORECASE)
_CODE = re.compile(r"(\d{3})(?:[ -](.*))?", re.DOTALL)
_PLAIN = re.compile(r"[A-Za-z0-9_./:@+-]+")
_USAGE_ENDS = "520 End of proper usage."


class ProtocolFault(Exception):
    """What came is not FastAGI, or more of it than any Asterisk sends."""


@dataclass(frozen=True, slots=True)
class ParserLimits:
    """No Asterisk comes near these; a stranger on the port may."""

    line: int = 16_384
    headers_bytes: int = 65_536
    headers: int = 256
    block_bytes: int = 65_536
    """A reply of several lines: the usage of a command, or a value with line breaks in it."""


@dataclass(frozen=True, slots=True)
class Headers:
    """The block that opens a session, names without `agi_`."""

    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to one command: `code result=result (text) endpos=endpos`."""

    code: int
    result: str = ""
    text: str | None = None
    endpos: int | None = None

    @property
    def number(self) -> int | None:
        """The result as a number, where it is one."""
        try:
            return int(self.result)
        except ValueError:
            return None

    @property
    def key(self) -> str | None:
        """The key a result stands for; it comes as the code of its character."""
        number = self.number
        return chr(number) if number is not None and 32 < number < 127 else None


@dataclass(frozen=True, slots=True)
class Hangup:
    """The line `HANGUP`, sent between replies when the channel is no longer ours. It may come twice."""


Event = Headers | Reply | Hangup


class AgiParser:
    """Takes pieces as they come, however they are cut, and returns what they complete."""

    __slots__ = ("_block", "_block_bytes", "_buffer", "_headers", "_headers_bytes", "_limits", "_value")

    def __init__(self, limits: ParserLimits | None = None) -> None:
        self._limits = limits or ParserLimits()
        self._buffer = b""
        self._headers: dict[str, str] | None = {}
        self._headers_bytes = 0
        self._block: list[str] | None = None
        self._block_bytes = 0
        self._value = False

    def feed(self, data: bytes) -> list[Event]:
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        events: list[Event] = []
        for line in lines:
            self._bound(line)
            text = line.decode("utf-8", "replace")
            event = self._header(text) if self._headers is not None else self._line(text)
            if event is not None:
                events.append(event)
        self._bound(self._buffer)
        return events

    def _bound(self, line: bytes) -> None:
        if len(line) > self._limits.line:
            raise ProtocolFault(f"a line of more than {self._limits.line} bytes")

    def _header(self, line: str) -> Event | None:
        assert self._headers is not None
        line = line.rstrip("\r")
        if not line:
            headers, self._headers = self._headers, None
            missing = [name for name in ("request", "channel", "uniqueid") if name not in headers]
            if missing:
                raise ProtocolFault(f"headers without agi_{missing[0]}")
            return Headers(headers)
        match = _HEADER.fullmatch(line)
        if match is None or "\0" in line:
            raise ProtocolFault(f"not a header: {line[:60]!r}")
        self._headers_bytes += len(line)
        if len(self._headers) >= self._limits.headers or self._headers_bytes > self._limits.headers_bytes:
            raise ProtocolFault("too many headers")
        self._headers[match[1][4:]] = match[2]
        return None

    def _line(self, line: str) -> Event | None:
        if self._block is not None:
            return self._continue(line)
        if line.startswith("HANGUP"):
            return Hangup()
        match = _CODE.fullmatch(line)
        if match is None:
            raise ProtocolFault(f"not a reply: {line[:60]!r}")
        if line.startswith("520-"):
            self._open(line, value=False)
            return None
        if line[0] == "1":
            return None  # "100 Trying": the reply itself follows
        # The value of a variable may hold line breaks; it ends with the line that closes its bracket.
        if line.startswith("200 result=1 (") and not line.endswith(")") and not re.search(r"\) \w+=\S*$", line):
            self._open(line, value=True)
            return None
        return _reply(line)

    def _open(self, line: str, *, value: bool) -> None:
        self._block, self._block_bytes, self._value = [line], len(line), value

    def _continue(self, line: str) -> Event | None:
        assert self._block is not None
        self._block.append(line)
        self._block_bytes += len(line) + 1
        if self._block_bytes > self._limits.block_bytes:
            raise ProtocolFault("a reply that does not end")
        if not (line.endswith(")") if self._value else line.startswith(_USAGE_ENDS)):
            return None
        whole, self._block = "\n".join(self._block), None
        return _reply(whole)


def _reply(line: str) -> Reply:
    match = _REPLY.fullmatch(line)
    if match is not None:
        return Reply(int(match[1]), match[2], match[3], None if match[4] is None else int(match[4]))
    code = _CODE.fullmatch(line)
    if code is None:
        raise ProtocolFault(f"not a reply: {line[:60]!r}")
    return Reply(int(code[1]), text=code[2])


def quoted(value: str) -> str:
    """One word of a command that Asterisk will read back exactly as `value`, whatever is in it."""
    if "\n" in value or "\0" in value:
        raise ValueError("a value for Asterisk holds a line break or a zero byte: replace it before sending it")
    if _PLAIN.fullmatch(value):
        return value
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def command_line(name: str, *words: str | int) -> bytes:
    """A command with its words quoted. Raises ValueError when Asterisk could not read it as one command."""
    line = " ".join([name, *(quoted(str(word)) for word in words)])
    encoded = line.encode("utf-8", "replace")
    if len(encoded) > LONGEST_COMMAND:
        raise ValueError(f"{name}: {len(encoded)} bytes, Asterisk takes {LONGEST_COMMAND} in one command")
    return encoded + b"\n"

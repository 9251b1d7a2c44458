"""The parts of SIP headers: addresses, names, Via and CSeq, each parsed whole or refused with `SipError`."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote, unquote

TOKEN = re.compile(r"[A-Za-z0-9\-.!%*_+`'~]+")
_URI = re.compile(
    r"(?P<scheme>sips?):(?:(?P<user>[^@\s<>]*)@)?(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._\-]+)"
    r"(?::(?P<port>[0-9]{1,5}))?(?P<params>(?:;[^;?\s<>]+)*)(?:\?(?P<headers>[^\s<>]*))?",
    re.IGNORECASE,
)
_VIA = re.compile(
    r"SIP\s*/\s*2\.0\s*/\s*(?P<transport>[A-Za-z]+)\s+(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._\-]+)"
    r"(?:\s*:\s*(?P<port>[0-9]{1,5}))?\s*(?P<params>;.*)?",
    re.IGNORECASE | re.ASCII,
)
_USER_SAFE = "+-_.!~*'()&=$,;?/"


class SipError(ValueError):
    """The bytes or text are not the SIP they should be."""


def split_outside(text: str, separator: str) -> list[str]:
    """Split at `separator` where it stands outside quotes and angle brackets."""
    parts: list[str] = []
    start = 0
    quoted = escaped = bracket = False
    for at, letter in enumerate(text):
        if escaped:
            escaped = False
        elif quoted:
            if letter == "\\":
                escaped = True
            elif letter == '"':
                quoted = False
        elif letter == '"':
            quoted = True
        elif letter == "<":
            bracket = True
        elif letter == ">":
            bracket = False
        elif letter == separator and not bracket:
            parts.append(text[start:at].strip())
            start = at + 1
    parts.append(text[start:].strip())
    return parts


def escape(text: str) -> str:
    """A value as it stands in the headers of a URI (`?Replaces=…`)."""
    return quote(text, safe="-_.!~*'()[]/?:+$")


def _params(text: str) -> tuple[tuple[str, str], ...]:
    found = []
    for part in split_outside(text, ";"):
        if part:
            name, _, value = part.partition("=")
            found.append((name.strip().lower(), value.strip()))
    return tuple(found)


def _write_params(params: Iterable[tuple[str, str]]) -> str:
    return "".join(f";{name}={value}" if value else f";{name}" for name, value in params)


def _port(text: str | None) -> int | None:
    if text is None:
        return None
    port = int(text)
    if not 0 < port < 65_536:
        raise SipError(f"{port} is not a port")
    return port


@dataclass(frozen=True, slots=True)
class Uri:
    """A `sip:` or `sips:` address; `user` is unescaped."""

    user: str
    host: str
    port: int | None = None
    scheme: str = "sip"
    params: tuple[tuple[str, str], ...] = ()
    headers: str = ""

    @classmethod
    def parse(cls, text: str) -> "Uri":
        match = _URI.fullmatch(text.strip())
        if match is None:
            raise SipError(f"not a SIP address: {text[:80]!r}")
        user = unquote((match["user"] or "").partition(":")[0], errors="replace")
        return cls(
            user=user,
            host=match["host"].lower(),
            port=_port(match["port"]),
            scheme=match["scheme"].lower(),
            params=_params(match["params"] or ""),
            headers=match["headers"] or "",
        )

    def param(self, name: str) -> str | None:
        return dict(self.params).get(name)

    def bare(self) -> "Uri":
        """The address alone, without parameters and headers."""
        return Uri(user=self.user, host=self.host, port=self.port, scheme=self.scheme)

    def __str__(self) -> str:
        user = quote(self.user, safe=_USER_SAFE) + "@" if self.user else ""
        port = f":{self.port}" if self.port is not None else ""
        headers = f"?{self.headers}" if self.headers else ""
        return f"{self.scheme}:{user}{self.host}{port}{_write_params(self.params)}{headers}"


@dataclass(frozen=True, slots=True)
class NameAddr:
    """What stands in From, To, Contact, Route, Refer-To: a name, an address as text, and the header's parameters."""

    uri: str
    name: str = ""
    params: tuple[tuple[str, str], ...] = ()

    @classmethod
    def parse(cls, text: str) -> "NameAddr":
        text = text.strip()
        if "<" in text:
            pieces = split_outside(text, ";")
            first = pieces[0]
            open_at, close_at = first.rfind("<"), first.rfind(">")
            if open_at < 0 or close_at < open_at or first[close_at + 1 :].strip():
                raise SipError(f"not an address: {text[:80]!r}")
            name = first[:open_at].strip()
            if len(name) > 1 and name[0] == name[-1] == '"':
                name = re.sub(r"\\(.)", r"\1", name[1:-1])
            uri, rest = first[open_at + 1 : close_at].strip(), ";".join(pieces[1:])
        else:
            name = ""
            uri, _, rest = text.partition(";")
            uri = uri.strip()
        if not uri or any(letter.isspace() for letter in uri):
            raise SipError(f"not an address: {text[:80]!r}")
        return cls(uri=uri, name=name, params=_params(rest))

    @property
    def tag(self) -> str:
        return dict(self.params).get("tag", "")

    def with_tag(self, tag: str) -> "NameAddr":
        kept = tuple(pair for pair in self.params if pair[0] != "tag")
        return NameAddr(self.uri, self.name, (*kept, ("tag", tag)))

    def __str__(self) -> str:
        name = '"' + self.name.replace("\\", "\\\\").replace('"', '\\"') + '" ' if self.name else ""
        return f"{name}<{self.uri}>{_write_params(self.params)}"


@dataclass(frozen=True, slots=True)
class Via:
    transport: str
    host: str
    port: int | None
    params: tuple[tuple[str, str], ...] = ()

    @classmethod
    def parse(cls, text: str) -> "Via":
        match = _VIA.fullmatch(text.strip())
        if match is None:
            raise SipError(f"not a Via: {text[:80]!r}")
        return cls(
            match["transport"].upper(), match["host"].lower(), _port(match["port"]), _params(match["params"] or "")
        )

    @property
    def branch(self) -> str:
        return dict(self.params).get("branch", "")

    @property
    def sent_by(self) -> str:
        return f"{self.host}:{self.port or 5060}"


@dataclass(frozen=True, slots=True)
class CSeq:
    number: int
    method: str

    @classmethod
    def parse(cls, text: str) -> "CSeq":
        number, _, method = text.strip().partition(" ")
        method = method.strip()
        if not (number.isascii() and number.isdigit() and len(number) <= 10 and int(number) < 2**31):
            raise SipError(f"not a CSeq: {text[:80]!r}")
        if not TOKEN.fullmatch(method):
            raise SipError(f"not a CSeq: {text[:80]!r}")
        return cls(int(number), method)

    def __str__(self) -> str:
        return f"{self.number} {self.method}"

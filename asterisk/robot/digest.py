"""Digest authentication (RFC 2617, 7616, 8760) from the client's side: a challenge in, an Authorization header out."""

import hashlib
import re
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass

_PAIR = re.compile(r"\s*([A-Za-z0-9_\-]+)\s*=\s*(?:\"((?:[^\"\\]|\\.)*)\"|([^\s,\"]+))\s*(?:,|$)")
_HASHES: dict[str, Callable[[bytes], str]] = {
    "SHA-512-256": lambda data: hashlib.new("sha512_256", data).hexdigest(),
    "SHA-256": lambda data: hashlib.sha256(data).hexdigest(),
    "MD5": lambda data: hashlib.md5(data, usedforsecurity=False).hexdigest(),
}
"""Best first."""


@dataclass(frozen=True, slots=True)
class Challenge:
    realm: str
    nonce: str
    algorithm: str = "MD5"
    opaque: str | None = None
    qop: str | None = None
    """`auth` if the server offers it, None if it names no quality at all (RFC 2069)."""
    stale: bool = False


def read_challenge(header: str) -> Challenge | None:
    """The challenge in a WWW-Authenticate or Proxy-Authenticate header; None when we cannot answer it."""
    scheme, _, rest = header.strip().partition(" ")
    if scheme.lower() != "digest":
        return None
    fields: dict[str, str] = {}
    at = 0
    while at < len(rest):
        match = _PAIR.match(rest, at)
        if match is None:
            return None
        quoted, bare = match[2], match[3]
        fields[match[1].lower()] = re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else bare
        at = match.end()
    algorithm = fields.get("algorithm", "MD5").upper()
    if "realm" not in fields or "nonce" not in fields or algorithm.removesuffix("-SESS") not in _HASHES:
        return None
    offered = {part.strip().lower() for part in fields["qop"].split(",")} if "qop" in fields else None
    if offered is not None and "auth" not in offered:
        return None
    return Challenge(
        realm=fields["realm"],
        nonce=fields["nonce"],
        algorithm=algorithm,
        opaque=fields.get("opaque"),
        qop="auth" if offered is not None else None,
        stale=fields.get("stale", "").lower() == "true",
    )


def best_challenge(headers: Iterable[str]) -> Challenge | None:
    """The strongest of those we can answer."""
    readable = [challenge for header in headers if (challenge := read_challenge(header)) is not None]
    order = list(_HASHES)
    return min(readable, key=lambda one: order.index(one.algorithm.removesuffix("-SESS")), default=None)


def authorization(
    challenge: Challenge,
    *,
    user: str,
    secret: str,
    method: str,
    uri: str,
    count: int = 1,
    cnonce: str | None = None,
) -> str:
    """The value of Authorization (after 401) or Proxy-Authorization (after 407)."""
    digest = _HASHES[challenge.algorithm.removesuffix("-SESS")]
    cnonce = cnonce if cnonce is not None else secrets.token_hex(8)
    session = challenge.algorithm.endswith("-SESS")
    first = digest(f"{user}:{challenge.realm}:{secret}".encode())
    if session:
        first = digest(f"{first}:{challenge.nonce}:{cnonce}".encode())
    second = digest(f"{method}:{uri}".encode())
    counted = f"{count:08x}"
    middle = f"{challenge.nonce}:{counted}:{cnonce}:{challenge.qop}" if challenge.qop else challenge.nonce
    fields = [
        f"username={_quote(user)}",
        f"realm={_quote(challenge.realm)}",
        f"nonce={_quote(challenge.nonce)}",
        f"uri={_quote(uri)}",
        f'response="{digest(f"{first}:{middle}:{second}".encode())}"',
        f"algorithm={challenge.algorithm.replace('-SESS', '-sess')}",
    ]
    if challenge.qop:
        fields += [f"qop={challenge.qop}", f"nc={counted}"]
    if challenge.qop or session:
        fields.append(f'cnonce="{cnonce}"')
    if challenge.opaque is not None:
        fields.append(f"opaque={_quote(challenge.opaque)}")
    return "Digest " + ", ".join(fields)


def _quote(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'

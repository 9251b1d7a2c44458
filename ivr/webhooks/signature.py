"""The signature of a message: HMAC-SHA256 over its instant and its body, so that neither can be changed or sent later.

Pure. `verified` is what a receiver does; it is here so that both halves are tested against each other.
"""

import hashlib
import hmac

HEADER = "Gudok-Signature"
FRESH_SECONDS = 300
"""A receiver takes no message signed longer ago: whoever overheard it cannot send it again tomorrow."""


def signature(secret: str, at: int, body: bytes) -> str:
    """`t=1767225600,v1=<hex>`: the instant in Unix seconds, and the HMAC of `<t>.<body>`."""
    return f"t={at},v1={_mac(secret, at, body)}"


def verified(header: str, secret: str, body: bytes, *, now: float) -> bool:
    """Whether this body was signed with the secret, and lately."""
    parts = dict(part.partition("=")[::2] for part in header.split(","))
    at, given = parts.get("t", ""), parts.get("v1", "")
    if not (at.isascii() and at.isdigit() and len(at) <= 12) or abs(now - int(at)) > FRESH_SECONDS:
        return False
    return hmac.compare_digest(_mac(secret, int(at), body).encode(), given.encode())


def _mac(secret: str, at: int, body: bytes) -> str:
    return hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()

"""Identifiers that sort by the time they were made (UUIDv7, RFC 9562)."""

import secrets
from datetime import datetime
from uuid import UUID


def new_id(at: datetime) -> UUID:
    """A UUIDv7 of the instant `at`; two of the same millisecond differ by 74 random bits."""
    milliseconds = int(at.timestamp() * 1000)
    bits = (milliseconds & (1 << 48) - 1) << 80
    bits |= 0x7 << 76
    bits |= secrets.randbits(12) << 64
    bits |= 0b10 << 62
    bits |= secrets.randbits(62)
    return UUID(int=bits)

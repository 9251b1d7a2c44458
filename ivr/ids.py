"""Identifiers that sort by the time they were made (UUIDv7, RFC 9562)."""

import os
from datetime import datetime
from uuid import UUID


def new_id(at: datetime) -> UUID:
    """A UUIDv7 of the instant `at`; two of the same millisecond differ by 74 random bits."""
    milliseconds = int(at.timestamp() * 1000) & (1 << 48) - 1
    random = int.from_bytes(os.urandom(10))
    return UUID(int=milliseconds << 80 | 0x7 << 76 | (random >> 68) << 64 | 0b10 << 62 | random & (1 << 62) - 1)

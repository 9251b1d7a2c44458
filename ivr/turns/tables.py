"""Turns that are kept for learning. The sound lies in files beside."""

from sqlalchemy import Column, Index, Integer, Table, Text

from ivr.store import Id, Instant, JsonText, metadata

turns = Table(
    "turns",
    metadata,
    Column("id", Id, primary_key=True),
    Column("supplier", Text, nullable=False),
    Column("call", Id, nullable=False),
    Column("at", Instant, nullable=False),
    # The question's key, and what was expected: reading, confirm, menu…
    Column("question", Text, nullable=False),
    Column("expect", Text, nullable=False),
    # unknown, confirmed, corrected, denied
    Column("outcome", Text, nullable=False),
    # Everything else, as it is exported.
    Column("data", JsonText, nullable=False),
    # Below turns/.
    Column("file", Text, nullable=False),
    Column("bytes", Integer, nullable=False),
    Index("ix_turns_at", "supplier", "at"),
    Index("ix_turns_call", "supplier", "call"),
)

"""The index of recordings. Who looked at them stands among the deeds (`ivr.people.deeds`)."""

from sqlalchemy import BigInteger, Boolean, Column, Index, SmallInteger, Table, Text, false, text

from ivr.store import Id, Instant, metadata

recordings = Table(
    "recordings",
    metadata,
    Column("id", Id, primary_key=True),
    Column("supplier", Text, nullable=False),
    # Empty: the service was away when the call came; the Uniqueid is Asterisk's.
    Column("call", Id),
    Column("uniqueid", Text, nullable=False),
    # talk, debt, bot, voicemail: how long it is kept
    Column("kind", Text, nullable=False),
    # The queue or the dialogue.
    Column("part", Text, nullable=False),
    Column("started", Instant, nullable=False),
    Column("ended", Instant, nullable=False),
    # Below recordings/; empty once it is deleted.
    Column("file", Text, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("sha256", Text, nullable=False),
    # 2: the caller left, the others right.
    Column("channels", SmallInteger, nullable=False),
    Column("legal_hold", Boolean, nullable=False, server_default=false()),
    Column("deleted_at", Instant),
    Index("ix_recordings_call", "supplier", "call"),
    Index(
        "ix_recordings_kept",
        "supplier",
        "kind",
        "started",
        sqlite_where=text("deleted_at IS NULL"),
        postgresql_where=text("deleted_at IS NULL"),
    ),
)

"""The tables of this room. A password and a session stand here only as what they can be checked against."""

from sqlalchemy import Boolean, Column, Index, LargeBinary, Table, Text

from ivr.store import Id, Instant, JsonText, metadata

users = Table(
    "users",
    metadata,
    Column("id", Id, primary_key=True),
    # As typed at the door, in small letters.
    Column("login", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("password", Text, nullable=False),
    Column("roles", JsonText, nullable=False),
    # Slugs; an empty list is all suppliers.
    Column("suppliers", JsonText, nullable=False),
    Column("active", Boolean, nullable=False),
    # A password that somebody else has made is changed at the first entry.
    Column("must_change", Boolean, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    # SHA-256 of what the browser holds: who reads this table enters nowhere.
    Column("token", LargeBinary(32), primary_key=True),
    Column("user", Id, nullable=False, index=True),
    Column("csrf", Text, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("address", Text, nullable=False),
)

entries = Table(
    "entries",
    metadata,
    Column("id", Id, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("login", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("admitted", Boolean, nullable=False),
)
Index("ix_entries_login", entries.c.login, entries.c.at)
Index("ix_entries_address", entries.c.address, entries.c.at)

deeds = Table(
    "deeds",
    metadata,
    Column("id", Id, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("who", Text, nullable=False),
    # None for what belongs to the whole line.
    Column("supplier", Text),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("before", JsonText),
    Column("after", JsonText),
)
Index("ix_deeds_at", deeds.c.at)
Index("ix_deeds_subject", deeds.c.subject, deeds.c.at)

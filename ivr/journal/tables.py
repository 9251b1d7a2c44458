"""The journal's own table: one append-only row an event, laid out so that a call's events lie together."""

from sqlalchemy import Column, Index, Integer, SmallInteger, Table, Text, text

from ivr.store import Id, Instant, metadata

events = Table(
    "events",
    metadata,
    Column("call", Id, primary_key=True),
    Column("node", Text, primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("id", Id, nullable=False),
    Column("supplier", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("kind", Text, nullable=False),
    Column("v", SmallInteger, nullable=False),
    # JSON, made text by the writer at the moment of the event.
    Column("data", Text, nullable=False),
    # Clustered by its key: one tree instead of a table and an index, and a call is read in one place.
    sqlite_with_rowid=False,
)

# Calls are found by their arrival: one entry a call, not one an event.
Index(
    "ix_events_arrived",
    events.c.supplier,
    events.c.at,
    sqlite_where=text("kind = 'arrived'"),
    postgresql_where=text("kind = 'arrived'"),
)

# How many heard an announcement is asked while it is on the air: few events of very many.
Index(
    "ix_events_announced",
    events.c.supplier,
    events.c.at,
    sqlite_where=text("kind = 'announced'"),
    postgresql_where=text("kind = 'announced'"),
)

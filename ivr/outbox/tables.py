"""The one table of what waits to be handed to another system, whatever it is: a reading, a message, a webhook."""

from sqlalchemy import Column, Index, Integer, Table, Text, UniqueConstraint, text

from ivr.store import Id, Instant, JsonText, metadata

# In words, not as parameters: only so does SQLite see that a partial index holds what is asked for.
WAITING = text("outbox.state = 'waiting'")
DELIVERED = text("outbox.state = 'delivered'")
OPEN = text("outbox.state <> 'delivered'")
_WAITING, _DELIVERED, _OPEN = text("state = 'waiting'"), text("state = 'delivered'"), text("state <> 'delivered'")

outbox = Table(
    "outbox",
    metadata,
    Column("id", Id, primary_key=True),
    Column("supplier", Text, nullable=False),
    # What it is (`reading`, `request`), and who is to have it (`billing`).
    Column("kind", Text, nullable=False),
    Column("destination", Text, nullable=False),
    # The receiver is told it: the same key again is the same message.
    Column("key", Text, nullable=False),
    Column("payload", JsonText, nullable=False),
    # waiting, delivered, set_aside
    Column("state", Text, nullable=False),
    Column("tries", Integer, nullable=False),
    # When it may be tried next. Whoever takes it moves this to the end of its lease: dead, it lets go by itself.
    Column("next_at", Instant, nullable=False),
    Column("lease", Id),
    Column("reason", Text, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("done_at", Instant),
    Column("answer", JsonText),
    UniqueConstraint("supplier", "kind", "destination", "key"),
    Index("ix_outbox_due", "supplier", "destination", "next_at", sqlite_where=_WAITING, postgresql_where=_WAITING),
    Index("ix_outbox_open", "supplier", "made_at", sqlite_where=_OPEN, postgresql_where=_OPEN),
    Index("ix_outbox_done", "done_at", sqlite_where=_DELIVERED, postgresql_where=_DELIVERED),
)

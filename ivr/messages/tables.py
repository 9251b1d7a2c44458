"""Messages as they were written, and how far each has come. What a customer was sent stays; its text goes with age."""

from sqlalchemy import Column, Index, Integer, Table, Text

from ivr.store import Id, Instant, metadata

messages = Table(
    "messages",
    metadata,
    Column("id", Id, primary_key=True),
    Column("supplier", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("account", Text),
    Column("subject", Text, nullable=False),
    Column("text", Text, nullable=False),
    # waiting, sent, delivered, failed
    Column("state", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("not_before", Instant, nullable=False),
    Column("sent_at", Instant),
    Column("carrier_id", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("parts", Integer, nullable=False),
    Column("call", Id),
    Index("ix_messages_address", "supplier", "address", "at"),
    Index("ix_messages_carrier", "channel", "carrier_id"),
)

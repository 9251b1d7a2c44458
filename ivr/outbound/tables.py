"""Callbacks that were ordered. A row is one promise to one telephone; what happens to it only moves `state` on."""

from sqlalchemy import Column, Index, Integer, Table, Text

from ivr.store import Id, Instant, metadata

callbacks = Table(
    "callbacks",
    metadata,
    Column("id", Id, primary_key=True),
    Column("supplier", Text, nullable=False),
    Column("phone", Text, nullable=False),
    Column("account", Text),
    Column("queue", Text, nullable=False),
    Column("topic", Text, nullable=False),
    # One of OPEN; or done, expired, cancelled, merged, served_inbound
    Column("state", Text, nullable=False),
    Column("requests", Integer, nullable=False),
    Column("requested_at", Instant, nullable=False),
    # The local day of the request: one open promise a telephone and day.
    Column("day", Text, nullable=False),
    # When the customer asked to be rung; None: as soon as the turn comes.
    Column("wanted_at", Instant),
    Column("promised_by", Instant, nullable=False),
    Column("closed_at", Instant),
    Column("why", Text, nullable=False),
    Column("call", Id),
    Index("ix_callbacks_phone", "supplier", "phone", "day"),
    Index("ix_callbacks_state", "supplier", "state", "requested_at"),
)

OPEN = ("requested", "queued", "reserved", "dialing", "talking", "retry_wait", "uncertain")

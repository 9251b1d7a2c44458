"""Alerts that were told of: so that a restart neither repeats one nor forgets to say that it is over."""

from sqlalchemy import Column, Float, Index, Table, Text

from ivr.store import Id, Instant, metadata

alerts = Table(
    "alerts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("supplier", Text, nullable=False),
    # The name of the rule, and the file it stands in: a supplier's, or the whole line's.
    Column("rule", Text, nullable=False),
    Column("measure", Text, nullable=False),
    Column("since", Instant, nullable=False),
    Column("raised_at", Instant, nullable=False),
    Column("cleared_at", Instant),
    Column("worst", Float, nullable=False),
    Index("ix_alerts_raised", "supplier", "raised_at"),
)

"""How far retention has come: what lies before is done and need not be looked at again."""

from sqlalchemy import Column, Table, Text

from ivr.store import Instant, metadata

retained = Table(
    "retained",
    metadata,
    Column("supplier", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("through", Instant, nullable=False),
    Column("run_at", Instant, nullable=False),
)

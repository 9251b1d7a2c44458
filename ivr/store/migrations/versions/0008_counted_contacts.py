"""What is counted of events: contacts and their parts, tallies of each quarter of an hour, and what is to be counted.

Calls that were there before are put down to be counted by the next service or report.
"""

import sqlalchemy as sa
from alembic import op

from ivr.store.schema import Id

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_SUMS = (
    "entered", "self_served", "abandoned_ivr", "answered", "direct", "in_time", "abandoned_short",
    "abandoned_in_time", "abandoned_late", "timed_out", "callbacks", "closed", "blocked", "fell_back", "readings",
    "complaints", "passed_on", "ivr", "wait_answered", "wait_lost", "talk", "hold", "bot_started", "bot_closed",
    "ratings_offered", "longest_wait",
)  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "uncounted",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
        sa.Column("call", Id, nullable=False),
        sa.Column("supplier", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_uncounted"),
        sqlite_autoincrement=True,
    )
    _contacts()
    _parts()
    op.create_table(
        "tallies",
        sa.Column("supplier", sa.Text, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("name", sa.Text, nullable=False),
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in _SUMS),
        *(sa.Column(f"mark_{mark}", sa.Integer, nullable=False) for mark in range(11)),
        sa.PrimaryKeyConstraint("supplier", "by", "at", "name", name="pk_tallies"),
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO uncounted (call, supplier) "
        "SELECT call, supplier FROM events WHERE kind IN ('hung_up', 'ended') GROUP BY call, supplier ORDER BY call"
    )


def _contacts() -> None:
    numbers = [sa.Column(name, sa.Integer, nullable=False) for name in ("first_wait", "ivr", "wait", "talk", "hold")]
    facts = ("rating_asked", "bot", "complaint", "passed_on", "mended")
    op.create_table(
        "contacts",
        sa.Column("call", Id, nullable=False),
        sa.Column("supplier", sa.Text, nullable=False),
        sa.Column("rule", sa.SmallInteger, nullable=False),
        sa.Column("events", sa.Integer, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("arrived", sa.BigInteger, nullable=False),
        sa.Column("ended", sa.BigInteger, nullable=False),
        sa.Column("exit", sa.Text, nullable=False),
        sa.Column("dialled", sa.Text),
        sa.Column("caller", sa.Text),
        sa.Column("account", sa.Text),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("queue", sa.Text, nullable=False),
        sa.Column("queued", sa.Boolean, nullable=False),
        *numbers,
        sa.Column("operators", sa.Text, nullable=False),
        sa.Column("reading", sa.Text, nullable=False),
        sa.Column("rating", sa.SmallInteger),
        *(sa.Column(name, sa.Boolean, nullable=False) for name in facts),
        sa.Column("recording", sa.Text),
        sa.PrimaryKeyConstraint("call", name="pk_contacts"),
    )
    for name, columns in {
        "at": ["supplier", "at"],
        "arrived": ["supplier", "arrived"],
        "caller": ["supplier", "caller", "arrived"],
        "account": ["supplier", "account", "arrived"],
    }.items():
        op.create_index(f"ix_contacts_{name}", "contacts", columns)


def _parts() -> None:
    op.create_table(
        "segments",
        sa.Column("call", Id, nullable=False),
        sa.Column("number", sa.SmallInteger, nullable=False, autoincrement=False),
        sa.Column("doing", sa.Text, nullable=False),
        sa.Column("started", sa.BigInteger, nullable=False),
        sa.Column("ended", sa.BigInteger, nullable=False),
        sa.Column("milliseconds", sa.Integer, nullable=False),
        sa.Column("queue", sa.Text),
        sa.Column("operators", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("call", "number", name="pk_segments"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "shares",
        sa.Column("call", Id, nullable=False),
        sa.Column("operator", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("supplier", sa.Text, nullable=False),
        sa.Column("calls", sa.SmallInteger, nullable=False),
        sa.Column("talk", sa.Integer, nullable=False),
        sa.Column("hold", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("call", "operator", "at", name="pk_shares"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_shares_at", "shares", ["supplier", "at"])
    op.create_index("ix_shares_operator", "shares", ["supplier", "operator", "at"])
    counts = ("milliseconds", "turns", "unclear", "silent", "keyed")
    op.create_table(
        "spoken",
        sa.Column("call", Id, nullable=False),
        sa.Column("number", sa.SmallInteger, nullable=False, autoincrement=False),
        sa.Column("supplier", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("step", sa.Text, nullable=False),
        sa.Column("verb", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        *(sa.Column(name, sa.Integer, nullable=False) for name in counts),
        sa.PrimaryKeyConstraint("call", "number", name="pk_spoken"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_spoken_at", "spoken", ["supplier", "at"])


def downgrade() -> None:
    for name in ("tallies", "spoken", "shares", "segments", "contacts", "uncounted"):
        op.drop_table(name)

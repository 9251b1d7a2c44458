"""Turns that are kept for learning."""

import sqlalchemy as sa
from alembic import op

from ivr.store.schema import Id

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "turns",
        sa.Column("id", Id, nullable=False),
        sa.Column("supplier", sa.Text, nullable=False),
        sa.Column("call", Id, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("expect", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("data", sa.Text, nullable=False),
        sa.Column("file", sa.Text, nullable=False),
        sa.Column("bytes", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_turns"),
    )
    op.create_index("ix_turns_at", "turns", ["supplier", "at"])
    op.create_index("ix_turns_call", "turns", ["supplier", "call"])


def downgrade() -> None:
    op.drop_table("turns")

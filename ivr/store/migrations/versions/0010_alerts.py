"""Alerts that were told of."""

import sqlalchemy as sa
from alembic import op

from ivr.store.schema import Id

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "alerts",
        sa.Column("id", Id, nullable=False),
        sa.Column("supplier", sa.Text, nullable=False),
        sa.Column("rule", sa.Text, nullable=False),
        sa.Column("measure", sa.Text, nullable=False),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.Column("raised_at", sa.BigInteger, nullable=False),
        sa.Column("cleared_at", sa.BigInteger),
        sa.Column("worst", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_alerts"),
    )
    op.create_index("ix_alerts_raised", "alerts", ["supplier", "raised_at"])


def downgrade() -> None:
    op.drop_table("alerts")

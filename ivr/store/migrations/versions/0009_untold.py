"""Calls of which other systems have not been told yet."""

import sqlalchemy as sa
from alembic import op

from ivr.store.schema import Id

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "untold",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
        sa.Column("call", Id, nullable=False),
        sa.Column("supplier", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_untold"),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    op.drop_table("untold")

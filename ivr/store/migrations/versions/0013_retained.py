"""How far retention has come."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "retained",
        sa.Column("supplier", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("through", sa.BigInteger, nullable=False),
        sa.Column("run_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("supplier", "kind", name="pk_retained"),
    )


def downgrade() -> None:
    op.drop_table("retained")

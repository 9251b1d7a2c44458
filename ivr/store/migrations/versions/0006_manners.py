"""How callers want to be spoken to, by their telephones."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "manners",
        sa.Column("supplier", sa.Text, nullable=False),
        sa.Column("phone", sa.Text, nullable=False),
        sa.Column("louder", sa.SmallInteger, nullable=False),
        sa.Column("slower", sa.SmallInteger, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("supplier", "phone", name="pk_manners"),
    )


def downgrade() -> None:
    op.drop_table("manners")

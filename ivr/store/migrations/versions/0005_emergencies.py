"""Emergency announcements put on the air by command, kept for ever, and the way to count who heard them."""

import sqlalchemy as sa
from alembic import op

from ivr.store.schema import Id

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "emergencies",
        sa.Column("id", Id, nullable=False),
        sa.Column("supplier", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("territories", sa.Text, nullable=False),
        sa.Column("streets", sa.Text, nullable=False),
        sa.Column("queue", sa.Text, nullable=False),
        sa.Column("after", sa.Text, nullable=False),
        sa.Column("to_unknown", sa.Boolean),
        sa.Column("starts", sa.BigInteger, nullable=False),
        sa.Column("expires", sa.BigInteger, nullable=False),
        sa.Column("restored", sa.BigInteger),
        sa.Column("put_at", sa.BigInteger, nullable=False),
        sa.Column("put_by", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("lifted_at", sa.BigInteger),
        sa.Column("lifted_by", sa.Text),
        sa.Column("lifted_why", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_emergencies"),
    )
    op.create_index("ix_emergencies_expires", "emergencies", ["supplier", "expires"])
    announced = sa.text("kind = 'announced'")
    op.create_index(
        "ix_events_announced", "events", ["supplier", "at"], sqlite_where=announced, postgresql_where=announced
    )


def downgrade() -> None:
    op.drop_index("ix_events_announced", "events")
    op.drop_table("emergencies")

"""Messages to customers and the callbacks they ordered."""

import sqlalchemy as sa
from alembic import op

from ivr.store.schema import Id

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "messages",
        sa.Column("id", Id, nullable=False),
        sa.Column("supplier", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("account", sa.Text),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("not_before", sa.BigInteger, nullable=False),
        sa.Column("sent_at", sa.BigInteger),
        sa.Column("carrier_id", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("parts", sa.Integer, nullable=False),
        sa.Column("call", Id),
        sa.PrimaryKeyConstraint("id", name="pk_messages"),
    )
    op.create_index("ix_messages_address", "messages", ["supplier", "address", "at"])
    op.create_index("ix_messages_carrier", "messages", ["channel", "carrier_id"])
    op.create_table(
        "callbacks",
        sa.Column("id", Id, nullable=False),
        sa.Column("supplier", sa.Text, nullable=False),
        sa.Column("phone", sa.Text, nullable=False),
        sa.Column("account", sa.Text),
        sa.Column("queue", sa.Text, nullable=False),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("requests", sa.Integer, nullable=False),
        sa.Column("requested_at", sa.BigInteger, nullable=False),
        sa.Column("day", sa.Text, nullable=False),
        sa.Column("wanted_at", sa.BigInteger),
        sa.Column("promised_by", sa.BigInteger, nullable=False),
        sa.Column("closed_at", sa.BigInteger),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("call", Id),
        sa.PrimaryKeyConstraint("id", name="pk_callbacks"),
    )
    op.create_index("ix_callbacks_phone", "callbacks", ["supplier", "phone", "day"])
    op.create_index("ix_callbacks_state", "callbacks", ["supplier", "state", "requested_at"])


def downgrade() -> None:
    op.drop_table("callbacks")
    op.drop_table("messages")

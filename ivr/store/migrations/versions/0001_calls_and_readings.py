"""The journal of calls, the line's own accounts and readings, and the news between commands and the service."""

import sqlalchemy as sa
from alembic import op

from ivr.store.schema import Id

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "news",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("supplier", sa.Text),
        sa.Column("data", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_news"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "events",
        sa.Column("call", Id, nullable=False),
        sa.Column("node", sa.Text, nullable=False),
        sa.Column("seq", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("id", Id, nullable=False),
        sa.Column("supplier", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("v", sa.SmallInteger, nullable=False),
        sa.Column("data", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("call", "node", "seq", name="pk_events"),
        sqlite_with_rowid=False,
    )
    arrived = sa.text("kind = 'arrived'")
    op.create_index("ix_events_arrived", "events", ["supplier", "at"], sqlite_where=arrived, postgresql_where=arrived)
    op.create_table(
        "accounts",
        sa.Column("supplier", sa.Text, nullable=False),
        sa.Column("number", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("territory", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("supplier", "number", name="pk_accounts"),
    )
    op.create_table(
        "phones",
        sa.Column("supplier", sa.Text, nullable=False),
        sa.Column("phone", sa.Text, nullable=False),
        sa.Column("account", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("supplier", "phone", "account", name="pk_phones"),
        sa.ForeignKeyConstraint(
            ["supplier", "account"],
            ["accounts.supplier", "accounts.number"],
            name="fk_phones_supplier_account_accounts",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_phones_account", "phones", ["supplier", "account"])
    op.create_table(
        "meters",
        sa.Column("supplier", sa.Text, nullable=False),
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("serial", sa.Text, nullable=False),
        sa.Column("resource", sa.Text, nullable=False),
        sa.Column("digits", sa.SmallInteger, nullable=False),
        sa.Column("fraction", sa.SmallInteger, nullable=False),
        sa.Column("max_kw", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("supplier", "account", "serial", name="pk_meters"),
        sa.ForeignKeyConstraint(
            ["supplier", "account"],
            ["accounts.supplier", "accounts.number"],
            name="fk_meters_supplier_account_accounts",
            ondelete="CASCADE",
        ),
    )
    op.create_table(
        "zones",
        sa.Column("supplier", sa.Text, nullable=False),
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("serial", sa.Text, nullable=False),
        sa.Column("zone", sa.Text, nullable=False),
        sa.Column("place", sa.SmallInteger, nullable=False),
        sa.Column("daily", sa.Float),
        sa.PrimaryKeyConstraint("supplier", "account", "serial", "zone", name="pk_zones"),
        sa.ForeignKeyConstraint(
            ["supplier", "account", "serial"],
            ["meters.supplier", "meters.account", "meters.serial"],
            name="fk_zones_supplier_account_serial_meters",
            ondelete="CASCADE",
        ),
    )
    op.create_table(
        "last_readings",
        sa.Column("supplier", sa.Text, nullable=False),
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("serial", sa.Text, nullable=False),
        sa.Column("zone", sa.Text, nullable=False),
        sa.Column("value", sa.Integer, nullable=False),
        sa.Column("taken_on", sa.Date, nullable=False),
        sa.PrimaryKeyConstraint("supplier", "account", "serial", "zone", name="pk_last_readings"),
        sa.ForeignKeyConstraint(
            ["supplier", "account", "serial", "zone"],
            ["zones.supplier", "zones.account", "zones.serial", "zones.zone"],
            name="fk_last_readings_supplier_account_serial_zone_zones",
            ondelete="CASCADE",
        ),
    )
    op.create_table(
        "readings",
        sa.Column("key", Id, nullable=False),
        sa.Column("supplier", sa.Text, nullable=False),
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("serial", sa.Text, nullable=False),
        sa.Column("zone", sa.Text, nullable=False),
        sa.Column("value", sa.Integer, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("flagged", sa.Boolean, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("call", Id),
        sa.PrimaryKeyConstraint("key", name="pk_readings"),
    )
    op.create_index("ix_readings_meter", "readings", ["supplier", "account", "serial", "at"])
    op.create_index("ix_readings_at", "readings", ["supplier", "at"])
    op.create_table(
        "drafts",
        sa.Column("id", Id, nullable=False),
        sa.Column("supplier", sa.Text, nullable=False),
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("serial", sa.Text, nullable=False),
        sa.Column("heard", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("call", Id),
        sa.PrimaryKeyConstraint("id", name="pk_drafts"),
    )
    op.create_index("ix_drafts_account", "drafts", ["supplier", "account", "at"])


def downgrade() -> None:
    for table in ("drafts", "readings", "last_readings", "zones", "meters", "phones", "accounts", "events", "news"):
        op.drop_table(table)

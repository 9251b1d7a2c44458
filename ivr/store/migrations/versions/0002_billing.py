"""What a dialogue may ask of billing: windows, debts, outages, requests, secrets; the outbox; exports."""

import sqlalchemy as sa
from alembic import op

from ivr.store.schema import Id

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_ADDRESS = ("town", "street", "house", "flat")
_MADE = (
    "outbox", "secret_tries", "bad_tries", "exports", "numbers", "requests",
    "outages", "debts", "windows", "territories",
)  # fmt: skip


def upgrade() -> None:
    _grow()
    _reference()
    _facts()
    _outbox()


def _grow() -> None:
    op.add_column("accounts", sa.Column("kind", sa.Text, nullable=False, server_default="person"))
    for name in _ADDRESS:
        op.add_column("accounts", sa.Column(name, sa.Text, nullable=False, server_default=""))
    op.add_column("accounts", sa.Column("last_payment", sa.Integer))
    op.create_index("ix_accounts_street", "accounts", ["supplier", "street", "house"])
    for name in ("unit", "principal", "serial_key"):
        op.add_column("meters", sa.Column(name, sa.Text, nullable=False, server_default=""))
    op.add_column("meters", sa.Column("smart", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_index("ix_meters_serial_key", "meters", ["supplier", "serial_key"])
    op.add_column("readings", sa.Column("message", Id))
    op.add_column("readings", sa.Column("batch", sa.Integer))
    op.create_index("ix_readings_batch", "readings", ["supplier", "batch", "at"])


def _reference() -> None:
    op.create_table(
        "territories",
        sa.Column("supplier", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("time_zone", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("supplier", "name", name="pk_territories"),
    )
    op.create_table(
        "windows",
        sa.Column("supplier", sa.Text, nullable=False),
        sa.Column("territory", sa.Text, nullable=False),
        sa.Column("house", sa.Text, nullable=False),
        sa.Column("principal", sa.Text, nullable=False),
        sa.Column("resource", sa.Text, nullable=False),
        sa.Column("from_day", sa.SmallInteger, nullable=False),
        sa.Column("to_day", sa.SmallInteger, nullable=False),
        sa.Column("late", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("supplier", "territory", "house", "principal", "resource", name="pk_windows"),
    )
    op.create_table(
        "debts",
        sa.Column("supplier", sa.Text, nullable=False),
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("principal", sa.Text, nullable=False),
        sa.Column("service", sa.Text, nullable=False),
        sa.Column("kopecks", sa.BigInteger, nullable=False),
        sa.Column("penalty_kopecks", sa.BigInteger, nullable=False),
        sa.Column("as_of", sa.Date, nullable=False),
        sa.Column("period", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("supplier", "account", "principal", "service", name="pk_debts"),
        sa.ForeignKeyConstraint(
            ["supplier", "account"],
            ["accounts.supplier", "accounts.number"],
            name="fk_debts_supplier_account_accounts",
            ondelete="CASCADE",
        ),
    )
    op.create_table(
        "outages",
        sa.Column("supplier", sa.Text, nullable=False),
        sa.Column("number", sa.Text, nullable=False),
        sa.Column("territory", sa.Text, nullable=False),
        sa.Column("streets", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.Column("until", sa.BigInteger),
        sa.Column("planned", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("supplier", "number", name="pk_outages"),
    )
    op.create_index("ix_outages_territory", "outages", ["supplier", "territory"])


def _facts() -> None:
    op.create_table(
        "requests",
        sa.Column("supplier", sa.Text, nullable=False),
        sa.Column("number", sa.Text, nullable=False),
        sa.Column("key", Id, nullable=False),
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("phone", sa.Text, nullable=False),
        sa.Column("serial", sa.Text, nullable=False),
        sa.Column("wanted_on", sa.Date),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("call", Id),
        sa.Column("planned_on", sa.Date),
        sa.Column("closed_at", sa.BigInteger),
        sa.Column("message", Id),
        sa.PrimaryKeyConstraint("supplier", "number", name="pk_requests"),
        sa.UniqueConstraint("supplier", "key", name="uq_requests_supplier_key"),
    )
    op.create_index("ix_requests_account", "requests", ["supplier", "account", "at"])
    op.create_table(
        "numbers",
        sa.Column("supplier", sa.Text, nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("last", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("supplier", "what", name="pk_numbers"),
    )
    op.create_table(
        "exports",
        sa.Column("supplier", sa.Text, nullable=False),
        sa.Column("batch", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.Column("since", sa.BigInteger),
        sa.Column("until", sa.BigInteger),
        sa.Column("readings", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("supplier", "batch", name="pk_exports"),
    )
    op.create_table(
        "bad_tries",
        sa.Column("supplier", sa.Text, nullable=False),
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("supplier", "account", "day", name="pk_bad_tries"),
    )
    op.create_table(
        "secret_tries",
        sa.Column("supplier", sa.Text, nullable=False),
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("wrong", sa.SmallInteger, nullable=False),
        sa.Column("last_at", sa.BigInteger, nullable=False),
        sa.Column("locked_until", sa.BigInteger),
        sa.PrimaryKeyConstraint("supplier", "account", name="pk_secret_tries"),
    )


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", Id, nullable=False),
        sa.Column("supplier", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("destination", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("next_at", sa.BigInteger, nullable=False),
        sa.Column("lease", Id),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.Column("done_at", sa.BigInteger),
        sa.Column("answer", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.UniqueConstraint("supplier", "kind", "destination", "key", name="uq_outbox_supplier_kind_destination_key"),
    )
    waiting, due = sa.text("state = 'waiting'"), ["supplier", "destination", "next_at"]
    op.create_index("ix_outbox_due", "outbox", due, sqlite_where=waiting, postgresql_where=waiting)
    opened, done = sa.text("state <> 'delivered'"), sa.text("state = 'delivered'")
    op.create_index("ix_outbox_open", "outbox", ["supplier", "made_at"], sqlite_where=opened, postgresql_where=opened)
    op.create_index("ix_outbox_done", "outbox", ["done_at"], sqlite_where=done, postgresql_where=done)


def downgrade() -> None:
    for table in _MADE:
        op.drop_table(table)
    op.drop_index("ix_readings_batch", "readings")
    op.drop_index("ix_meters_serial_key", "meters")
    op.drop_index("ix_accounts_street", "accounts")
    for name in ("message", "batch"):
        op.drop_column("readings", name)
    for name in ("unit", "principal", "serial_key", "smart"):
        op.drop_column("meters", name)
    for name in ("kind", *_ADDRESS, "last_payment"):
        op.drop_column("accounts", name)

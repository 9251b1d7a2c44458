"""The line's own tables of accounts, meters and readings, for an installation that has no billing to ask.

Every row has its supplier. Reference data (accounts to last readings) is replaced by an import; readings and drafts are
facts and are only added.
"""

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    Float,
    ForeignKeyConstraint,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
)

from ivr.store import Id, Instant, JsonText, metadata

accounts = Table(
    "accounts",
    metadata,
    Column("supplier", Text, primary_key=True),
    Column("number", Text, primary_key=True),
    Column("address", Text, nullable=False),
    Column("territory", Text, nullable=False),
)

phones = Table(
    "phones",
    metadata,
    Column("supplier", Text, primary_key=True),
    Column("phone", Text, primary_key=True),
    Column("account", Text, primary_key=True),
    ForeignKeyConstraint(["supplier", "account"], ["accounts.supplier", "accounts.number"], ondelete="CASCADE"),
    Index("ix_phones_account", "supplier", "account"),
)

meters = Table(
    "meters",
    metadata,
    Column("supplier", Text, primary_key=True),
    Column("account", Text, primary_key=True),
    Column("serial", Text, primary_key=True),
    Column("resource", Text, nullable=False),
    Column("digits", SmallInteger, nullable=False),
    Column("fraction", SmallInteger, nullable=False),
    Column("max_kw", Float, nullable=False),
    ForeignKeyConstraint(["supplier", "account"], ["accounts.supplier", "accounts.number"], ondelete="CASCADE"),
)

zones = Table(
    "zones",
    metadata,
    Column("supplier", Text, primary_key=True),
    Column("account", Text, primary_key=True),
    Column("serial", Text, primary_key=True),
    Column("zone", Text, primary_key=True),
    Column("place", SmallInteger, nullable=False),
    Column("daily", Float),
    ForeignKeyConstraint(
        ["supplier", "account", "serial"], ["meters.supplier", "meters.account", "meters.serial"], ondelete="CASCADE"
    ),
)

last_readings = Table(
    "last_readings",
    metadata,
    Column("supplier", Text, primary_key=True),
    Column("account", Text, primary_key=True),
    Column("serial", Text, primary_key=True),
    Column("zone", Text, primary_key=True),
    Column("value", Integer, nullable=False),
    Column("taken_on", Date, nullable=False),
    ForeignKeyConstraint(
        ["supplier", "account", "serial", "zone"],
        ["zones.supplier", "zones.account", "zones.serial", "zones.zone"],
        ondelete="CASCADE",
    ),
)

# No foreign key: a reading a caller was thanked for stays, whatever an import does to the account.
readings = Table(
    "readings",
    metadata,
    Column("key", Id, primary_key=True),
    Column("supplier", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("serial", Text, nullable=False),
    Column("zone", Text, nullable=False),
    Column("value", Integer, nullable=False),
    Column("at", Instant, nullable=False),
    Column("flagged", Boolean, nullable=False),
    Column("source", Text, nullable=False),
    Column("call", Id),
    Index("ix_readings_meter", "supplier", "account", "serial", "at"),
    Index("ix_readings_at", "supplier", "at"),
)

drafts = Table(
    "drafts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("supplier", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("serial", Text, nullable=False),
    Column("heard", JsonText, nullable=False),
    Column("at", Instant, nullable=False),
    Column("call", Id),
    Index("ix_drafts_account", "supplier", "account", "at"),
)

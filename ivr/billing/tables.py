"""The line's own tables of accounts, meters and readings, for an installation that has no billing to ask.

Every row has its supplier. Reference data (accounts to outages) is replaced by an import; readings, drafts and requests
are facts: they are only added, and no import touches them.
"""

from sqlalchemy import (
    BigInteger,
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
    UniqueConstraint,
    false,
)

from ivr.store import Id, Instant, JsonText, metadata

accounts = Table(
    "accounts",
    metadata,
    Column("supplier", Text, primary_key=True),
    Column("number", Text, primary_key=True),
    Column("address", Text, nullable=False),
    Column("territory", Text, nullable=False),
    Column("kind", Text, nullable=False, server_default="person"),
    # The address taken apart (ivr.billing.addresses), so that a said one can be found and a flat held back.
    Column("town", Text, nullable=False, server_default=""),
    Column("street", Text, nullable=False, server_default=""),
    Column("house", Text, nullable=False, server_default=""),
    Column("flat", Text, nullable=False, server_default=""),
    Column("last_payment", Integer),
    Index("ix_accounts_street", "supplier", "street", "house"),
)

territories = Table(
    "territories",
    metadata,
    Column("supplier", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("time_zone", Text, nullable=False),
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
    Column("unit", Text, nullable=False, server_default=""),
    Column("principal", Text, nullable=False, server_default=""),
    Column("smart", Boolean, nullable=False, server_default=false()),
    Column("serial_key", Text, nullable=False, server_default=""),
    Index("ix_meters_serial_key", "supplier", "serial_key"),
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

windows = Table(
    "windows",
    metadata,
    Column("supplier", Text, primary_key=True),
    Column("territory", Text, primary_key=True),
    Column("house", Text, primary_key=True),
    Column("principal", Text, primary_key=True),
    Column("resource", Text, primary_key=True),
    Column("from_day", SmallInteger, nullable=False),
    Column("to_day", SmallInteger, nullable=False),
    Column("late", Text, nullable=False),
)

debts = Table(
    "debts",
    metadata,
    Column("supplier", Text, primary_key=True),
    Column("account", Text, primary_key=True),
    Column("principal", Text, primary_key=True),
    Column("service", Text, primary_key=True),
    Column("kopecks", BigInteger, nullable=False),
    Column("penalty_kopecks", BigInteger, nullable=False),
    Column("as_of", Date, nullable=False),
    Column("period", Text, nullable=False),
    ForeignKeyConstraint(["supplier", "account"], ["accounts.supplier", "accounts.number"], ondelete="CASCADE"),
)

outages = Table(
    "outages",
    metadata,
    Column("supplier", Text, primary_key=True),
    Column("number", Text, primary_key=True),
    Column("territory", Text, nullable=False),
    Column("streets", JsonText, nullable=False),
    Column("reason", Text, nullable=False),
    Column("since", Instant, nullable=False),
    Column("until", Instant),
    Column("planned", Boolean, nullable=False),
    Index("ix_outages_territory", "supplier", "territory"),
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
    # The outbox message that takes it to billing, and the export that took it out; NULL: none has.
    Column("message", Id),
    Column("batch", Integer),
    Index("ix_readings_batch", "supplier", "batch", "at"),
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

requests = Table(
    "requests",
    metadata,
    Column("supplier", Text, primary_key=True),
    Column("number", Text, primary_key=True),
    Column("key", Id, nullable=False),
    Column("account", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("phone", Text, nullable=False),
    Column("serial", Text, nullable=False),
    Column("wanted_on", Date),
    Column("words", Text, nullable=False),
    Column("call", Id),
    Column("planned_on", Date),
    Column("closed_at", Instant),
    Column("message", Id),
    UniqueConstraint("supplier", "key"),
    Index("ix_requests_account", "supplier", "account", "at"),
)

numbers = Table(
    "numbers",
    metadata,
    Column("supplier", Text, primary_key=True),
    Column("what", Text, primary_key=True),
    Column("last", Integer, nullable=False),
)
"""Counters that people see: of requests, of exports."""

exports = Table(
    "exports",
    metadata,
    Column("supplier", Text, primary_key=True),
    Column("batch", Integer, primary_key=True, autoincrement=False),
    Column("made_at", Instant, nullable=False),
    Column("since", Instant),
    Column("until", Instant),
    Column("readings", Integer, nullable=False),
)

bad_tries = Table(
    "bad_tries",
    metadata,
    Column("supplier", Text, primary_key=True),
    Column("account", Text, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("tries", Integer, nullable=False),
)

secret_tries = Table(
    "secret_tries",
    metadata,
    Column("supplier", Text, primary_key=True),
    Column("account", Text, primary_key=True),
    Column("wrong", SmallInteger, nullable=False),
    Column("last_at", Instant, nullable=False),
    Column("locked_until", Instant),
)

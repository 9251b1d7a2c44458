"""The tables of published dialplans. A version stays: the database itself refuses to change or delete one."""

from sqlalchemy import Boolean, Column, ForeignKeyConstraint, Integer, LargeBinary, Table, Text

from ivr.store import Instant, JsonText, metadata

blobs = Table(
    "dialplan_blobs",
    metadata,
    Column("supplier", Text, primary_key=True),
    Column("sha256", Text, primary_key=True),
    Column("content", LargeBinary, nullable=False),
)

contents = Table(
    "dialplan_contents",
    metadata,
    Column("supplier", Text, primary_key=True),
    # Of all files together; versions with equal files share one.
    Column("digest", Text, primary_key=True),
    Column("path", Text, primary_key=True),
    Column("sha256", Text, nullable=False),
    ForeignKeyConstraint(["supplier", "sha256"], ["dialplan_blobs.supplier", "dialplan_blobs.sha256"]),
)

versions = Table(
    "dialplan_versions",
    metadata,
    Column("supplier", Text, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("digest", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("who", Text, nullable=False),
    Column("why", Text, nullable=False),
    # What was live before; what the editor had begun with; what a rollback brings back.
    Column("parent", Integer),
    Column("base", Integer),
    Column("restores", Integer),
    # Published over what somebody else had published meanwhile.
    Column("forced", Boolean, nullable=False),
    Column("checked", JsonText, nullable=False),
    Column("tried", JsonText, nullable=False),
)

live = Table(
    "dialplan_live",
    metadata,
    Column("supplier", Text, primary_key=True),
    Column("number", Integer, nullable=False),
    ForeignKeyConstraint(["supplier", "number"], ["dialplan_versions.supplier", "dialplan_versions.number"]),
)

numbers = Table(
    "dialplan_numbers",
    metadata,
    # As `canonical` writes it: no two suppliers answer one number.
    Column("number", Text, primary_key=True),
    Column("supplier", Text, nullable=False),
)

drafts = Table(
    "dialplan_drafts",
    metadata,
    Column("supplier", Text, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("who", Text, nullable=False),
    Column("base", Integer),
)

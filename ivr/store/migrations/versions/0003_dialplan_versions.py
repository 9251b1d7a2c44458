"""Published dialplans: their files, their versions for ever, the live one of each supplier, the draft on its line."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "dialplan_blobs",
        sa.Column("supplier", sa.Text, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("supplier", "sha256", name="pk_dialplan_blobs"),
    )
    op.create_table(
        "dialplan_contents",
        sa.Column("supplier", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("supplier", "digest", "path", name="pk_dialplan_contents"),
        sa.ForeignKeyConstraint(
            ["supplier", "sha256"],
            ["dialplan_blobs.supplier", "dialplan_blobs.sha256"],
            name="fk_dialplan_contents_supplier_sha256_dialplan_blobs",
        ),
    )
    op.create_table(
        "dialplan_versions",
        sa.Column("supplier", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("parent", sa.Integer),
        sa.Column("base", sa.Integer),
        sa.Column("restores", sa.Integer),
        sa.Column("forced", sa.Boolean, nullable=False),
        sa.Column("checked", sa.Text, nullable=False),
        sa.Column("tried", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("supplier", "number", name="pk_dialplan_versions"),
    )
    op.create_table(
        "dialplan_live",
        sa.Column("supplier", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("supplier", name="pk_dialplan_live"),
        sa.ForeignKeyConstraint(
            ["supplier", "number"],
            ["dialplan_versions.supplier", "dialplan_versions.number"],
            name="fk_dialplan_live_supplier_number_dialplan_versions",
        ),
    )
    op.create_table(
        "dialplan_numbers",
        sa.Column("number", sa.Text, nullable=False),
        sa.Column("supplier", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_dialplan_numbers"),
    )
    op.create_table(
        "dialplan_drafts",
        sa.Column("supplier", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("base", sa.Integer),
        sa.PrimaryKeyConstraint("supplier", name="pk_dialplan_drafts"),
    )
    _keep_for_ever()


def _keep_for_ever() -> None:
    """Who, when and why: not even we can change them."""
    said = "a published version is kept as it is"
    if op.get_bind().dialect.name == "sqlite":
        for act in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER dialplan_versions_no_{act.lower()} BEFORE {act} ON dialplan_versions "
                f"BEGIN SELECT RAISE(ABORT, '{said}'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION dialplan_versions_kept() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{said}'; END $$"
    )
    op.execute(
        "CREATE TRIGGER dialplan_versions_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON dialplan_versions "
        "FOR EACH STATEMENT EXECUTE FUNCTION dialplan_versions_kept()"
    )


def downgrade() -> None:
    names = ("drafts", "numbers", "live", "versions", "contents", "blobs")
    for name in names:
        op.drop_table(f"dialplan_{name}")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION dialplan_versions_kept()")

"""The state of a mirrored account, people's tokens for it, and what was written to it."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
TABLES = (
    "forwarded_writes",
    "upstream_tokens",
    "mirror_lags",
    "mirror_waiting",
    "mirror_troubles",
    "mirror_budgets",
    "mirror_neighbours",
    "mirror_months",
    "mirror_leases",
    "mirror_accounts",
)


def upgrade() -> None:
    _make_state()
    _make_writes()


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)


def _make_state() -> None:
    op.create_table(
        "mirror_accounts",
        sa.Column("organization_id", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("url", TEXT, nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("synced_to", sa.BigInteger(), nullable=True),
        sa.Column("synced_at", sa.BigInteger(), nullable=True),
        sa.Column("updated_to", sa.BigInteger(), nullable=True),
        sa.Column("versions_to", sa.BigInteger(), nullable=True),
        sa.Column("reaches_back_to", sa.Date(), nullable=True),
        sa.Column("begins_on", sa.Date(), nullable=True),
        sa.Column("is_complete", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("entries", sa.BigInteger(), nullable=True),
        sa.Column("neighbours_at", sa.BigInteger(), nullable=True),
        sa.Column("swept_at", sa.BigInteger(), nullable=True),
        sa.Column("swept_all_at", sa.BigInteger(), nullable=True),
        sa.Column("swept_total", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("capabilities", TEXT, nullable=True),
        sa.Column("problem", TEXT, nullable=True),
        sa.Column("problem_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("organization_id", name="pk_mirror_accounts"),
    )
    op.create_table(
        "mirror_leases",
        sa.Column("organization_id", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("holder", TEXT, nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", name="pk_mirror_leases"),
    )
    op.create_table(
        "mirror_months",
        sa.Column("organization_id", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.Column("loaded_at", sa.BigInteger(), nullable=True),
        sa.Column("swept_at", sa.BigInteger(), nullable=True),
        sa.Column("differences", sa.BigInteger(), nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("organization_id", "month", name="pk_mirror_months"),
    )
    op.create_table(
        "mirror_neighbours",
        sa.Column("organization_id", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("type", sa.String(40), nullable=False),
        sa.Column("records", sa.BigInteger(), nullable=False),
        sa.Column("read_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "type", name="pk_mirror_neighbours"),
    )
    op.create_table(
        "mirror_budgets",
        sa.Column("organization_id", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("windows", TEXT, nullable=False),
        sa.Column("paused_until", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("organization_id", name="pk_mirror_budgets"),
    )
    op.create_table(
        "mirror_troubles",
        sa.Column("organization_id", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("what", TEXT, nullable=False),
        sa.Column("sentence", TEXT, nullable=False),
        sa.Column("tries", sa.SmallInteger(), nullable=False),
        sa.Column("next_try_at", sa.BigInteger(), nullable=False),
        sa.Column("is_skipped", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("first_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "what", name="pk_mirror_troubles"),
    )
    op.create_table(
        "mirror_waiting",
        sa.Column("organization_id", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("type", sa.String(40), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("lacks", TEXT, nullable=False),
        sa.Column("tries", sa.SmallInteger(), nullable=False),
        sa.Column("next_try_at", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "type", "id", name="pk_mirror_waiting"),
    )
    op.create_table(
        "mirror_lags",
        sa.Column("organization_id", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("minute", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("lag_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "minute", name="pk_mirror_lags"),
    )


def _make_writes() -> None:
    op.create_table(
        "upstream_tokens",
        sa.Column("person_id", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("ciphertext", TEXT, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name="fk_upstream_tokens__person_id", deferrable=True, initially="DEFERRED"
        ),
        sa.PrimaryKeyConstraint("person_id", name="pk_upstream_tokens"),
    )
    op.create_table(
        "forwarded_writes",
        sa.Column("id", KEY, nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("field", sa.String(40), nullable=False),
        sa.Column("key_hash", sa.String(64), nullable=True),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempt", sa.SmallInteger(), nullable=False),
        sa.Column("time_entry_id", sa.BigInteger(), nullable=True),
        sa.Column("document", TEXT, nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name="fk_forwarded_writes__person_id", deferrable=True, initially="DEFERRED"
        ),
        sa.CheckConstraint("state IN ('sent', 'done', 'not_done', 'indeterminate')", name="state_known"),
        sa.UniqueConstraint("person_id", "field", "key_hash", name="uq_forwarded_writes__person_id_field_key_hash"),
        sa.PrimaryKeyConstraint("id", name="pk_forwarded_writes"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_forwarded_writes__created_at", "forwarded_writes", ["created_at"])

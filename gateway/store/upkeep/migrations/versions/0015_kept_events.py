"""How far the change log of an organization may have gaps, for events that are no longer kept were removed."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _check_what_waits()
    op.add_column("change_counters", sa.Column("expired_id", sa.BigInteger(), nullable=False, server_default="0"))


def downgrade() -> None:
    _check_what_waits()
    op.drop_column("change_counters", "expired_id")


def _check_what_waits() -> None:
    """Check the foreign keys of rows that other revisions wrote: PostgreSQL alters no table with checks to come."""
    if op.get_context().dialect.name == "postgresql":
        op.execute("SET CONSTRAINTS ALL IMMEDIATE")
        op.execute("SET CONSTRAINTS ALL DEFERRED")

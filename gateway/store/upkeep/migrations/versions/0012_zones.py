"""What the entries of a part of an order can have: zones, kept by triggers of PostgreSQL."""

import sqlalchemy as sa
from alembic import op

from gateway.store.upkeep.migrations.frozen import frozen

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

TABLE = "time_entry_zones"
NUMBERS = sa.ARRAY(sa.BigInteger()).with_variant(sa.Text(), "sqlite")


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("organization_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("place", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("least", NUMBERS, nullable=False),
        sa.Column("greatest", NUMBERS, nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "kind", "place", name=f"pk_{TABLE}"),
        sqlite_with_rowid=False,
    )
    if op.get_context().dialect.name == "postgresql":
        for statement in frozen("0012_zones"):
            op.execute(statement)


def downgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        op.execute(f"DROP FUNCTION {TABLE}_widen CASCADE")  # and the triggers that call it
    op.drop_table(TABLE)

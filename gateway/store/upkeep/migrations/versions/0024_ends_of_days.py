"""The first and the last entry of each day, by their ids, kept by triggers of SQLite."""

import sqlalchemy as sa
from alembic import op

from gateway.store.upkeep.migrations.frozen import frozen

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

TABLE = "time_entry_day_ends"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("organization_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("first_id", sa.BigInteger(), nullable=False),
        sa.Column("last_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "date", name=f"pk_{TABLE}"),
        sqlite_with_rowid=False,
    )
    if op.get_context().dialect.name == "sqlite":
        for statement in frozen("0024_ends_of_days"):
            op.execute(statement)


def downgrade() -> None:
    if op.get_context().dialect.name == "sqlite":
        for event in ("insert", "delete", "update"):
            op.execute(f"DROP TRIGGER {TABLE}_{event}")
    op.drop_table(TABLE)

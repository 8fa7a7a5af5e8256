"""The indexes of entries by their creation and by time, the longest first, and of timesheets, newest first."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

CREATED_AT = "ix_time_entries__organization_id_created_at_id"
TIME, TIMESHEETS, ORGANIZATION = (
    "ix_time_entries__time_desc",
    "ix_timesheets__date_desc",
    "ix_timesheets__organization_id",
)
# What SQLite's planner assumes of them, as of the others.
STATISTICS = {CREATED_AT: "1000000 500000 1 1", TIME: "1000000 500000 25000 1"}


def upgrade() -> None:
    op.create_index(CREATED_AT, "time_entries", ["organization_id", "created_at", "id"])
    op.create_index(TIME, "time_entries", ["organization_id", sa.text("time DESC"), "id"])
    op.create_index(TIMESHEETS, "timesheets", ["organization_id", sa.text("date DESC"), "id"])
    op.drop_index(ORGANIZATION, table_name="timesheets")
    if op.get_context().dialect.name == "sqlite":
        for name, numbers in STATISTICS.items():
            op.execute(f"INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('time_entries', '{name}', '{numbers}')")


def downgrade() -> None:
    if op.get_context().dialect.name == "sqlite":
        for name in STATISTICS:
            op.execute(f"DELETE FROM sqlite_stat1 WHERE idx = '{name}'")
    op.create_index(ORGANIZATION, "timesheets", ["organization_id"])
    op.drop_index(TIMESHEETS, table_name="timesheets")
    op.drop_index(TIME, table_name="time_entries")
    op.drop_index(CREATED_AT, table_name="time_entries")

"""No index downwards on SQLite for what is read off that upwards."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

# What SQLite's planner assumes of them.
COLUMNS = {"updated_at": "1000000 500000 1 1", "time": "1000000 500000 25000 1"}


def upgrade() -> None:
    if op.get_context().dialect.name == "sqlite":
        for column in COLUMNS:
            op.drop_index(f"ix_time_entries__{column}_desc", "time_entries")


def downgrade() -> None:
    if op.get_context().dialect.name == "sqlite":
        for column, told in COLUMNS.items():
            name = f"ix_time_entries__{column}_desc"
            op.create_index(name, "time_entries", ["organization_id", sa.text(f"{column} DESC"), "id"])
            op.execute(f"INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('time_entries', '{name}', '{told}')")

"""The change log among the statistics of SQLite's planner: an entry's changes are found by the entry's index."""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

CHANGES = "time_entry_changes"
ROWS = {
    f"sqlite_autoindex_{CHANGES}_1": "1000000 500000 1",
    f"ix_{CHANGES}__time_entry_id_id": "1000000 3 1",
}


def upgrade() -> None:
    if op.get_context().dialect.name != "sqlite":
        return
    for index, numbers in ROWS.items():
        op.execute(f"INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('{CHANGES}', '{index}', '{numbers}')")
    op.execute("ANALYZE sqlite_schema")


def downgrade() -> None:
    if op.get_context().dialect.name == "sqlite":
        op.execute(f"DELETE FROM sqlite_stat1 WHERE tbl = '{CHANGES}'")
        op.execute("ANALYZE sqlite_schema")

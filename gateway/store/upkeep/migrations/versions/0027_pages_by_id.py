"""Pages by id and running timers off an index, of timesheets and approvals by organization, of timers with it.

Without the first, SQLite read and sorted all of an organization's for a page. The second it passed over, while that had
no organization, for the index of all entries of a person.
"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

TABLES = ("timesheets", "approval_statuses")
TIMER = "ix_time_entries__running_timer"


def upgrade() -> None:
    for table in TABLES:
        op.create_index(f"ix_{table}__organization_id_id", table, ["organization_id", "id"])
    _replace_timer(["organization_id", "person_id"], "100 50 1")


def downgrade() -> None:
    _replace_timer(["person_id"], "100 1")
    for table in reversed(TABLES):
        op.drop_index(f"ix_{table}__organization_id_id", table)


def _replace_timer(columns: list[str], told: str) -> None:
    runs = sa.text("timer_started_at IS NOT NULL")
    op.drop_index(TIMER, "time_entries")
    op.create_index(TIMER, "time_entries", columns, sqlite_where=runs, postgresql_where=runs)
    if op.get_context().dialect.name == "sqlite":
        op.execute(f"INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('time_entries', '{TIMER}', '{told}')")

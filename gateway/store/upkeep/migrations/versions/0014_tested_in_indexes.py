"""Billing type and time in the indexes of a person's and a project's entries by date, behind what orders them."""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

TESTED = ["billing_type_id", "time"]
WRITTEN = ["updated_at", "created_at"]
# What SQLite's planner assumes of them, as of the others.
STATISTICS = {"person_id": "1000000 500000 4000 2 1", "project_id": "1000000 500000 1500 1 1"}


def upgrade() -> None:
    _replace_by(TESTED)


def downgrade() -> None:
    _replace_by([])


def _replace_by(tested: list[str]) -> None:
    for column, numbers in STATISTICS.items():
        name = f"ix_time_entries__organization_id_{column}_date_id"
        op.drop_index(name, "time_entries")
        op.create_index(
            name, "time_entries", ["organization_id", column, "date", "id", *tested], postgresql_include=WRITTEN
        )
        if op.get_context().dialect.name == "sqlite":
            told = " ".join([numbers, *("1" for _ in tested)])
            op.execute(f"INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('time_entries', '{name}', '{told}')")

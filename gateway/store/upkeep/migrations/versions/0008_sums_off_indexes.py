"""What is added up, in three indexes of PostgreSQL beside their keys."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

COLUMNS = ("company_id", "responsible_id", "status_id")
ADDED_UP = [
    "person_id", "project_id", "currency", "currency_default", "time", "billable_time", "cost_unrounded",
    "cost_default_unrounded",
]  # fmt: skip


def upgrade() -> None:
    _rebuild(ADDED_UP)


def downgrade() -> None:
    _rebuild([])


def _rebuild(included: list[str]) -> None:
    if op.get_context().dialect.name != "postgresql":
        return
    for column in COLUMNS:
        name = f"ix_time_entries__organization_id_{column}_date_id"
        op.drop_index(name, "time_entries")
        op.create_index(
            name, "time_entries", ["organization_id", column, "date", "id"], postgresql_include=included or None
        )

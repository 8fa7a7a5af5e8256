"""Indexes of entries that others make needless: a person's, a service's and a task's without their organization."""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

NEEDLESS = {("person_id",): "1000000 8000", ("service_id",): "1000000 800", ("task_id", "time"): "1000000 300 15"}
OF_TASK = ("organization_id", "task_id", "id")


def upgrade() -> None:
    for columns in NEEDLESS:
        op.drop_index(_name(columns), "time_entries")
    op.drop_index(_name(OF_TASK), "time_entries")
    _create((*OF_TASK, "time"), "1000000 500000 150 1 1")


def downgrade() -> None:
    op.drop_index(_name((*OF_TASK, "time")), "time_entries")
    _create(OF_TASK, "1000000 500000 150 1")
    for columns, numbers in NEEDLESS.items():
        _create(columns, numbers)


def _create(columns: tuple[str, ...], numbers: str) -> None:
    op.create_index(_name(columns), "time_entries", [*columns])
    if op.get_context().dialect.name == "sqlite":
        op.execute(
            f"INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('time_entries', '{_name(columns)}', '{numbers}')"
        )


def _name(columns: tuple[str, ...]) -> str:
    return f"ix_time_entries__{'_'.join(columns)}"

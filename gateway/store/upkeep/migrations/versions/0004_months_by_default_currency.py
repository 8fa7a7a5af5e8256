"""Months tell default currencies apart: the sums are rebuilt, and kept by other triggers."""

from alembic import op

from gateway.store.upkeep.migrations.frozen import frozen

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TABLE = "time_entry_months"
EVENTS = ("insert", "delete", "update")


def upgrade() -> None:
    _replace_by("0004_months")


def downgrade() -> None:
    _replace_by("0001")


def _replace_by(file: str) -> None:
    is_postgresql = op.get_context().dialect.name == "postgresql"
    for event in EVENTS:
        if is_postgresql:
            op.execute(f"DROP FUNCTION {TABLE}_{event} CASCADE")  # and the trigger that calls it
        else:
            op.execute(f"DROP TRIGGER {TABLE}_{event}")
    op.execute(f"DROP TABLE {TABLE}")
    for statement in frozen(file):
        if TABLE in statement:
            op.execute(statement)

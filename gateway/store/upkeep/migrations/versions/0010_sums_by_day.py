"""Sums by day and of what is not approved, and months that know company and responsible; kept by other triggers."""

from alembic import op

from gateway.store.upkeep.migrations.frozen import frozen

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

MONTHS = "time_entry_months"
EVENTS = ("insert", "delete", "update")


def upgrade() -> None:
    _drop_triggers(MONTHS, EVENTS)
    op.drop_table(MONTHS)
    for statement in frozen("0010_sums"):
        op.execute(statement)


def downgrade() -> None:
    _drop_triggers("time_entry_sums", EVENTS if _is_postgresql() else (*EVENTS, "decide"))
    for table in (MONTHS, "time_entry_days", "time_entry_status_months"):
        op.drop_table(table)
    for statement in frozen("0004_months"):
        op.execute(statement)


def _drop_triggers(name: str, events: tuple[str, ...]) -> None:
    for event in events:
        # A function goes with the trigger that calls it.
        op.execute(f"DROP FUNCTION {name}_{event} CASCADE" if _is_postgresql() else f"DROP TRIGGER {name}_{event}")


def _is_postgresql() -> bool:
    return bool(op.get_context().dialect.name == "postgresql")

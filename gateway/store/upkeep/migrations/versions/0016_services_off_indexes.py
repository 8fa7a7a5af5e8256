"""What other orders begin with, beside the keys of two more indexes of PostgreSQL."""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _made_anew(["updated_at", "created_at"])


def downgrade() -> None:
    _made_anew(None)


def _made_anew(included: list[str] | None) -> None:
    if op.get_context().dialect.name != "postgresql":
        return
    for column in ("service_id", "deal_id"):
        name = f"ix_time_entries__organization_id_{column}_date_id"
        op.drop_index(name, "time_entries")
        op.create_index(name, "time_entries", ["organization_id", column, "date", "id"], postgresql_include=included)

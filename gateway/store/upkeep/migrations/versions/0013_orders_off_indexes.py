"""What other orders begin with, in the indexes of PostgreSQL beside their keys."""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

WRITTEN = ["updated_at", "created_at"]
ADDED_UP = [
    "person_id", "project_id", "currency", "currency_default", "time", "billable_time", "cost_unrounded",
    "cost_default_unrounded",
]  # fmt: skip
SUMMED = ("company_id", "responsible_id", "status_id")
BY_DATE = ("person_id", "project_id", "creator_id", "invoicing_status_id")
BY_ID = (
    "last_actor_id", "approver_id", "billing_type_id", "track_method_id", "autotracked", "time", "jira_issue_id",
    "jira_issue_status", "jira_issue_summary",
)  # fmt: skip


def upgrade() -> None:
    for column in SUMMED:
        _made_anew([column, "date", "id"], [*ADDED_UP, *WRITTEN])
    for column in BY_DATE:
        _made_anew([column, "date", "id"], WRITTEN)
    for column in BY_ID:
        _made_anew([column, "id"], ["date", *WRITTEN])


def downgrade() -> None:
    for column in SUMMED:
        _made_anew([column, "date", "id"], ADDED_UP)
    for column in BY_DATE:
        _made_anew([column, "date", "id"], [])
    for column in BY_ID:
        _made_anew([column, "id"], [])


def _made_anew(keys: list[str], included: list[str]) -> None:
    if op.get_context().dialect.name != "postgresql":
        return
    name = f"ix_time_entries__organization_id_{'_'.join(keys)}"
    op.drop_index(name, "time_entries")
    op.create_index(name, "time_entries", ["organization_id", *keys], postgresql_include=included or None)

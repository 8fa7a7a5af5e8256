"""The time of an entry beside the keys of five more indexes of PostgreSQL, which sort by it."""

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

SORTED_BY = ["date", "updated_at", "created_at"]
FROM_JIRA = ["jira_issue_id", "jira_issue_status", "jira_issue_summary"]
OF_PEOPLE = ["last_actor_id", "approver_id"]


def upgrade() -> None:
    _made_anew([*SORTED_BY, "time"])


def downgrade() -> None:
    _made_anew(SORTED_BY)


def _made_anew(beside: list[str]) -> None:
    if op.get_context().dialect.name != "postgresql":
        return
    for column in (*OF_PEOPLE, *FROM_JIRA):
        others = [each for each in FROM_JIRA if each != column] if column in FROM_JIRA else []
        name = f"ix_time_entries__organization_id_{column}_id"
        op.drop_index(name, "time_entries")
        op.create_index(name, "time_entries", ["organization_id", column, "id"], postgresql_include=[*beside, *others])

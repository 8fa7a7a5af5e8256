"""All orders off the indexes of records, one column from Jira off those of another, and who has some of them alone."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

WRITTEN = ["updated_at", "created_at"]
TESTED = ["billing_type_id", "time"]
ADDED_UP = [
    "person_id", "project_id", "currency", "currency_default", "time", "billable_time", "cost_unrounded",
    "cost_default_unrounded", *WRITTEN,
]  # fmt: skip
FROM_JIRA = ["jira_issue_id", "jira_issue_status", "jira_issue_summary"]
# By column: the keys behind the id, what is beside the keys from now on, and what was until now.
BY_DATE: dict[str, tuple[list[str], list[str], list[str]]] = {
    "person_id": (TESTED, WRITTEN, WRITTEN),
    "project_id": (TESTED, WRITTEN, WRITTEN),
    "service_id": ([], ["time", *WRITTEN], WRITTEN),
    "deal_id": ([], ["time", *WRITTEN], WRITTEN),
    "creator_id": ([], ["time", *WRITTEN], WRITTEN),
    "company_id": ([], ADDED_UP, ADDED_UP),
    "responsible_id": ([], ADDED_UP, ADDED_UP),
}
SORTED_BY = ["date", *WRITTEN]
INVOICED = ["invoicing_status_id", "invoice_id", "invoice_attribution_id"]
LACKING = "num_nulls(jira_issue_id, jira_issue_status, jira_issue_summary, jira_worklog_id)"


def upgrade() -> None:
    if op.get_context().dialect.name != "postgresql":
        return
    for column, (tested, beside, _) in BY_DATE.items():
        _made_anew(f"organization_id_{column}_date_id", [column, "date", "id", *tested], [*beside, *FROM_JIRA])
    _made_anew("organization_id_time_id", ["time", "id"], [*SORTED_BY, *INVOICED])
    for column in FROM_JIRA:
        others = [other for other in FROM_JIRA if other != column]
        _made_anew(f"organization_id_{column}_id", [column, "id"], [*SORTED_BY, *others])
        _made_anew(f"{column}_desc", [f"{column} DESC NULLS LAST", "id"], others)
    op.create_index(
        "ix_time_entries__partly_from_jira",
        "time_entries",
        ["organization_id", "id"],
        postgresql_where=sa.text(f"{LACKING} IN (1, 2, 3)"),
    )
    op.execute(f"CREATE STATISTICS time_entries_from_jira ON {LACKING} FROM time_entries")


def downgrade() -> None:
    if op.get_context().dialect.name != "postgresql":
        return
    op.execute("DROP STATISTICS time_entries_from_jira")
    op.drop_index("ix_time_entries__partly_from_jira", "time_entries")
    for column in FROM_JIRA:
        _made_anew(f"{column}_desc", [f"{column} DESC NULLS LAST", "id"], [])
        _made_anew(f"organization_id_{column}_id", [column, "id"], SORTED_BY)
    _made_anew("organization_id_time_id", ["time", "id"], SORTED_BY)
    for column, (tested, _, before) in BY_DATE.items():
        _made_anew(f"organization_id_{column}_date_id", [column, "date", "id", *tested], before)


def _made_anew(name: str, keys: list[str], beside: list[str]) -> None:
    op.drop_index(f"ix_time_entries__{name}", "time_entries")
    columns = [sa.text(key) if " " in key else key for key in keys]
    op.create_index(
        f"ix_time_entries__{name}", "time_entries", ["organization_id", *columns], postgresql_include=beside or None
    )

"""What an order means, said in plain Python over plain rows."""

from collections.abc import Mapping, Sequence

from tests.support.judges.predicate import Row

COLUMNS = {
    "DATE": "date",
    "UPDATED_AT": "updated_at",
    "CREATED_AT": "created_at",
    "TIME": "time",
    "JIRA_ISSUE_ID": "jira_issue_id",
    "JIRA_ISSUE_STATUS": "jira_issue_status",
    "JIRA_ISSUE_SUMMARY": "jira_issue_summary",
}


def in_order(rows: Sequence[Row], order: Sequence[Mapping[str, str]]) -> list[int]:
    """The ids of rows as the order wants them: nulls last in either direction, ties by id."""
    rows = sorted(rows, key=lambda row: row["id"])
    for key in reversed(order):
        column = COLUMNS[key["field"]]
        valued = [row for row in rows if row[column] is not None]
        valued.sort(key=lambda row: row[column], reverse=key.get("direction") == "DESC")
        rows = valued + [row for row in rows if row[column] is None]
    return [row["id"] for row in rows]

"""What a careful person would write by hand for exactly these questions, and for no others: SQL, rows to dicts.

There is no GraphQL in it. The yardsticks run it, each on its database's quickest driver.
"""

import datetime as dt
import itertools
import os
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from gateway.domain.costs import SCALE
from gateway.domain.instants import zone
from gateway.domain.rounding import half_away
from tests.bench.workloads import MANAGER, ORGANIZATION, ZONE, Variables, write_cursor

BILLING = {1: "FIXED", 2: "ACTUALS", 3: "NON_BILLABLE"}
Row = Sequence[Any]
# Lean tables hold instants as they are answered.
instant: Callable[[Any], str] = str if os.environ.get("BENCH_LEAN") == "1" else zone(ZONE).render

LIST = """
SELECT t.id, t.date, t.created_at, t.time, t.billable_time, t.note, t.track_method_id, t.started_at, t.approved,
  t.approved_at, t.updated_at, t.invoicing_status_id, t.overhead, t.rejected, t.last_activity_at, t.submitted,
  t.currency, t.cost, t.cost_default, t.billing_type_id, t.person_id, p.first_name, p.last_name, t.service_id, s.name,
  t.deal_id, d.name, d.currency, t.company_id, c.name
FROM time_entries t JOIN people p ON p.id = t.person_id JOIN services s ON s.id = t.service_id
  JOIN deals d ON d.id = t.deal_id LEFT JOIN companies c ON c.id = t.company_id
WHERE t.organization_id = ? {beyond} ORDER BY t.date DESC, t.id LIMIT 101
"""
FIRST = LIST.format(beyond="")
BEYOND = LIST.format(beyond="AND t.date <= ? AND (t.date < ? OR t.id > ?)")
SINGLE = """
SELECT id, date, time, billable_time, note, approved, approved_at, created_at, updated_at, cost, currency,
  billing_type_id
FROM time_entries WHERE id = ? AND organization_id = ?
"""
FILTERED = """
SELECT t.id, t.date, t.time, t.note, t.approved, t.person_id, p.first_name, p.last_name, t.service_id, s.name
FROM time_entries t {hint} JOIN people p ON p.id = t.person_id JOIN services s ON s.id = t.service_id
WHERE t.organization_id = ?
  AND (t.person_id IN (?, ?, ?) OR (t.project_id = ? AND (t.billing_type_id = 2 OR t.time >= ?)))
  AND t.status_id <> 3 AND t.date >= ?
ORDER BY t.date DESC, t.id LIMIT 50
"""
# PostgreSQL merges nothing by itself: a page of each person, and one of the project. It numbers its parameters.
_ALTERNATIVES = (
    *(f"person_id = ${place}" for place in (2, 3, 4)),
    "project_id = $5 AND (billing_type_id = 2 OR time >= $6)",
)
_PAGES = " UNION ".join(
    f"(SELECT date, id FROM time_entries WHERE organization_id = $1 AND {alternative} AND status_id <> 3 "
    "AND date >= $7 ORDER BY date DESC, id LIMIT 50)"
    for alternative in _ALTERNATIVES
)
FILTERED_BY_UNION = f"""
SELECT t.id, t.date, t.time, t.note, t.approved, t.person_id, p.first_name, p.last_name, t.service_id, s.name
FROM (SELECT * FROM ({_PAGES}) pages ORDER BY date DESC, id LIMIT 50) page
  JOIN time_entries t ON t.id = page.id JOIN people p ON p.id = t.person_id JOIN services s ON s.id = t.service_id
ORDER BY t.date DESC, t.id
"""
TOTALS = """
SELECT currency, count(*), CAST(sum(time) AS BIGINT), CAST(sum(billable_time) AS BIGINT),
  CAST(sum(cost_unrounded) AS BIGINT), CAST(sum(cost_default_unrounded) AS BIGINT)
FROM time_entries WHERE organization_id = ? AND project_id = ? AND date BETWEEN ? AND ?
GROUP BY currency ORDER BY currency
"""
GROUPS = """
SELECT g.*, p.first_name, p.last_name FROM (
  SELECT person_id, count(*), CAST(sum(time) AS BIGINT), CAST(sum(cost_default_unrounded) AS BIGINT)
  FROM time_entries WHERE organization_id = ? AND project_id = ? AND date BETWEEN ? AND ? GROUP BY person_id
) g JOIN people p ON p.id = g.person_id ORDER BY g.person_id LIMIT 100
"""
COUNTED = """
SELECT t.id, t.date, t.time, t.billable_time, t.note, t.person_id, p.first_name, p.last_name
FROM time_entries t JOIN people p ON p.id = t.person_id
WHERE t.organization_id = ? AND t.date >= ? ORDER BY t.id LIMIT 50
"""
COUNT = "SELECT count(*) FROM time_entries WHERE organization_id = ? AND date >= ?"
# Each project's newest entries: SQLite has no LATERAL, and looks them up by what a subquery finds.
_OF_PROJECT = (
    "SELECT id FROM time_entries WHERE organization_id = ? AND project_id = p.id ORDER BY date DESC, id LIMIT 5"
)
_WALK = """
SELECT p.id, p.name, t.id, t.date, t.time, t.note, t.person_id, h.first_name, h.last_name, t.service_id, s.name
FROM (SELECT id, name, name_folded FROM projects WHERE organization_id = ? ORDER BY name_folded, id LIMIT 30) p
  {entries} LEFT JOIN people h ON h.id = t.person_id LEFT JOIN services s ON s.id = t.service_id
ORDER BY p.name_folded, p.id, t.date DESC, t.id
"""
WALK = _WALK.format(entries=f"LEFT JOIN time_entries t ON t.id IN ({_OF_PROJECT})")
WALK_LATERAL = _WALK.format(
    entries=f"LEFT JOIN LATERAL ({_OF_PROJECT}) e ON true LEFT JOIN time_entries t ON t.id = e.id"
)
_UNDECIDED = "organization_id = ? AND status_id = 2 AND date BETWEEN ? AND ?"
INBOX = f"""
SELECT g.*, p.first_name, p.last_name FROM (
  SELECT person_id, count(*), CAST(sum(time) AS BIGINT), CAST(sum(cost_default_unrounded) AS BIGINT)
  FROM time_entries WHERE {_UNDECIDED} GROUP BY person_id ORDER BY person_id LIMIT 20
) g JOIN people p ON p.id = g.person_id ORDER BY g.person_id
"""
# There are few in a week: they are read once, and the first of each person kept.
INBOX_ENTRIES = f"""
SELECT t.person_id, t.id, t.date, t.time, t.note, t.service_id, s.name
FROM (SELECT *, row_number() OVER (PARTITION BY person_id ORDER BY date, id) AS place
  FROM time_entries WHERE {_UNDECIDED} AND person_id <= ?) t JOIN services s ON s.id = t.service_id
WHERE place <= 20 ORDER BY t.person_id, t.date, t.id
"""
_DECIDABLE = """
FROM time_entries t WHERE t.organization_id = ? AND t.status_id = 2
  AND ({deal}.responsible_id = ? OR t.person_id IN (SELECT id FROM people WHERE organization_id = ? AND manager_id = ?))
"""
DECIDABLE = """
SELECT t.id, t.date, t.created_at, t.time, t.billable_time, t.note, t.submitted, t.track_method_id, t.person_id,
  p.first_name, p.last_name
FROM (SELECT t.* {decidable} ORDER BY t.date DESC, t.id LIMIT 50) t JOIN people p ON p.id = t.person_id
ORDER BY t.date DESC, t.id
""".format(decidable=_DECIDABLE.format(deal="t"))
DECIDABLE_COUNT = f"SELECT count(*) {_DECIDABLE.format(deal='t')}"
# The sign keeps SQLite from reading all that the deals and people ever had: what is undecided is less.
DECIDABLE_COUNT_BY_STATUS = f"SELECT count(*) {_DECIDABLE.format(deal='+t')}"


def numbered(sql: str) -> str:
    """Write parameters as PostgreSQL takes them: $1, $2, ..."""
    numbers = itertools.count(1)
    return "".join(f"${next(numbers)}" if letter == "?" else letter for letter in sql)


def entry_number(text: str) -> int:
    return int(text.removeprefix("TimeEntry:"))


def filtered_values(variables: Variables) -> tuple[Any, ...]:
    """Return what FILTERED takes."""
    either, _, since = variables["filter"]["and"]
    people, of_project = either["or"]
    project, kind = of_project["and"]
    return (
        ORGANIZATION,
        *map(int, people["personId"]["in"]),
        int(project["projectId"]["eq"]),
        kind["or"][1]["time"]["gtEq"],
        since["date"]["gtEq"],
    )


def totals_values(variables: Variables) -> tuple[Any, ...]:
    """Return what TOTALS and GROUPS take."""
    asked = variables["filter"]
    return ORGANIZATION, int(asked["projectId"]["eq"]), asked["date"]["gtEq"], asked["date"]["ltEq"]


def counted_values(variables: Variables) -> tuple[Any, ...]:
    """Return what COUNTED and COUNT take."""
    return ORGANIZATION, variables["filter"]["date"]["gtEq"]


def day(value: Any) -> Any:
    """Return a day as a driver with dates takes it, and anything else as it is."""
    return dt.date.fromisoformat(value) if isinstance(value, str) else value


def listed(rows: Sequence[Row]) -> dict[str, Any]:
    more = len(rows) > 100
    rows = rows[:100]
    end = write_cursor(str(rows[-1][1]), rows[-1][0]) if rows else None
    return {
        "timeEntries": {"nodes": [_entry(row) for row in rows], "pageInfo": {"hasNextPage": more, "endCursor": end}}
    }


def _entry(r: Row) -> dict[str, Any]:
    return {
        "id": f"TimeEntry:{r[0]}",
        "date": r[1],
        "createdAt": instant(r[2]),
        "time": r[3],
        "billableTime": r[4],
        "note": r[5],
        "trackMethodId": r[6],
        "startedAt": None if r[7] is None else instant(r[7]),
        "approved": bool(r[8]),
        "approvedAt": None if r[9] is None else instant(r[9]),
        "updatedAt": instant(r[10]),
        "invoiced": r[11] != 1,
        "overhead": bool(r[12]),
        "rejected": bool(r[13]),
        "lastActivityAt": instant(r[14]),
        "submitted": bool(r[15]),
        "currency": r[16],
        "cost": r[17],
        "costDefault": r[18],
        "billingType": BILLING[r[19]],
        "person": {"id": f"Person:{r[20]}", "name": f"{r[21]} {r[22]}"},
        "service": {"id": f"Service:{r[23]}", "name": r[24]},
        "deal": {"id": f"Deal:{r[25]}", "name": r[26], "currency": r[27]},
        "company": None if r[28] is None else {"id": f"Company:{r[28]}", "name": r[29]},
    }


def single(r: Row | None) -> dict[str, Any]:
    if r is None:
        return {"timeEntry": None}
    return {
        "timeEntry": {
            "id": f"TimeEntry:{r[0]}",
            "date": r[1],
            "time": r[2],
            "billableTime": r[3],
            "note": r[4],
            "approved": bool(r[5]),
            "approvedAt": None if r[6] is None else instant(r[6]),
            "createdAt": instant(r[7]),
            "updatedAt": instant(r[8]),
            "cost": r[9],
            "currency": r[10],
            "billingType": BILLING[r[11]],
        }
    }


def filtered(rows: Sequence[Row]) -> dict[str, Any]:
    return {
        "timeEntries": {
            "nodes": [
                {
                    "id": f"TimeEntry:{r[0]}",
                    "date": r[1],
                    "time": r[2],
                    "note": r[3],
                    "approved": bool(r[4]),
                    "person": {"id": f"Person:{r[5]}", "name": f"{r[6]} {r[7]}"},
                    "service": {"id": f"Service:{r[8]}", "name": r[9]},
                }
                for r in rows
            ]
        }
    }


def totals(sums: Sequence[Row], groups: Sequence[Row]) -> dict[str, Any]:
    return {
        "timeEntries": {
            "aggregate": {
                "count": sum(r[1] for r in sums),
                "time": sum(r[2] for r in sums),
                "billableTime": sum(r[3] for r in sums),
                "cost": [{"amount": _rounded(r[4]), "currency": r[0]} for r in sums],
                "costDefault": _rounded(sum(r[5] for r in sums)),
            },
            "groups": {
                "nodes": [
                    {
                        "person": {"id": f"Person:{r[0]}", "name": f"{r[4]} {r[5]}"},
                        "aggregate": {"count": r[1], "time": r[2], "costDefault": _rounded(r[3])},
                    }
                    for r in groups
                ]
            },
        }
    }


def _rounded(unrounded: int) -> int:
    return half_away(Fraction(unrounded, SCALE))


def counted(rows: Sequence[Row], count: int) -> dict[str, Any]:
    nodes = [
        {
            "id": f"TimeEntry:{r[0]}",
            "date": r[1],
            "time": r[2],
            "billableTime": r[3],
            "note": r[4],
            "person": {"id": f"Person:{r[5]}", "name": f"{r[6]} {r[7]}"},
        }
        for r in rows
    ]
    return {"timeEntries": {"nodes": nodes, "totalCount": count}}


def inbox_values(variables: Variables) -> tuple[Any, ...]:
    """Return what INBOX takes, and INBOX_ENTRIES before the last person."""
    days = variables["filter"]["date"]
    return ORGANIZATION, days["gtEq"], days["ltEq"]


DECIDABLE_VALUES = (ORGANIZATION, MANAGER, ORGANIZATION, MANAGER)  # what DECIDABLE and the counts take


def decidable(rows: Sequence[Row], count: int) -> dict[str, Any]:
    nodes = [
        {
            "id": f"TimeEntry:{r[0]}",
            "date": r[1],
            "createdAt": instant(r[2]),
            "time": r[3],
            "billableTime": r[4],
            "note": r[5],
            "submitted": bool(r[6]),
            "trackMethodId": r[7],
            "person": {"id": f"Person:{r[8]}", "name": f"{r[9]} {r[10]}"},
        }
        for r in rows
    ]
    return {"timeEntries": {"nodes": nodes, "totalCount": count}}


def walked(rows: Sequence[Row]) -> dict[str, Any]:
    projects: dict[int, dict[str, Any]] = {}
    for r in rows:
        project = projects.get(r[0])
        if project is None:
            project = projects[r[0]] = {"id": f"Project:{r[0]}", "name": r[1], "timeEntries": {"nodes": []}}
        if r[2] is not None:
            project["timeEntries"]["nodes"].append(
                {
                    "id": f"TimeEntry:{r[2]}",
                    "date": r[3],
                    "time": r[4],
                    "note": r[5],
                    "person": {"id": f"Person:{r[6]}", "name": f"{r[7]} {r[8]}"},
                    "service": {"id": f"Service:{r[9]}", "name": r[10]},
                }
            )
    return {"projects": {"nodes": list(projects.values())}}


def inbox(groups: Sequence[Row], entries: Sequence[Row]) -> dict[str, Any]:
    found: dict[int, list[dict[str, Any]]] = {r[0]: [] for r in groups}
    for r in entries:
        entry = {"id": f"TimeEntry:{r[1]}", "date": r[2], "time": r[3], "note": r[4]}
        found[r[0]].append(entry | {"service": {"id": f"Service:{r[5]}", "name": r[6]}})
    nodes = [
        {
            "person": {"id": f"Person:{r[0]}", "name": f"{r[4]} {r[5]}"},
            "aggregate": {"count": r[1], "time": r[2], "costDefault": _rounded(r[3])},
            "timeEntries": {"nodes": found[r[0]]},
        }
        for r in groups
    ]
    return {"timeEntries": {"groups": {"nodes": nodes}}}


def approved(r: Row) -> dict[str, Any]:
    """Return the answer to one approval; the row has number, approved, revision."""
    entry = {"id": f"TimeEntry:{r[0]}", "approved": bool(r[1]), "revision": r[2]}
    return {"timeEntryApprove": {"timeEntry": entry, "userErrors": []}}


def approved_many(rows: Sequence[Row]) -> dict[str, Any]:
    return {
        "timeEntryBulkApprove": {
            "results": [{"timeEntryId": f"TimeEntry:{r[0]}", "outcome": "APPLIED"} for r in rows],
            "appliedCount": len(rows),
            "userErrors": [],
        }
    }

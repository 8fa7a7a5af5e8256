"""What is asked: the documents of the other benchmark, with variables drawn over all people, projects and days."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import Any

from tests.bench.store import Beside
from tests.bench.workloads import (
    COUNTED,
    ENTRY,
    FILTERED,
    LIST,
    ORGANIZATION,
    TOTALS,
    WORKLOADS,
    Facts,
    Variables,
    Workload,
    write_cursor,
)

DRAWS = 400  # questions of a workload, asked in turn
DEEP_DRAWS = 20  # pages around 90 %, each of which is looked for beforehand
PEOPLE, PROJECTS, LONG = 5, 8, 120  # of W7; minutes
FEWEST_OF_A_YEAR = 10  # entries that a project has in a year that is asked for
SPAN = f"""
query Span($filter: TimeEntryFilter) {{
  timeEntries(first: 100, filter: $filter, orderBy: [{{ field: DATE, direction: DESC }}]) {{
    nodes {{ {ENTRY} }}
    pageInfo {{ hasNextPage endCursor }}
  }}
}}
"""


def drawn(seed: int, connection: Beside, facts: Facts) -> tuple[Sequence[Workload], Facts]:
    """Draw the questions of a run, and the facts that go with them; the connection is to the lean store."""
    random = Random(seed)
    entries = f"FROM time_entries WHERE organization_id = {ORGANIZATION}"

    def column(sql: str) -> list[Any]:
        return [row[0] for row in connection.run(sql)]

    ends = connection.run(f"SELECT min(date), max(date) {entries}")[0]
    first, last = (dt.date.fromisoformat(str(day)) for day in ends)
    days = [first + dt.timedelta(days=number) for number in range((last - first).days + 1)]
    people, projects = (column(f"SELECT DISTINCT {name} {entries} ORDER BY 1") for name in ("person_id", "project_id"))
    years = connection.run(
        f"SELECT project_id, substr(CAST(date AS TEXT), 1, 4) {entries} "
        f"GROUP BY 1, 2 HAVING count(*) >= {FEWEST_OF_A_YEAR} ORDER BY 1, 2"
    )
    ids, undecided = column(f"SELECT id {entries} ORDER BY 1"), list(facts.undecided)
    random.shuffle(undecided)

    def span() -> Variables:
        since, until = sorted(random.sample(days, 2))
        return {"filter": {"date": {"gtEq": since.isoformat(), "ltEq": until.isoformat()}}}

    def year() -> Variables:
        project, year = random.choice(years)
        days = {"gtEq": f"{year}-01-01", "ltEq": f"{year}-12-31"}
        return {"filter": {"projectId": {"eq": str(project)}, "date": days}}

    def levels() -> Variables:
        kind = {"or": [{"billingTypeId": {"eq": "ACTUALS"}}, {"time": {"gtEq": LONG}}]}
        of_projects = {"and": [{"projectId": {"in": _some(random, projects, PROJECTS)}}, kind]}
        either = {"or": [{"personId": {"in": _some(random, people, PEOPLE)}}, of_projects]}
        since = {"date": {"gtEq": random.choice(days).isoformat()}}
        return {"filter": {"and": [either, {"not": {"status": {"eq": "REJECTED"}}}, since]}}

    def deep() -> Variables:
        page = len(ids) * random.randrange(850, 950) // 1000 // 100
        [(date, number)] = connection.run(
            f"SELECT date, id {entries} ORDER BY date DESC, id LIMIT 1 OFFSET {max(1, page) * 100 - 1}"
        )
        return {"after": write_cursor(str(date), number), "page": max(1, page)}

    usual = {workload.name: workload for workload in WORKLOADS}

    def drawing(name: str, title: str, document: str, draws: list[Variables]) -> Workload:
        return Workload(name, title, document, lambda _: draws)

    return (
        drawing("W1", "100 entries of a random span of days, newest first", SPAN, [span() for _ in range(DRAWS)]),
        replace(usual["W2"], title="a random entry, 12 fields"),
        drawing("W6", "100 entries around 90 % depth", LIST, [deep() for _ in range(DEEP_DRAWS)]),
        drawing("W8", "50 entries + totalCount of a random span", COUNTED, [span() for _ in range(DRAWS)]),
        drawing(
            "W5", "totals and groups by person, a year of a random project", TOTALS, [year() for _ in range(DRAWS)]
        ),
        drawing("W7", "and/or over 5 of all people or 8 of all projects", FILTERED, [levels() for _ in range(DRAWS)]),
        usual["W3"],
        usual["W4"],
    ), replace(facts, ids=tuple(random.sample(ids, min(len(ids), 10 * DRAWS))), undecided=tuple(undecided))


def _some(random: Random, numbers: Sequence[int], count: int) -> list[str]:
    return [str(number) for number in random.sample(numbers, min(len(numbers), count))]

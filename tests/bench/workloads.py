"""What is measured: documents, the variables that each request takes in turn, and what of the answers is compared."""

import base64
import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from tests.bench.store import Beside

ORGANIZATION = 1
ADMIN, MANAGER = 1, 2  # people of it, as every seed numbers them
ZONE = "Europe/Zagreb"  # of the organization
REQUESTS_IN_TURN = 200
BULK = 200
ENTRY = """
id date createdAt time billableTime note trackMethodId startedAt approved approvedAt updatedAt invoiced overhead
rejected lastActivityAt submitted currency cost costDefault billingType
person { id name } service { id name } deal { id name currency } company { id name }
"""
LIST = f"""
query List($after: String) {{
  timeEntries(first: 100, after: $after, orderBy: [{{ field: DATE, direction: DESC }}]) {{
    nodes {{ {ENTRY} }}
    pageInfo {{ hasNextPage endCursor }}
  }}
}}
"""
SINGLE = """
query Single($id: ID!) {
  timeEntry(id: $id) {
    id date time billableTime note approved approvedAt createdAt updatedAt cost currency billingType
  }
}
"""
FILTERED = """
query Filtered($filter: TimeEntryFilter!) {
  timeEntries(first: 50, filter: $filter, orderBy: [{ field: DATE, direction: DESC }]) {
    nodes { id date time note approved person { id name } service { id name } }
  }
}
"""
TOTALS = """
query Totals($filter: TimeEntryFilter!) {
  timeEntries(filter: $filter) {
    aggregate { count time billableTime cost { amount currency } costDefault }
    groups(by: [PERSON]) { nodes { person { id name } aggregate { count time costDefault } } }
  }
}
"""
COUNTED = """
query Counted($filter: TimeEntryFilter!) {
  timeEntries(first: 50, filter: $filter) {
    nodes { id date time billableTime note person { id name } }
    totalCount
  }
}
"""
WALK = """
query Walk {
  projects(first: 30) {
    nodes {
      id
      name
      timeEntries(first: 5, orderBy: [{ field: DATE, direction: DESC }]) {
        nodes { id date time note person { id name } service { id name } }
      }
    }
  }
}
"""
INBOX = """
query Inbox($filter: TimeEntryFilter!) {
  timeEntries(filter: $filter) {
    groups(by: [PERSON], first: 20) {
      nodes {
        person { id name }
        aggregate { count time costDefault }
        timeEntries(first: 20, orderBy: [{ field: DATE }]) { nodes { id date time note service { id name } } }
      }
    }
  }
}
"""
DECIDABLE = """
query Decidable {
  timeEntries(first: 50, filter: { decidableByMe: true }, orderBy: [{ field: DATE, direction: DESC }]) {
    nodes { id date createdAt time billableTime note submitted trackMethodId person { id name } }
    totalCount
  }
}
"""
APPROVE = """
mutation Approve($id: ID!) {
  timeEntryApprove(id: $id) {
    timeEntry { id approved revision }
    userErrors { __typename }
  }
}
"""
APPROVE_MANY = """
mutation ApproveMany($ids: [ID!]!) {
  timeEntryBulkApprove(input: { target: { ids: $ids } }) {
    results { timeEntryId outcome }
    appliedCount
    userErrors { __typename }
  }
}
"""

Variables = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Workload:
    """One thing to measure. A write takes the entries that it changes, so each request needs variables of its own."""

    name: str
    title: str
    document: str
    variables: Callable[["Facts"], Sequence[Variables]]
    takes: int = 0  # undecided entries that a request approves
    as_manager: bool = False  # who asks, in place of the admin
    documented: str = ""  # the call of the documented API, in place of a document


@dataclass(frozen=True, slots=True)
class Facts:
    """What the workloads name of a store."""

    ids: tuple[int, ...]  # entries all over the store
    deep: str  # the cursor of the row at 90 % depth, in the form of the servers that are not the gateway
    deep_page: int  # the page of 100 that ends with that row
    people: tuple[int, ...]
    project: int  # one with about a thousand entries in 2024
    undecided: tuple[int, ...]
    week: tuple[str, str]  # the last seven days with undecided entries

    @classmethod
    def of(cls, connection: Beside) -> "Facts":
        def column(sql: str) -> tuple[Any, ...]:
            return tuple(row[0] for row in connection.run(sql))

        of_ours = f"FROM time_entries WHERE organization_id = {ORGANIZATION}"
        [count] = column(f"SELECT count(*) {of_ours}")
        page = max(1, count * 9 // 10 // 100)
        [(date, number)] = connection.run(
            f"SELECT date, id {of_ours} ORDER BY date DESC, id LIMIT 1 OFFSET {min(count, page * 100) - 1}"
        )
        [project] = column(
            f"SELECT project_id {of_ours} AND date BETWEEN '2024-01-01' AND '2024-12-31' AND company_id IS NOT NULL "
            "GROUP BY project_id ORDER BY abs(count(*) - 1000), project_id LIMIT 1"
        )
        last = column(f"SELECT max(id) {of_ours}")[0]
        ids = [
            column(f"SELECT id {of_ours} AND id >= {last * place // REQUESTS_IN_TURN} ORDER BY id LIMIT 1")[0]
            for place in range(REQUESTS_IN_TURN)
        ]
        until = dt.date.fromisoformat(str(column(f"SELECT max(date) {of_ours} AND status_id = 2")[0]))
        return cls(
            week=((until - dt.timedelta(days=6)).isoformat(), until.isoformat()),
            ids=tuple(ids),
            deep=write_cursor(str(date), number),
            deep_page=page,
            people=column(f"SELECT DISTINCT person_id {of_ours} ORDER BY 1 LIMIT 4 OFFSET 3"),
            project=project,
            undecided=column(f"SELECT id {of_ours} AND status_id = 2 ORDER BY date DESC, id LIMIT 200000"),
        )


def write_cursor(date: str, number: int) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([date, number])).decode()


def read_cursor(text: str) -> tuple[str, int]:
    date, number = orjson.loads(base64.urlsafe_b64decode(text))
    return date, number


def _three_levels(facts: Facts) -> Variables:
    people = [str(person) for person in facts.people[:3]]
    or_three = {"or": [{"billingTypeId": {"eq": "ACTUALS"}}, {"time": {"gtEq": 240}}]}
    of_project = {"and": [{"projectId": {"eq": str(facts.project)}}, or_three]}
    return {
        "filter": {
            "and": [
                {"or": [{"personId": {"in": people}}, of_project]},
                {"not": {"status": {"eq": "REJECTED"}}},
                {"date": {"gtEq": "2023-01-01"}},
            ]
        }
    }


def _year(facts: Facts) -> Variables:
    return {"filter": {"projectId": {"eq": str(facts.project)}, "date": {"gtEq": "2024-01-01", "ltEq": "2024-12-31"}}}


def _inbox(facts: Facts) -> Variables:
    since, until = facts.week
    return {"filter": {"date": {"gtEq": since, "ltEq": until}, "status": {"eq": "UNAPPROVED"}}}


WORKLOADS = (
    Workload("W1", "100 entries x 20 fields + person, service, deal, company", LIST, lambda _: [{}]),
    Workload(
        "W2", "one entry, 12 fields", SINGLE, lambda facts: [{"id": f"TimeEntry:{number}"} for number in facts.ids]
    ),
    Workload("W6", "100 entries at 90 % depth", LIST, lambda facts: [{"after": facts.deep}]),
    Workload("W7", "and/or filter three levels deep, 50 rows", FILTERED, lambda facts: [_three_levels(facts)]),
    Workload("W5", "totals and groups by person of a project's year", TOTALS, lambda facts: [_year(facts)]),
    Workload(
        "W8",
        "50 entries + totalCount of nearly all",
        COUNTED,
        lambda _: [{"filter": {"date": {"gtEq": dt.date(2020, 9, 1).isoformat()}}}],
    ),
    Workload("W9", "30 projects, each with its 5 newest entries, person and service", WALK, lambda _: [{}]),
    Workload("W10", "20 people's undecided week: sums and 20 entries each", INBOX, lambda facts: [_inbox(facts)]),
    Workload("W11", "50 entries that a manager may decide + totalCount", DECIDABLE, lambda _: [{}], as_manager=True),
    Workload(
        "W12",
        "100 documented records + person, service, deal, company",
        "",
        lambda _: [{}],
        documented="/api/v2/time_entries?page[after]=&page[size]=100&sort=-date&include=person,service.deal.company",
    ),
    Workload(
        "W13",
        "one documented record",
        "",
        lambda facts: [{"id": number} for number in facts.ids],
        documented="/api/v2/time_entries/{id}",
    ),
    Workload(
        "W3", "approve one", APPROVE, lambda facts: [{"id": f"TimeEntry:{id_}"} for id_ in facts.undecided], takes=1
    ),
    Workload(
        "W4",
        "approve 200 in bulk",
        APPROVE_MANY,
        lambda facts: [
            {"ids": [f"TimeEntry:{number}" for number in facts.undecided[start : start + BULK]]}
            for start in range(0, len(facts.undecided) - BULK, BULK)
        ],
        takes=BULK,
    ),
)


def data_of(answer: bytes) -> Any:
    """Return the data of an answer without errors."""
    payload = orjson.loads(answer)
    if payload.get("errors"):
        raise ValueError(f"An answer with errors: {answer[:500]!r}")
    if "meta" in payload:  # a document; its links are opaque
        return {name: part for name, part in payload.items() if name != "links"}
    return payload["data"]


def comparable(value: Any) -> Any:
    """Return what answers of different servers have to share: everything but cursors, which are opaque."""
    if isinstance(value, dict):
        return {key: comparable(below) for key, below in value.items() if key != "endCursor"}
    if isinstance(value, list):
        return [comparable(below) for below in value]
    return value

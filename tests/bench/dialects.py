"""How a server is asked, and how its answers read: the gateway's documents, another schema's, or no documents."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from gateway.domain.instants import zone
from tests.bench.workloads import ORGANIZATION, ZONE, Variables, Workload

instant = zone(ZONE).render


class Dialect(Protocol):
    @property
    def path(self) -> str:
        """Where requests go; {workload} stands for the workload's name."""

    def body(self, workload: Workload, variables: Variables) -> Mapping[str, Any]:
        """Return the request for a workload."""

    def deep(self, page: int) -> Mapping[str, Any] | None:
        """Return the request for the cursor at the end of a page of 100; None where the bench can write one."""

    def plain(self, data: Any) -> Any:
        """Return an answer's data in the gateway's names and units."""


@dataclass(frozen=True, slots=True)
class Bare:
    """The workload's name and its variables."""

    path: str = "/{workload}"

    def body(self, workload: Workload, variables: Variables) -> Mapping[str, Any]:
        del workload
        return variables

    def deep(self, page: int) -> None:
        del page

    def plain(self, data: Any) -> Any:
        return data


@dataclass(frozen=True, slots=True)
class Documents:
    """The gateway's documents, answered by somebody else over the same schema."""

    path: str = "/graphql"

    def body(self, workload: Workload, variables: Variables) -> Mapping[str, Any]:
        return {"query": workload.document, "variables": variables}

    def deep(self, page: int) -> Mapping[str, Any] | None:
        del page
        return None

    def plain(self, data: Any) -> Any:
        return data


DEEP = """
query Deep($number: Int!) {
  timeEntries(page: { number: $number, size: 100 }, orderBy: [{ field: DATE, direction: DESC }]) {
    pageInfo { endCursor }
  }
}
"""


@dataclass(frozen=True, slots=True)
class OwnDocuments(Documents):
    """The gateway's documents with its own cursors."""

    def deep(self, page: int) -> Mapping[str, Any]:
        return {"query": DEEP, "variables": {"number": page}}


# PostGraphile makes its schema of the tables: columns for fields, BigInt as text, instants as milliseconds. So it is
# asked for the columns that the gateway's fields are made of, and spared what the others do: an instant in the zone
# of the organization, a name of two parts, a word for a code, and whether the single entry is the organization's.
# Filters other than equality, sums and groups need plug-ins, so the workloads with those are left out.
POSTGRAPHILE_LIST = f"""
query List($after: Cursor, $first: Int, $offset: Int) {{
  timeEntries: allTimeEntries(
    first: $first, after: $after, offset: $offset, orderBy: [DATE_DESC, ROW_ID_ASC],
    condition: {{ organizationId: "{ORGANIZATION}" }}
  ) {{
    nodes {{
      rowId date createdAt time billableTime note trackMethodId startedAt approved approvedAt updatedAt
      invoicingStatusId overhead rejected lastActivityAt submitted currency cost costDefault billingTypeId
      person: personByPersonId {{ rowId firstName lastName }} service: serviceByServiceId {{ rowId name }}
      deal: dealByDealId {{ rowId name currency }} company: companyByCompanyId {{ rowId name }}
    }}
    pageInfo {{ hasNextPage endCursor }}
  }}
}}
"""
POSTGRAPHILE_SINGLE = """
query Single($id: BigInt!) {
  timeEntry: timeEntryByRowId(rowId: $id) {
    rowId date time billableTime note approved approvedAt createdAt updatedAt cost currency billingTypeId
  }
}
"""
POSTGRAPHILE_WALK = f"""
query Walk {{
  projects: allProjects(
    first: 30, orderBy: [NAME_FOLDED_ASC, ROW_ID_ASC], condition: {{ organizationId: "{ORGANIZATION}" }}
  ) {{
    nodes {{
      rowId name
      timeEntries: timeEntriesByProjectId(first: 5, orderBy: [DATE_DESC, ROW_ID_ASC]) {{
        nodes {{
          rowId date time note
          person: personByPersonId {{ rowId firstName lastName }} service: serviceByServiceId {{ rowId name }}
        }}
      }}
    }}
  }}
}}
"""
BILLING = ("", "FIXED", "ACTUALS", "NON_BILLABLE")
NOT_INVOICED = 1
NUMBERS = ("time", "billableTime", "cost", "costDefault")
INSTANTS = ("createdAt", "startedAt", "approvedAt", "updatedAt", "lastActivityAt")


@dataclass(frozen=True, slots=True)
class PostGraphile:
    """The same rows and values in the names of the tables."""

    path: str = "/graphql"

    def body(self, workload: Workload, variables: Variables) -> Mapping[str, Any]:
        if workload.name == "W2":
            own = {"id": variables["id"].removeprefix("TimeEntry:")}
            return {"query": POSTGRAPHILE_SINGLE, "variables": own}
        if workload.name == "W9":
            return {"query": POSTGRAPHILE_WALK}
        return {"query": POSTGRAPHILE_LIST, "variables": {**variables, "first": 100}}

    def deep(self, page: int) -> Mapping[str, Any]:
        return {"query": POSTGRAPHILE_LIST, "variables": {"first": 1, "offset": page * 100 - 1}}

    def plain(self, data: Any) -> Any:
        if "timeEntry" in data:
            return {"timeEntry": _entry(data["timeEntry"])}
        if "projects" in data:
            return {"projects": {"nodes": [_project(node) for node in data["projects"]["nodes"]]}}
        found = data["timeEntries"]
        return {"timeEntries": {**found, "nodes": [_entry(node) for node in found["nodes"]]}}


def _project(row: Mapping[str, Any]) -> dict[str, Any]:
    entries = [_entry(node) for node in row["timeEntries"]["nodes"]]
    return {"id": f"Project:{row['rowId']}", "name": row["name"], "timeEntries": {"nodes": entries}}


def _entry(row: Mapping[str, Any]) -> dict[str, Any]:
    entry = {**row, "id": f"TimeEntry:{row['rowId']}"}
    if "billingTypeId" in row:
        entry["billingType"] = BILLING[row["billingTypeId"]]
    if "invoicingStatusId" in entry:
        entry["invoiced"] = entry.pop("invoicingStatusId") != NOT_INVOICED
    for name in ("service", "deal", "company"):
        if row.get(name):
            entry[name] = _related(name, row[name])
    if "person" in row:
        person = row["person"]
        entry["person"] = {"id": f"Person:{person['rowId']}", "name": f"{person['firstName']} {person['lastName']}"}
    for name in entry.keys() & NUMBERS:
        entry[name] = int(entry[name])
    for name in entry.keys() & INSTANTS:
        entry[name] = None if entry[name] is None else instant(int(entry[name]))
    return {name: value for name, value in entry.items() if name not in {"rowId", "billingTypeId"}}


def _related(name: str, row: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": f"{name.capitalize()}:{row['rowId']}", **{key: row[key] for key in row if key != "rowId"}}

"""What may be asked of the documented types besides time entries: their filters. They are sorted by id alone."""

from collections.abc import Mapping

from sqlalchemy import func

from gateway.catalog.entry_kinds import BareDateKind
from gateway.catalog.records import TYPE_NAMES
from gateway.catalog.time_entries import FILTERS, SORTS
from gateway.domain.attributes import MAX_NAME
from gateway.domain.names import camel_case
from gateway.querying.column_types import DATE_TYPE, ID_TYPE, INSTANT_TYPE, TEXT_TYPE
from gateway.querying.conditions import Subject
from gateway.querying.filters import Filter, FilterSet
from gateway.querying.kinds import IdKind, InstantKind, StringKind
from gateway.querying.sorts import SortKey, SortSet
from gateway.store.schema.change_log import CHANGES
from gateway.store.schema.rows import Row
from gateway.store.schema.tables import PEOPLE


def _id(table: str, name: str) -> Filter:
    column = Row.metadata.tables[table].c[name]
    return Filter(camel_case(name), IdKind(None), Subject(name, column, ID_TYPE), f"By {name}.", name)


def _query(table: str, column: str) -> Filter:
    """Return the search in a name or title, whatever its case."""
    columns = Row.metadata.tables[table].c
    folded = columns[f"{column}_folded"]
    subject = Subject("query", folded, TEXT_TYPE, folded)
    return Filter("query", StringKind(MAX_NAME), subject, f"In the {column}, whatever its case.", "query", "contains")


def _bound(table: str, column: str, name: str) -> Filter:
    subject = Subject(column, Row.metadata.tables[table].c[column], DATE_TYPE)
    after = name == "after"
    sentence = f"{column}: on or {name} this day."
    return Filter(name, BareDateKind(), subject, sentence, name, "gtEq" if after else "ltEq")


def _email() -> Filter:
    column = PEOPLE.c.email
    subject = Subject("email", column, TEXT_TYPE, func.lower(column))
    return Filter("email", StringKind(MAX_NAME), subject, "E-mail address; for those who may see it.", "email")


_MORE: Mapping[str, tuple[Filter, ...]] = {
    "organizations": (_query("organizations", "name"),),
    "subsidiaries": (_query("subsidiaries", "name"),),
    "people": (_query("people", "name"), _email()),
    "companies": (_query("companies", "name"),),
    "projects": (_query("projects", "name"), _id("projects", "company_id")),
    "deals": (_query("deals", "name"), _id("deals", "project_id"), _id("deals", "company_id")),
    "services": (_query("services", "name"), _id("services", "deal_id")),
    "tasks": (_query("tasks", "title"), _id("tasks", "project_id")),
    "bookings": (
        _id("bookings", "person_id"),
        _bound("bookings", "ended_on", "after"),
        _bound("bookings", "started_on", "before"),
    ),
    "invoices": (_id("invoices", "company_id"),),
    "invoice_attributions": (),
    "timesheets": (
        _id("timesheets", "person_id"),
        _bound("timesheets", "date", "after"),
        _bound("timesheets", "date", "before"),
    ),
    "approval_statuses": (),
    "salaries": (),
    "deal_cost_rates": (),
    "exchange_rates": (),
}


def _filters(table: str, more: tuple[Filter, ...]) -> FilterSet:
    return FilterSet(TYPE_NAMES.get(table, table), (_id(table, "id"), *more))


_CHANGES = CHANGES.c
_VERSIONS = FilterSet(
    "time_entry_versions",
    (
        Filter("createdAt", InstantKind(), Subject("at", _CHANGES.at, INSTANT_TYPE), "When it was.", "created_at"),
        Filter("id", IdKind(None), Subject("id", _CHANGES.id, ID_TYPE), "By its number.", "id"),
        Filter(
            "itemId",
            IdKind(None),
            Subject("time_entry_id", _CHANGES.time_entry_id, ID_TYPE),
            "By its entry.",
            "item_id",
        ),
    ),
)
# Changes have their numbers in the order in which they were made.
_VERSION_SORTS = SortSet.of(
    SortKey("created_at", _CHANGES.id, ID_TYPE, description="When it was."),
    identity=SortKey("id", _CHANGES.id, ID_TYPE),
)

# By documented type.
FILTERS_OF: Mapping[str, FilterSet] = {
    "time_entries": FilterSet("TimeEntry", tuple(row for row in FILTERS.filters if row.is_documented)),
    "time_entry_versions": _VERSIONS,
    **{table: _filters(table, more) for table, more in _MORE.items()},
}
SORTS_OF: Mapping[str, SortSet] = {
    "time_entries": SortSet(
        {word: key for word, key in SORTS.keys.items() if key.name not in {"created_at", "time"}}, SORTS.identity
    ),
    "time_entry_versions": _VERSION_SORTS,
    **{table: SortSet.of(identity=SortKey("id", Row.metadata.tables[table].c.id, ID_TYPE)) for table in _MORE},
}
# Filters that look at a secret, by type and documented name; for those who may see it.
SECRET_FILTERS: Mapping[tuple[str, str], str] = {("people", "email"): "email"}

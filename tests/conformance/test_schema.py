"""The schema: written down as it is served, described to the last element, and complete by the documented lists."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInt,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLScalarType,
    build_schema,
    get_named_type,
    is_introspection_type,
    is_specified_directive,
    is_specified_scalar_type,
)

from gateway.catalog.entry_groups import GROUP_KEYS, GroupKey
from gateway.catalog.time_entries import SORTS as SORT_ROWS
from gateway.domain.billable import MAX_MINUTES
from gateway.domain.numbers import MAX_INT
from gateway.domain.rounding import INTERVALS
from gateway.graphql.schema import CORE, print_schema
from gateway.querying.pages import MAX_BULK, MAX_SIZE

pytestmark = pytest.mark.sqlite_only
FILE = Path(__file__).parents[2] / "schema.graphql"

# The documented API's names.
ATTRIBUTES = (
    "date", "created_at", "time", "billable_time", "note", "track_method_id", "started_at", "timer_started_at",
    "timer_stopped_at", "approved", "approved_at", "updated_at", "calendar_event_id", "invoice_attribution_id",
    "invoiced", "overhead", "rejected", "rejected_reason", "rejected_at", "last_activity_at", "submitted", "currency",
    "currency_default", "currency_normalized", "cost", "cost_default", "cost_normalized", "work_cost",
    "work_cost_default", "work_cost_normalized", "overhead_cost", "overhead_cost_default", "overhead_cost_normalized",
    "internal_overhead_cost", "internal_overhead_cost_default", "internal_overhead_cost_normalized",
    "facility_overhead_cost", "facility_overhead_cost_default", "facility_overhead_cost_normalized",
)  # fmt: skip
RELATIONSHIPS = (
    "organization", "person", "service", "task", "approver", "updater", "rejecter", "creator", "last_actor",
    "person_subsidiary", "deal_subsidiary", "timesheet", "approval_statuses",
)  # fmt: skip
FILTERS = {
    "after": "Date", "approved_at": "DateTimeFilter", "approver_id": "IdFilter", "autotracked": "Boolean",
    "before": "Date", "billing_type_id": "BillingTypeFilter", "booking_id": "IdFilter", "budget_id": "IdFilter",
    "company_id": "IdFilter", "creator_id": "IdFilter", "date": "DateFilter", "deal_id": "IdFilter", "id": "IdFilter",
    "invoicing_status": "InvoicingStatusFilter", "invoice_attribution_id": "IdFilter", "invoice_id": "IdFilter",
    "invoiced": "Boolean", "jira_issue_id": "StringFilter", "jira_issue_status": "StringFilter",
    "jira_issue_summary": "StringFilter", "jira_worklog_id": "StringFilter", "last_activity_at": "DateTimeFilter",
    "last_actor_id": "IdFilter", "person_id": "IdFilter", "project_id": "IdFilter", "responsible_id": "IdFilter",
    "service_id": "IdFilter", "started_at": "DateTimeFilter", "status": "TimeEntryStatusFilter",
    "task_id": "IdFilter", "time": "IntFilter", "track_method_id": "IntFilter", "updated_at": "DateTimeFilter",
}  # fmt: skip
BEYOND_FILTERS = {"decidableByMe": "Boolean", "managerId": "IdFilter", "note": "StringFilter"}
SORTS = ("date", "updated_at", "jira_issue_id", "jira_issue_status", "jira_issue_summary")
BEYOND_SORTS = ("created_at", "time")
WORDS_OF_ROWS: dict[str, Mapping[str, Any]] = {"TimeEntryOrderField": SORT_ROWS.keys, "TimeEntryGroupKey": GROUP_KEYS}
ORDERED = {"eq", "notEq", "gt", "gtEq", "lt", "ltEq"}
LISTS = {"in", "notIn"}
COMPARATORS = {
    "IdFilter": {"eq", "notEq", "isNull"} | LISTS,
    "StringFilter": {"eq", "notEq", "contains", "notContain", "isNull"} | LISTS,
    "IntFilter": ORDERED | LISTS,
    "DateFilter": ORDERED | LISTS,
    "DateTimeFilter": ORDERED | {"isNull"},
    "TimeEntryStatusFilter": {"eq", "notEq"} | LISTS,
    "BillingTypeFilter": {"eq", "notEq"} | LISTS,
    "InvoicingStatusFilter": {"eq", "notEq"} | LISTS,
}


def camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def named(name: str) -> Any:
    return CORE.type_map[name]


def elements():
    """Each element of the schema that is ours, by its place, with its description."""
    for directive in CORE.directives:
        if not is_specified_directive(directive):
            yield f"@{directive.name}", directive.description
            yield from ((f"@{directive.name}({name}:)", given.description) for name, given in directive.args.items())
    for name, type_ in CORE.type_map.items():
        if is_introspection_type(type_) or is_specified_scalar_type(type_):
            continue
        yield name, type_.description
        if isinstance(type_, GraphQLEnumType):
            yield from ((f"{name}.{word}", value.description) for word, value in type_.values.items())
        if isinstance(type_, GraphQLInputObjectType):
            yield from ((f"{name}.{key}", field.description) for key, field in type_.fields.items())
        if isinstance(type_, (GraphQLObjectType, GraphQLInterfaceType)):
            for key, output in type_.fields.items():
                yield f"{name}.{key}", output.description
                yield from ((f"{name}.{key}({word}:)", given.description) for word, given in output.args.items())


def test_the_written_schema_is_the_served_one():
    written = FILE.read_text(encoding="utf-8")

    assert written == print_schema(), "schema.graphql is not current; run: gateway schema --output schema.graphql"


def test_every_scalar_of_our_own_says_what_specifies_it():
    own = [
        type_
        for type_ in CORE.type_map.values()
        if isinstance(type_, GraphQLScalarType) and not is_specified_scalar_type(type_)
    ]

    assert len(own) == 6
    assert all(str(type_.specified_by_url).startswith("https://www.rfc-editor.org/rfc/rfc") for type_ in own)


def test_the_written_schema_can_be_read_again():
    again = build_schema(FILE.read_text(encoding="utf-8"))

    assert again.type_map.keys() == CORE.type_map.keys()


def test_every_element_is_described_by_a_sentence():
    silent = [place for place, description in elements() if not (description or "").strip()]
    unfinished = [place for place, description in elements() if not (description or "").rstrip().endswith((".", "`"))]

    assert (silent, unfinished) == ([], [])


def test_every_documented_filter_is_there_with_its_comparator():
    fields = named("TimeEntryFilter").fields

    assert len(FILTERS) == 33
    assert {camel(name): comparator for name, comparator in FILTERS.items()} | BEYOND_FILTERS == {
        name: str(field.type) for name, field in fields.items() if name not in {"and", "or", "not"}
    }
    assert {name: str(fields[name].type) for name in ("and", "or", "not")} == {
        "and": "[TimeEntryFilter!]", "or": "[TimeEntryFilter!]", "not": "TimeEntryFilter",
    }  # fmt: skip
    assert [name for name, field in fields.items() if field.default_value] == []


@pytest.mark.parametrize("name", COMPARATORS)
def test_every_comparator_has_the_documented_operations_of_its_kind(name):
    fields = named(name).fields

    assert set(fields) == COMPARATORS[name]
    for operation, field in fields.items():
        assert str(field.type).startswith("[") == (operation in LISTS)
        assert not str(field.type).endswith("!")


def test_every_attribute_and_relationship_of_a_time_entry_is_there():
    fields = named("TimeEntry").fields

    assert (len(ATTRIBUTES), len(RELATIONSHIPS)) == (39, 13)
    assert [name for name in (*ATTRIBUTES, *RELATIONSHIPS) if camel(name) not in fields] == []
    assert [name for name in fields if name.startswith("jira")] == [
        "jiraIssueId", "jiraIssueStatus", "jiraIssueSummary", "jiraWorklogId", "jiraOrganization",
    ]  # fmt: skip


def test_every_documented_sort_is_there():
    assert [name.lower() for name in named("TimeEntryOrderField").values] == [*SORTS, *BEYOND_SORTS]


def test_every_record_is_a_node():
    nodes = {type_.name for type_ in CORE.get_possible_types(named("Node"))}

    assert nodes == {
        "TimeEntry", "Organization", "Person", "Company", "Project", "Deal", "Service", "Task", "Subsidiary",
        "Timesheet", "Booking", "Invoice", "ApprovalStatus",
    }  # fmt: skip


def test_a_sort_and_a_group_key_are_rows_of_the_catalog():
    words = {name: {word: value.description for word, value in named(name).values.items()} for name in WORDS_OF_ROWS}
    shown = {
        name: str(field.type)
        for name, field in named("TimeEntryGroup").fields.items()
        if name not in {"aggregate", "timeEntries"}
    }

    assert words == {
        name: {word: row.description for word, row in rows.items()} for name, rows in WORDS_OF_ROWS.items()
    }
    assert shown == {key.field: _shown(key) for key in GROUP_KEYS.values()}


def _shown(key: GroupKey) -> str:
    return key.shows if isinstance(key.shows, str) else getattr(key.shows, "__name__", "Date")


# How large each whole number of an answer can be: one that can pass 31 bits is no Int.
ROWS = 2**31 - 1  # an organization with more entries than that has other cares
BOUNDS = {
    "totalCount": ROWS,
    "count": ROWS,
    "currentPage": ROWS,
    "totalPages": ROWS,
    "pageSize": MAX_SIZE,
    "maxPageSize": MAX_SIZE,
    "revision": ROWS,  # grows by one with a write
    "time": MAX_MINUTES,
    "billableTime": MAX_MINUTES + max(INTERVALS),
    "initialEstimate": MAX_MINUTES,
    "remainingTime": MAX_INT,  # shown so far
    "trackMethodId": MAX_INT,
    "appliedCount": MAX_BULK,
    "unchangedCount": MAX_BULK,
    "failedCount": MAX_BULK,
}


def test_a_number_that_an_int_cannot_hold_is_none():
    ints = {
        (type_.name, name)
        for type_ in CORE.type_map.values()
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType) and not is_introspection_type(type_)
        for name, field in type_.fields.items()
        if get_named_type(field.type) is GraphQLInt
    }

    assert {name for _, name in ints} == BOUNDS.keys()
    assert max(BOUNDS.values()) <= MAX_INT
    assert not ints & {("Task", "workedTime"), ("TimeEntryAggregate", "time")}

"""The table of attributes, and what has to agree with it: the columns, the typed values, the change log."""

import dataclasses

import pytest
from graphql import GraphQLObjectType
from sqlalchemy import BigInteger, Boolean, Date, Integer, Text

from gateway.catalog.records import TYPE_NAMES
from gateway.domain.attributes import ATTRIBUTES, FOLDED, WRITABLE, Attributes, Kind, read_attributes
from gateway.domain.errors import Code
from gateway.graphql.plans.field_changes import shown_fields
from gateway.graphql.schema import CORE
from gateway.store.schema.entries import TimeEntryRow
from gateway.store.schema.rows import table_of
from gateway.store.writes.diffs import NOT_SHOWN
from gateway.store.writes.images import IMAGE

ENTRIES = table_of(TimeEntryRow)
STORED_AS = {
    Kind.DATE: Date,
    Kind.REFERENCE: BigInteger,
    Kind.MINUTES: BigInteger,
    Kind.NUMBER: BigInteger,
    Kind.INSTANT: BigInteger,
    Kind.TEXT: Text,
    Kind.FLAG: Boolean,
    Kind.TRACK_METHOD: Integer,
    Kind.CURRENCY: Text,
    Kind.AMOUNT: BigInteger,
}
# What the database or the other columns say.
DERIVED = {
    *("id", "organization_id", "revision", "imported", "rates", "status_id", "invoicing_status_id", "invoice_id"),
    *("billing_type_id", "deal_id", "project_id", "company_id", "responsible_id"),
}


@pytest.mark.parametrize("attribute", ATTRIBUTES, ids=lambda attribute: attribute.name)
def test_an_attribute_is_stored_in_a_column_of_its_kind(attribute):
    column = ENTRIES.c[attribute.name]

    assert isinstance(column.type, STORED_AS[attribute.kind])
    assert [key.column.table.name for key in column.foreign_keys] == (
        [attribute.points_to] if attribute.points_to else []
    )
    assert (attribute.kind is Kind.REFERENCE) is (attribute.points_to is not None)


def test_every_column_is_an_attribute_or_follows_from_others():
    columns = {column.name for column in ENTRIES.columns if not column.name.endswith(("_folded", "_unrounded"))}

    assert columns == {attribute.name for attribute in ATTRIBUTES} | DERIVED


def test_the_folded_columns_are_those_of_the_folded_attributes():
    columns = {column.name for column in ENTRIES.columns if column.name.endswith("_folded")}

    assert columns == {f"{name}_folded" for name in FOLDED}


def test_the_typed_values_are_the_writable_attributes():
    names = {field.name for field in dataclasses.fields(Attributes)}

    assert names == {attribute.name for attribute in WRITABLE} | {"faults"}


def test_what_a_required_attribute_is_stored_in_cannot_be_null():
    required = {attribute.name for attribute in WRITABLE if attribute.is_required}

    assert required == {"date", "person_id", "service_id"}
    assert not any(ENTRIES.c[name].nullable for name in required)


def entry_type() -> GraphQLObjectType:
    type_ = CORE.type_map["TimeEntry"]
    assert isinstance(type_, GraphQLObjectType)
    return type_


@pytest.mark.parametrize("column", [name for name in IMAGE if name not in NOT_SHOWN])
def test_the_change_log_shows_every_column_as_its_kind(column):
    field = shown_fields(entry_type())[column]
    type_ = ENTRIES.c[column].type
    targets = [TYPE_NAMES.get(key.column.table.name) for key in ENTRIES.c[column].foreign_keys]

    shown = field.show(1, lambda instant: f"instant {instant}")

    if targets and targets[0]:
        assert shown == f"{targets[0]}:1"
        assert field.name.endswith("Id")
    elif targets or column == "calendar_event_id":
        assert shown == "1"
    elif column.endswith("_at"):
        assert shown == "instant 1"
    elif column in {"billing_type_id", "invoicing_status_id", "status_id"}:
        assert shown in {"FIXED", "NOT_INVOICED", "APPROVED"}
    elif isinstance(type_, Boolean):
        assert shown is True
        assert field.show(0, str) is False
    else:
        assert (shown, type(shown)) == (1, int)


def test_amounts_alone_are_hidden_in_the_change_log():
    hidden = {name for name, field in shown_fields(entry_type()).items() if field.is_hidden}

    assert hidden == {attribute.name for attribute in ATTRIBUTES if attribute.kind is Kind.AMOUNT}


MINUTES = "it is a whole number of minutes from 0 to 52,596,000 (100 years)."
NUMBER = "is not a positive whole number of at most 63 bits."


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("time", None, f"time is null; {MINUTES}"),
        ("time", 52_596_001, f"time is 52,596,001; {MINUTES}"),
        ("billable_time", -1, f"billableTime is -1; {MINUTES}"),
        ("service_id", None, "serviceId cannot be null: every time entry has a service."),
        ("calendar_event_id", 0, f"calendarEventId {NUMBER}"),
        ("calendar_event_id", 2**63, f"calendarEventId {NUMBER}"),
        ("started_at", "noon", "startedAt is not a date-time with an offset, such as 2025-08-01T06:18:41.728+02:00."),
        ("jira_issue_id", "x" * 256, "jiraIssueId has 256 characters; at most 255 are kept."),
        ("note", "x" * 100_001, "note has 100,001 characters; at most 100,000 are kept."),
        ("note", "\0", "note contains the character U+0000, which cannot be stored."),
        ("rejected_reason", "\ud800", "rejectedReason contains half of a surrogate pair, which is not text."),
    ],
)
def test_a_wrong_value_is_refused_by_a_sentence_that_says_what_is_allowed(name, value, sentence):
    [fault] = read_attributes({name: value}).faults

    assert (fault.code, fault.message) == (Code.INVALID_ATTRIBUTE, sentence)
    assert fault.path == ("input", sentence.split()[0])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("time", 0),
        ("time", 52_596_000),
        ("calendar_event_id", 1),
        ("calendar_event_id", 2**63 - 1),
        ("calendar_event_id", None),
        ("task_id", None),
        ("started_at", None),
        ("jira_issue_id", "x" * 255),
        ("note", "x" * 100_000),
    ],
)
def test_the_least_and_the_most_are_taken(name, value):
    read = read_attributes({name: value})

    assert read.faults == ()
    assert read.given() == {name: value}

"""The table of attributes, and what has to agree with it: the columns, the typed values, the change log."""

import dataclasses

import pytest
from graphql import GraphQLObjectType
from sqlalchemy import BigInteger, Boolean, Date, Integer, Text

from gateway.catalog.records import TYPE_NAMES
from gateway.domain.attributes import ATTRIBUTES, FOLDED, WRITABLE, Attributes, Kind
from gateway.graphql.plans.field_changes import shown_fields
from gateway.graphql.schema import CORE
from gateway.store.schema.tables import TimeEntryRow, table_of
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

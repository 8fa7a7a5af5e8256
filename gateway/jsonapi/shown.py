"""What the face shows of each type: attributes and relationships in the documented order, each by where its value is.

The types are those that the import reads (`resources.py`), so their attributes are named once; of a time entry it shows
the 39 documented attributes and the 13 documented relationships.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Table

from gateway.domain.access import Role, Viewer
from gateway.domain.attributes import ATTRIBUTES
from gateway.domain.attributes import Kind as AttributeKind
from gateway.domain.changes import Kind
from gateway.domain.costs import SUFFIXES
from gateway.jsonapi import kinds
from gateway.jsonapi.resources import ENTRY_OF_STATUS, RENAMED, RESOURCES
from gateway.querying.formats import (
    BOOLEAN,
    DATE,
    INSTANT,
    NEVER_NEGATIVE,
    NUMBER_AS_TEXT,
    PLAIN,
    Format,
    computed,
    lookup,
)
from gateway.querying.projections import Column
from gateway.store.derived import is_invoiced
from gateway.store.schema.change_log import CHANGES
from gateway.store.schema.entries import ENTRIES
from gateway.store.schema.rows import Row
from gateway.store.writes.diffs import STATUS_COLUMN, Instant, Show, ShownField, field_changes, shown_columns

MONEY = ("cost", "work_cost", "overhead_cost", "internal_overhead_cost", "facility_overhead_cost")
ENTRY_ATTRIBUTES = (
    *("date", "created_at", "time", "billable_time", "note", "track_method_id", "started_at"),
    *("timer_started_at", "timer_stopped_at", "approved", "approved_at", "updated_at", "calendar_event_id"),
    *("invoice_attribution_id", "invoiced", "overhead", "rejected", "rejected_reason", "rejected_at"),
    *("last_activity_at", "submitted"),
    *(f"currency{suffix}" for suffix in SUFFIXES),
    *(f"{amount}{suffix}" for amount in MONEY for suffix in SUFFIXES),
)
ENTRY_RELATIONSHIPS = (
    *("organization", "person", "service", "task", "approver", "updater", "rejecter", "creator", "last_actor"),
    *("person_subsidiary", "deal_subsidiary", "timesheet", "approval_statuses"),
)

# By the kind that the import reads; what is absent is shown as it is stored.
_FORMATS: Mapping[object, Format] = {
    kinds.date: DATE,
    kinds.instant: INSTANT,
    kinds.flag: BOOLEAN,
    kinds.record_number: NUMBER_AS_TEXT,
    kinds.REMAINING: NEVER_NEGATIVE,
}
ROLES = lookup({role.value: role.value.lower() for role in Role})
# Whatever reveals a secret, by the secret's name.
_HIDDEN: Mapping[tuple[str, str], str] = {
    **{("time_entries", f"{amount}{suffix}"): "costs" for amount in MONEY for suffix in SUFFIXES},
    ("people", "email"): "email",
    ("invoice_attributions", "amount"): "costs",
    ("organizations", "internal_overhead_per_hour"): "costs",
    ("organizations", "facility_overhead_per_hour"): "costs",
}


@dataclass(frozen=True, slots=True)
class ToOne:
    """The record that a column points to."""

    type_name: str
    foreign_key: str
    nullable: bool


@dataclass(frozen=True, slots=True)
class ToMany:
    """The records of another type whose column points here."""

    type_name: str
    foreign_key: str


Relationship = ToOne | ToMany


@dataclass(frozen=True, slots=True, eq=False)
class RecordType:
    """A documented type, and what is shown of its records."""

    name: str  # the documented one, which is the table's
    table: Table
    attributes: Mapping[str, Column]
    relationships: Mapping[str, Relationship]

    @property
    def fields(self) -> Iterable[str]:
        """The names of attributes and relationships, which are distinct."""
        return (*self.attributes, *self.relationships)


def _type(name: str) -> RecordType:
    resource, table = RESOURCES[name], Row.metadata.tables[name]
    is_entry = name == "time_entries"
    attributes = ENTRY_ATTRIBUTES if is_entry else tuple(resource.attributes)
    return RecordType(
        name,
        table,
        {attribute: _attribute(table, attribute) for attribute in attributes},
        {
            relationship: _relationship(table, relationship)
            for relationship in (ENTRY_RELATIONSHIPS if is_entry else resource.relationships)
        },
    )


def _attribute(table: Table, name: str) -> Column:
    if (table.name, name) == ("time_entries", "invoiced"):
        return Column((is_invoiced,), BOOLEAN)
    column = RENAMED.get((table.name, name), name)
    found = table.c[column]
    kind = RESOURCES[table.name].attributes.get(name, kinds.record_number)  # invoice_attribution_id is a relationship
    written = ROLES if (table.name, name) == ("people", "role") else _FORMATS.get(kind, PLAIN)
    return Column((lambda row: row.c[column],), written, bool(found.nullable), _HIDDEN.get((table.name, name)))


def _relationship(table: Table, name: str) -> Relationship:
    if (table.name, name) == ENTRY_OF_STATUS[:2]:
        return ToMany(name, ENTRY_OF_STATUS[2])
    foreign_key = f"{name}_id"
    return ToOne(RESOURCES[table.name].relationships[name], foreign_key, bool(table.c[foreign_key].nullable))


_EVENTS = {
    Kind.CREATED.value: "create",
    Kind.DELETED.value: "delete",
    Kind.APPROVED.value: "approve",
    Kind.UNAPPROVED.value: "unapprove",
    Kind.REJECTED.value: "reject",
    Kind.UNREJECTED.value: "unreject",
}
_OF_KIND: Mapping[AttributeKind, Show] = {
    AttributeKind.INSTANT: lambda value, instant: instant(value),
    AttributeKind.FLAG: lambda value, _: bool(value),
}
_KINDS = {attribute.name: attribute.kind for attribute in ATTRIBUTES}
# The columns of an entry's images by their documented names, which are theirs.
_CHANGED: Mapping[str, ShownField] = {
    name: ShownField(
        name,
        _OF_KIND[_KINDS[name]] if _KINDS.get(name) in _OF_KIND else lambda value, _: value,
        is_hidden=("time_entries", name) in _HIDDEN,
    )
    for name in shown_columns()
    if name != STATUS_COLUMN  # approved and rejected say it
}


def _event(kind: str, before: str | None, revision: int) -> str:
    """Return what the documented API calls it; an import makes what was not there, or brings back what was deleted."""
    if kind == Kind.IMPORTED.value and before is None:
        return "create" if revision == 1 else "restore"
    return _EVENTS.get(kind, "update")


def _changeset(instant: Instant, viewer: Viewer, before: str | None, after: str | None) -> dict[str, list[object]]:
    """Return what changed by attribute: what it was, and what it is since."""
    return {name: [old, new] for name, old, new in field_changes(_CHANGED, before, after, instant, viewer)}


# The change log as the documented API has it. Its numbers count within the organization.
VERSIONS = RecordType(
    "time_entry_versions",
    CHANGES,
    {
        "event": Column(
            (lambda row: row.c.kind, lambda row: row.c.before, lambda row: row.c.revision), computed(_event)
        ),
        "changeset": Column(
            (lambda row: row.c.before, lambda row: row.c.after), computed(_changeset, "instant", "viewer")
        ),
        "item_id": Column((lambda row: row.c.time_entry_id,), NUMBER_AS_TEXT),
        "created_at": Column((lambda row: row.c.at,), INSTANT),
    },
    {
        "organization": ToOne("organizations", "organization_id", nullable=False),
        "creator": ToOne("people", "actor_id", nullable=True),
    },
)
TYPES: Mapping[str, RecordType] = {**{name: _type(name) for name in RESOURCES}, VERSIONS.name: VERSIONS}

# A timer is no record of its own: it is an entry whose timer runs, or was stopped, under the entry's number.
TIMER = RecordType(
    "timers",
    ENTRIES,
    {
        "started_at": Column((lambda row: row.c.timer_started_at,), INSTANT, nullable=True),
        "stopped_at": Column((lambda row: row.c.timer_stopped_at,), INSTANT, nullable=True),
        "total_time": Column((lambda row: row.c.time,)),
    },
    {
        "organization": ToOne("organizations", "organization_id", nullable=False),
        "time_entry": ToOne("time_entries", "id", nullable=False),
        "person": ToOne("people", "person_id", nullable=False),
    },
)

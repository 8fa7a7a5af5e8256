"""The records that have a global id, by the name of their GraphQL type; and how pickers search them."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Table

from gateway.domain.attributes import MAX_NAME
from gateway.domain.folding import plain
from gateway.domain.names import camel_case
from gateway.querying.column_types import ID_TYPE, TEXT_TYPE
from gateway.querying.conditions import Comparison, Condition, Subject, all_of
from gateway.querying.errors import BadOperand
from gateway.querying.kinds import StringKind
from gateway.querying.sorts import Order, SortKey
from gateway.store.schema import tables
from gateway.store.schema.entries import ENTRIES

SEARCHED = StringKind(MAX_NAME)
MOST_WORDS = 20  # of a search; each is looked for in every name

RECORDS: Mapping[str, Table] = {
    "TimeEntry": ENTRIES,
    "Organization": tables.ORGANIZATIONS,
    "Person": tables.PEOPLE,
    "Company": tables.COMPANIES,
    "Project": tables.PROJECTS,
    "Deal": tables.DEALS,
    "Service": tables.SERVICES,
    "Task": tables.TASKS,
    "Subsidiary": tables.SUBSIDIARIES,
    "Timesheet": tables.TIMESHEETS,
    "Booking": tables.BOOKINGS,
    "Invoice": tables.INVOICES,
    "ApprovalStatus": tables.APPROVAL_STATUSES,
}
# The documented types, which are the tables' names.
TYPE_NAMES: Mapping[str, str] = {table.name: type_name for type_name, table in RECORDS.items()}


@dataclass(frozen=True, slots=True, eq=False)
class Picker:
    """A list to choose from: searched by the words of a name, ordered by it, narrowed by at most one other record."""

    name: str  # of the root field
    type_name: str
    table: Table
    searched: Subject  # the name without case and accents
    sort: SortKey
    narrower: "Narrower | None" = None

    @property
    def order(self) -> Order:
        """The one order of the list."""
        return Order(((self.sort, False), (SortKey("id", self.table.c.id, ID_TYPE), False)))

    def search(self, text: str) -> Condition:
        """Return the condition for the records whose name has every word of a text, in any order.

        Raises:
            BadOperand: too many words, a text longer than a name, or a character that text cannot have.
        """
        words = list(dict.fromkeys(plain(SEARCHED.read(text, "search")).split()))
        if len(words) > MOST_WORDS:
            raise BadOperand(f"search has {len(words):,} words; at most {MOST_WORDS} are looked for.")
        return all_of([Comparison(self.searched, "contains", word) for word in words])


@dataclass(frozen=True, slots=True, eq=False)
class Narrower:
    """The record that narrows a list, by the column that points to it."""

    type_name: str
    subject: Subject

    @property
    def argument(self) -> str:
        """The argument's name in GraphQL."""
        return camel_case(self.subject.name)


def _picker(name: str, type_name: str, searched: str = "name", narrower: str | None = None) -> Picker:
    table = RECORDS[type_name]
    sort, plain_name = table.c[f"{searched}_folded"], table.c[f"{searched}_plain"]
    return Picker(
        name,
        type_name,
        table,
        Subject("search", plain_name, TEXT_TYPE),
        SortKey(searched, sort, TEXT_TYPE),
        None if narrower is None else _narrower(table, narrower),
    )


def _narrower(table: Table, type_name: str) -> Narrower:
    foreign_key = f"{type_name.lower()}_id"
    return Narrower(type_name, Subject(foreign_key, table.c[foreign_key], ID_TYPE))


PICKERS: Mapping[str, Picker] = {
    picker.name: picker
    for picker in (
        _picker("people", "Person"),
        _picker("services", "Service", narrower="Deal"),
        _picker("tasks", "Task", searched="title", narrower="Project"),
        _picker("projects", "Project", narrower="Company"),
        _picker("deals", "Deal", narrower="Project"),
        _picker("companies", "Company"),
    )
}

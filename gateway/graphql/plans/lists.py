"""The lists: time entries, at the root and of a record, timesheets, and the pickers."""

from collections.abc import Callable
from dataclasses import dataclass

from gateway.catalog import timesheets as timesheet_rows
from gateway.catalog.records import Narrower, Picker
from gateway.catalog.time_entries import FILTERS, SORTS
from gateway.graphql.plans.connections import ConnectionPlan
from gateway.graphql.plans.listings import Arguments, Listing
from gateway.graphql.plans.nested import BackEdge
from gateway.graphql.run import Run
from gateway.graphql.selections import Scope, Selected
from gateway.querying.conditions import Comparison, Condition, all_of
from gateway.querying.kinds import IdKind
from gateway.querying.projections import Many
from gateway.querying.sorts import Order
from gateway.store.pages.parents import Same
from gateway.store.schema.entries import ENTRIES
from gateway.store.schema.tables import TIMESHEETS


def _entries_condition(run: Run, arguments: Arguments) -> Condition:
    return FILTERS.condition(arguments.get("filter"), run.filter_context)


def _entries_order(arguments: Arguments) -> Order:
    asked = arguments.get("orderBy") or ()
    return SORTS.order([(order["field"].name, order["direction"].name == "DESC") for order in asked])


def _timesheets_condition(run: Run, arguments: Arguments) -> Condition:
    return timesheet_rows.FILTERS.condition(arguments.get("filter"), run.filter_context)


LISTED_TIMESHEETS = Listing(TIMESHEETS, _timesheets_condition, lambda _: timesheet_rows.NEWEST_FIRST)
LISTED_ENTRIES = Listing(ENTRIES, _entries_condition, _entries_order)


def time_entries(scope: Scope, selected: Selected) -> ConnectionPlan:
    """Plan `timeEntries`."""
    return ConnectionPlan(scope, selected, LISTED_ENTRIES)


@dataclass(frozen=True, slots=True, eq=False)
class BackEdges:
    """The planner of what points to a record by a column of its own."""

    listing: Listing
    foreign_key: str

    def __call__(self, scope: Scope, selected: Selected) -> Many:
        """Plan the connection of each record."""
        return Many(BackEdge(scope, selected, self.listing, (Same(self.foreign_key),)))

    def condition(self, run: Run, arguments: Arguments) -> Condition:
        """Read the filter, which is the same for all records."""
        return self.listing.condition(run, arguments)


def time_entries_by(foreign_key: str) -> BackEdges:
    """Return the planner of the entries that point to a record by this column."""
    return BackEdges(LISTED_ENTRIES, foreign_key)


def timesheets(scope: Scope, selected: Selected) -> ConnectionPlan:
    """Plan `timesheets`."""
    return ConnectionPlan(scope, selected, LISTED_TIMESHEETS)


def plan_of_picker(chosen: Picker) -> Callable[[Scope, Selected], ConnectionPlan]:
    """Return the planner of a picker."""
    listing = _listed_records(chosen)
    return lambda scope, selected: ConnectionPlan(scope, selected, listing)


def records_by(chosen: Picker, narrower: Narrower) -> BackEdges:
    """Return the planner of a picker's records that point to the one that narrows it."""
    return BackEdges(_listed_records(chosen), narrower.subject.column)


def _listed_records(chosen: Picker) -> Listing:
    def condition(run: Run, arguments: Arguments) -> Condition:
        run.operands.count(arguments.get("search"))
        return _picker_condition(chosen, arguments)

    return Listing(chosen.table, condition, lambda _: chosen.order)


def _picker_condition(chosen: Picker, arguments: Arguments) -> Condition:
    parts: list[Condition] = []
    if arguments.get("search") is not None:
        parts.append(chosen.search(arguments["search"]))
    narrower = chosen.narrower
    if narrower is not None and arguments.get(narrower.argument) is not None:
        number = IdKind(narrower.type_name).read(arguments[narrower.argument], narrower.argument)
        parts.append(Comparison(narrower.subject, "=", number))
    return all_of(parts)

"""The root lists: time entries, and the pickers."""

from collections.abc import Callable, Mapping
from typing import Any

from gateway.catalog.records import PICKERS, Picker
from gateway.catalog.time_entries import ENTRIES, FILTERS, SORTS
from gateway.graphql.plans.connections import ConnectionPlan, Listing
from gateway.graphql.run import Run
from gateway.graphql.selections import Scope, Selected
from gateway.querying.conditions import Comparison, Condition, all_of
from gateway.querying.kinds import IdKind, StringKind
from gateway.querying.sorts import Order


def _entries_condition(run: Run, arguments: Mapping[str, Any]) -> Condition:
    return FILTERS.condition(arguments.get("filter"), run.asker)


def _entries_order(arguments: Mapping[str, Any]) -> Order:
    asked = arguments.get("orderBy") or ()
    return SORTS.order([(order["field"].name, order["direction"].name == "DESC") for order in asked])


def time_entries(scope: Scope, selected: Selected) -> ConnectionPlan:
    """Plan `timeEntries`."""
    return ConnectionPlan(scope, selected, Listing(ENTRIES, _entries_condition, _entries_order))


def picker(name: str) -> Callable[[Scope, Selected], ConnectionPlan]:
    """Return the planner of a picker."""
    chosen = PICKERS[name]

    def condition(run: Run, arguments: Mapping[str, Any]) -> Condition:
        return _picker_condition(chosen, run, arguments)

    def order(_arguments: Mapping[str, Any]) -> Order:
        return chosen.sorts.order([("NAME", False)])

    def plan(scope: Scope, selected: Selected) -> ConnectionPlan:
        return ConnectionPlan(scope, selected, Listing(chosen.table, condition, order))

    return plan


def _picker_condition(chosen: Picker, run: Run, arguments: Mapping[str, Any]) -> Condition:
    parts: list[Condition] = []
    if arguments.get("search") is not None:
        parts.append(StringKind().test(chosen.search, "contains", arguments["search"], run.asker, "search"))
    if chosen.narrower is not None and chosen.narrower_type is not None:
        argument = f"{chosen.narrower_type.lower()}Id"
        asked = arguments.get(argument)
        if asked is not None:
            number = IdKind(chosen.narrower_type).read(asked, argument)
            parts.append(Comparison(chosen.narrower, "=", number))
    return all_of(parts)

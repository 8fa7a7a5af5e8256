"""Aggregates: counts and sums over rows as one selection wants them."""

from collections.abc import Callable, Iterator
from operator import itemgetter
from typing import Any

from gateway.graphql.selections import Scope, Selected
from gateway.store.totals.measures import WIDTHS, Measures, Totals

Read = Callable[[Totals], Any]


class AggregateShape:
    """One `aggregate` of a selection: which keys it has, and how totals fill them."""

    def __init__(self, scope: Scope, selected: Selected, measures: Measures) -> None:
        self._sees_costs = scope.rights.sees_costs
        self._values: list[tuple[str, Read]] = []
        for part in selected.parts:
            if part.name in WIDTHS and (self._sees_costs or not part.name.startswith("cost")):
                measures.need(part.name)
            self._values.append((part.key, self._reading(part, selected.type.name)))

    def answer(self, totals: Totals) -> dict[str, Any]:
        """Return the aggregate's object."""
        return {key: read(totals) for key, read in self._values}

    def _reading(self, part: Selected, type_name: str) -> Read:
        """Return what reads the value of a field."""
        match part.name:
            case "__typename":
                return lambda _: type_name
            case "cost" | "costDefault" if not self._sees_costs:
                return lambda _: None
            case "cost":
                fields = [(field.key, field.name) for field in part.parts]
                return lambda totals: [*_amounts(totals, fields)]
            case "costDefault":
                return Totals.cost_default
            case name:
                return itemgetter(name)


def _amounts(totals: Totals, fields: list[tuple[str, str]]) -> Iterator[dict[str, Any]]:
    """Yield the amount in each currency."""
    for currency, amount in totals.costs():
        values = {"__typename": "Money", "amount": amount, "currency": currency}
        yield {key: values[name] for key, name in fields}

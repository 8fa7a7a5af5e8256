"""Aggregates: counts and sums over rows as one selection wants them."""

from collections.abc import Sequence
from typing import Any

from gateway.graphql.selections import Scope, Selected
from gateway.store.totals.measures import WIDTHS, Measures, Totals


class AggregateShape:
    """One `aggregate` of a selection: which keys it has, and how totals fill them."""

    def __init__(self, scope: Scope, selected: Selected, measures: Measures) -> None:
        self._type_name = selected.type.name
        self._sees_costs = scope.rights.sees_costs
        self._fields = selected.parts
        self._money: dict[str, list[Selected]] = {}
        for part in self._fields:
            if part.name == "cost":
                self._money[part.key] = part.parts
            if part.name in WIDTHS and (self._sees_costs or not part.name.startswith("cost")):
                measures.need(part.name)

    def answer(self, totals: Totals) -> dict[str, Any]:
        """Return the aggregate's object."""
        return {part.key: self._value(part, totals) for part in self._fields}

    def _value(self, part: Selected, totals: Totals) -> Any:
        match part.name:
            case "__typename":
                return self._type_name
            case "cost" | "costDefault" if not self._sees_costs:
                return None
            case "cost":
                return [self._amount(self._money[part.key], *cost) for cost in totals.costs()]
            case "costDefault":
                return totals.cost_default()
            case _:
                return totals[part.name]

    def _amount(self, fields: Sequence[Selected], currency: str, amount: int) -> dict[str, Any]:
        values = {"__typename": "Money", "amount": amount, "currency": currency}
        return {part.key: values[part.name] for part in fields}

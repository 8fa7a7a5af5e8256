"""Measures: counts and sums over rows, each selected once whatever asks for it, and what comes of them.

Costs are added unrounded, per currency, and rounded at the end.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement

from gateway.domain.costs import SCALE
from gateway.domain.rounding import divided
from gateway.store.schema.months import LOW_BITS
from gateway.store.totals.sums import ENTRY_MEASURES, Sums

# How many columns a measure takes: a cost is added up in two halves, the currencies of default ones stand beside them.
WIDTHS = {name: len(columns) for name, columns in ENTRY_MEASURES.items()}


class Measures:
    """The measures that a statement has to add up, for all aggregates that share it."""

    def __init__(self) -> None:
        self.first = 0  # where their columns begin in a row
        self.names: list[str] = []
        self._places: list[tuple[str, int, int]] = []

    def need(self, name: str) -> None:
        """Ask for a measure."""
        if name not in self.names:
            self.names.append(name)

    @property
    def places(self) -> Sequence[tuple[str, int, int]]:
        """The names of the measures, where their columns begin in a row, and how many these are."""
        if len(self._places) < len(self.names):
            place, self._places = self.first + self.by_currency, []
            for name in self.names:
                self._places.append((name, place, WIDTHS[name]))
                place += WIDTHS[name]
        return self._places

    def with_sort(self, name: str | None) -> "Measures":
        """Return the same measures and one that groups are ordered by."""
        made = Measures()
        made.names = [*self.names]
        if name is not None:
            made.need(name)
        return made

    @property
    def by_currency(self) -> bool:
        """Whether rows have to be added up for each currency separately."""
        return "cost" in self.names

    def columns(self, sums: Sums) -> list[ColumnElement[Any]]:
        """Return the SQL: the currency where it matters, then the measures in the order of their names."""
        measures = [column for name in self.names for column in sums.measures[name]]
        return [
            *self.split(sums),
            *(column.label(label) for label, column in zip(self.labels(), measures, strict=True)),
        ]

    def labels(self) -> list[str]:
        """Return the names of the columns of the measures."""
        return [f"{name}_{place}" for name in self.names for place in range(WIDTHS[name])]

    def split(self, sums: Sums) -> list[ColumnElement[Any]]:
        """Return what rows have to be added up by: the currency, where it matters."""
        return [sums.currency.label("currency")] if self.by_currency else []

    def read(self, rows: Sequence[Sequence[Any]]) -> "Totals":
        """Add up what the database answered: a row, or a row for each currency."""
        return Totals(self, rows)


class Totals(dict[str, int]):
    """The added measures of one set of time entries, by their names; of costs the unrounded ones."""

    def __init__(self, measures: Measures, rows: Sequence[Sequence[Any]]) -> None:
        super().__init__(dict.fromkeys(measures.names, 0))
        self._currencies: dict[str, int] = {}
        self._defaults: set[str | None] = set()
        places = measures.places
        for row in rows:
            for name, place, width in places:
                if width == 1:
                    self[name] += int(row[place])
                    continue
                value = (int(row[place]) << LOW_BITS) + int(row[place + 1])
                self[name] += value
                if name == "cost":
                    self._currencies[row[measures.first]] = value
                else:
                    self._defaults.update(row[place + 2 : place + width])
        self._defaults.discard(None)

    def cost_default(self) -> int | None:
        """Return minor units, rounded after adding; None where they are of several currencies."""
        return None if len(self._defaults) > 1 else divided(self["costDefault"], SCALE)

    def costs(self) -> list[tuple[str, int]]:
        """Return (currency, minor units), by currency, rounded after adding."""
        return [(currency, divided(unrounded, SCALE)) for currency, unrounded in sorted(self._currencies.items())]

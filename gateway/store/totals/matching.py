"""What a list is asked about: the rows of a table that match, and the months that may stand for them in sums."""

from collections.abc import Hashable
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Table, and_

from gateway.querying.conditions import Condition, bound_values, sql_of
from gateway.store.totals.months import Covered
from gateway.store.totals.sums import Sums, sums_of_entries, sums_of_months
from gateway.store.visibility import Visibility


@dataclass(frozen=True, slots=True, eq=False)
class Matching:
    """The rows that a caller may see and that meet a condition."""

    table: Table
    visibility: Visibility
    condition: Condition
    months: Covered | None = None  # None: the rows themselves have to be added up

    def by(self, keys: tuple[str, ...]) -> "Matching":
        """Return the same rows, to be grouped: without the months where these cannot tell the keys apart."""
        return replace(self, months=None if self.months is None else self.months.by(keys))

    def sums(self) -> Sums:
        """Return what is added up."""
        if self.months is not None:
            return sums_of_months(self.months)
        seen = self.visibility.condition(self.table)
        return replace(sums_of_entries(and_(seen, sql_of(self.condition))), table=self.table)

    def shape(self) -> Hashable:
        """Return what the text of a statement over `sums` depends on."""
        return self.condition.shape() if self.months is None else self.months.shape()

    def values(self) -> dict[str, Any]:
        """Return what such a statement binds."""
        return bound_values(self.condition) if self.months is None else self.months.values()

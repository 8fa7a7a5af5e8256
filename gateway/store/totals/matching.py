"""What lists are asked about: the rows of a table that match, and the months that may stand for them in sums."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Table, and_

from gateway.querying.conditions import Comparison, Condition, Subject, all_of, bound_values, sql_of
from gateway.store.pages.parents import Key, Parents
from gateway.store.schema.tables import ENTRIES
from gateway.store.totals.months import Covered, covered
from gateway.store.totals.sums import Sums, sums_of_entries, sums_of_months
from gateway.store.visibility import Visibility

# By the column that says whose an entry is: the key that tells the parents apart in months.
KEYS_OF_MONTHS = {"project_id": "PROJECT", "person_id": "PERSON"}


@dataclass(frozen=True, slots=True, eq=False)
class Level:
    """Some parents, each with a list of its own."""

    parents: Parents
    keys: Sequence[Key]

    @property
    def word(self) -> str | None:
        """The key that tells the parents apart in months, if these do."""
        return KEYS_OF_MONTHS.get(self.parents.column or "")

    def listed(self) -> Condition:
        """Return the condition for the rows of all parents, where months tell these apart."""
        column = ENTRIES.c[self.parents.column or ""]
        return Comparison(Subject(column.key, column, column.type), "in", [value for (value,) in self.keys])


@dataclass(frozen=True, slots=True, eq=False)
class Matching:
    """The rows that a caller may see and that meet a condition: one list, or one for each parent of a level."""

    table: Table
    visibility: Visibility
    condition: Condition
    months: Covered | None = None  # None: the rows themselves have to be added up
    level: Level | None = None

    @classmethod
    def of(cls, table: Table, visibility: Visibility, condition: Condition, level: Level | None = None) -> "Matching":
        """Find out whether months may stand for the rows."""
        months = None
        if table is ENTRIES and level is None:
            months = covered(condition, visibility)
        elif table is ENTRIES and level is not None and level.word is not None:
            found = covered(all_of([level.listed(), condition]), visibility)
            months = None if found is None else found.by((level.word,))
        return cls(table, visibility, condition, months, level)

    def by(self, keys: tuple[str, ...]) -> "Matching":
        """Return the same rows, to be grouped: without the months where these cannot tell the keys apart."""
        if self.months is None:
            return self
        word = None if self.level is None else self.level.word
        return replace(self, months=self.months.by(keys if word is None else (word, *keys)))

    def sums(self) -> Sums:
        """Return what is added up."""
        if self.months is not None:
            sums = sums_of_months(self.months)
            word = None if self.level is None else self.level.word
            return sums if word is None or sums.key is None else replace(sums, parent=(sums.key(word),))
        seen = self.visibility.condition(self.table)
        sums = replace(sums_of_entries(and_(seen, sql_of(self.condition))), table=self.table)
        if self.level is None:
            return sums
        parents = self.level.parents
        joined = parents.table.join(self.table, parents.condition(self.table))
        return replace(sums, table=joined, parent=(parents.place,))

    def parents(self) -> Mapping[Any, Key]:
        """Return the parents by what stands for them in the rows of a statement over `sums`."""
        if self.level is None:
            return {}
        return (
            self.level.parents.places(self.level.keys)
            if self.months is None
            else {key[0]: key for key in self.level.keys}
        )

    def shape(self) -> Hashable:
        """Return what the text of a statement over `sums` depends on."""
        parents = None if self.level is None else self.level.parents
        return (parents, self.condition.shape() if self.months is None else self.months.shape())

    def values(self) -> dict[str, Any]:
        """Return what such a statement binds."""
        if self.months is not None:
            return self.months.values()
        values = bound_values(self.condition)
        return values if self.level is None else values | self.level.parents.values(self.level.keys)

"""What lists are asked about: the rows of a table that match, and the months that may stand for them in sums."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Table, and_, or_

from gateway.querying.conditions import Condition, bound_values, sql_of
from gateway.querying.dialects import replanned
from gateway.store.pages.parents import Key, Level
from gateway.store.pages.replanning import depends_on_values
from gateway.store.schema.entries import ENTRIES
from gateway.store.totals.coverage import KEYS, Covered, covered
from gateway.store.totals.sums import Sums, sums_of_months, sums_of_rows
from gateway.store.visibility import Visibility

# By the column that says whose an entry is: the key that tells the parents apart in months.
KEYS_OF_MONTHS: Mapping[str | None, str] = {"project_id": "PROJECT", "person_id": "PERSON"}


@dataclass(frozen=True, slots=True, eq=False)
class Matching:
    """The rows that a caller may see and that meet a condition: one list, or one for each parent of a level."""

    table: Table
    visibility: Visibility
    condition: Condition
    months: Covered | None = None  # None: the rows themselves have to be added up
    level: Level | None = None
    _by: dict[tuple[str, ...], "Matching"] = field(default_factory=dict, init=False)

    @classmethod
    def of(cls, table: Table, visibility: Visibility, condition: Condition, level: Level | None = None) -> "Matching":
        """Find out whether months may stand for the rows."""
        months = _covered(condition, visibility, level) if table is ENTRIES else None
        return cls(table, visibility, condition, months, level)

    def by(self, keys: tuple[str, ...]) -> "Matching":
        """Return the same rows, to be grouped: without the months where these cannot tell the keys apart."""
        if self.months is None:
            return self
        if keys not in self._by:
            word = _word_of(self.level)
            months = self.months.by(keys if word is None else (word, *keys))
            self._by[keys] = Matching(self.table, self.visibility, self.condition, months, self.level)
        return self._by[keys]

    def sums(self) -> Sums:
        """Return what is added up."""
        if self.months is not None:
            sums, word = sums_of_months(self.months), _word_of(self.level)
            return sums if word is None or sums.key is None else replace(sums, parent=(sums.key(word),))
        which = [self.visibility.condition(self.table), sql_of(self.condition)]
        if depends_on_values(self.condition):
            which.append(replanned())
        sums = sums_of_rows(self.table, and_(*which))
        if self.level is None:
            return sums
        parents = self.level.parents
        joined = parents.table.join(self.table, or_(*self.level.conditions(self.table)))
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
        level = None if self.level is None else self.level.shape()
        return (level, self.condition.shape() if self.months is None else self.months.shape())

    def values(self) -> dict[str, Any]:
        """Return what such a statement binds."""
        if self.months is not None:
            return self.months.values()
        values = bound_values(self.condition)
        return values if self.level is None else values | self.level.values()


def _covered(condition: Condition, visibility: Visibility, level: Level | None) -> Covered | None:
    """Return the months that may stand for the rows."""
    if level is None:
        return covered(condition, visibility)
    word = _word_of(level)
    if word is None or any(map(any, level.nulls)):
        return None
    found = covered(condition, visibility, {KEYS[word]: [value for (value,) in level.keys]})
    return None if found is None else found.by((word,))


def _word_of(level: Level | None) -> str | None:
    """Return the key that tells the parents of a level apart in months; None where there is none."""
    return None if level is None else KEYS_OF_MONTHS.get(level.parents.column)

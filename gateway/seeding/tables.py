"""Rows in the making: numbers given out by table, values kept as Python has them until a database asks."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator

from gateway.store.bulk.batches import Batch, Encoding

ROWS_A_BATCH = 10_000


class Tables:
    """The rows of the small tables, in memory; entries are far too many for that and go another way."""

    def __init__(self) -> None:
        self._columns: dict[str, tuple[str, ...]] = {}
        self._rows: defaultdict[str, list[tuple[object, ...]]] = defaultdict(list)

    def next_id(self, table: str) -> int:
        """Return the number that the table's next row gets."""
        return len(self._rows[table]) + 1

    def add(self, table: str, **values: object) -> int:
        """Add a row and return its number. All rows of a table name the same columns in the same order."""
        number = self.next_id(table)
        self.add_without_id(table, id=number, **values)
        return number

    def add_without_id(self, table: str, **values: object) -> None:
        """Add a row of a table that counts otherwise."""
        self._columns.setdefault(table, tuple(values))
        self._rows[table].append(tuple(values.values()))

    def batches(self, encoding: Encoding) -> Iterator[Batch]:
        """Yield the rows as a database wants them, table by table in the order of their first row."""

        def encoded(value: object) -> object:
            match value:
                case bool():
                    return encoding.yes if value else encoding.no
                case dt.date():
                    return encoding.day(value)
                case _:
                    return value

        for table, columns in self._columns.items():
            rows = self._rows[table]
            for start in range(0, len(rows), ROWS_A_BATCH):
                part = rows[start : start + ROWS_A_BATCH]
                yield Batch(table, columns, [tuple(map(encoded, row)) for row in part])

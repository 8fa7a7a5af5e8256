"""The store as an import will leave it: finished rows of the staging over the rows that are stored."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection

from sqlalchemy import Date, Table

from gateway.domain.instants import parse_date
from gateway.store.databases.database import Connection
from gateway.store.imports.finished import Values, match, selection
from gateway.store.imports.reliance import Match
from gateway.store.imports.staging import Staging
from gateway.store.schema.entries import ENTRIES
from gateway.store.schema.rows import Row
from gateway.store.writes.locks import lock_entries, lock_people

ROWS_KEPT = 4_000
KEYS_AT_ONCE = 500


class Overlay:
    """Looks rows up by their number or by what they hang on, and remembers what it found."""

    def __init__(self, connection: Connection, staging: Staging) -> None:
        self._connection, self._staging = connection, staging
        self._known: dict[tuple[str, str, int], list[Values]] = {}
        self._size = 0

    async def stored(self, table: Table, column: str, keys: Collection[int]) -> dict[int, list[Values]]:
        """Return the stored rows by key; a key without rows has an empty list."""
        rows = await _fetch(self._connection, table, column, keys)
        self._staging.reliance.rely_on(
            table.name, column, ((key, _digest(table, found)) for key, found in rows.items())
        )
        return rows

    async def by_key(self, table: Table, column: str, keys: Collection[int]) -> dict[int, list[Values]]:
        """Return the rows by key as they will be."""
        if self._size > ROWS_KEPT:
            self.forget()
        missing = [key for key in keys if (table.name, column, key) not in self._known]
        if missing:
            await self._learn(table, column, missing)
        return {key: self._known[table.name, column, key] for key in keys}

    async def by_id(self, table: Table, numbers: Collection[int]) -> dict[int, Values]:
        """Return the rows of these numbers as they will be; those that will not be there are left out."""
        found = await self.by_key(table, "id", numbers)
        return {number: rows[0] for number, rows in found.items() if rows}

    async def _learn(self, table: Table, column: str, keys: list[int]) -> None:
        stored = await self.stored(table, column, keys)
        staged = self._staging.finished.rows(table, column, keys)
        # Of a stored row that is staged, too, the staged one counts: perhaps it hangs on another record now.
        replaced = self._staging.brought.brought_among(
            table.name, {row["id"] for rows in stored.values() for row in rows}
        )
        for key, rows in stored.items():
            self._known[table.name, column, key] = [row for row in rows if row["id"] not in replaced]
        for row in staged:
            self._known[table.name, column, row[column]].append(row)
        self._size += len(keys) + sum(map(len, stored.values())) + len(staged)

    async def matching(self, table: Table, columns: tuple[str, ...], keys: Collection[Match]) -> dict[Match, Values]:
        """Return the rows, as they will be, whose columns together are one of the keys."""
        if not keys:
            return {}
        stored = await _fetch_matching(self._connection, table, columns, keys)
        self._staging.reliance.rely_on_matches(
            table.name, columns, ((_plain(key), _digest(table, rows)) for key, rows in stored.items())
        )
        replaced = self._staging.brought.brought_among(
            table.name, {row["id"] for rows in stored.values() for row in rows}
        )
        found = {key: row for key, rows in stored.items() for row in rows if row["id"] not in replaced}
        staged = self._staging.finished.select(table, match(table, columns), _lists(columns, keys))
        found |= {tuple(row[name] for name in columns): row for row in staged}
        return {key: row for key, row in found.items() if key in keys}

    def forget(self) -> None:
        """Ask again for what will have changed: rows of a table were finished."""
        self._known.clear()
        self._size = 0


async def still_holds(connection: Connection, staging: Staging) -> bool:
    """Tell whether all rows that were relied on are as they were; entries, and the days of people, stay so."""
    for table_name, columns, matches in staging.reliance.matched():
        table = Row.metadata.tables[table_name]
        if "person_id" in columns:
            await lock_people(connection, {key[columns.index("person_id")] for key in matches})
        keys = [_typed(table, columns, key) for key in matches]
        rows = await _fetch_matching(connection, table, columns, keys)
        if any(_digest(table, rows[key]) != matches[_plain(key)] for key in keys):
            return False
    for table_name, column, digests in staging.reliance.relied_on():
        table = Row.metadata.tables[table_name]
        if table is ENTRIES:
            await lock_entries(connection, digests)
        stored = await _fetch(connection, table, column, digests)
        if any(_digest(table, stored[key]) != digest for key, digest in digests.items()):
            return False
    return True


def _plain(key: Match) -> Match:
    return tuple(value.isoformat() if isinstance(value, dt.date) else value for value in key)


def _typed(table: Table, columns: tuple[str, ...], key: Match) -> Match:
    return tuple(
        parse_date(value) if isinstance(table.c[name].type, Date) else value
        for name, value in zip(columns, key, strict=True)
    )


def _lists(columns: tuple[str, ...], keys: Collection[Match]) -> dict[str, list[object]]:
    return {name: sorted(set(values)) for name, values in zip(columns, zip(*keys, strict=True), strict=True)}


async def _fetch_matching(
    connection: Connection, table: Table, columns: tuple[str, ...], keys: Collection[Match]
) -> dict[Match, list[Values]]:
    found: dict[Match, list[Values]] = {key: [] for key in keys}
    for row in await connection.fetch(match(table, columns), _lists(columns, keys)):
        values = _values(table, row)
        key = tuple(values[name] for name in columns)
        if key in found:
            found[key].append(values)
    return found


async def _fetch(connection: Connection, table: Table, column: str, keys: Collection[int]) -> dict[int, list[Values]]:
    listed = list(keys)
    grouped: defaultdict[int, list[Values]] = defaultdict(list)
    for start in range(0, len(listed), KEYS_AT_ONCE):
        asked = listed[start : start + KEYS_AT_ONCE]
        for row in await connection.fetch(selection(table, column), {"keys": asked}):
            values = _values(table, row)
            grouped[values[column]].append(values)
    return {key: grouped[key] for key in listed}


def _values(table: Table, row: tuple[object, ...]) -> Values:
    return dict(zip(table.c.keys(), row, strict=True))


def _digest(table: Table, rows: list[Values]) -> int:
    """Sum up rows for comparing within this process; every write of an entry raises its revision."""
    if table.name == "time_entries":
        return hash(tuple((row["id"], row["revision"]) for row in rows))
    return hash(tuple(tuple(row.values()) for row in rows))

"""Sizes: about how many rows of a table callers see, kept in memory and asked again every minute."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Select, Table, bindparam, func, select

from gateway.caches import CACHES, watch_entries
from gateway.domain.access import Viewer
from gateway.querying.dialects import ONE, ZERO, in_text
from gateway.store.databases.database import Database
from gateway.store.databases.failures import StoreFailure
from gateway.store.databases.usage import current_usage
from gateway.store.schema.entries import ENTRIES
from gateway.store.schema.kept import ENTRY_MONTHS
from gateway.store.schema.months import ORGANIZATION, PERSON
from gateway.store.schema.tables import ORGANIZATIONS
from gateway.store.visibility import ORGANIZATION_ID, Visibility

KEPT_SECONDS = 60.0
MOST_SIZES = CACHES["sizes of tables"].entries
MOST_COUNTED = 200_000  # rows of what is no entry

_entries = select(func.coalesce(func.sum(ENTRY_MONTHS.c.entries), 0)).where(
    ENTRY_MONTHS.c.organization_id == ORGANIZATION_ID,
    ENTRY_MONTHS.c.level == bindparam("level"),
    ENTRY_MONTHS.c.project_id == ZERO,
    ENTRY_MONTHS.c.person_id == bindparam("person_id", type_=BigInteger()),
)


def _others(table: Table) -> Select[Any]:
    whose = table.c.id if table.name == ORGANIZATIONS.name else table.c.organization_id
    found: Select[Any] = select(ONE).select_from(table).where(whose == ORGANIZATION_ID)
    return select(func.count()).select_from(found.limit(in_text(MOST_COUNTED)).subquery())


@dataclass(slots=True)
class _Size:
    rows: int
    until: float


class Sizes:
    """How many rows there are, by table and by who sees them; of no more of them than MOST_SIZES."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.monotonic) -> None:
        """Count in a database; the clock counts seconds."""
        self._database, self._clock = database, clock
        self._known: OrderedDict[tuple[str, int, int], _Size] = OrderedDict()  # the one used longest ago first
        self._statements: dict[str, Select[Any]] = {}
        self.made = self.found = 0
        watch_entries("sizes of tables", self, len, lambda sizes: sizes.made, lambda sizes: sizes.found)

    def __len__(self) -> int:
        """Tell how many are kept."""
        return len(self._known)

    async def of(self, table: Table, visibility: Visibility, viewer: Viewer) -> int:
        """Return about how many rows of a table the caller sees, as it was a minute ago at most.

        While one asks again, others get what was known. Where the database fails, so will what is priced.
        """
        person = viewer.person_id if table is ENTRIES and visibility.rule is not None else 0
        key = (table.name, viewer.organization_id, person)
        known = self._known.get(key)
        now = self._clock()
        if known is not None:
            self._known.move_to_end(key)
            if now < known.until:
                self.found += 1
                return known.rows
            known.until = now + KEPT_SECONDS
        try:
            rows = await self._count(table, viewer.organization_id, person)
        except StoreFailure:
            return 0 if known is None else known.rows
        self._known[key] = _Size(rows, now + KEPT_SECONDS)
        self.made += 1
        if len(self._known) > MOST_SIZES:
            self._known.popitem(last=False)
        return rows

    async def _count(self, table: Table, organization_id: int, person_id: int) -> int:
        values = {"organization_id": organization_id}
        statement = self._statements.setdefault(table.name, _entries if table is ENTRIES else _others(table))
        if table is ENTRIES:
            values |= {"level": PERSON if person_id else ORGANIZATION, "person_id": person_id}
        asking = current_usage.set(None)  # for all who ask in the next minute, so no part of this operation
        try:
            async with self._database.look_up() as connection:
                [(rows,)] = await connection.fetch(statement, values)
        finally:
            current_usage.reset(asking)
        return int(rows)

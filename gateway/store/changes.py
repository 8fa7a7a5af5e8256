"""The change log: a row for every write of an entry, in the write's own transaction.

Ids count within the organization, from its counter row. The rows that a write is about are locked before
the counter is raised, so whoever holds the counter waits for nobody, and ids come in commit order.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, Executable, Text, bindparam, func, insert, null, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from gateway.domain.changes import Kind
from gateway.querying.dialects import ListOf, any_of
from gateway.store.engine import Connection
from gateway.store.images import IMAGE, image
from gateway.store.tables import ChangeCounterRow, TimeEntryChangeRow, TimeEntryRow, table_of

ENTRIES = table_of(TimeEntryRow)
CHANGES = table_of(TimeEntryChangeRow)
COUNTERS = table_of(ChangeCounterRow)
IDS = ListOf(BigInteger())
NAMES = ("organization_id", "id", "time_entry_id", "kind", "actor_id", "at", "revision", "before", "after")


@lru_cache(maxsize=2)
def _raise_counter(dialect: str) -> Executable:
    make = postgresql_insert if dialect == "postgresql" else sqlite_insert
    count = bindparam("count", type_=BigInteger())
    first = make(COUNTERS).values(organization_id=bindparam("organization_id", type_=BigInteger()), last_id=count)
    raised = first.on_conflict_do_update(
        index_elements=[COUNTERS.c.organization_id], set_={"last_id": COUNTERS.c.last_id + count}
    )
    return raised.returning(COUNTERS.c.last_id)


async def take_ids(connection: Connection, organization_id: int, count: int) -> int:
    """Raise the organization's counter and return the id before the first one taken."""
    statement = _raise_counter(connection.dialect.name)
    [(last,)] = await connection.fetch(statement, {"organization_id": organization_id, "count": count}, brief=True)
    return int(last) - count


def log_statement(*, before: Sequence[str] | None, after: Mapping[str, Any] | None, logged: bool = True) -> Executable:
    """Write the log rows of the entries in `ids`, in their order by id.

    `before` names the columns of the image before the write (None: there was no entry); `after` holds what the
    write is about to put into some columns (empty: the entries are as they should be logged); with `logged`
    false there is no image after it: the entries are about to go.
    """
    numbered = bindparam("last_id", type_=BigInteger()) + func.row_number().over(order_by=ENTRIES.c.id)
    rows = select(
        ENTRIES.c.organization_id,
        numbered,
        ENTRIES.c.id,
        bindparam("kind", type_=Text()),
        bindparam("actor_id", type_=BigInteger()),
        bindparam("at", type_=BigInteger()),
        ENTRIES.c.revision + bindparam("step", type_=BigInteger()),
        image(ENTRIES, before) if before is not None else null(),
        image(ENTRIES, after=after) if logged else null(),
    ).where(any_of(ENTRIES.c.id, bindparam("ids", type_=IDS)))
    return insert(CHANGES).from_select(NAMES, rows)


LOG_AS_THEY_ARE = log_statement(before=None, after={})
LOG_BEFORE_DELETE = log_statement(before=IMAGE, after=None, logged=False)


def log_values(
    *, last_id: int, kind: Kind, actor_id: int | None, at: int, ids: Sequence[int], step: int
) -> dict[str, Any]:
    """Return the values of a log statement; `step` is what the write adds to the revision that it reads."""
    return {"last_id": last_id, "kind": kind.value, "actor_id": actor_id, "at": at, "ids": list(ids), "step": step}

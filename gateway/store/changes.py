"""The change log: a row for every write of an entry, in the write's own transaction.

Ids count within the organization, from its counter row. The rows that a write is about are locked before
the counter is raised, so whoever holds the counter waits for nobody, and ids come in commit order.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Executable,
    Insert,
    Text,
    bindparam,
    func,
    insert,
    literal,
    null,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.sql.dml import ReturningInsert

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
def raise_counter(dialect: str) -> ReturningInsert[tuple[int]]:
    """Raise the counter of the organization in `organization_id` by `count`, making it where there is none."""
    make = postgresql_insert if dialect == "postgresql" else sqlite_insert
    count = bindparam("count", type_=BigInteger())
    first = make(COUNTERS).values(organization_id=bindparam("organization_id", type_=BigInteger()), last_id=count)
    raised = first.on_conflict_do_update(
        index_elements=[COUNTERS.c.organization_id], set_={"last_id": COUNTERS.c.last_id + count}
    )
    return raised.returning(COUNTERS.c.last_id)


async def take_ids(connection: Connection, organization_id: int, count: int) -> int:
    """Raise the organization's counter and return the id before the first one taken."""
    statement = raise_counter(connection.dialect.name)
    [(last,)] = await connection.fetch(statement, {"organization_id": organization_id, "count": count}, brief=True)
    return int(last) - count


def chosen(*, one: bool) -> ColumnElement[bool]:
    """Return the condition of the entry in `id`, or of those in `ids`; for one SQLite takes half the time."""
    if one:
        return ENTRIES.c.id == bindparam("id", type_=BigInteger())
    return any_of(ENTRIES.c.id, bindparam("ids", type_=IDS))


def log_statement(
    *,
    before: Sequence[str] | None,
    after: Mapping[str, Any] | None,
    logged: bool = True,
    last_id: ColumnElement[int] | None = None,
    one: bool = False,
) -> Insert:
    """Write the log rows of the chosen entries, in their order by id, from the id after `last_id` on.

    `before` names the columns of the image before the write (None: there was no entry); `after` holds what the
    write is about to put into some columns (empty: the entries are as they should be logged); with `logged`
    false there is no image after it: the entries are about to go. Without a `last_id` it is bound.
    """
    taken = bindparam("last_id", type_=BigInteger()) if last_id is None else last_id
    rows = select(
        ENTRIES.c.organization_id,
        taken + (literal(1) if one else func.row_number().over(order_by=ENTRIES.c.id)),
        ENTRIES.c.id,
        bindparam("kind", type_=Text()),
        bindparam("actor_id", type_=BigInteger()),
        bindparam("at", type_=BigInteger()),
        ENTRIES.c.revision + bindparam("step", type_=BigInteger()),
        image(ENTRIES, before) if before is not None else null(),
        image(ENTRIES, after=after) if logged else null(),
    ).where(chosen(one=one))
    return insert(CHANGES).from_select(NAMES, rows)


def logged_update(
    columns: Mapping[str, Any], shown: Sequence[str], dialect: str, *, one: bool
) -> tuple[Executable | None, Sequence[Executable]]:
    """Return what raises the counter, if that is apart, and what writes columns of the chosen entries with their log.

    All take the same parameters. The log goes before the update, for its image before is of the `shown` columns as
    they are. PostgreSQL takes everything as one statement, whose parts see the rows as they were when it began, and
    holds the counter for fewer round trips; so the entries have to be locked by then.
    """
    count = bindparam("count", type_=BigInteger())
    change = update(ENTRIES).values(columns).where(chosen(one=one))
    counter = raise_counter(dialect)
    if dialect == "postgresql":
        raised = counter.cte("counter")
        last_id = select(raised.c.last_id - count).scalar_subquery()
        log = log_statement(before=shown, after=columns, last_id=last_id, one=one)
        return None, [log.add_cte(change.cte("changed"))]
    own = COUNTERS.c.organization_id == bindparam("organization_id", type_=BigInteger())
    last_id = select(COUNTERS.c.last_id - count).where(own).scalar_subquery()
    return counter, [log_statement(before=shown, after=columns, last_id=last_id, one=one), change]


LOG_AS_THEY_ARE = log_statement(before=None, after={})
LOG_BEFORE_DELETE = log_statement(before=IMAGE, after=None, logged=False)


def log_values(
    *, last_id: int, kind: Kind, actor_id: int | None, at: int, ids: Sequence[int], step: int
) -> dict[str, Any]:
    """Return the values of a log statement; `step` is what the write adds to the revision that it reads."""
    return {"last_id": last_id, "kind": kind.value, "actor_id": actor_id, "at": at, "ids": list(ids), "step": step}

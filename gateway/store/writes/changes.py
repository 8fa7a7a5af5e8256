"""The change log: a row for every write of an entry, in the write's own transaction.

Ids count within the organization, from its counter row. The rows that a write is about are locked before
the counter is raised, so whoever holds the counter waits for nobody, and ids come in commit order. So do
instants: the counter's row keeps the last one, and the instant of a write is that one or the clock's, the later.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Delete,
    FromClause,
    Insert,
    Text,
    Update,
    bindparam,
    case,
    func,
    insert,
    literal,
    literal_column,
    null,
    select,
)
from sqlalchemy.sql.dml import ReturningInsert

from gateway.domain.changes import Kind
from gateway.querying.dialects import ZERO, ListOf, any_of
from gateway.store.databases.database import Connection
from gateway.store.databases.statements import insert_into
from gateway.store.schema.change_log import CHANGES, COUNTERS
from gateway.store.schema.entries import ENTRIES
from gateway.store.schema.stamps import FRESH
from gateway.store.visibility import ORGANIZATION_ID
from gateway.store.writes.images import IMAGE, MATCHED, image

IDS = ListOf(BigInteger())
COUNT = bindparam("count", type_=BigInteger())
AT = bindparam("at", type_=BigInteger())
NAMES = ("organization_id", "id", "time_entry_id", "kind", "actor_id", "at", "revision", "before", "after")


@lru_cache(maxsize=2)
def raise_counter(dialect: str) -> ReturningInsert[tuple[int, int]]:
    """Raise the counter of the organization in `organization_id` by `count`, making it where there is none.

    Its last instant becomes `at`, unless that is earlier; the organization's stamp is replaced.
    """
    stamp: ColumnElement[int] = literal_column(FRESH[dialect])
    nothing_expired: ColumnElement[int] = ZERO
    first = insert_into(COUNTERS, dialect).values(
        organization_id=ORGANIZATION_ID, last_id=COUNT, last_at=AT, stamp=stamp, expired_id=nothing_expired
    )
    raised = first.on_conflict_do_update(
        index_elements=[COUNTERS.c.organization_id],
        set_={
            "last_id": COUNTERS.c.last_id + COUNT,
            "last_at": case((COUNTERS.c.last_at > AT, COUNTERS.c.last_at), else_=AT),
            "stamp": first.excluded.stamp,
        },
    )
    return raised.returning(COUNTERS.c.last_id, COUNTERS.c.last_at)


async def take_ids(connection: Connection, organization_id: int, count: int, *, at: int) -> tuple[int, int]:
    """Raise the organization's counter; return the id before the first one taken, and the instant of the write.

    That instant is `at`, or the organization's last one where that is later.
    """
    statement = raise_counter(connection.dialect.name)
    values = {"organization_id": organization_id, "count": count, "at": at}
    [(last, instant)] = await connection.fetch(statement, values, brief=True)
    return int(last) - count, int(instant)


@dataclass(frozen=True, slots=True)
class Raised:
    """What statements read of a counter that was raised: the last id before those taken, the instant of the write."""

    last_id: ColumnElement[int]
    at: ColumnElement[int]

    @classmethod
    def of(cls, counter: FromClause) -> "Raised":
        """Read the counter's row."""
        return cls(
            select(counter.c.last_id - COUNT).scalar_subquery(),
            select(counter.c.last_at).scalar_subquery(),
        )


LAST_INSTANT = select(COUNTERS.c.last_at).where(COUNTERS.c.organization_id == ORGANIZATION_ID)


async def last_instant(connection: Connection, organization_id: int) -> int:
    """Return the instant of the organization's last write, 0 where nothing was written."""
    rows = await connection.fetch(LAST_INSTANT, {"organization_id": organization_id}, brief=True)
    return int(rows[0][0]) if rows else 0


# What is run after the counter was raised.
BOUND = Raised(bindparam("last_id", type_=BigInteger()), AT)


def chosen(*, one: bool) -> ColumnElement[bool]:
    """Return the condition of the entry in `id`, or of those in `ids`; for one SQLite takes half the time."""
    if one:
        return ENTRIES.c.id == bindparam("id", type_=BigInteger())
    return any_of(ENTRIES.c.id, bindparam("ids", type_=IDS))


def log_statement(
    *,
    before: Sequence[str] | None,
    after: Mapping[str, Any] | None,
    raised: Raised = BOUND,
    one: bool = False,
    made: FromClause | None = None,
) -> Insert:
    """Write the log rows of the chosen entries, in their order by id, from the id after the last one on.

    `before` names the columns of the image before the write (None: there was no entry); `after` holds what the
    write is about to put into some columns (empty: the entries are as they should be logged; None: they are about
    to go). After an update there are no amounts but those that it wrote. Unless `raised` is given, it is bound. `made`
    is an entry that the same statement makes.
    """
    entries: FromClause = ENTRIES if made is None else made
    shown = IMAGE if before is None else dict.fromkeys((*MATCHED, *before))
    rows = select(
        entries.c.organization_id,
        raised.last_id + (literal(1) if one else func.row_number().over(order_by=entries.c.id)),
        entries.c.id,
        bindparam("kind", type_=Text()),
        bindparam("actor_id", type_=BigInteger()),
        raised.at,
        entries.c.revision + bindparam("step", type_=BigInteger()),
        null() if before is None else image(entries, before),
        null() if after is None else image(entries, shown, after=after),
    )
    return insert(CHANGES).from_select(NAMES, rows if made is not None else rows.where(chosen(one=one)))


def logged_at_once(log: Callable[[Raised], Insert], **writes: Callable[[Raised], Update | Delete]) -> Insert:
    """Raise the counter, write and log by one statement, for PostgreSQL, whose parts are made of what was raised.

    All parts see the rows as they were when the statement began, so entries have to be locked by then. All writers
    of an organization wait for whoever holds its counter, and in this way it is held for the fewest round trips.
    """
    raised = Raised.of(raise_counter("postgresql").cte("counter"))
    statement = log(raised)
    for name, write in writes.items():
        statement = statement.add_cte(write(raised).cte(name))
    return statement


LOG_AS_THEY_ARE = log_statement(before=None, after={})
LOG_BEFORE_DELETE = log_statement(before=IMAGE, after=None)


def log_values(
    *, last_id: int, kind: Kind, actor_id: int | None, at: int, ids: Sequence[int], step: int
) -> dict[str, object]:
    """Return the values of a log statement; `step` is what the write adds to the revision that it reads."""
    return {"last_id": last_id, "kind": kind.value, "actor_id": actor_id, "at": at, "ids": list(ids), "step": step}

"""What is kept of an organization's budget of requests, which all processes that ask its account share."""

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple, TypeVar

from sqlalchemy import BigInteger, String, bindparam, update
from sqlalchemy.sql.dml import ReturningInsert

from gateway.store.databases.database import Connection, Database
from gateway.store.databases.statements import insert_into
from gateway.store.schema.mirror import BUDGETS

T = TypeVar("T")


class Kept(NamedTuple):
    """What is kept: the windows as text, and until when nothing is sent, in milliseconds since 1970."""

    windows: str = ""
    paused_until: int | None = None


_ORGANIZATION = bindparam("organization", type_=BigInteger())
_CHANGE = (
    update(BUDGETS)
    .where(BUDGETS.c.organization_id == _ORGANIZATION)
    .values(windows=bindparam("new_windows", type_=String()), paused_until=bindparam("pause", type_=BigInteger()))
)


@lru_cache(maxsize=2)
def _held(dialect: str) -> ReturningInsert[tuple[str, int | None]]:
    """Return what reads the row of an organization and holds it until the unit of work ends, made where it is not."""
    row = insert_into(BUDGETS, dialect).values(organization_id=_ORGANIZATION, windows="")
    held = row.on_conflict_do_update(index_elements=[BUDGETS.c.organization_id], set_={"windows": BUDGETS.c.windows})
    return held.returning(BUDGETS.c.windows, BUDGETS.c.paused_until)


async def change_budget(database: Database, organization_id: int, decide: Callable[[Kept], tuple[Kept | None, T]]) -> T:
    """Hand over what is kept, keep what comes back unless that is None, and return the answer, all at one go."""

    async def work(connection: Connection) -> T:
        held = _held(connection.dialect.name)
        [(windows, paused_until)] = await connection.fetch(held, {"organization": organization_id}, brief=True)
        kept, answer = decide(Kept(windows, paused_until))
        if kept is not None:
            changed = {"organization": organization_id, "new_windows": kept.windows, "pause": kept.paused_until}
            await connection.execute_many(_CHANGE, [changed])
        return answer

    return await database.write(work)

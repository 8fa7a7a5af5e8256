"""How a mirror stands: its account, and in the same row who reads it, the budget, and how much is left."""

from dataclasses import dataclass

from sqlalchemy import func, select

from gateway.store.databases.database import Connection
from gateway.store.mirror.accounts import NAMES, Account
from gateway.store.schema.mirror import ACCOUNTS, BUDGETS, LEASES, TROUBLES, WAITING
from gateway.store.visibility import ORGANIZATION_ID

_STANDING = (
    select(
        *(ACCOUNTS.c[name] for name in NAMES),
        LEASES.c.holder,
        BUDGETS.c.windows,
        BUDGETS.c.paused_until,
        *(
            select(func.count()).where(table.c.organization_id == ACCOUNTS.c.organization_id).scalar_subquery()
            for table in (TROUBLES, WAITING)
        ),
    )
    .outerjoin(LEASES, LEASES.c.organization_id == ACCOUNTS.c.organization_id)
    .outerjoin(BUDGETS, BUDGETS.c.organization_id == ACCOUNTS.c.organization_id)
    .where(ACCOUNTS.c.organization_id == ORGANIZATION_ID)
)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a mirror stands."""

    account: Account
    holder: str | None  # who reads the account, or did last
    windows: str | None  # of the budget, as the limiter keeps them
    paused_until: int | None
    troubles: int
    waiting: int


async def find_standing(connection: Connection, organization_id: int) -> Standing | None:
    """Return how the mirror of an organization stands; None where there was never one."""
    rows = await connection.fetch(_STANDING, {"organization_id": organization_id})
    if not rows:
        return None
    known, rest = rows[0][: len(NAMES)], rows[0][len(NAMES) :]
    return Standing(Account(**dict(zip(NAMES, known, strict=True))), *rest)

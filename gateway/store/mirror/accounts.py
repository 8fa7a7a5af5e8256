"""How far an account was read."""

import datetime as dt
from dataclasses import dataclass, fields

from sqlalchemy import BigInteger, bindparam, select, update

from gateway.store.databases.database import Connection
from gateway.store.mirror.rows import put
from gateway.store.schema.mirror import ACCOUNTS
from gateway.store.visibility import ORGANIZATION_ID

CLOCKS_AGREE = 5_000  # milliseconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A row of `mirror_accounts`."""

    organization_id: int
    url: str
    started_at: int
    synced_to: int | None = None
    synced_at: int | None = None
    updated_to: int | None = None
    versions_to: int | None = None
    reaches_back_to: dt.date | None = None
    begins_on: dt.date | None = None
    is_complete: bool = False
    entries: int | None = None
    neighbours_at: int | None = None
    swept_at: int | None = None
    swept_all_at: int | None = None
    swept_total: int = 0
    capabilities: str | None = None
    problem: str | None = None
    problem_at: int | None = None

    @property
    def clock_offset(self) -> int:
        """Milliseconds by which the upstream's clock is ahead of ours; 0 where that is not known."""
        return 0 if self.synced_to is None or self.synced_at is None else self.synced_to - self.synced_at

    def there(self, now: int) -> int:
        """Return the instant of the upstream's clock at one of ours; a Date has no parts of a second."""
        return now + (self.clock_offset if abs(self.clock_offset) > CLOCKS_AGREE else 0)

    def lag(self, now: int) -> int | None:
        """Return the milliseconds since the store had all that the account had; None before it first did."""
        return None if self.synced_at is None else max(0, now - self.synced_at)


NAMES = tuple(field.name for field in fields(Account))
FIND = select(*(ACCOUNTS.c[name] for name in NAMES)).where(ACCOUNTS.c.organization_id == ORGANIZATION_ID)
ADD_SWEPT = (
    update(ACCOUNTS)
    .values(swept_total=ACCOUNTS.c.swept_total + bindparam("found", type_=BigInteger()))
    .where(ACCOUNTS.c.organization_id == ORGANIZATION_ID)
)


async def find_account(connection: Connection, organization_id: int) -> Account | None:
    """Return what is known of an account."""
    rows = await connection.fetch(FIND, {"organization_id": organization_id})
    return _account(rows[0]) if rows else None


def _account(row: tuple[object, ...]) -> Account:
    return Account(**dict(zip(NAMES, row, strict=True)))  # type: ignore[arg-type]  # the columns have the fields' types


async def add_account(connection: Connection, account: Account) -> None:
    """Begin to keep an account, or begin anew."""
    values = {name: getattr(account, name) for name in NAMES}
    await connection.fetch(put(ACCOUNTS, connection.dialect.name), values)


async def note(connection: Connection, organization_id: int, **columns: object) -> None:
    """Put values into columns of the account's row."""
    bound = {name: bindparam(f"new_{name}", type_=ACCOUNTS.c[name].type) for name in columns}
    statement = update(ACCOUNTS).values(bound).where(ACCOUNTS.c.organization_id == ORGANIZATION_ID)
    values = {f"new_{name}": value for name, value in columns.items()}
    await connection.fetch(statement, {"organization_id": organization_id, **values}, brief=True)


async def add_swept(connection: Connection, organization_id: int, found: int) -> None:
    """Count differences that a sweep found."""
    await connection.fetch(ADD_SWEPT, {"organization_id": organization_id, "found": found}, brief=True)

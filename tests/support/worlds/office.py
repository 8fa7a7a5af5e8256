"""A small office to write in: two organizations, who owns and manages what, rates, and entries made to order.

Person 4 is managed by 2; deal 1 is owned by 3. An hour of person 4 is 20.00 EUR, which is 25.00 USD.
"""

import datetime as dt
from collections.abc import Awaitable, Callable, Sequence
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import Insert, Select, bindparam, delete, insert, select

from gateway.domain.access import Role, Viewer
from gateway.operations.work import Work
from gateway.store.databases.database import Connection, Database, open_database
from gateway.store.databases.sequences import move_sequences
from gateway.store.schema.change_log import COUNTERS, ChangeCounterRow, TimeEntryChangeRow
from gateway.store.schema.entries import TimeEntryRow
from gateway.store.schema.rows import Row, table_of
from gateway.store.schema.tables import (
    CompanyRow,
    DealRow,
    ExchangeRateRow,
    OrganizationRow,
    PersonRow,
    ProjectRow,
    SalaryRow,
    ServiceRow,
    TaskRow,
)
from gateway.store.tokens import create_token
from tests.support.worlds.rows import row_of

T = TypeVar("T")
DAY = dt.date(2016, 10, 1)
NOW = 1_754_021_982_661  # 2025-08-01T06:19:42.661+02:00
SECOND = 1_754_021_982_000
BEFORE = 1_754_000_000_123
ADMIN, MANAGER, OWNER, MEMBER, OTHER, STRANGER = 1, 2, 3, 4, 5, 21
ROLES = {
    ADMIN: Role.ADMIN,
    MANAGER: Role.MANAGER,
    OWNER: Role.MANAGER,
    MEMBER: Role.MEMBER,
    OTHER: Role.MEMBER,
    STRANGER: Role.ADMIN,
}


def viewer(person_id: int, *, timesheet_submission: bool = False) -> Viewer:
    return Viewer(
        organization_id=2 if person_id == STRANGER else 1,
        person_id=person_id,
        role=ROLES[person_id],
        can_see_costs=True,
        time_zone="Europe/Berlin",
        timesheet_submission=timesheet_submission,
    )


def _person(number: int, name: str, manager: int | None = None) -> PersonRow:
    return PersonRow(
        id=number,
        organization_id=2 if number == STRANGER else 1,
        manager_id=manager,
        first_name=name,
        last_name="Kos",
        name_folded=f"{name} kos".casefold(),
        email=f"{name.lower()}@example.org",
        role=ROLES[number].value,
        can_see_costs=ROLES[number] is not Role.MEMBER,
    )


def _deal(number: int, **values: Any) -> DealRow:
    given: dict[str, Any] = {
        "organization_id": 1,
        "name": f"Deal {number}",
        "name_folded": f"deal {number}",
        "currency": "EUR",
    } | values
    return DealRow(id=number, **given)


def _service(number: int, deal: int, **values: Any) -> ServiceRow:
    given: dict[str, Any] = {
        "organization_id": 1,
        "name": f"Service {number}",
        "name_folded": f"service {number}",
    } | values
    return ServiceRow(id=number, deal_id=deal, **given)


def _task(number: int, project: int, remaining: int | None) -> TaskRow:
    title = f"Task {number}"
    return TaskRow(
        id=number,
        organization_id=1,
        project_id=project,
        title=title,
        title_folded=title.casefold(),
        remaining_time=remaining,
    )


def office(**settings: Any) -> list[Sequence[Row]]:
    """The rows of the office, table by table; `settings` are the first organization's."""
    organization: dict[str, Any] = {"name": "Adria", "currency": "USD", "time_zone": "Europe/Berlin"} | settings
    return [
        [
            OrganizationRow(id=1, **organization),
            OrganizationRow(id=2, name="Borealis", currency="SEK", time_zone="Europe/Stockholm"),
        ],
        [
            _person(ADMIN, "Ana"),
            _person(MANAGER, "Marko"),
            _person(OWNER, "Olga"),
            _person(MEMBER, "Iva", manager=MANAGER),
            _person(OTHER, "Luka"),
            _person(STRANGER, "Saga"),
        ],
        [CompanyRow(id=1, organization_id=1, name="Client", name_folded="client")],
        [
            ProjectRow(id=1, organization_id=1, company_id=1, name="Site", name_folded="site"),
            ProjectRow(id=2, organization_id=1, name="House", name_folded="house"),
        ],
        [
            _deal(1, project_id=1, company_id=1, responsible_id=OWNER),
            _deal(2, project_id=2, currency="USD", deal_type_id=1),
            _deal(3, project_id=1, time_approval=False),
            _deal(9, organization_id=2, currency="SEK"),
        ],
        [
            _service(1, deal=1),
            _service(2, deal=1, billing_type_id=3),
            _service(3, deal=2),
            _service(4, deal=3),
            _service(9, deal=9, organization_id=2),
        ],
        [_task(1, 1, 600), _task(2, 2, None)],
        [
            SalaryRow(
                id=1, organization_id=1, person_id=MEMBER, cost=2000, currency="EUR", started_on=dt.date(2010, 1, 1)
            )
        ],
        [
            ExchangeRateRow(
                id=1, organization_id=1, from_currency="EUR", to_currency="USD", rate="1.25", date=dt.date(2016, 1, 1)
            )
        ],
    ]


def entry(number: int, **values: Any) -> TimeEntryRow:
    """An entry of person 4 on service 1, 480 minutes, undecided, unless said otherwise."""
    given: dict[str, Any] = {
        "organization_id": 1,
        "person_id": MEMBER,
        "service_id": 1,
        "deal_id": 1,
        "project_id": 1,
        "company_id": 1,
        "responsible_id": OWNER,
        "creator_id": MEMBER,
        "last_actor_id": MEMBER,
        "billing_type_id": 2,
        "date": DAY,
        "time": 480,
        "billable_time": 480,
        "created_at": BEFORE,
        "updated_at": BEFORE,
        "last_activity_at": BEFORE,
        "currency": "EUR",
        "currency_default": "USD",
        "currency_normalized": "EUR",
        "cost": 16000,
        "work_cost": 16000,
        "cost_default": 20000,
        "work_cost_default": 20000,
        "cost_normalized": 16000,
        "work_cost_normalized": 16000,
    } | values
    given["note_folded"] = None if given.get("note") is None else given["note"].casefold()
    return row_of(TimeEntryRow, id=number, **given)


APPROVED = {"approved": True, "approved_at": SECOND - 86_400_000, "approver_id": ADMIN}
REJECTED = {"rejected": True, "rejected_at": NOW - 86_400_000, "rejecter_id": ADMIN, "rejected_reason": "Too long"}


async def add_rows(connection: Connection, rows: Sequence[Row]) -> None:
    if isinstance(rows[0], ChangeCounterRow):
        await connection.fetch(delete(COUNTERS))  # the records have made theirs
    await connection.execute_many(_insert(type(rows[0])), [row.model_dump() for row in rows])


@cache
def _insert(row: type[Row]) -> Insert:
    """The same statement each time, so that it is compiled once."""
    written = [column for column in table_of(row).columns if column.computed is None]
    return insert(table_of(row)).values({column.name: bindparam(column.name, type_=column.type) for column in written})


@cache
def _select(row: type[Row], names: tuple[str, ...]) -> Select[Any]:
    table = table_of(row)
    conditions = (table.c[name] == bindparam(name) for name in names)
    return select(table).where(*conditions).order_by(*table.primary_key.columns)


async def move_in(connection: Connection, *entries: TimeEntryRow, **settings: Any) -> None:
    """Put the office and some entries into empty tables."""
    for row, values in _written(tuple(settings.items())):
        await connection.execute_many(_insert(row), values)
    if entries:
        await add_rows(connection, entries)
    await move_sequences(connection)


@cache
def _written(settings: tuple[tuple[str, Any], ...]) -> list[tuple[type[Row], list[dict[str, Any]]]]:
    """The rows of the office as they are written; making them takes longer than that."""
    return [(type(rows[0]), [row.model_dump() for row in rows]) for rows in office(**dict(settings))]


async def furnish(database: Database, *entries: TimeEntryRow, **settings: Any) -> None:
    """Put the office and some entries into an empty store."""
    await database.create_tables()
    await database.write(lambda connection: move_in(connection, *entries, **settings))


async def admins_token(url: str, *entries: TimeEntryRow) -> str:
    """Put the office and some entries into the empty store at an address; return a token of its admin."""
    async with open_database(url) as database:
        await furnish(database, *entries)
        return await database.write(lambda made: create_token(made, person_id=ADMIN, name="test", now=1))


async def do(database: Database, act: Callable[[Work], Awaitable[T]], person_id: int = ADMIN, **settings: Any) -> T:
    """Run an operation as a person of the office, in a unit of work of its own at `NOW`, or when `now` says."""
    now = settings.pop("now", NOW)
    clock = now if callable(now) else lambda: now

    async def work(connection: Connection) -> T:
        return await act(Work(connection, viewer(person_id, **settings), clock))

    return await database.write(work)


async def table_rows(database: Database, row: type[Row], **equal: object) -> list[dict[str, Any]]:
    """All rows of a table as they are, by column name, in the order of their ids."""
    async with database.read(snapshot=False) as connection:
        found = await connection.fetch(_select(row, tuple(equal)), equal)
    return [dict(zip(table_of(row).c.keys(), values, strict=True)) for values in found]


async def stored(database: Database, number: int) -> dict[str, Any]:
    """An entry's row as it is."""
    [row] = await table_rows(database, TimeEntryRow, id=number)
    return row


async def logged(database: Database) -> list[dict[str, Any]]:
    """The change log, oldest first."""
    return await table_rows(database, TimeEntryChangeRow)


async def everything_written(database: Database) -> tuple[list[dict[str, Any]], ...]:
    """What a refused mutation must leave as it was: entries, log, counters, tasks."""
    return (
        await table_rows(database, TimeEntryRow),
        await logged(database),
        await table_rows(database, ChangeCounterRow),
        await table_rows(database, TaskRow),
    )

"""What most would write first: Strawberry, a resolver for each field, ORM objects, a DataLoader for each relation."""

import datetime as dt
import enum
import hashlib
import os
from collections.abc import Callable, Sequence
from typing import Annotated, Any, cast
from zoneinfo import ZoneInfo

import strawberry
from sqlalchemy import ColumnElement, and_, event, func, not_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from strawberry.asgi import GraphQL
from strawberry.dataloader import DataLoader
from strawberry.types import Info

from gateway.store.schema import tables
from gateway.store.schema.entries import TimeEntryRow
from gateway.store.schema.own import TokenRow
from tests.bench.workloads import read_cursor, write_cursor

engine = create_async_engine(f"sqlite+aiosqlite:///{os.environ['BENCH_STORE']}")
sessions = async_sessionmaker(engine, expire_on_commit=False)
DIGEST = hashlib.sha256(os.environ["BENCH_TOKEN"].encode()).hexdigest()
ZONE = ZoneInfo("Europe/Zagreb")
ORGANIZATION = 1
T: Any = TimeEntryRow
Loader = DataLoader[int, Any]


@event.listens_for(engine.sync_engine, "connect")
def _prepare(connection: Any, _record: Any) -> None:
    for pragma in ("synchronous = FULL", "foreign_keys = ON", "cache_size = -32000", "busy_timeout = 30000"):
        connection.execute(f"PRAGMA {pragma}")


def moment(value: int | None) -> str | None:
    if value is None:
        return None
    return dt.datetime.fromtimestamp(value / 1000, ZONE).isoformat(timespec="milliseconds")


@strawberry.enum
class BillingType(enum.Enum):
    FIXED = 1
    ACTUALS = 2
    NON_BILLABLE = 3


@strawberry.enum
class TimeEntryStatus(enum.Enum):
    APPROVED = 1
    UNAPPROVED = 2
    REJECTED = 3


@strawberry.enum
class TimeEntryGroupKey(enum.Enum):
    PERSON = "person_id"


@strawberry.enum
class TimeEntryOrderField(enum.Enum):
    DATE = "date"


@strawberry.enum
class OrderDirection(enum.Enum):
    ASC = "asc"
    DESC = "desc"


class Loaders:
    """The loaders of one request, on its session."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session
        self.people: Loader = DataLoader(lambda keys: self.load(tables.PersonRow, keys))
        self.services: Loader = DataLoader(lambda keys: self.load(tables.ServiceRow, keys))
        self.deals: Loader = DataLoader(lambda keys: self.load(tables.DealRow, keys))
        self.companies: Loader = DataLoader(lambda keys: self.load(tables.CompanyRow, keys))

    async def load(self, row: Any, keys: Sequence[int]) -> list[Any]:
        found = {one.id: one for one in await self.session.scalars(select(row).where(row.id.in_(keys)))}
        return [found.get(key) for key in keys]


@strawberry.type
class Person:
    @strawberry.field
    def name(root: Any) -> str:  # noqa: N805
        return f"{root.first_name} {root.last_name}"

    @strawberry.field
    def id(root: Any) -> strawberry.ID:  # noqa: N805
        return strawberry.ID(f"Person:{root.id}")


@strawberry.type
class Service:
    name: str

    @strawberry.field
    def id(root: Any) -> strawberry.ID:  # noqa: N805
        return strawberry.ID(f"Service:{root.id}")


@strawberry.type
class Deal:
    name: str
    currency: str

    @strawberry.field
    def id(root: Any) -> strawberry.ID:  # noqa: N805
        return strawberry.ID(f"Deal:{root.id}")


@strawberry.type
class Company:
    name: str

    @strawberry.field
    def id(root: Any) -> strawberry.ID:  # noqa: N805
        return strawberry.ID(f"Company:{root.id}")


@strawberry.type
class TimeEntry:
    date: dt.date
    time: int
    billable_time: int
    note: str | None
    track_method_id: int
    approved: bool
    overhead: bool
    rejected: bool
    submitted: bool
    currency: str
    cost: int | None
    cost_default: int | None
    revision: int

    @strawberry.field
    def id(root: Any) -> strawberry.ID:  # noqa: N805
        return strawberry.ID(f"TimeEntry:{root.id}")

    @strawberry.field
    def created_at(root: Any) -> str:  # noqa: N805
        return str(moment(root.created_at))

    @strawberry.field
    def updated_at(root: Any) -> str:  # noqa: N805
        return str(moment(root.updated_at))

    @strawberry.field
    def last_activity_at(root: Any) -> str:  # noqa: N805
        return str(moment(root.last_activity_at))

    @strawberry.field
    def started_at(root: Any) -> str | None:  # noqa: N805
        return moment(root.started_at)

    @strawberry.field
    def approved_at(root: Any) -> str | None:  # noqa: N805
        return moment(root.approved_at)

    @strawberry.field
    def invoiced(root: Any) -> bool:  # noqa: N805
        return bool(root.invoicing_status_id != 1)

    @strawberry.field
    def billing_type(root: Any) -> BillingType:  # noqa: N805
        return BillingType(root.billing_type_id)

    @strawberry.field
    async def person(root: Any, info: Info) -> Person:  # noqa: N805
        return cast("Person", await info.context["loaders"].people.load(root.person_id))

    @strawberry.field
    async def service(root: Any, info: Info) -> Service:  # noqa: N805
        return cast("Service", await info.context["loaders"].services.load(root.service_id))

    @strawberry.field
    async def deal(root: Any, info: Info) -> Deal:  # noqa: N805
        return cast("Deal", await info.context["loaders"].deals.load(root.deal_id))

    @strawberry.field
    async def company(root: Any, info: Info) -> Company | None:  # noqa: N805
        if root.company_id is None:
            return None
        return cast("Company", await info.context["loaders"].companies.load(root.company_id))


@strawberry.type
class Money:
    amount: int
    currency: str


@strawberry.type
class Aggregate:
    count: int
    time: int
    billable_time: int
    cost: list[Money]
    cost_default: int


@strawberry.type
class Group:
    person_id: strawberry.Private[int]
    aggregate: Aggregate

    @strawberry.field
    async def person(self, info: Info) -> Person:
        return cast("Person", await info.context["loaders"].people.load(self.person_id))


@strawberry.type
class Groups:
    nodes: list[Group]


@strawberry.type
class PageInfo:
    has_next_page: bool
    end_cursor: str | None


@strawberry.type
class Connection:
    condition: strawberry.Private[Any]
    rows: strawberry.Private[list[Any]]
    size: strawberry.Private[int]

    @strawberry.field
    def nodes(self) -> list[TimeEntry]:
        return self.rows[: self.size]

    @strawberry.field
    def page_info(self) -> PageInfo:
        shown = self.rows[: self.size]
        end = write_cursor(shown[-1].date.isoformat(), shown[-1].id) if shown else None
        return PageInfo(has_next_page=len(self.rows) > self.size, end_cursor=end)

    @strawberry.field
    async def total_count(self, info: Info) -> int:
        return int(await info.context["loaders"].session.scalar(select(func.count()).where(self.condition)))

    @strawberry.field
    async def aggregate(self, info: Info) -> Aggregate:
        return (await _sums(info, self.condition, None))[None]

    @strawberry.field
    async def groups(self, info: Info, by: list[TimeEntryGroupKey]) -> Groups:
        del by
        by_person = await _sums(info, self.condition, T.person_id)
        return Groups(nodes=[Group(person_id=key, aggregate=sums) for key, sums in by_person.items()])


async def _sums(info: Info, condition: Any, key: Any) -> dict[Any, Aggregate]:
    keys = [T.currency] if key is None else [T.currency, key]
    sums = [func.sum(column) for column in (T.time, T.billable_time, T.cost_unrounded, T.cost_default_unrounded)]
    statement = select(*keys, func.count(), *sums).where(condition).group_by(*keys).order_by(*reversed(keys))
    found: dict[Any, Aggregate] = {}
    for currency, *values in await info.context["loaders"].session.execute(statement):
        group = values.pop(0) if key is not None else None
        one = found.setdefault(group, Aggregate(count=0, time=0, billable_time=0, cost=[], cost_default=0))
        one.count += values[0]
        one.time += values[1]
        one.billable_time += values[2]
        one.cost.append(Money(amount=(values[3] + 30_000) // 60_000, currency=currency))
        one.cost_default += values[4]
    for one in found.values():
        one.cost_default = (one.cost_default + 30_000) // 60_000
    return found


COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "eq": lambda column, operand: column == operand,
    "gt_eq": lambda column, operand: column >= operand,
    "lt_eq": lambda column, operand: column <= operand,
    "in_": lambda column, operands: column.in_([int(operand) for operand in operands]),
}


@strawberry.input
class IdFilter:
    eq: strawberry.ID | None = None
    in_: list[strawberry.ID] | None = strawberry.field(name="in", default=None)


@strawberry.input
class IntFilter:
    eq: int | None = None
    gt_eq: int | None = None


@strawberry.input
class DateFilter:
    gt_eq: dt.date | None = None
    lt_eq: dt.date | None = None


@strawberry.input
class StatusFilter:
    eq: TimeEntryStatus | None = None


@strawberry.input
class BillingTypeFilter:
    eq: BillingType | None = None


@strawberry.input
class TimeEntryFilter:
    and_: list["TimeEntryFilter"] | None = strawberry.field(name="and", default=None)
    or_: list["TimeEntryFilter"] | None = strawberry.field(name="or", default=None)
    not_: Annotated["TimeEntryFilter", strawberry.lazy("tests.bench.naive")] | None = strawberry.field(
        name="not", default=None
    )
    person_id: IdFilter | None = None
    project_id: IdFilter | None = None
    time: IntFilter | None = None
    date: DateFilter | None = None
    status: StatusFilter | None = None
    billing_type_id: BillingTypeFilter | None = None

    def condition(self) -> ColumnElement[bool]:
        parts: list[Any] = []
        if self.and_ is not None:
            parts += [part.condition() for part in self.and_]
        if self.or_ is not None:
            parts.append(or_(*(part.condition() for part in self.or_)))
        if self.not_ is not None:
            parts.append(not_(self.not_.condition()))
        parts += [
            COMPARISONS[operation](column, getattr(operand, "value", operand))
            for column, asked in self._asked()
            for operation, operand in (vars(asked).items() if asked else ())
            if operand is not None
        ]
        return and_(*parts)

    def _asked(self) -> list[tuple[Any, Any]]:
        return [
            (T.person_id, self.person_id),
            (T.project_id, self.project_id),
            (T.time, self.time),
            (T.date, self.date),
            (T.status_id, self.status),
            (T.billing_type_id, self.billing_type_id),
        ]


@strawberry.input
class TimeEntryOrder:
    field: TimeEntryOrderField
    direction: OrderDirection = OrderDirection.ASC


@strawberry.type
class Query:
    @strawberry.field
    async def time_entry(self, info: Info, id: strawberry.ID) -> TimeEntry | None:
        number = int(id.removeprefix("TimeEntry:"))
        statement = select(T).where(T.id == number, T.organization_id == ORGANIZATION)
        return cast("TimeEntry | None", (await info.context["loaders"].session.scalars(statement)).one_or_none())

    @strawberry.field
    async def time_entries(
        self,
        info: Info,
        first: int = 30,
        after: str | None = None,
        filter: TimeEntryFilter | None = None,
        order_by: list[TimeEntryOrder] | None = None,
    ) -> Connection:
        condition = T.organization_id == ORGANIZATION
        if filter is not None:
            condition = and_(condition, filter.condition())
        statement = select(T).where(condition).limit(first + 1)
        if after is not None:
            date, number = read_cursor(after)
            day = dt.date.fromisoformat(date)
            statement = statement.where(T.date <= day, or_(T.date < day, T.id > number))
        statement = statement.order_by(*([T.date.desc()] if order_by else []), T.id)
        wanted = {getattr(field, "name", "") for selected in info.selected_fields for field in selected.selections}
        rows: list[Any] = []
        if wanted & {"nodes", "pageInfo"}:
            rows = list(await info.context["loaders"].session.scalars(statement))
        return Connection(condition=condition, rows=rows, size=first)


class App(GraphQL[Any, Any]):
    async def get_context(self, request: Any, response: Any) -> Any:
        del response
        return {"loaders": request.scope["loaders"]}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        token = dict(scope["headers"]).get(b"authorization", b"").removeprefix(b"Bearer ")
        async with sessions() as session:
            digest = hashlib.sha256(token).hexdigest()
            known = await session.scalar(select(TokenRow).where(TokenRow.digest == digest))  # type: ignore[arg-type]
            if known is None:
                await send({"type": "http.response.start", "status": 401, "headers": []})
                await send({"type": "http.response.body", "body": b""})
                return
            scope["loaders"] = Loaders(session)
            await super().__call__(scope, receive, send)


schema = strawberry.Schema(Query)
app = App(schema, graphql_ide=None)

"""SQLite and PostgreSQL give the same answers to random operations, and hold the same rows after random writes."""

import random
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import orjson
import pytest
import pytest_asyncio
from graphql import parse, validate

from gateway.graphql.schema import CORE
from gateway.store.schema.kept import TimeEntryDayEndsRow, TimeEntryZoneRow
from gateway.store.schema.rows import Row
from tests.support.harness.asking import Asked, asking
from tests.support.harness.stores import store_url
from tests.support.random.filters import Filters
from tests.support.random.operations import Operations, Pool
from tests.support.worlds.ledger import ADMIN, BOSS, CLERK, MEMBER, OTHER, STRANGER, make_ledger, viewer
from tests.support.worlds.office import table_rows

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.postgresql_only]
ENTRIES = 160
VIEWERS = (ADMIN, ADMIN, BOSS, CLERK, MEMBER, OTHER, STRANGER)
ORDERS = ("DATE", "UPDATED_AT", "JIRA_ISSUE_ID", "JIRA_ISSUE_STATUS", "JIRA_ISSUE_SUMMARY")
KEYS = ("PERSON", "SERVICE", "TASK", "DEAL", "PROJECT", "COMPANY", "STATUS", "BILLING_TYPE", "INVOICING_STATUS")
SPANS = ("DATE", "WEEK", "MONTH", "YEAR")
RECORDS = ("TimeEntry", "Person", "Company", "Project", "Deal", "Service", "Task", "Timesheet", "Booking", "Invoice")
AGGREGATE = """aggregate {
  count time billableTime cost { amount currency } costDefault }"""
LIST = f"""query ($filter: TimeEntryFilter, $orderBy: [TimeEntryOrder!], $first: Int, $after: String, $last: Int,
    $before: String, $by: [TimeEntryGroupKey!]!) {{
  timeEntries(filter: $filter, orderBy: $orderBy, first: $first, after: $after, last: $last, before: $before) {{
    totalCount
    edges {{ cursor node {{ id status updatedAt jiraIssueId jiraIssueStatus jiraIssueSummary date note cost }} }}
    pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }}
    {AGGREGATE}
    groups(by: $by, first: 1000) {{ totalCount nodes {{
      person {{ id }} service {{ id }} task {{ id }} deal {{ id }} project {{ id }} company {{ id }}
      status billingType invoicingStatus date {AGGREGATE} }} }} }} }}"""
CREATE = """mutation ($input: TimeEntryCreateInput!) {
  timeEntryCreate(input: $input) { timeEntry { id revision cost } userErrors { code message path } } }"""
ACTS = ("timeEntryBulkApprove", "timeEntryBulkUnapprove", "timeEntryBulkReject", "timeEntryBulkUnreject")
BULK = """mutation ($input: TimeEntryBulkInput!) {
  %s(input: $input) { results { timeEntryId outcome } userErrors { code } } }"""


@dataclass(frozen=True, slots=True)
class Both:
    """The same ledger in a store of each kind."""

    sqlite: Asked
    postgresql: Asked

    async def payload(self, query: str, person: int, **variables: Any) -> dict[str, Any]:
        """The answer that both give."""
        one = await self.sqlite.payload(query, viewer(person), **variables)
        other = await self.postgresql.payload(query, viewer(person), **variables)
        assert orjson.dumps(one) == orjson.dumps(other), (query, variables, one, other)
        assert "INTERNAL_SERVER_ERROR" not in str(one), one
        return one

    async def rows(self) -> dict[str, tuple[list[Any], list[Any]]]:
        """All rows of both, by table; images are JSON, written with other spaces."""
        return {
            str(row.__tablename__): (
                _plain(await table_rows(self.sqlite.database, row)),
                _plain(await table_rows(self.postgresql.database, row)),
            )
            for row in Row.__subclasses__()
            if hasattr(row, "__table__") and row not in OF_ONE
        }


OF_ONE = {TimeEntryZoneRow, TimeEntryDayEndsRow}  # empty on the other
PLAIN = {
    "before": orjson.loads,
    "after": orjson.loads,
    "stamp": bool,  # a random number, once something was written
}


def _plain(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        row | {name: PLAIN[name](row[name]) for name in row.keys() & PLAIN if row[name] is not None} for row in rows
    ]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def both(tmp_path_factory: pytest.TempPathFactory, store_kind: str) -> AsyncIterator[Both]:
    del store_kind  # PostgreSQL, if there is one
    folder = tmp_path_factory.mktemp("agree")
    ledger = make_ledger(seed=3, entries=ENTRIES)
    async with (
        asking(folder, ledger, f"sqlite+aiosqlite:///{folder}/ledger.db") as sqlite,
        asking(folder, ledger, store_url(folder)) as postgresql,
    ):
        yield Both(sqlite, postgresql)


def random_list(lot: random.Random, both: Both, person: int) -> dict[str, Any]:
    """Variables of a list: filter, order, size, keys of groups."""
    who = viewer(person)
    filters = Filters(both.sqlite.ledger.entries_of(who.organization_id), lot, submission=who.timesheet_submission)
    order = [
        {"field": field, "direction": lot.choice(("ASC", "DESC"))} for field in lot.sample(ORDERS, lot.randint(0, 3))
    ]
    keys = [*lot.sample(KEYS, lot.randint(0, 2)), *lot.sample(SPANS, lot.randint(0, 1))] or ["PERSON"]
    lot.shuffle(keys)
    return {"filter": filters.filter(depth=2), "orderBy": order, "by": keys}


@pytest.mark.parametrize("seed", range(8))
async def test_random_filters_orders_groups_and_pages_are_answered_alike(both, seed):
    lot = random.Random(seed)
    for _ in range(6):
        person = lot.choice(VIEWERS)
        asked = random_list(lot, both, person)
        forward = lot.random() < 0.5
        size, place = ("first", "after") if forward else ("last", "before")
        cursor = None
        for _ in range(3):
            payload = await both.payload(LIST, person, **asked, **{size: lot.choice((1, 7, 50)), place: cursor})
            if "data" not in payload:  # a filter that cannot be, refused alike
                assert payload["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT", payload
                break
            info = payload["data"]["timeEntries"]["pageInfo"]
            cursor = info["endCursor" if forward else "startCursor"]
            if cursor is None:
                break


@pytest.mark.parametrize("seed", range(5))
async def test_random_queries_are_answered_alike(both, seed):
    lot = random.Random(seed)
    for _ in range(8):
        person = lot.choice(VIEWERS)
        operation = _valid(lot, both, person, "query")
        await both.payload(operation.text, person, **operation.variables)


@pytest.mark.parametrize("seed", range(5))
async def test_random_writes_are_answered_alike_and_leave_the_same_rows(both, seed):
    lot = random.Random(seed)
    for _ in range(25):
        person = lot.choice(VIEWERS)
        match lot.randrange(3):
            case 0:
                await both.payload(CREATE, person, input=_new_entry(lot, viewer(person).organization_id))
            case 1:
                await both.payload(BULK % lot.choice(ACTS), person, input=_bulk(lot, both, person))
            case _:
                operation = _valid(lot, both, person, "mutation")
                await both.payload(operation.text, person, **operation.variables)

    for table, (one, other) in (await both.rows()).items():
        assert one == other, table


def _new_entry(lot: random.Random, organization: int) -> dict[str, Any]:
    base = organization * 10
    given = {
        "date": lot.choice(("2025-03-30", "2024-02-29", "2025-02-30")),
        "personId": f"Person:{base + lot.randint(1, 5)}",
        "serviceId": f"Service:{base + lot.randint(1, 3)}",
        "time": lot.choice((0, 5, 480)),
        "note": lot.choice((None, "župan\n", "\U0001f600")),
        "idempotencyKey": lot.choice((None, "once", f"key {lot.random()}")),
    }
    return {name: value for name, value in given.items() if value is not None}


def _bulk(lot: random.Random, both: Both, person: int) -> dict[str, Any]:
    target = (
        {"filter": random_list(lot, both, person)["filter"]}
        if lot.random() < 0.5
        else {"ids": [str(lot.randint(1, ENTRIES)) for _ in range(lot.randint(1, 8))]}
    )
    policy = lot.choice(("ALL_OR_NOTHING", "BEST_EFFORT"))
    return {"target": target, "errorPolicy": policy}


def _valid(lot: random.Random, both: Both, person: int, kind: str) -> Any:
    who = viewer(person)
    filters = Filters(both.sqlite.ledger.entries_of(who.organization_id), lot, submission=who.timesheet_submission)

    def random_id(name: str) -> str:
        number = lot.choice((1, 2, 3, 5, 6, 7, 11, 12, 13, 14, 21, 24, lot.randint(1, ENTRIES)))
        type_name = lot.choice(RECORDS) if name in {"id", "ids"} else f"{name[0].upper()}{name[1:-2]}"
        return f"{type_name}:{number}" if kind == "query" else lot.choice((str(number), f"TimeEntry:{number}"))

    pool = Pool(
        id=random_id,
        cursors=("", "bm9uZQ"),
        texts=("", "a", "ADRIA", "žU", "%", "Ž1"),
        days=("2025-03-30", "2019-02-30", "2024-12-31"),
        filter=lambda: filters.filter(depth=1),
    )
    operations = Operations(CORE, lot, pool)
    while True:
        operation = operations.query() if kind == "query" else operations.mutation()
        if not validate(CORE, parse(operation.text)):
            return operation

"""Which way SQLite finds entries: no filter that holds for few of them, and no order, passes over all the others.

The plans are those of a store of any size, for the planner has the same numbers everywhere; how many
instructions a statement takes shows that the plan does what it says.
"""

import re
import sqlite3
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from random import Random
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import bindparam, select

from gateway.catalog.documented import SORTS_OF
from gateway.catalog.records import PICKERS
from gateway.catalog.time_entries import FILTERS, SORTS
from gateway.domain.access import Role
from gateway.graphql.execution import Gateway
from gateway.graphql.requests.request import GraphQLRequest
from gateway.jsonapi.levels import Level, Scope
from gateway.jsonapi.paging import order_of, page_of
from gateway.jsonapi.shown import TYPES
from gateway.jsonapi.wanted import Wanted
from gateway.querying.conditions import EVERYTHING
from gateway.store.databases.database import open_database
from gateway.store.databases.statements import SQLITE, compile_statement
from gateway.store.databases.usage import Ran, listening
from gateway.store.derived import worked_time
from gateway.store.imports.following import STRAYED
from gateway.store.imports.merging import LAST_REVISIONS
from gateway.store.mirror import forwarded
from gateway.store.mirror.fences import CHANGED
from gateway.store.pages.reading import PageStatements, Start
from gateway.store.retention import REMOVE
from gateway.store.schema.entries import ENTRIES
from gateway.store.schema.entry_indexes import UPWARDS
from gateway.store.schema.tables import DEALS, SERVICES, TASKS
from gateway.store.visibility import visibility
from gateway.store.writes.change_reads import changes_seen, counts_of_changes, newest_changes
from gateway.store.writes.entry_facts import CONDITIONS, EntrySelection
from tests.support.worlds.seeded import seeded_store

# Passing over the entries of the larger organization alone takes more.
FEW_INSTRUCTIONS = 20_000
BOTH_CURSORS = "pageInfo { startCursor endCursor }"
pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.sqlite_only]

# Where all values are common, one is made rare.
COMMON = ("person_id", "creator_id", "approver_id", "responsible_id", "company_id", "billing_type_id")


def make_rare(connection, column):
    """Give all but three of the entries with the rarest value of a column another one."""
    rare, other = (
        row[0]
        for row in connection.execute(
            f"SELECT {column} FROM time_entries WHERE organization_id = 1 AND {column} IS NOT NULL "
            "GROUP BY 1 ORDER BY count(*) LIMIT 2"
        )
    )
    connection.execute(
        f"UPDATE time_entries SET {column} = ? WHERE organization_id = 1 AND {column} = ? AND id NOT IN "
        f"(SELECT id FROM time_entries WHERE organization_id = 1 AND {column} = ? ORDER BY id LIMIT 3)",
        (other, rare, rare),
    )


def give_a_manager_of_their_own(connection, person):
    """Let somebody manage nobody but a person."""
    [manager] = connection.execute(
        "SELECT min(id) FROM people WHERE organization_id = 1 AND id NOT IN "
        "(SELECT manager_id FROM people WHERE manager_id IS NOT NULL)"
    ).fetchone()
    connection.execute("UPDATE people SET manager_id = ? WHERE id = ?", (manager, person))


class Asked:
    """Asks for entries, and tells how SQLite finds them."""

    def __init__(self, database, connection, viewer):
        self._gateway = Gateway(database)
        self._connection, self.viewer = connection, viewer

    def rows(self, sql, parameters=()):
        return self._connection.execute(sql, parameters).fetchall()

    def value(self, sql):
        rows = self.rows(sql)
        return rows[0][0] if rows else None

    async def plan(self, arguments, *, size="first: 20, "):
        """The steps of the one statement, what it answers, and how many instructions it takes."""
        statements: list[Ran] = []
        with listening(statements.append):
            entries = await self.entries(f"({size}{arguments}) {{ nodes {{ id person {{ id name }} }} }}")
        [ran] = statements
        steps = self.steps(ran.text, ran.parameters)
        return steps, entries["nodes"], self._instructions(ran.text, ran.parameters)

    def steps(self, sql, parameters):
        """The steps of a statement."""
        return [row[3] for row in self.rows(f"EXPLAIN QUERY PLAN {sql}", parameters)]

    def steps_of(self, statement):
        """The steps of a statement that is compiled, whatever it is compared with."""
        return self.steps(statement.text, [None] * len(statement.names))

    async def entries(self, selection):
        return (await self.data(f"{{ timeEntries{selection} }}", self.viewer))["timeEntries"]

    async def data(self, query, viewer):
        outcome = await self._gateway.execute(GraphQLRequest(query), viewer)
        payload: Any = outcome.payload
        assert "errors" not in payload
        return payload["data"]

    def _instructions(self, text, parameters):
        ticks = []
        self._connection.set_progress_handler(lambda: ticks.append(1), 100)
        self._connection.execute(text, parameters).fetchall()
        self._connection.set_progress_handler(None, 0)
        return len(ticks) * 100


@asynccontextmanager
async def opened(folder, change):
    """Change a store of made-up entries of its own, and answer from it."""
    url, viewer = seeded_store(folder)
    with closing(sqlite3.connect(folder / "gateway.db", isolation_level=None)) as connection:
        change(connection)
        async with open_database(url) as database:
            yield Asked(database, connection, viewer)


def make_some_rare(connection):
    connection.execute("UPDATE time_entries SET invoicing_status_id = CASE WHEN id % 5000 = 0 THEN 1 ELSE 3 END")
    for column in COMMON:
        make_rare(connection, column)
    [rare] = connection.execute(
        "SELECT person_id FROM time_entries WHERE organization_id = 1 GROUP BY 1 ORDER BY count(*) LIMIT 1"
    ).fetchone()
    give_a_manager_of_their_own(connection, rare)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def asked(tmp_path_factory):
    async with opened(tmp_path_factory.mktemp("indexes"), make_some_rare) as asked:
        yield asked


def make_all_alike(connection):
    connection.execute(f"UPDATE time_entries SET {', '.join(f'{field} = 480' for field in UPWARDS)}")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def alike(tmp_path_factory):
    """Entries that have the values in common by which they are ordered."""
    async with opened(tmp_path_factory.mktemp("alike"), make_all_alike) as asked:
        yield asked


def rarest(asked, column):
    """The value of a column that the fewest entries have."""
    return asked.value(
        f"SELECT {column} FROM time_entries WHERE organization_id = 1 AND {column} IS NOT NULL "
        "GROUP BY 1 ORDER BY count(*) LIMIT 1"
    )


def quoted(value):
    return f'"{value}"'


# What to ask of each kind of comparator, given the rarest value of the column, so that few entries match.
WORDS = {
    "TimeEntryStatusFilter": {1: "APPROVED", 2: "UNAPPROVED", 3: "REJECTED"},
    "BillingTypeFilter": {1: "FIXED", 2: "ACTUALS", 3: "NON_BILLABLE"},
    "InvoicingStatusFilter": {1: "NOT_INVOICED", 2: "DRAFTED", 3: "FINALIZED"},
}
NEWEST = "2025-07-31"
SELECTIVE = {
    "Date": lambda row, _: f'"{NEWEST if row.name == "after" else "2020-07-28"}"',
    "Boolean": lambda row, rarest: str(rarest != 1 if row.name == "invoiced" else bool(rarest)).lower(),
    "IdFilter": lambda _, rarest: f'{{ in: ["{rarest}", "{int(rarest) + 100_000}"] }}',
    "StringFilter": lambda _, rarest: f"{{ in: [{quoted(rarest)}, {quoted('none')}] }}",
    "IntFilter": lambda row, rarest: "{ gt: 719 }" if row.name == "time" else f"{{ eq: {rarest} }}",
    "DateFilter": lambda *_: f'{{ gtEq: "{NEWEST}" }}',
    "DateTimeFilter": lambda *_: f'{{ gt: "{NEWEST}" }}',
}
OPERATIONS = {
    "IdFilter": lambda rarest: f'{{ eq: "{rarest}" }}',
    "StringFilter": lambda rarest: f"{{ eq: {quoted(rarest)} }}",
    "DateFilter": lambda _: f'{{ eq: "{NEWEST}" }}',
    "DateTimeFilter": lambda _: f'{{ eq: "{NEWEST}" }}',
}


MANAGER = "(SELECT manager_id FROM people WHERE people.id = time_entries.person_id)"


# A note is longer than an entry of an index may be.
INDEXED = [row for row in FILTERS.filters if row.name != "note"]


def column_of(row):
    return MANAGER if row.name == "managerId" else getattr(row.subject.expression, "key", row.subject.name)


@pytest.mark.parametrize("order", ["", "orderBy: [{ field: DATE, direction: DESC }], "])
@pytest.mark.parametrize("row", INDEXED, ids=lambda row: row.name)
async def test_a_filter_that_few_entries_meet_passes_over_no_others(asked, row, order):
    value = rarest(asked, column_of(row))
    comparator = row.kind.comparator
    words = WORDS.get(comparator)
    asking = [f"{{ eq: {words[value]} }}"] if words else [SELECTIVE[comparator](row, value)]
    if comparator in OPERATIONS:
        asking.append(OPERATIONS[comparator](value))

    for filter_ in asking:
        steps, _, instructions = await asked.plan(f"{order}filter: {{ {row.name}: {filter_} }}")

        assert not [step for step in steps if step.startswith("SCAN time_entries")]
        assert any("SEARCH time_entries" in step for step in steps)
        assert instructions < FEW_INSTRUCTIONS, filter_


@pytest.mark.parametrize("field", SORTS.keys)
@pytest.mark.parametrize("direction", ["ASC", "DESC"])
async def test_an_order_is_read_off_an_index(asked, field, direction):
    steps, nodes, instructions = await asked.plan(f"orderBy: [{{ field: {field}, direction: {direction} }}]")

    assert len(nodes) == 20
    # Downwards in such an order no more are sorted than the page has.
    is_sorted = direction == "DESC" and field.lower() in UPWARDS
    passing = "SCAN time_entries" if is_sorted else "SCAN"
    assert not [step for step in steps if step.startswith(passing) or (not is_sorted and "TEMP B-TREE" in step)]
    assert instructions < 5_000


@pytest.mark.parametrize("field", sorted(UPWARDS))
async def test_entries_that_have_one_value_in_common_are_not_sorted_for_a_page_downwards(alike, field):
    order = f"orderBy: [{{ field: {field.upper()}, direction: DESC }}]"
    ids = [row[0] for row in alike.rows("SELECT id FROM time_entries WHERE organization_id = 1 ORDER BY id")]
    page = await alike.entries(f"(page: {{ number: 5, size: 20 }}, {order}) {{ {BOTH_CURSORS} }}")
    start, end = page["pageInfo"]["startCursor"], page["pageInfo"]["endCursor"]
    for beyond, wanted in (
        ("first: 20", ids[:20]),
        (f'first: 20, after: "{end}"', ids[100:120]),
        (f'last: 20, before: "{start}"', ids[60:80]),
        ("last: 20", ids[-20:]),
    ):
        _, nodes, instructions = await alike.plan(f"{order}, {beyond}", size="")

        assert [node["id"] for node in nodes] == [f"TimeEntry:{number}" for number in wanted]
        assert instructions < 5_000, beyond


@pytest.mark.parametrize("field", SORTS.keys)
@pytest.mark.parametrize("direction", ["ASC", "DESC"])
@pytest.mark.parametrize("number", [5, 50])  # of 70; the Jira columns of 11 pages have a value
async def test_pages_on_both_sides_far_down_are_sought_in_the_index(asked, field, direction, number):
    order = f"orderBy: [{{ field: {field}, direction: {direction} }}]"
    page = await asked.entries(f"(page: {{ number: {number}, size: 200 }}, {order}) {{ {BOTH_CURSORS} }}")
    start, end = page["pageInfo"]["startCursor"], page["pageInfo"]["endCursor"]

    for beyond in (f'first: 20, after: "{end}"', f'last: 20, before: "{start}"'):
        steps, nodes, instructions = await asked.plan(f"{order}, {beyond}", size="")

        assert len(nodes) == 20
        assert not [step for step in steps if step.startswith("SCAN time_entries")]
        assert instructions < 10_000


@pytest.mark.parametrize("order", ["", "orderBy: [{ field: DATE, direction: DESC }], "])
async def test_a_page_by_a_large_number_passes_over_rows_of_an_index_alone(asked, order):
    steps, nodes, _ = await asked.plan(f"{order}page: {{ number: 300, size: 20 }}", size="")

    assert len(nodes) == 20
    assert any("COVERING INDEX" in step for step in steps if "time_entries" in step)
    assert any("SEARCH time_entries USING INTEGER PRIMARY KEY" in step for step in steps)


async def test_many_entries_are_read_in_order_and_not_sorted(asked):
    _, nodes, instructions = await asked.plan('filter: { updatedAt: { gtEq: "2020-08-01" } }')

    assert len(nodes) == 20
    assert instructions < 60_000  # 4,000 are counted, 20 are read


@pytest.mark.parametrize(
    ("since", "until", "most"),
    [("1999-01-01", NEWEST, 30_000), ("2020-08-01", NEWEST, 30_000), ("2024-03-01", "2024-05-31", 6_000)],
)
async def test_a_span_of_days_passes_over_no_earlier_days_in_the_order_of_ids(asked, since, until, most):
    steps, nodes, instructions = await asked.plan(f'filter: {{ date: {{ gtEq: "{since}", ltEq: "{until}" }} }}')

    expected = asked.rows(
        "SELECT id FROM time_entries WHERE organization_id = 1 AND date BETWEEN ? AND ? ORDER BY id LIMIT 20",
        (since, until),
    )
    assert [node["id"] for node in nodes] == [f"TimeEntry:{number}" for (number,) in expected]
    assert all("COVERING" in step for step in steps if "ix_time_entries" in step)
    assert instructions < most  # some ten a day, and those of the page


@pytest.mark.parametrize("direction", ["ASC", "DESC"])
async def test_of_several_people_and_projects_a_few_entries_each_are_read_by_date(asked, direction):
    people = [row[0] for row in asked.rows("SELECT id FROM people WHERE organization_id = 1 ORDER BY id LIMIT 4")]
    project = asked.value("SELECT max(id) FROM projects WHERE organization_id = 1")
    either = f'[{{ personId: {{ in: ["{people[0]}", "{people[1]}"] }} }}, {{ projectId: {{ eq: "{project}" }} }}]'
    order = f"orderBy: [{{ field: DATE, direction: {direction} }}]"

    steps, nodes, instructions = await asked.plan(f"{order}, filter: {{ or: {either}, time: {{ gt: 0 }} }}")

    expected = asked.rows(
        "SELECT id FROM time_entries WHERE organization_id = 1 AND (person_id IN (?, ?) OR project_id = ?) "
        f"AND time > 0 ORDER BY date {direction}, id LIMIT 20",
        (people[0], people[1], project),
    )
    assert [node["id"] for node in nodes] == [f"TimeEntry:{number}" for (number,) in expected]
    assert sum("ix_time_entries__organization_id_person_id_date_id" in step for step in steps) == 2
    assert sum("ix_time_entries__organization_id_project_id_date_id" in step for step in steps) == 1
    assert sum("MERGE (UNION)" in step for step in steps) == 2
    assert instructions < 5_000


async def test_what_an_alternative_tests_of_a_project_is_looked_up_in_its_index(asked):
    people = [row[0] for row in asked.rows("SELECT id FROM people WHERE organization_id = 1 ORDER BY id LIMIT 4")]
    project = asked.value("SELECT max(id) FROM projects WHERE organization_id = 1")
    of_people = f'{{ personId: {{ in: ["{people[0]}", "{people[1]}"] }} }}'
    of_project = f'{{ projectId: {{ eq: "{project}" }}, billingTypeId: {{ eq: NON_BILLABLE }}, time: {{ gt: 1 }} }}'

    steps, nodes, _ = await asked.plan(f"orderBy: [{{ field: DATE }}], filter: {{ or: [{of_people}, {of_project}] }}")

    expected = asked.rows(
        "SELECT id FROM time_entries WHERE organization_id = 1 AND (person_id IN (?, ?) "
        "OR project_id = ? AND billing_type_id = 3 AND time > 1) ORDER BY date, id LIMIT 20",
        (people[0], people[1], project),
    )
    assert [node["id"] for node in nodes] == [f"TimeEntry:{number}" for (number,) in expected]
    assert sum("COVERING INDEX ix_time_entries__organization_id_person_id_date_id" in step for step in steps) == 2
    assert sum("COVERING INDEX ix_time_entries__organization_id_project_id_date_id" in step for step in steps) == 1


async def test_whatever_people_and_projects_are_asked_for_no_more_than_a_page_of_each_is_read(asked):
    random = Random(1)
    people, projects, days = (
        [
            row[0]
            for row in asked.rows(f"SELECT DISTINCT {column} FROM time_entries WHERE organization_id = 1 ORDER BY 1")
        ]
        for column in ("person_id", "project_id", "date")
    )
    for _ in range(25):
        some, others = (random.sample(of, min(most, len(of))) for of, most in ((people, 5), (projects, 8)))
        since = random.choice(days)
        of_people = f"{{ personId: {{ in: [{', '.join(map(quoted, some))}] }} }}"
        kind = "or: [{ billingTypeId: { eq: ACTUALS } }, { time: { gtEq: 120 } }]"
        of_projects = f"{{ projectId: {{ in: [{', '.join(map(quoted, others))}] }}, {kind} }}"
        rest = f'not: {{ status: {{ eq: REJECTED }} }}, date: {{ gtEq: "{since}" }}'

        _, nodes, instructions = await asked.plan(
            f"orderBy: [{{ field: DATE, direction: DESC }}], filter: {{ or: [{of_people}, {of_projects}], {rest} }}"
        )

        expected = asked.rows(
            f"SELECT id FROM time_entries WHERE organization_id = 1 AND (person_id IN ({', '.join(map(str, some))}) "
            f"OR project_id IN ({', '.join(map(str, others))}) AND (billing_type_id = 2 OR time >= 120)) "
            "AND status_id <> 3 AND date >= ? ORDER BY date DESC, id LIMIT 20",
            (since,),
        )
        assert [node["id"] for node in nodes] == [f"TimeEntry:{number}" for (number,) in expected]
        assert instructions < 13 * 20 * 80  # a page of each of 13


@pytest.mark.parametrize("page", ["first: 7", "last: 7", "page: { number: 9, size: 7 }"])
async def test_lists_of_any_length_are_merged_whole(asked, page):
    people = [row[0] for row in asked.rows("SELECT id FROM people WHERE organization_id = 1 ORDER BY id")]
    order = "orderBy: [{ field: DATE, direction: DESC }]"
    for count in (2, 3, 4, 5, len(people)):  # one shape, of which each length finds what it asks for
        ids = ", ".join(f'"{number}"' for number in people[:count])
        found = await asked.entries(
            f"({page}, {order}, filter: {{ personId: {{ in: [{ids}] }} }}) {{ nodes {{ id }} }}"
        )

        rows = asked.rows(
            "SELECT id FROM time_entries WHERE organization_id = 1 "
            f"AND person_id IN ({', '.join(map(str, people[:count]))}) ORDER BY date DESC, id"
        )
        start = {"first: 7": 0, "last: 7": len(rows) - 7}.get(page, 56)
        assert [node["id"] for node in found["nodes"]] == [
            f"TimeEntry:{number}" for (number,) in rows[start : start + 7]
        ]


@pytest.mark.parametrize(
    ("statement", "index"),
    [
        (
            select(worked_time(TASKS)).where(TASKS.c.id == bindparam("task")),
            "COVERING INDEX {}organization_id_task_id_id_time",
        ),
        (select(ENTRIES.c.id).where(CONDITIONS[EntrySelection.DAY]), "INDEX {}organization_id_person_id_date_id"),
        (STRAYED[SERVICES], "INDEX {}organization_id_service_id_date_id"),
        (STRAYED[DEALS], "INDEX {}organization_id_service_id_date_id"),
    ],
    ids=["a task's minutes", "a person's day", "what hangs on services", "what hangs on deals"],
)
async def test_what_names_no_organization_is_found_by_an_index_that_begins_with_one(asked, statement, index):
    compiled = compile_statement(statement, SQLITE)

    steps = asked.steps_of(compiled)

    assert any(index.format("ix_time_entries__") in step for step in steps), steps
    assert not any(step.startswith("SCAN") and "time_entries" in step for step in steps), steps


@pytest.mark.parametrize(
    "statement",
    [
        LAST_REVISIONS,
        CHANGED,
        forwarded.NEWEST,
        REMOVE,
        counts_of_changes(changes_seen(sees_everything=True)),
        counts_of_changes(changes_seen(sees_everything=False)),
        select(newest_changes(changes_seen(sees_everything=True)).c.id),
        select(newest_changes(changes_seen(sees_everything=False)).c.id),
    ],
    ids=["revisions", "fence", "newest", "expired", "all counts", "counts", "all history", "history"],
)
async def test_changes_of_entries_are_found_by_their_entries(asked, statement):
    compiled = compile_statement(statement, SQLITE)

    steps = asked.steps_of(compiled)

    # Those that were found are met once more, each by its own number.
    found = [step for step in steps if " time_entry_changes " in step and "(organization_id=? AND id=?)" not in step]
    assert found, steps
    assert all("ix_time_entry_changes__time_entry_id_id (time_entry_id=?" in step for step in found), steps


# Those an organization has few of are found by its index of their names, and sorted.
@pytest.mark.parametrize("name", [name for name in TYPES if name not in {*PICKERS, "exchange_rates"}])
async def test_a_page_of_what_grows_with_entries_in_the_order_of_ids_reads_no_more_than_a_page(asked, name):
    type_ = TYPES[name]
    scope = Scope(asked.viewer.rights, SQLITE)
    wanted = Wanted(includes={relationship: {} for relationship in type_.relationships})
    level = Level(scope, type_, wanted, wanted.includes)
    start = Start.of(type_.table, EVERYTHING, order_of(SORTS_OF[name], []), page_of([]).page)
    pages = PageStatements(type_.table, scope.visibility(type_.table), SQLITE, level.select)
    statement, _ = pages.of(EVERYTHING, start)

    steps = asked.steps_of(statement)

    assert not any("TEMP B-TREE" in step for step in steps), steps
    assert re.match(rf"SEARCH {type_.table.name} .*\((organization_id|rowid)=\?", steps[0]), steps


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("field", ["id", "person { name }"])
async def test_a_running_timer_passes_over_no_other_entries_of_its_person(asked, role, field):
    statements: list[Ran] = []

    with listening(statements.append):
        await asked.data(f"{{ viewer {{ runningTimer {{ {field} }} }} }}", replace(asked.viewer, role=role))

    steps = asked.steps(statements[-1].text, statements[-1].parameters)
    assert any("ix_time_entries__running_timer (organization_id=? AND person_id=?)" in step for step in steps), steps


@pytest.mark.parametrize("sees_everything", [True, False])
async def test_a_timer_that_is_started_passes_over_no_other_entries_of_its_person(asked, sees_everything):
    seen = visibility("time_entries", sees_everything=sees_everything).condition(ENTRIES)
    compiled = compile_statement(select(ENTRIES.c.id).where(CONDITIONS[EntrySelection.RUNNING], seen), SQLITE)

    steps = asked.steps_of(compiled)

    assert any("ix_time_entries__running_timer (organization_id=? AND person_id=?)" in step for step in steps), steps

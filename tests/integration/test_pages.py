"""Pages: whatever the order, its pages hold every entry once, from either end, also while entries come and go."""

import base64
import datetime as dt
from itertools import product
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete

from gateway.graphql.execution import Gateway
from gateway.graphql.requests.request import GraphQLRequest
from gateway.store.databases.database import open_database
from gateway.store.schema.entries import TimeEntryRow
from gateway.store.schema.rows import table_of
from tests.support.harness.asking import asking
from tests.support.harness.stores import store_url
from tests.support.judges.orders import COLUMNS, in_order
from tests.support.judges.predicate import holds
from tests.support.random.examples import examples
from tests.support.worlds.ledger import MEMBER, make_ledger, viewer
from tests.support.worlds.office import ADMIN, DAY, add_rows, entry, furnish
from tests.support.worlds.office import viewer as office_viewer

LEDGER = {"seed": 2, "entries": 120}

pytestmark = pytest.mark.asyncio(loop_scope="module")
PAGE = """
query($filter: TimeEntryFilter, $orderBy: [TimeEntryOrder!], $first: Int, $after: String, $last: Int, $before: String) {
  timeEntries(filter: $filter, orderBy: $orderBy, first: $first, after: $after, last: $last, before: $before) {
    nodes { resourceId }
    edges { cursor node { resourceId } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    pageMeta { currentPage }
  }
}
"""
orders = st.lists(
    st.builds(
        lambda field, direction: {"field": field} | ({"direction": direction} if direction else {}),
        st.sampled_from(sorted(COLUMNS)),
        st.sampled_from(("ASC", "DESC", None)),
    ),
    max_size=3,
)
FILTERS: tuple[dict[str, Any] | None, ...] = (
    None,
    {},
    {"not": {"jiraIssueId": {"isNull": True}}},
    {"time": {"eq": 60}},
    {"id": {"eq": "999"}},
    {"approvedAt": {"gtEq": "2025-02-01"}},
    {"updatedAt": {"lt": "2025-02-15"}, "after": "2025-01-10"},
    {"startedAt": {"gt": "2025-01-20"}, "status": {"in": ["APPROVED", "UNAPPROVED"]}},
    {"invoicingStatus": {"notEq": "NOT_INVOICED"}, "before": "2025-03-01"},
    {"not": {"invoiceId": {"isNull": True}}, "invoiced": True},
    {"after": "2099-01-01"},
)
SPANS: tuple[dict[str, Any], ...] = (
    {"after": "2025-01-15"},
    {"date": {"gt": "2025-01-01", "ltEq": "2025-03-30"}},
    {"before": "2025-03-30", "status": {"eq": "APPROVED"}},
)


def ids(page):
    return [int(node["resourceId"]) for node in page["nodes"]]


def well_formed(page):
    """The page, whose parts have to agree with each other."""
    assert [int(edge["node"]["resourceId"]) for edge in page["edges"]] == ids(page)
    cursors = [edge["cursor"] for edge in page["edges"]] or [None]
    assert (page["pageInfo"]["startCursor"], page["pageInfo"]["endCursor"]) == (cursors[0], cursors[-1])
    assert page["pageMeta"] is None
    return page


async def walk(asked, size, order, *, backward, filter=None):
    """All pages from one end to the other, checking what each says of its neighbours."""
    names = ("last", "before", "startCursor") if backward else ("first", "after", "endCursor")
    near, far = ("hasNextPage", "hasPreviousPage") if backward else ("hasPreviousPage", "hasNextPage")
    given_size, given_cursor, answered_cursor = names
    pages, cursor = [], None
    while True:
        arguments = {given_size: size, given_cursor: cursor, "orderBy": order, "filter": filter}
        page = well_formed((await asked.data(PAGE, **arguments))["timeEntries"])
        assert page["pageInfo"][near] == (cursor is not None)
        pages.append(page)
        if not page["pageInfo"][far]:
            return pages
        cursor = page["pageInfo"][answered_cursor]


@examples(25)
@given(order=orders, size=st.integers(1, 200), backward=st.booleans(), filter=st.sampled_from(FILTERS))
async def test_pages_partition_every_order_from_either_end(asked, order, size, backward, filter):
    rows = [row for row in asked.ledger.entries_of(1) if holds(filter, row, "Europe/Berlin")]
    size = size if size > 3 or len(rows) < 20 else size + 10

    pages = await walk(asked, size, order, backward=backward, filter=filter)

    found = [number for page in (reversed(pages) if backward else pages) for number in ids(page)]
    assert found == in_order(rows, order)
    assert [len(page["nodes"]) for page in pages[:-1]] == [size] * (len(pages) - 1)


@pytest.mark.parametrize("backward", [False, True])
@pytest.mark.parametrize("direction", ["ASC", "DESC"])
@pytest.mark.parametrize("field", sorted(COLUMNS))
async def test_pages_partition_each_documented_sort(asked, field, direction, backward):
    order = [{"field": field, "direction": direction}]

    pages = await walk(asked, 7, order, backward=backward)

    found = [number for page in (reversed(pages) if backward else pages) for number in ids(page)]
    assert found == in_order(asked.ledger.entries_of(1), order)


@pytest.mark.parametrize("filter", SPANS, ids=str)
@pytest.mark.parametrize("backward", [False, True])
async def test_pages_partition_a_span_of_days_whatever_lies_between(asked, monkeypatch, filter, backward):
    monkeypatch.setattr("gateway.store.pages.days.NEAR", 2)  # most pages are not near
    expected = in_order([row for row in asked.ledger.entries_of(1) if holds(filter, row, "Europe/Berlin")], [])
    assert len(expected) > 5

    for size in (2, 5, 40):
        pages = await walk(asked, size, [], backward=backward, filter=filter)

        found = [number for page in (reversed(pages) if backward else pages) for number in ids(page)]
        assert found == expected


@pytest.mark.parametrize("merged", [64, 1], ids=["merged", "a list"])  # of PostgreSQL; SQLite merges all
@pytest.mark.parametrize("direction", ["ASC", "DESC"])
@pytest.mark.parametrize("backward", [False, True])
async def test_pages_partition_the_entries_of_several_values_on_few_days(
    tmp_path, monkeypatch, merged, direction, backward
):
    monkeypatch.setattr("gateway.store.pages.branching.MOST_MERGED", merged)
    ledger = make_ledger(seed=5, entries=90)
    for row in ledger.time_entries:
        row.date = DAY + dt.timedelta(days=row.id % 3)
    people, projects = (
        sorted({str(row[column]) for row in ledger.entries_of(1) if row[column] is not None})
        for column in ("person_id", "project_id")
    )
    of_people = {"personId": {"in": [people[0], people[1], people[0]]}}
    order = [{"field": "DATE", "direction": direction}]
    async with asking(tmp_path, ledger) as asked:
        for filter in (
            of_people,
            {"or": [of_people, {"projectId": {"in": projects}}, {"personId": {"eq": people[1]}}]},
        ):
            expected = in_order([row for row in ledger.entries_of(1) if holds(filter, row, "Europe/Berlin")], order)
            assert len(expected) > 12
            for size in (3, 10):
                pages = await walk(asked, size, order, backward=backward, filter=filter)

                found = [number for page in (reversed(pages) if backward else pages) for number in ids(page)]
                assert found == expected


async def test_a_page_of_days_with_an_entry_each_tells_that_more_follow(tmp_path):
    older = [entry(number) for number in range(1, 1501)]
    days = [entry(1500 + n, date=DAY + dt.timedelta(days=n)) for n in range(1, 81)]
    query = 'query($first: Int!) { timeEntries(filter: {after: "2016-10-02"}, first: $first) { nodes { resourceId } '
    query += "pageInfo { hasNextPage } } }"

    async with open_database(store_url(tmp_path)) as database:
        await furnish(database, *older, *days)
        gateway, who = Gateway(database), office_viewer(ADMIN)
        outcomes = [await gateway.execute(GraphQLRequest(query, {"first": size}), who) for size in (50, 79, 80)]

    found: list[Any] = [outcome.payload["data"] for outcome in outcomes]
    assert [ids(page["timeEntries"]) for page in found] == [[*range(1501, 1501 + size)] for size in (50, 79, 80)]
    assert [page["timeEntries"]["pageInfo"]["hasNextPage"] for page in found] == [True, True, False]


async def test_the_longest_pages_are_whole_at_the_root_and_below_a_person(tmp_path):
    days = [entry(number, date=DAY + dt.timedelta(days=number)) for number in range(1, 221)]
    arguments = "first: 200, orderBy: [{ field: DATE, direction: DESC }]"
    page = "nodes { resourceId } pageInfo { hasNextPage }"
    query = f'{{ timeEntries({arguments}, filter: {{ after: "2016-01-01" }}) {{ {page} }} '
    query += f"people {{ nodes {{ timeEntries({arguments}) {{ {page} }} }} }} }}"

    async with open_database(store_url(tmp_path)) as database:
        await furnish(database, *days)
        outcome = await Gateway(database).execute(GraphQLRequest(query), office_viewer(ADMIN))

    found: Any = outcome.payload["data"]
    below = [person["timeEntries"] for person in found["people"]["nodes"] if person["timeEntries"]["nodes"]]
    for connection in (found["timeEntries"], *below):
        assert ids(connection) == [*range(220, 20, -1)]
        assert connection["pageInfo"] == {"hasNextPage": True}
    assert len(below) == 1


async def test_every_cursor_of_a_page_leads_on_from_its_own_entry(asked):
    order = [{"field": "JIRA_ISSUE_STATUS", "direction": "DESC"}, {"field": "DATE"}]
    whole = (await asked.data(PAGE, orderBy=order, first=200))["timeEntries"]

    for place, edge in enumerate(whole["edges"]):
        after = (await asked.data(PAGE, orderBy=order, first=3, after=edge["cursor"]))["timeEntries"]
        before = (await asked.data(PAGE, orderBy=order, last=3, before=edge["cursor"]))["timeEntries"]
        assert ids(after) == ids(whole)[place + 1 : place + 4]
        assert ids(before) == ids(whole)[max(place - 3, 0) : place]
        assert after["pageInfo"]["hasNextPage"] == (place + 4 < len(whole["edges"]))
        assert before["pageInfo"]["hasPreviousPage"] == (place > 3)


@pytest.mark.parametrize(("field", "direction"), [("DATE", "DESC"), ("JIRA_ISSUE_ID", "ASC"), (None, None)])
async def test_pages_hold_while_entries_come_and_go(tmp_path, field, direction):
    ledger = make_ledger(seed=3, entries=60)
    order = [{"field": field, "direction": direction}] if field else []
    new = [row for row in make_ledger(seed=4, entries=90).time_entries if row.id > 60 and row.organization_id == 1]
    rows = ledger.entries_of(1)
    everything = in_order(rows + [row.model_dump() for row in new], order)
    table = table_of(TimeEntryRow)
    async with asking(tmp_path, ledger) as asked:
        await asked.database.write(clear_steps)
        seen: list[int] = []
        cursor, present = None, {row["id"] for row in rows}
        while True:
            page = (await asked.data(PAGE, orderBy=order, first=5, after=cursor))["timeEntries"]
            start = everything.index(seen[-1]) + 1 if seen else 0
            assert ids(page) == [number for number in everything[start:] if number in present][:5]
            seen += ids(page)
            cursor = page["pageInfo"]["endCursor"]
            if not page["pageInfo"]["hasNextPage"]:
                break
            added, last = [new.pop() for _ in range(min(2, len(new)))], seen[-1]

            async def change(connection, added=added, last=last):
                if added:
                    await add_rows(connection, added)
                await connection.fetch(delete(table).where(table.c.id == last))

            await asked.database.write(change)
            present = (present | {row.id for row in added}) - {last}

    assert len(seen) == len(set(seen))
    assert {row["id"] for row in rows} <= set(seen)


async def clear_steps(connection):
    await connection.fetch(delete(table_of(TimeEntryRow).metadata.tables["approval_statuses"]))


async def test_the_longest_texts_make_cursors_that_hold(tmp_path):
    longest = {f"jira_issue_{name}": "\x01" * 254 for name in ("id", "status", "summary")}
    ledger = make_ledger(seed=5, entries=20)
    for row in ledger.time_entries:
        for name, text in longest.items():
            setattr(row, name, f"{text}{row.id % 3}")
    order = [{"field": f"JIRA_ISSUE_{name}"} for name in ("ID", "STATUS", "SUMMARY")]

    async with asking(tmp_path, ledger) as asked:
        pages = await walk(asked, 4, order, backward=False)

    assert [number for page in pages for number in ids(page)] == in_order(ledger.entries_of(1), order)


@pytest.mark.parametrize("backward", [False, True])
@pytest.mark.parametrize("direction", ["ASC", "DESC"])
async def test_entries_without_one_column_from_jira_are_paged_in_the_order_of_another(tmp_path, direction, backward):
    ledger = make_ledger(seed=5, entries=60)
    for row in ledger.time_entries:
        row.jira_issue_id = f"APP-{row.id % 4}" if row.id % 3 else None
        row.jira_issue_status = "Done" if row.id % 5 else None
        row.jira_worklog_id = str(row.id) if row.id % 2 else None

    async with asking(tmp_path, ledger) as asked:
        for column, field in (("jiraIssueStatus", "JIRA_ISSUE_ID"), ("jiraWorklogId", "JIRA_ISSUE_STATUS")):
            filter_, order = {column: {"isNull": True}}, [{"field": field, "direction": direction}]
            rows = [row for row in ledger.entries_of(1) if holds(filter_, row, "Europe/Berlin")]
            pages = await walk(asked, 3, order, backward=backward, filter=filter_)

            found = [number for page in (reversed(pages) if backward else pages) for number in ids(page)]
            assert found == in_order(rows, order)
            assert {row[COLUMNS[field]] is None for row in rows} == {True, False}


# ---- by number ------------------------------------------------------------------------------------------------------

NUMBERED = """
query($page: PageInput, $filter: TimeEntryFilter) {
  timeEntries(page: $page, filter: $filter) {
    nodes { resourceId }
    pageInfo { hasNextPage hasPreviousPage }
    pageMeta { currentPage totalPages totalCount pageSize maxPageSize }
  }
}
"""
NOBODY = {"personId": {"eq": "999"}}


@pytest.mark.parametrize(
    ("page", "filter", "rows", "neighbours", "meta"),
    [
        ({}, None, 30, (True, False), (1, 3, 90, 30)),
        ({"number": 1}, None, 30, (True, False), (1, 3, 90, 30)),
        ({"number": 3}, None, 30, (False, True), (3, 3, 90, 30)),
        ({"number": 4}, None, 0, (False, True), (4, 3, 90, 30)),
        ({"size": 40}, None, 40, (True, False), (1, 3, 90, 40)),
        ({"number": 3, "size": 40}, None, 10, (False, True), (3, 3, 90, 40)),
        ({"size": 89}, None, 89, (True, False), (1, 2, 90, 89)),
        ({"size": 90}, None, 90, (False, False), (1, 1, 90, 90)),
        ({"size": 201}, None, 90, (False, False), (1, 1, 90, 200)),
        ({"size": 2**31 - 1}, None, 90, (False, False), (1, 1, 90, 200)),
        ({"number": 2**31 - 1, "size": 200}, None, 0, (False, True), (2**31 - 1, 1, 90, 200)),
        ({}, NOBODY, 0, (False, False), (1, 0, 0, 30)),
    ],
)
async def test_a_page_by_number_tells_what_was_used(asked, page, filter, rows, neighbours, meta):  # noqa: PLR0917 - a table
    found = (await asked.data(NUMBERED, page=page, filter=filter))["timeEntries"]

    everything = in_order(asked.ledger.entries_of(1), [])
    start = (page.get("number", 1) - 1) * meta[3]
    assert ids(found) == ([] if filter else everything[start : start + meta[3]])
    assert len(found["nodes"]) == rows
    assert tuple(found["pageInfo"].values()) == neighbours
    assert found["pageMeta"] == {
        "currentPage": meta[0], "totalPages": meta[1], "totalCount": meta[2], "pageSize": meta[3], "maxPageSize": 200,
    }  # fmt: skip


async def test_without_any_row_the_page_is_the_first_of_none(asked):
    found = (await asked.data(NUMBERED, page={"number": 7, "size": 5}, filter=NOBODY))["timeEntries"]

    assert found["nodes"] == []
    assert found["pageMeta"] == {
        "currentPage": 1, "totalPages": 0, "totalCount": 0, "pageSize": 5, "maxPageSize": 200,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "rows", "following", "previous"),
    [
        ("", 30, True, False),
        ("(first: null, last: null, after: null, before: null, page: null)", 30, True, False),
        ("(first: 0)", 0, True, False),
        ("(last: 0)", 0, False, True),
        ("(first: 200)", 90, False, False),
        ("(last: 200)", 90, False, False),
        ("(last: 90)", 90, False, False),
        ("(last: 89)", 89, False, True),
        ("(page: {number: 1})", 30, True, False),
    ],
)
async def test_the_size_of_a_page(asked, arguments, rows, following, previous):
    page = (await asked.data(f"{{ timeEntries{arguments} {{ nodes {{ resourceId }} {INFO} }} }}"))["timeEntries"]

    assert len(page["nodes"]) == rows
    assert page["pageInfo"] == {"hasNextPage": following, "hasPreviousPage": previous}


INFO = "pageInfo { hasNextPage hasPreviousPage }"


# ---- what cannot be answered ----------------------------------------------------------------------------------------

SELECTIONS = ("nodes { id }", "totalCount", "pageMeta { pageSize }", "aggregate { count }", "__typename")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("first: 1, last: 1", ("first", "last")),
        ('first: 1, before: "x"', ("first", "before")),
        ('last: 1, after: "x"', ("last", "after")),
        ('after: "x", before: "x"', ("after", "before")),
        ("page: {}, first: 1", ("page", "first")),
        ("page: {}, last: 1", ("page", "last")),
        ('page: {}, after: "x"', ("page", "after")),
        ('page: {}, before: "x"', ("page", "before")),
        ("first: -1", ("first", "-1", "0", "200")),
        ("first: 201", ("first", "201", "0", "200")),
        ("first: 2147483647", ("first", "2147483647")),
        ("last: -1", ("last", "-1")),
        ("last: 201", ("last", "201")),
        ("page: {number: 0}", ("page.number", "0")),
        ("page: {number: -1}", ("page.number", "-1")),
        ("page: {size: 0}", ("page.size", "0")),
        ("page: {size: -2147483648}", ("page.size", "-2147483648")),
    ],
)
async def test_page_arguments_that_cannot_be_are_refused_with_their_names(asked, arguments, words):
    for selection in SELECTIONS:
        [error] = await asked.errors(f"{{ timeEntries({arguments}) {{ {selection} }} }}")

        assert error["extensions"]["code"] == "INVALID_PAGINATION"
        assert error["path"] == ["timeEntries"]
        assert [word for word in words if word not in error["message"]] == []


def forged(*values):
    return base64.urlsafe_b64encode(orjson.dumps(values)).decode().rstrip("=")


async def real_cursor(asked, arguments="", field="timeEntries", who=None):
    page = (await asked.data(f"{{ {field}{arguments} {{ pageInfo {{ endCursor }} }} }}", who))[field]
    return page["pageInfo"]["endCursor"]


def content_of(cursor):
    return orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))


@pytest.mark.parametrize(
    "cursor",
    [
        "", " ", "x", "1", "ž", "\U0001f600", "=", "====", "AAAA", "W10", "bnVsbA", "TimeEntry:1", "x" * 100_000,
        forged(), forged(1), forged(1, "0" * 16), forged(2, "0" * 16, 5), forged(1, "0" * 16, 5), forged("1", "0", 5),
        base64.b64encode(b"[" * 5000).decode(),
    ],
)  # fmt: skip
async def test_text_that_is_no_cursor_is_refused_whatever_is_selected(asked, cursor):
    for argument, selection in product(("after", "before"), SELECTIONS):
        query = f"query($c: String) {{ timeEntries({argument}: $c) {{ {selection} }} }}"
        [error] = await asked.errors(query, c=cursor)

        assert error["extensions"]["code"] == "INVALID_CURSOR"
        assert error["message"].startswith(argument)
        assert len(error["message"]) < 300


@pytest.mark.parametrize(
    ("made", "used"),
    [
        ("", "filter: {time: {eq: 0}}"),
        ("(filter: {time: {eq: 60}})", ""),
        ("(filter: {time: {eq: 60}})", "filter: {time: {eq: 480}}"),
        ("(filter: {time: {eq: 60}})", "filter: {time: {gtEq: 60}}"),
        ('(filter: {personId: {in: ["14", "15"]}})', 'filter: {personId: {in: ["14", "13"]}}'),
        ("", "orderBy: [{field: DATE}]"),
        ("(orderBy: [{field: DATE}])", "orderBy: [{field: DATE, direction: DESC}]"),
        ("(orderBy: [{field: DATE}])", "orderBy: [{field: UPDATED_AT}]"),
        ("(orderBy: [{field: DATE}, {field: UPDATED_AT}])", "orderBy: [{field: UPDATED_AT}, {field: DATE}]"),
        ("(orderBy: [{field: JIRA_ISSUE_ID}])", "orderBy: [{field: JIRA_ISSUE_STATUS}]"),
    ],
)
async def test_a_cursor_of_another_filter_or_order_is_refused(asked, made, used):
    cursor = await real_cursor(asked, made)

    [error] = await asked.errors(f'{{ timeEntries(after: "{cursor}", {used}) {{ nodes {{ id }} }} }}')

    assert error["extensions"]["code"] == "INVALID_CURSOR"


@pytest.mark.parametrize(
    ("made", "used"),
    [
        ("(first: 3)", "first: 50"),
        ("(filter: {})", ""),
        ("", "filter: {personId: {}}"),
        ("(filter: {time: {eq: 60}, trackMethodId: {eq: 1}})", "filter: {trackMethodId: {eq: 1}, time: {eq: 60}}"),
        ("(orderBy: [])", ""),
        ("(orderBy: [{field: DATE}])", "orderBy: [{field: DATE, direction: ASC}, {field: DATE, direction: DESC}]"),
        ("(page: {size: 5})", "first: 5"),
    ],
)
async def test_a_cursor_holds_for_the_same_filter_and_order_in_other_words(asked, made, used):
    cursor = await real_cursor(asked, made)

    payload = await asked.payload(f'{{ timeEntries(after: "{cursor}", {used}) {{ nodes {{ id }} }} }}')

    assert list(payload) == ["data"]


@pytest.mark.parametrize("other", ["services", "tasks", "projects", "deals", "companies"])
async def test_a_cursor_of_one_list_is_refused_by_another(asked, other):
    cursor = await real_cursor(asked, field="people")

    [error] = await asked.errors(f'{{ {other}(after: "{cursor}") {{ nodes {{ id }} }} }}')

    assert error["extensions"]["code"] == "INVALID_CURSOR"


@pytest.mark.parametrize(
    "values",
    [
        (), (5,), ("2025-01-01",), ("2025-01-01", 5, 6), (5, 5), ("2025-13-01", 5), ("20250101", 5), (None, 5),
        ("2025-01-01", "5"), ("2025-01-01", None), ("2025-01-01", True), ("2025-01-01", 1.5), ("2025-01-01", [5]),
        ({"a": 1}, 5), (["2025-01-01"], 5), ("\x00", 5),
    ],
)  # fmt: skip
async def test_a_forged_cursor_is_refused(asked, values):
    digest = content_of(await real_cursor(asked, "(orderBy: [{field: DATE}])"))[1]

    [error] = await asked.errors(
        "query($c: String) { timeEntries(orderBy: [{field: DATE}], after: $c) { nodes { id } } }",
        c=forged(1, digest, *values),
    )

    assert error["extensions"]["code"] == "INVALID_CURSOR"


async def test_a_cursor_shows_nobody_more_than_they_may_see(asked):
    cursor = await real_cursor(asked, "(first: 1)")

    page = (await asked.data(PAGE, viewer(MEMBER), first=200, after=cursor))["timeEntries"]

    own = [row["id"] for row in asked.ledger.entries_of(1) if row["person_id"] == MEMBER and row["id"] > 1]
    assert ids(page) == own


async def test_pickers_are_paged_by_name_and_id(asked):
    info = "totalCount pageInfo { endCursor hasNextPage hasPreviousPage }"
    query = f"query($c: String) {{ services(first: 2, after: $c) {{ nodes {{ resourceId }} {info} }} }}"

    first = (await asked.data(query))["services"]
    second = (await asked.data(query, c=first["pageInfo"]["endCursor"]))["services"]

    assert (ids(first), ids(second)) == ([11, 12], [13])
    assert (first["totalCount"], second["totalCount"]) == (3, 3)
    assert (first["pageInfo"]["hasNextPage"], first["pageInfo"]["hasPreviousPage"]) == (True, False)
    assert (second["pageInfo"]["hasNextPage"], second["pageInfo"]["hasPreviousPage"]) == (False, True)


@pytest.mark.parametrize("first", [-1, 201])
async def test_pickers_have_the_same_bounds(asked, first):
    [error] = await asked.errors(f"{{ people(first: {first}) {{ nodes {{ id }} }} }}")

    assert error["extensions"]["code"] == "INVALID_PAGINATION"

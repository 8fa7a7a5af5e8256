"""Nothing of a row or a cost that a caller may not see appears in any answer; a task's worked time is the exception."""

import random
from collections import Counter

import orjson
import pytest
from graphql import get_named_type

from gateway.graphql.schema import CORE
from gateway.store import visibility
from gateway.store.visibility import Own
from tests.support.harness.asking import asking
from tests.support.judges.accounts import AGGREGATE, KEYS, aggregate, group_selection, groups
from tests.support.judges.predicate import holds
from tests.support.judges.seen import owners, seen_by, sees_costs
from tests.support.random.filters import Filters
from tests.support.random.operations import Operations, Pool
from tests.support.worlds.ledger import (
    ADMIN,
    AMOUNTS,
    BOSS,
    CLERK,
    MARKS,
    MEMBER,
    OTHER,
    STRANGE_BOSS,
    STRANGE_MEMBER,
    STRANGER,
    make_ledger,
    viewer,
)

LEDGER = {"seed": 10, "entries": 60}

pytestmark = pytest.mark.asyncio(loop_scope="module")
VIEWERS = (ADMIN, BOSS, CLERK, MEMBER, OTHER, STRANGER, STRANGE_BOSS, STRANGE_MEMBER)
TABLES = {
    "TimeEntry": "time_entries", "Organization": "organizations", "Person": "people", "Company": "companies",
    "Project": "projects", "Deal": "deals", "Service": "services", "Task": "tasks", "Subsidiary": "subsidiaries",
    "Timesheet": "timesheets", "Booking": "bookings", "Invoice": "invoices", "ApprovalStatus": "approval_statuses",
}  # fmt: skip
PICKERS = ("people", "services", "tasks", "projects", "deals", "companies")
WORKED = frozenset({("Task", "workedTime")})


def pool_of(asked, lot, cursors):
    """Ids and values of everything that there is, whoever asks."""
    rows = [*asked.ledger.entries_of(1), *asked.ledger.entries_of(2)]
    filters = Filters(rows, lot, submission=False)
    steps = [row.id for row in asked.ledger.approval_statuses]
    numbers = (*range(1, 61), *range(11, 26), *range(11, 26), *lot.sample(steps, 8), *range(9011, 9016), 9024)

    def an_id(name):
        number = lot.choice(numbers)
        if name in {"id", "ids"}:
            return f"{lot.choice(list(TABLES))}:{number}"
        return str(number)

    return Pool(
        id=an_id,
        cursors=cursors,
        texts=("", "a", *MARKS.values(), "Ž4", "BOREALIS service"),
        days=("2025-03-30",),
        filter=lambda: filters.filter(depth=1),
    )


async def cursors_of(asked, who):
    """Cursors that others were given, and the caller's own."""
    found = ["none"]
    for somebody in (viewer(ADMIN), viewer(STRANGER), who):
        for name in ("timeEntries", "people"):
            data = await asked.data(f"{{ {name}(first: 9) {{ edges {{ cursor }} }} }}", somebody)
            found += [edge["cursor"] for edge in data[name]["edges"]]
    return found


@pytest.mark.parametrize("person", [ADMIN, CLERK, MEMBER, STRANGER, STRANGE_MEMBER])
async def test_what_is_hidden_changes_no_answer(asked, tmp_path, person):
    who, lot = viewer(person), random.Random(person)
    cursors = await cursors_of(asked, who)

    async with asking(tmp_path, seen_by(asked.ledger, who)) as rest:
        for _ in range(20):
            operation = Operations(CORE, lot, pool_of(asked, lot, cursors), without=WORKED).query()
            answer = await asked.payload(operation.text, who, **operation.variables)
            if "GRAPHQL_VALIDATION_FAILED" in str(answer.get("errors")):
                continue
            assert answer == await rest.payload(operation.text, who, **operation.variables), operation


@pytest.mark.parametrize("person", VIEWERS)
async def test_lists_totals_and_groups_are_made_of_visible_entries(asked, person):
    who, lot = viewer(person), random.Random(person)
    everything = [*asked.ledger.entries_of(1, who), *asked.ledger.entries_of(2, who)]
    seen = seen_by(asked.ledger, who).time_entries
    own = {row.id for row in seen}
    make = Filters(everything, lot, submission=who.timesheet_submission)

    for key in KEYS:
        filter = make.filter(depth=1)
        rows = [row for row in everything if row["id"] in own and holds(filter, row, who.time_zone)]
        data = await asked.data(
            f"""query($filter: TimeEntryFilter, $by: [TimeEntryGroupKey!]!) {{
              timeEntries(filter: $filter, first: 200) {{
                totalCount nodes {{ id }} aggregate {AGGREGATE} groups(by: $by) {group_selection([key])}
              }}
            }}""",
            who, filter=filter, by=[key],
        )  # fmt: skip
        assert data["timeEntries"] == {
            "totalCount": len(rows),
            "nodes": [{"id": f"TimeEntry:{row['id']}"} for row in rows],
            "aggregate": aggregate(rows, sees_costs=sees_costs(who)),
            "groups": groups(rows, [key], submission=who.timesheet_submission, first=None, sees_costs=sees_costs(who)),
        }


@pytest.mark.parametrize("rule", [Own("person_id"), Own("creator_id"), Own("last_actor_id"), None])
async def test_one_rule_decides_list_count_sums_groups_steps_and_history(tmp_path, monkeypatch, rule):
    monkeypatch.setattr(visibility, "MEMBER_SEES", dict(visibility.MEMBER_SEES) | {"time_entries": rule})
    ledger = make_ledger(seed=10, entries=60)
    rows = [row for row in ledger.time_entries if row.organization_id == 1]
    if rule is not None:
        rows = [row for row in rows if getattr(row, rule.column) == MEMBER]
    months = Counter(row.date.replace(day=1).isoformat() for row in rows)
    steps = {row.id: [step.id for step in ledger.approval_statuses if step.time_entry_id == row.id] for row in rows}

    async with asking(tmp_path, ledger) as asked:
        data = await asked.data(
            """{ timeEntries(first: 200) {
              totalCount nodes { resourceId approvalStatuses { resourceId } } aggregate { count time }
              groups(by: [MONTH], first: 1000) { totalCount nodes { date aggregate { count } } }
            } }""",
            viewer(MEMBER),
        )
        shown = await histories(asked, viewer(MEMBER))

    found = data["timeEntries"]
    assert 0 < len(rows) < 60
    assert found["totalCount"] == len(rows)
    assert {int(node["resourceId"]): sorted(int(step["resourceId"]) for step in node["approvalStatuses"])
            for node in found["nodes"]} == steps  # fmt: skip
    assert found["aggregate"] == {"count": len(rows), "time": sum(row.time for row in rows)}
    assert found["groups"]["totalCount"] == len(months)
    assert {node["date"]: node["aggregate"]["count"] for node in found["groups"]["nodes"]} == months
    assert shown == histories_of(ledger, rule)


async def histories(asked, who):
    """How many changes are shown of each entry that there is or was, those without any left out."""
    found = {}
    for number in sorted({change.time_entry_id for change in asked.ledger.time_entry_changes}):
        data = await asked.data(f'{{ timeEntryChanges(timeEntryId: "{number}") {{ totalCount }} }}', who)
        if data["timeEntryChanges"]["totalCount"]:
            found[number] = data["timeEntryChanges"]["totalCount"]
    return found


def histories_of(ledger, rule):
    """How many changes of each entry were made while it was visible, or made it so, or took it away."""
    changes = [change for change in ledger.time_entry_changes if change.organization_id == 1]
    seen = [change for change in changes if rule is None or MEMBER in owners(change, rule.column)]
    return Counter(change.time_entry_id for change in seen)


@pytest.mark.parametrize("person", VIEWERS)
async def test_nodes_are_those_that_may_be_seen(asked, person):
    who = viewer(person)
    ids = [f"{name}:{row.id}" for name, table in TABLES.items() for row in getattr(asked.ledger, table)]
    seen = seen_by(asked.ledger, who)
    visible = {f"{name}:{row.id}" for name, table in TABLES.items() for row in getattr(seen, table)}
    if not who.sees_everything:
        visible -= {f"Booking:{row.id}" for row in seen.bookings if row.person_id != person}

    found = []
    for start in range(0, len(ids), 200):
        data = await asked.data("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", who, ids=ids[start : start + 200])
        found += data["nodes"]

    assert found == [{"id": text} if text in visible else None for text in ids]
    for text in (min(visible), *sorted(set(ids) - visible)[:3]):
        data = await asked.data("query($id: ID!) { node(id: $id) { id } timeEntry(id: $id) { id } }", who, id=text)
        expected = {"id": text} if text in visible else None
        assert data == {"node": expected, "timeEntry": expected if text.startswith("TimeEntry:") else None}


@pytest.mark.parametrize("person", VIEWERS)
async def test_pickers_list_the_organization_and_nobody_else(asked, person):
    who = viewer(person)
    mark = MARKS[who.organization_id]

    for name in PICKERS:
        rows = [row for row in getattr(asked.ledger, name) if row.organization_id == who.organization_id]
        for search in ("", mark, MARKS[3 - who.organization_id]):
            found = (
                await asked.data(f'{{ {name}(search: "{search}") {{ totalCount nodes {{ resourceId }} }} }}', who)
            )[name]
            expected = rows if search in {"", mark} else []
            assert found["totalCount"] == len(expected)
            assert sorted(int(node["resourceId"]) for node in found["nodes"]) == [row.id for row in expected]


@pytest.mark.parametrize("person", VIEWERS)
async def test_amounts_and_addresses_are_shown_to_those_who_may_see_them(asked, person):
    who = viewer(person)
    amounts = {camel(name): name for name in AMOUNTS}
    query = f"{{ timeEntries(first: 200) {{ nodes {{ resourceId {' '.join(amounts)} person {{ email }} }} }} }}"

    nodes = (await asked.data(query, who))["timeEntries"]["nodes"]

    rows = {row.id: row for row in asked.ledger.time_entries}
    addresses = {row.id: row.email for row in asked.ledger.people}
    for node in nodes:
        row = rows[int(node["resourceId"])]
        shown = {field: getattr(row, column) if sees_costs(who) else None for field, column in amounts.items()}
        address = addresses[row.person_id] if who.sees_everything else None
        assert node == {"resourceId": str(row.id), **shown, "person": {"email": address}}


@pytest.mark.parametrize("person", [ADMIN, MEMBER, STRANGER])
async def test_a_booking_of_somebody_else_is_not_reached_from_ones_own_entry(asked, person):
    who = viewer(person)
    owners = {row.id: row.person_id for row in asked.ledger.bookings}
    rows = {row.id: row for row in asked.ledger.time_entries}
    query = "{ timeEntries(first: 200) { nodes { resourceId booking { id } } } }"

    nodes = (await asked.data(query, who))["timeEntries"]["nodes"]

    booked = {int(node["resourceId"]): rows[int(node["resourceId"])].booking_id for node in nodes}
    seen = {
        number: booking for number, booking in booked.items() if who.sees_everything or owners.get(booking) == person
    }
    assert any(booking and owners[booking] != person for booking in booked.values())
    assert nodes == [
        {"resourceId": str(number), "booking": {"id": f"Booking:{seen[number]}"} if seen.get(number) else None}
        for number in booked
    ]


@pytest.mark.parametrize("person", VIEWERS)
async def test_no_mark_of_another_organization_is_in_anything_that_can_be_read(asked, person):
    who = viewer(person)
    text = ""
    for name in ("timeEntries", *PICKERS):
        data = await asked.data(f"{{ {name}(first: 150) {{ nodes {everything(name)} }} }}", who)
        text += orjson.dumps(data).decode()

    assert MARKS[who.organization_id] in text
    assert MARKS[3 - who.organization_id].casefold() not in text.casefold()
    assert ("@" in text) == who.sees_everything
    assert ("70000" in text) == sees_costs(who)


def everything(name):
    """All fields of a list's records, and of the records around them."""
    root = CORE.query_type
    assert root is not None
    nodes = get_named_type(root.fields[name].type).fields["nodes"]
    return fields_of(get_named_type(nodes.type), 2)


def fields_of(type_, depth):
    parts = []
    for name, field in type_.fields.items():
        inner = get_named_type(field.type)
        if not hasattr(inner, "fields"):
            parts.append(name)
        elif depth and name not in {"edges", "viewerCan", "groups"}:
            arguments = "(first: 3)" if "first" in field.args else ""
            parts.append(f"{name}{arguments} {fields_of(inner, depth - 1)}")
    return f"{{ {' '.join(parts) or '__typename'} }}"


def camel(name):
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)

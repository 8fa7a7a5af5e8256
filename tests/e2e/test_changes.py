"""The change log as clients read it: on the entry, after its deletion, and where a list stands in it."""

import pytest

from tests.support.worlds.office import ADMIN, APPROVED, MANAGER, MEMBER, NOW, OTHER, OWNER, STRANGER, entry, furnish

pytestmark = pytest.mark.asyncio(loop_scope="module")

CHANGES = "changes { totalCount nodes { id kind revision at actor { id } fields { name before after } } }"
UPDATE = f"""mutation ($input: TimeEntryUpdateInput!) {{
  timeEntryUpdate(id: "225", input: $input) {{ timeEntry {{ {CHANGES} }} userErrors {{ message }} }} }}"""
APPROVE = 'mutation { timeEntryApprove(id: "225") { userErrors { message } } }'
UNAPPROVE = 'mutation { timeEntryUnapprove(id: "225") { userErrors { message } } }'
DELETE = 'mutation { timeEntryDelete(id: "225") { deletedId userErrors { message } } }'
HISTORY = """query ($first: Int, $after: String) {
  timeEntryChanges(timeEntryId: "225", first: $first, after: $after) {
    totalCount nodes { kind timeEntryId revision } edges { cursor node { id } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""


async def test_an_update_is_shown_as_the_fields_that_it_changed(asked):
    await furnish(asked.database, entry(225))

    payload = await asked.mutate(
        UPDATE, input={"date": "2024-02-23", "time": 40, "note": "new", "startedAt": "2024-02-23T08:00:00Z"}
    )

    assert payload["userErrors"] == []
    assert payload["timeEntry"]["changes"]["totalCount"] == 1
    [change] = payload["timeEntry"]["changes"]["nodes"]
    fields = {field["name"]: (field["before"], field["after"]) for field in change.pop("fields")}
    assert change == {
        "id": "1",
        "kind": "UPDATED",
        "revision": 2,
        "at": "2025-08-01T06:19:42.661+02:00",
        "actor": {"id": "Person:1"},
    }
    assert fields == {
        "date": ("2016-10-01", "2024-02-23"),
        "time": (480, 40),
        "billableTime": (480, 40),
        "note": (None, "new"),
        "startedAt": (None, "2024-02-23T09:00:00.000+01:00"),
        "updatedAt": ("2025-08-01T00:13:20.123+02:00", "2025-08-01T06:19:42.661+02:00"),
        "updaterId": (None, "Person:1"),
        "lastActorId": ("Person:4", "Person:1"),
        "cost": (16000, 1333),
        "costDefault": (20000, 1667),
        "costNormalized": (16000, 1333),
        "workCost": (16000, 1333),
        "workCostDefault": (20000, 1667),
        "workCostNormalized": (16000, 1333),
    }


async def test_amounts_are_left_out_for_a_caller_who_may_not_see_costs(asked):
    await furnish(asked.database, entry(225))

    payload = await asked.mutate(UPDATE, MEMBER, input={"time": 40})

    [change] = payload["timeEntry"]["changes"]["nodes"]
    assert sorted(field["name"] for field in change["fields"]) == ["billableTime", "time", "updatedAt", "updaterId"]


async def test_words_truths_and_references_are_shown_as_the_fields_show_them(asked):
    await furnish(asked.database, entry(225, **APPROVED))

    await asked.mutate(UNAPPROVE, OWNER)
    payload = await asked.mutate(UPDATE, input={"serviceId": "2"})

    update, unapproval = payload["timeEntry"]["changes"]["nodes"]
    fields = {field["name"]: (field["before"], field["after"]) for field in unapproval["fields"]}
    assert fields["approved"] == (True, False)
    assert fields["status"] == ("APPROVED", "UNAPPROVED")
    assert fields["approverId"] == ("Person:1", None)
    moved = {field["name"]: (field["before"], field["after"]) for field in update["fields"]}
    assert moved["serviceId"] == ("Service:1", "Service:2")
    assert moved["billingType"] == ("ACTUALS", "NON_BILLABLE")


@pytest.mark.parametrize(
    ("who", "visible"), [(ADMIN, True), (MANAGER, True), (MEMBER, True), (OTHER, False), (STRANGER, False)]
)
async def test_the_history_outlives_the_entry_for_those_who_saw_it(asked, who, visible):
    await furnish(asked.database, entry(225))
    await asked.mutate(APPROVE)

    before = await asked.data(HISTORY, who)
    await asked.mutate(DELETE)
    after = await asked.data(HISTORY, who)

    assert before["timeEntryChanges"]["totalCount"] == (1 if visible else 0)
    expected = [
        {"kind": "DELETED", "timeEntryId": "TimeEntry:225", "revision": 3},
        {"kind": "APPROVED", "timeEntryId": "TimeEntry:225", "revision": 2},
    ]
    assert after["timeEntryChanges"]["nodes"] == (expected if visible else [])


MOVES = """query ($first: Int, $after: String) { timeEntryChanges(timeEntryId: "225", first: $first, after: $after) {
    totalCount nodes { revision kind fields { name before after } } edges { cursor } pageInfo { hasNextPage } } }"""
MOVED = {"kind": "UPDATED", "fields": [{"name": "personId", "before": "Person:4", "after": "Person:5"}]}


async def moved_twice(asked):
    """An entry of member 4 that was written, given to member 5 with another note, written, and given back."""
    await furnish(asked.database, entry(225, note="4 wrote this"))
    await asked.mutate(UPDATE, MEMBER, input={"time": 1})
    await asked.mutate(UPDATE, input={"personId": str(OTHER), "note": "for 5", "time": 2})
    await asked.mutate(UPDATE, OTHER, input={"note": "5 wrote this"})


async def test_a_member_sees_the_history_of_an_entry_while_it_was_theirs_and_that_it_moved(asked):
    await moved_twice(asked)

    former = (await asked.data(MOVES, MEMBER))["timeEntryChanges"]
    present = (await asked.data(MOVES, OTHER))["timeEntryChanges"]
    on_the_entry = (await asked.data(f'{{ timeEntry(id: "225") {{ {CHANGES} }} }}', OTHER))["timeEntry"]["changes"]
    manager = (await asked.data(MOVES, MANAGER))["timeEntryChanges"]

    assert [change["revision"] for change in former["nodes"]] == [3, 2]
    assert former["nodes"][0] == MOVED | {"revision": 3}
    assert "time" in {field["name"] for field in former["nodes"][1]["fields"]}
    assert [change["revision"] for change in present["nodes"]] == [4, 3]
    assert present["nodes"][1] == MOVED | {"revision": 3}
    assert [former["totalCount"], present["totalCount"], on_the_entry["totalCount"]] == [2, 2, 2]
    assert [change["fields"] for change in on_the_entry["nodes"]] == [change["fields"] for change in present["nodes"]]
    assert [change["revision"] for change in manager["nodes"]] == [4, 3, 2]
    assert {"personId", "note", "time"} <= {field["name"] for field in manager["nodes"][1]["fields"]}


async def test_the_history_of_a_former_owner_is_paged_without_what_came_later(asked):
    await moved_twice(asked)
    [edge] = (await asked.data(MOVES, MEMBER, first=1))["timeEntryChanges"]["edges"]

    rest = (await asked.data(MOVES, MEMBER, after=edge["cursor"]))["timeEntryChanges"]
    foreign = (await asked.data(MOVES))["timeEntryChanges"]["edges"][0]["cursor"]
    from_foreign = (await asked.data(MOVES, MEMBER, after=foreign))["timeEntryChanges"]

    assert [change["revision"] for change in rest["nodes"]] == [2]
    assert (rest["totalCount"], rest["pageInfo"]["hasNextPage"]) == (2, False)
    assert [change["revision"] for change in from_foreign["nodes"]] == [3, 2]


async def test_a_deletion_is_shown_to_whom_the_entry_was_taken_from(asked):
    await moved_twice(asked)
    await asked.mutate(DELETE)

    former = (await asked.data(MOVES, MEMBER))["timeEntryChanges"]["nodes"]
    present = (await asked.data(MOVES, OTHER))["timeEntryChanges"]["nodes"]

    assert [change["revision"] for change in former] == [3, 2]
    assert (present[0]["revision"], present[0]["kind"]) == (5, "DELETED")
    assert len(present[0]["fields"]) > 10


async def test_the_history_is_read_in_pages_newest_first(asked):
    await furnish(asked.database, entry(225))
    for act in (APPROVE, UNAPPROVE, APPROVE, UNAPPROVE, APPROVE):
        await asked.mutate(act)

    seen, after, pages = [], None, 0
    while True:
        page = (await asked.data(HISTORY, first=2, after=after))["timeEntryChanges"]
        seen += [edge["node"]["id"] for edge in page["edges"]]
        pages += 1
        assert page["totalCount"] == 5
        assert page["pageInfo"]["hasPreviousPage"] is (after is not None)
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break

    assert (seen, pages) == (["5", "4", "3", "2", "1"], 3)


async def test_the_cursor_of_another_list_is_refused(asked):
    await furnish(asked.database, entry(225))
    listed = await asked.data("{ timeEntries(first: 1) { pageInfo { endCursor } } }")

    outcome = await asked.execute(HISTORY, after=listed["timeEntries"]["pageInfo"]["endCursor"])

    [error] = outcome.payload["errors"]
    assert error["extensions"]["code"] == "INVALID_CURSOR"
    assert "another filter or order" in error["message"]


@pytest.mark.parametrize(
    ("arguments", "code"), [({"first": 201}, "INVALID_PAGINATION"), ({"after": "foo"}, "INVALID_CURSOR")]
)
async def test_page_arguments_that_cannot_be_are_refused(asked, arguments, code):
    await furnish(asked.database, entry(225))

    outcome = await asked.execute(HISTORY, **arguments)

    assert [error["extensions"]["code"] for error in outcome.payload["errors"]] == [code]


async def test_a_list_says_where_it_stands_in_the_log(asked):
    await furnish(asked.database, entry(225))
    query = "{ timeEntries { lastEventId } }"

    before = await asked.data(query)
    await asked.mutate(APPROVE)
    asked.clock.now = NOW + 1
    await asked.mutate(UNAPPROVE)

    assert before == {"timeEntries": {"lastEventId": "0"}}
    assert await asked.data(query) == {"timeEntries": {"lastEventId": "2"}}

"""The four acts, alone and in bulk: state x act x role, by the table of the rules."""

from typing import Any

import pytest

from tests.support.worlds.office import (
    ADMIN,
    APPROVED,
    MANAGER,
    MEMBER,
    NOW,
    OTHER,
    OWNER,
    REJECTED,
    SECOND,
    STRANGER,
    entry,
    everything_written,
    furnish,
    stored,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

STATES: dict[str, dict[str, Any]] = {"undecided": {}, "approved": APPROVED, "rejected": REJECTED}
ERRORS = "userErrors { code message path ... on ConflictError { current { id approved rejected revision } } }"
ENTRY = "timeEntry { id approved approvedAt rejected rejectedAt rejectedReason revision updatedAt }"
ALONE = {
    act: f"mutation ($id: ID!, $rev: Int) {{ timeEntry{act}(id: $id, ifRevision: $rev) {{ {ENTRY} {ERRORS} }} }}"
    for act in ("Approve", "Unapprove", "Reject", "Unreject")
}
IN_BULK = {
    act: f"""mutation ($input: TimeEntryBulkInput!) {{ timeEntryBulk{act}(input: $input) {{
        results {{ timeEntryId outcome {ENTRY} {ERRORS} }}
        appliedCount unchangedCount failedCount userErrors {{ code path }} }} }}"""
    for act in ALONE
}
EXPECTED = {
    ("undecided", "Approve"): "approved",
    ("undecided", "Unapprove"): None,
    ("undecided", "Reject"): "rejected",
    ("undecided", "Unreject"): "RECORD_ALREADY_UNREJECTED",
    ("approved", "Approve"): None,
    ("approved", "Unapprove"): "undecided",
    ("approved", "Reject"): "RECORD_ALREADY_APPROVED",
    ("approved", "Unreject"): "RECORD_ALREADY_UNREJECTED",
    ("rejected", "Approve"): "approved",
    ("rejected", "Unapprove"): None,
    ("rejected", "Reject"): "RECORD_ALREADY_REJECTED",
    ("rejected", "Unreject"): "undecided",
}
REFUSED_ROLES = {MEMBER: "ACCESS_DENIED", OTHER: "RECORD_NOT_FOUND", STRANGER: "RECORD_NOT_FOUND"}
CASES = [(state, act, who) for (state, act) in EXPECTED for who in (ADMIN, MANAGER, OWNER, MEMBER, OTHER, STRANGER)]


def state_of(row) -> str:
    return "approved" if row["approved"] else "rejected" if row["rejected"] else "undecided"


@pytest.mark.parametrize(("state", "act", "who"), CASES)
async def test_an_act_alone_follows_the_table(asked, state, act, who):
    await furnish(asked.database, entry(225, **STATES[state]))
    before = await everything_written(asked.database)
    expected = REFUSED_ROLES.get(who, EXPECTED[state, act])

    payload = await asked.mutate(ALONE[act], who, id="225")

    row = await stored(asked.database, 225)
    if expected in STATES:
        assert payload["userErrors"] == []
        assert (state_of(row), row["revision"], row["updated_at"]) == (expected, 2, NOW)
        assert payload["timeEntry"]["revision"] == 2
    elif expected is None:
        assert payload["userErrors"] == []
        assert payload["timeEntry"]["revision"] == 1
        assert await everything_written(asked.database) == before
    else:
        [error] = payload["userErrors"]
        assert (payload["timeEntry"], error["code"], error["path"]) == (None, expected, ["id"])
        assert await everything_written(asked.database) == before
        if expected.startswith("RECORD_ALREADY"):
            assert error["current"] == {
                "id": "TimeEntry:225",
                "approved": row["approved"],
                "rejected": row["rejected"],
                "revision": 1,
            }


@pytest.mark.parametrize(("state", "act", "who"), CASES)
async def test_an_act_in_bulk_follows_the_same_table(asked, state, act, who):
    await furnish(asked.database, entry(225, **STATES[state]))
    before = await everything_written(asked.database)
    expected = REFUSED_ROLES.get(who, EXPECTED[state, act])

    payload = await asked.mutate(IN_BULK[act], who, input={"target": {"ids": ["225"]}})

    row = await stored(asked.database, 225)
    [result] = payload["results"]
    if expected in STATES:
        assert (result["outcome"], result["userErrors"]) == ("APPLIED", [])
        assert (state_of(row), row["revision"]) == (expected, 2)
        assert (payload["appliedCount"], payload["userErrors"]) == (1, [])
    elif expected is None:
        assert (result["outcome"], result["timeEntry"]["revision"]) == ("UNCHANGED", 1)
        assert payload["unchangedCount"] == 1
        assert await everything_written(asked.database) == before
    else:
        assert result["outcome"] == "FAILED"
        assert [error["code"] for error in result["userErrors"]] == [expected]
        assert payload["userErrors"] == [{"code": "ROLLED_BACK", "path": ["input", "target"]}]
        assert await everything_written(asked.database) == before


async def test_the_instants_of_an_approval_are_cut_and_shown_in_the_organizations_zone(asked):
    await furnish(asked.database, entry(225, **REJECTED))

    payload = await asked.mutate(ALONE["Approve"], id="TimeEntry:225")

    assert payload == {
        "timeEntry": {
            "id": "TimeEntry:225",
            "approved": True,
            "approvedAt": "2025-08-01T06:19:42.000+02:00",
            "rejected": False,
            "rejectedAt": None,
            "rejectedReason": None,
            "revision": 2,
            "updatedAt": "2025-08-01T06:19:42.661+02:00",
        },
        "userErrors": [],
    }


async def test_all_rows_of_a_bulk_act_have_one_instant(asked):
    await furnish(asked.database, *(entry(number) for number in (1, 2, 3)))

    payload = await asked.mutate(IN_BULK["Approve"], input={"target": {"ids": ["3", "1", "TimeEntry:3"]}})

    assert [result["timeEntryId"] for result in payload["results"]] == ["TimeEntry:3", "TimeEntry:1"]
    rows = [await stored(asked.database, number) for number in (1, 2, 3)]
    assert [(row["updated_at"], row["approved_at"]) for row in rows] == [
        (NOW, SECOND),
        (rows[1]["created_at"], None),
        (NOW, SECOND),
    ]


@pytest.mark.parametrize("act", ["Approve", "Unapprove"])
async def test_a_stale_revision_beats_a_no_op(asked, act):
    state = {"Approve": APPROVED, "Unapprove": {}}[act]
    await furnish(asked.database, entry(225, revision=4, **state))

    payload = await asked.mutate(ALONE[act], id="225", rev=3)

    [error] = payload["userErrors"]
    assert (error["code"], error["path"], error["current"]["revision"]) == ("STALE_REVISION", ["ifRevision"], 4)


@pytest.mark.parametrize("wrong", ["226", "TimeEntry:226", "Person:225", "foo", "", "99999999999999999999", "-1"])
async def test_an_id_that_is_no_visible_entry_is_not_found(asked, wrong):
    await furnish(asked.database, entry(225))

    payload = await asked.mutate(ALONE["Approve"], id=wrong)

    assert [error["code"] for error in payload["userErrors"]] == ["RECORD_NOT_FOUND"]
    assert payload["timeEntry"] is None

"""What an edit leaves of an approval: as a rule all of it; the deal and a setting of the organization can undo it."""

import pytest

from tests.support.worlds.office import (
    ADMIN,
    APPROVED,
    BEFORE,
    MANAGER,
    MEMBER,
    OTHER,
    OWNER,
    SECOND,
    entry,
    furnish,
    logged,
    stored,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

UPDATE = """mutation ($input: TimeEntryUpdateInput!) { timeEntryUpdate(id: "1", input: $input) {
    timeEntry { status approvedAt approver { id } revision } userErrors { code path } } }"""
OPEN_DEAL = {"service_id": 4, "deal_id": 3, "approved": True, "approved_at": SECOND}
UNDECIDED = {"status": "UNAPPROVED", "approvedAt": None, "approver": None, "revision": 2}


async def test_an_entry_that_was_approved_for_its_deal_is_undecided_on_a_deal_that_needs_approval(asked):
    await furnish(asked.database, entry(1, **OPEN_DEAL))

    payload = await asked.mutate(UPDATE, MEMBER, input={"serviceId": "1"})

    assert payload == {"timeEntry": UNDECIDED, "userErrors": []}
    assert [(change["kind"], change["revision"]) for change in await logged(asked.database)] == [("UPDATED", 2)]


@pytest.mark.parametrize(
    ("stored_entry", "change"),
    [
        (OPEN_DEAL | {"approver_id": ADMIN}, {"serviceId": "1"}),  # somebody approved it
        (OPEN_DEAL, {"note": "new"}),
        (OPEN_DEAL, {"time": 1}),
        ({"approved": True, "approved_at": SECOND}, {"serviceId": "2"}),  # its deal needed approval
        (APPROVED, {"serviceId": "4"}),
    ],
)
async def test_other_approvals_outlive_an_edit(asked, stored_entry, change):
    await furnish(asked.database, entry(1, **stored_entry))

    payload = await asked.mutate(UPDATE, MEMBER, input=change)

    assert (payload["timeEntry"]["status"], payload["timeEntry"]["revision"]) == ("APPROVED", 2)
    assert (await stored(asked.database, 1))["approver_id"] == stored_entry.get("approver_id")


EDITS = [{"time": 1}, {"date": "2016-10-02"}, {"serviceId": "2"}]


@pytest.mark.parametrize(
    ("who", "change", "status"),
    [
        *((MEMBER, change, "UNAPPROVED") for change in EDITS),
        *((who, change, "APPROVED") for who in (ADMIN, MANAGER, OWNER) for change in EDITS),
        (OWNER, {"personId": str(OTHER)}, "APPROVED"),
        (MEMBER, {"note": "new", "billableTime": 7, "taskId": "1"}, "APPROVED"),
        (MEMBER, {"serviceId": "4"}, "APPROVED"),  # a deal without approval
        (MEMBER, {"time": 480}, "APPROVED"),  # nothing changes
    ],
)
async def test_where_the_organization_says_so_an_edit_by_who_may_not_approve_undoes_the_approval(
    asked, who, change, status
):
    await furnish(asked.database, entry(1, **APPROVED), reapprove_edited=True)

    payload = await asked.mutate(UPDATE, who, input=change)

    assert payload["userErrors"] == []
    assert payload["timeEntry"]["status"] == status
    approver = None if status == "UNAPPROVED" else {"id": f"Person:{ADMIN}"}
    assert payload["timeEntry"]["approver"] == approver


async def test_a_manager_who_moves_their_own_entry_to_a_deal_that_they_do_not_own_cannot_keep_its_approval(asked):
    own = APPROVED | {"person_id": MANAGER, "responsible_id": MANAGER}
    await furnish(asked.database, entry(1, **own), reapprove_edited=True)

    payload = await asked.mutate(UPDATE, MANAGER, input={"serviceId": "3"})

    assert payload["timeEntry"]["status"] == "UNAPPROVED"


@pytest.mark.parametrize(("reapprove_edited", "approved"), [(False, True), (True, False)])
async def test_a_session_that_is_added_is_an_edit_of_the_time(asked, reapprove_edited, approved):
    running = APPROVED | {"timer_started_at": SECOND - 600_000}
    await furnish(asked.database, entry(1, **running), reapprove_edited=reapprove_edited)

    await asked.mutate('mutation { timerStop(timeEntryId: "1") { userErrors { code } } }', MEMBER)

    row = await stored(asked.database, 1)
    assert (row["time"], row["approved"]) == (490, approved)
    assert (row["approved_at"], row["approver_id"]) == ((APPROVED["approved_at"], ADMIN) if approved else (None, None))
    assert row["created_at"] == BEFORE


async def test_what_the_viewer_can_do_does_not_depend_on_the_setting(asked):
    await furnish(asked.database, entry(1, **APPROVED), reapprove_edited=True)

    shown = await asked.data('{ timeEntry(id: "1") { viewerCan { update delete unapprove } } }', MEMBER)

    assert shown["timeEntry"]["viewerCan"] == {"update": True, "delete": True, "unapprove": False}

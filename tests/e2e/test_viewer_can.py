"""`viewerCan` against the mutations themselves: true exactly when one would succeed and change something."""

from typing import Any

import pytest

from gateway.store.schema.entries import TimeEntryRow
from tests.support.worlds.office import (
    ADMIN,
    APPROVED,
    MANAGER,
    MEMBER,
    OTHER,
    OWNER,
    REJECTED,
    entry,
    furnish,
    stored,
    table_rows,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

CAN = "query ($id: ID!) { timeEntry(id: $id) { viewerCan { update delete approve unapprove reject unreject } } }"
ACTS = {
    "update": 'timeEntryUpdate(id: $id, input: {note: "new"})',
    "delete": "timeEntryDelete(id: $id)",
    "approve": "timeEntryApprove(id: $id)",
    "unapprove": "timeEntryUnapprove(id: $id)",
    "reject": "timeEntryReject(id: $id)",
    "unreject": "timeEntryUnreject(id: $id)",
}
STATES: dict[str, dict[str, Any]] = {
    "undecided": {},
    "approved": APPROVED,
    "rejected": REJECTED,
    "invoiced": {"invoicing_status_id": 2},
}


@pytest.mark.parametrize("lock_approved", [False, True])
@pytest.mark.parametrize("who", [ADMIN, MANAGER, OWNER, MEMBER, OTHER])
@pytest.mark.parametrize("state", STATES)
async def test_what_the_viewer_can_do_is_what_the_mutations_do(asked, state, who, lock_approved):
    numbers = dict(zip(ACTS, range(1, 7), strict=True))
    people = {"person_id": OTHER, "responsible_id": OWNER} if who == OTHER else {}
    await furnish(
        asked.database,
        *(entry(number, **STATES[state], **people) for number in numbers.values()),
        lock_approved=lock_approved,
    )

    promised, done = {}, {}
    for act, number in numbers.items():
        promised[act] = (await asked.data(CAN, who, id=str(number)))["timeEntry"]["viewerCan"][act]
        await asked.mutate(f"mutation ($id: ID!) {{ {ACTS[act]} {{ userErrors {{ code }} }} }}", who, id=str(number))
        left = await table_rows(asked.database, TimeEntryRow, id=number)
        done[act] = not left or (await stored(asked.database, number))["revision"] == 2

    assert promised == done

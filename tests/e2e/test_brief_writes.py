"""What writes one entry or one day runs on the event loop on SQLite: a hop to a thread costs as much as the write."""

import pytest

from gateway.store.databases.sqlite_connection import SQLiteConnection
from tests.support.worlds.office import entry, furnish

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.sqlite_only]

DONE = "{ userErrors { code } }"
OF_ENTRY = f'(id: "1") {DONE}'
NEW = '{ date: "2016-10-01", personId: "4", serviceId: "1", taskId: "1", time: 40, idempotencyKey: "one" }'
DAY = f'(personId: "4", date: "2016-10-01") {DONE}'
# In an order in which each has something to do.
WRITES = {
    "create": f"timeEntryCreate(input: {NEW}) {DONE}",
    "create again": f"timeEntryCreate(input: {NEW}) {DONE}",
    "time": f'timeEntryUpdate(id: "1", input: {{ time: 77, taskId: "1" }}) {DONE}',
    "submit": f"timesheetSubmit{DAY}",
    "unsubmit": f"timesheetUnsubmit{DAY}",
    "reject": f"timeEntryReject{OF_ENTRY}",
    "unreject": f"timeEntryUnreject{OF_ENTRY}",
    "approve": f"timeEntryApprove{OF_ENTRY}",
    "unapprove": f"timeEntryUnapprove{OF_ENTRY}",
    "start": f'timerStart(input: {{ personId: "4", timeEntryId: "1", idempotencyKey: "two" }}) {DONE}',
    "start another": f'timerStart(input: {{ personId: "4", serviceId: "1" }}) {DONE}',
    "go on": f'timerStart(input: {{ personId: "4", timeEntryId: "1" }}) {DONE}',
    "stop": f'timerStop(timeEntryId: "1") {DONE}',
    "few": f'timeEntryBulkReject(input: {{ target: {{ ids: ["1", "2"] }} }}) {DONE}',
    "delete": f"timeEntryDelete{OF_ENTRY}",
}


async def test_what_writes_one_entry_leaves_the_event_loop_for_its_commit_alone(asked, monkeypatch):
    await furnish(asked.database, entry(1, task_id=1), entry(2, task_id=1), timesheet_submission=True)
    in_thread, hops = SQLiteConnection._in_thread, list[str]()  # noqa: SLF001 - what is counted

    async def hop(connection, work):
        hops.append(name)
        return await in_thread(connection, work)

    monkeypatch.setattr(SQLiteConnection, "_in_thread", hop)
    for name, write in WRITES.items():
        assert (await asked.mutate(f"mutation {{ {write} }}"))["userErrors"] == [], name

    assert hops == []

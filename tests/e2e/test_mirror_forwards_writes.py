"""A mirror that forwards writes: done in the account by the writer's own token, and read before they are answered."""

from gateway.graphql.schema import CORE
from gateway.jsonapi.calls import CALLS
from gateway.mirror.upstream.capabilities import Capabilities
from gateway.store.schema.entries import TimeEntryRow
from gateway.store.schema.tables import TimesheetRow
from tests.support.harness.forwarding import mirrored
from tests.support.harness.serving import listening
from tests.support.harness.watching import streamed
from tests.support.upstream.proxies import Fault
from tests.support.worlds.office import (
    ADMIN,
    APPROVED,
    MEMBER,
    OWNER,
    REJECTED,
    SECOND,
    entry,
    logged,
    stored,
    table_rows,
)

CREATE = """mutation ($input: TimeEntryCreateInput!) { timeEntryCreate(input: $input) {
    timeEntry { id note time creator { resourceId } } lastEventId userErrors { code message path } } }"""
NEW = {"date": "2016-10-01", "personId": "4", "serviceId": "1", "time": 40, "note": "new"}


async def test_an_entry_is_made_in_the_account_by_its_person_and_seen_by_the_next_read(tmp_path):
    async with mirrored(tmp_path, entry(7)) as mirror:
        payload = await mirror.asked.mutate(CREATE, MEMBER, input=NEW)
        upstream = await mirror.upstream("time_entries/8?include=creator")
        own = await stored(mirror.database, 8)

    assert payload == {
        "timeEntry": {"id": "TimeEntry:8", "note": "new", "time": 40, "creator": {"resourceId": "4"}},
        "lastEventId": "1",
        "userErrors": [],
    }
    assert upstream["relationships"]["creator"]["data"]["id"] == "4"
    assert (own["note"], own["time"], own["creator_id"], own["work_cost"]) == ("new", 40, MEMBER, 1333)
    assert mirror.writes() == ["POST /api/v2/time_entries"]
    assert mirror.account.proxy.passed == []


ERRORS = "userErrors { code message path }"
# By field of the mutation type: its arguments, and what is sent to the account. Each has entries of its own.
MUTATIONS = {
    "timeEntryCreate": ('input: {date: "2016-10-01", personId: "4", serviceId: "1", time: 5}', "POST time_entries"),
    "timeEntryUpdate": ('id: "1", input: {note: "after", taskId: "1", time: 1}', "PATCH time_entries/1"),
    "timeEntryDelete": ('id: "2"', "DELETE time_entries/2"),
    "timeEntryApprove": ('id: "3"', "PATCH time_entries/3/approve"),
    "timeEntryUnapprove": ('id: "11"', "PATCH time_entries/11/unapprove"),
    "timeEntryReject": ('id: "4", reason: "no"', "PATCH time_entries/4/reject"),
    "timeEntryUnreject": ('id: "21"', "PATCH time_entries/21/unreject"),
    "timeEntryBulkApprove": ('input: {target: {ids: ["5", "6"]}}', "PATCH time_entries/bulk_approve"),
    "timeEntryBulkUnapprove": (
        'input: {target: {filter: {id: {in: ["12", "13", "7"]}}}}',
        "PATCH time_entries/bulk_unapprove",
    ),
    "timeEntryBulkReject": ('input: {target: {ids: ["8"]}}, reason: "no"', "PATCH time_entries/8/reject"),
    "timeEntryBulkUnreject": ('input: {target: {ids: ["22"]}}', "PATCH time_entries/22/unreject"),
    "timeEntryBulkDelete": ('input: {target: {ids: ["9"]}}', "DELETE time_entries/9"),
    "timerStart": ('input: {serviceId: "1", personId: "5"}', "POST timers"),
    "timerStop": ('timeEntryId: "31"', "PATCH timers/31/stop"),
    "timesheetSubmit": ('personId: "4", date: "2016-10-01"', "POST timesheets"),
    "timesheetUnsubmit": ('personId: "4", date: "2016-10-01"', "DELETE timesheets/1"),
}
# What the log says of them, an entry each.
KINDS = {
    "timeEntryCreate": "CREATED",
    "timeEntryUpdate": "UPDATED",
    "timeEntryDelete": "DELETED",
    "timeEntryApprove": "APPROVED",
    "timeEntryUnapprove": "UNAPPROVED",
    "timeEntryReject": "REJECTED",
    "timeEntryUnreject": "UNREJECTED",
    "timeEntryBulkApprove": "APPROVED",
    "timeEntryBulkUnapprove": "UNAPPROVED",
    "timeEntryBulkReject": "REJECTED",
    "timeEntryBulkUnreject": "UNREJECTED",
    "timeEntryBulkDelete": "DELETED",
    "timerStart": "CREATED",
    "timerStop": "TIMER_STOPPED",
    "timesheetSubmit": "SUBMITTED",
    "timesheetUnsubmit": "UNSUBMITTED",
}
SHEETS = {"timesheet_submission": True}
COMPARED = {
    column
    for column in TimeEntryRow.model_fields
    if column not in {"revision", "imported", "rates"} and not column.endswith(("_unrounded", "_folded"))
}


def entries():
    running = entry(31, timer_started_at=SECOND, track_method_id=2)
    undecided = [entry(number, note="before") for number in range(1, 10)]
    approved, rejected = ([entry(n, **APPROVED) for n in (11, 12, 13)], [entry(n, **REJECTED) for n in (21, 22)])
    return (*undecided, *approved, *rejected, running)


async def told_apart(mirror):
    """What of the entries and timesheets is not the same on both sides."""
    sides = []
    for database in (mirror.database, mirror.account.database):
        rows = await table_rows(database, TimeEntryRow)
        sheets = await table_rows(database, TimesheetRow)
        sides.append(
            [{name: row[name] for name in COMPARED} for row in rows]
            + [{name: row[name] for name in ("id", "person_id", "date", "creator_id")} for row in sheets]
        )
    return [pair for pair in zip(*sides, strict=True) if pair[0] != pair[1]]


async def test_every_mutation_has_its_call_and_leaves_both_sides_equal(tmp_path):
    sent, apart, errors, logs = {}, {}, {}, {}
    async with mirrored(tmp_path, *entries(), organization=SHEETS) as mirror:
        for name, (arguments, _) in MUTATIONS.items():
            before = len(await logged(mirror.database))
            mirror.account.proxy.sent.clear()
            payload = await mirror.asked.mutate(f"mutation {{ {name}({arguments}) {{ {ERRORS} }} }}")
            sent[name], errors[name] = mirror.writes(), payload["userErrors"]
            apart[name] = await told_apart(mirror)
            logs[name] = {(row["kind"], row["actor_id"]) for row in (await logged(mirror.database))[before:]}

    assert CORE.mutation_type is not None
    assert list(sent) == list(MUTATIONS)
    assert set(sent) == set(CORE.mutation_type.fields)
    assert {name: found for name, found in errors.items() if found} == {}
    assert sent == {name: [call.replace(" ", " /api/v2/")] for name, (_, call) in MUTATIONS.items()}
    assert {name: found for name, found in apart.items() if found} == {}
    assert logs == {name: {(kind, ADMIN)} for name, kind in KINDS.items()}
    assert mirror.account.proxy.passed == []


def body(attributes, type_="time_entries", **links):
    related = {name: {"data": {"type": kind, "id": str(number)}} for name, (kind, number) in links.items()}
    return {"data": {"type": type_, "attributes": attributes, "relationships": related}}


PERSON, SERVICE = ("people", 4), ("services", 1)
# By call of the documented API: its path and body; what is sent to the account is the same call.
CALLED = {
    "POST /time_entries": ("time_entries", body({"date": "2016-10-01", "time": 5}, person=PERSON, service=SERVICE)),
    "PATCH /time_entries/{id}": ("time_entries/1", {"data": {"type": "time_entries", "attributes": {"note": "after"}}}),
    "DELETE /time_entries/{id}": ("time_entries/2", None),
    "PATCH /time_entries/{id}/approve": ("time_entries/3/approve", None),
    "PATCH /time_entries/{id}/unapprove": ("time_entries/11/unapprove", None),
    "PATCH /time_entries/{id}/reject": ("time_entries/4/reject", body({"rejected_reason": "no"})),
    "PATCH /time_entries/{id}/unreject": ("time_entries/21/unreject", None),
    "PATCH /time_entries/bulk_approve": ("time_entries/bulk_approve", {"ids": [5, 6]}),
    "PATCH /time_entries/bulk_unapprove": ("time_entries/bulk_unapprove", {"ids": [12, 13]}),
    "POST /timers": ("timers", body({}, "timers", person=("people", 5), service=SERVICE)),
    "PATCH /timers/{id}/stop": ("timers/31/stop", None),
    "POST /timesheets": ("timesheets", body({"date": "2016-10-01"}, "timesheets", person=PERSON)),
    "DELETE /timesheets/{id}": ("timesheets/1", None),
}


async def test_every_write_of_the_documented_api_is_the_same_call_there(tmp_path):
    sent, apart, statuses = {}, {}, {}
    async with mirrored(tmp_path, *entries(), organization=SHEETS) as mirror:
        for name, (path, document) in CALLED.items():
            mirror.account.proxy.sent.clear()
            answer = await mirror.documented.send(name.split()[0], path, document)
            statuses[name] = answer.status_code
            sent[name], apart[name] = mirror.writes(), await told_apart(mirror)

    assert set(CALLED) == {f"{call.method} {call.path}" for call in CALLS if call.method != "GET"}
    assert statuses == {name: call.status for name in CALLED for call in CALLS if name == f"{call.method} {call.path}"}
    assert sent == {name: [f"{name.split()[0]} /api/v2/{path}"] for name, (path, _) in CALLED.items()}
    assert {name: found for name, found in apart.items() if found} == {}


async def test_the_documented_api_spells_what_the_account_refuses_and_fails(tmp_path):
    async with mirrored(tmp_path, entry(1), entry(2), found=Capabilities()) as mirror:
        many = await mirror.documented.send("PATCH", "time_entries/bulk_approve", {"ids": [1, 2]})
        mirror.strike(Fault.FAILED_BEFORE, method="PATCH")
        failed = await mirror.documented.send("PATCH", "time_entries/1/approve")
        await mirror.account.ask("PATCH", "time_entries/2/approve")
        conflict = await mirror.documented.send("PATCH", "time_entries/2/reject")

    assert many.status_code == 422
    assert [(error["code"], error["source"]) for error in many.json()["errors"]] == [
        ("invalid_attribute", {"pointer": "ids"})
    ]
    assert (failed.status_code, failed.json()["errors"][0]["code"]) == (502, "upstream_failed")
    assert (conflict.status_code, conflict.json()["errors"][0]["code"]) == (409, "record_already_approved")


async def test_a_forwarded_approval_is_seen_by_the_next_read_and_by_who_watches(tmp_path):
    watch = "subscription { timeEntryChanged { eventId timeEntry { approved approver { resourceId } } } }"
    async with (
        mirrored(tmp_path, entry(7)) as mirror,
        listening(mirror.documented.app) as address,
        streamed(address, mirror.documented.tokens[OWNER], watch) as events,
    ):
        await events.any()
        payload = await mirror.asked.mutate(f'mutation {{ timeEntryApprove(id: "7") {{ lastEventId {ERRORS} }} }}')
        read = await mirror.asked.data('{ timeEntry(id: "7") { approved approver { resourceId } } }', OWNER)
        event = (await events.next()).payload

    seen = {"approved": True, "approver": {"resourceId": "1"}}
    assert payload == {"lastEventId": "1", "userErrors": []}
    assert read == {"timeEntry": seen}
    assert event == {"eventId": "1", "timeEntry": seen}

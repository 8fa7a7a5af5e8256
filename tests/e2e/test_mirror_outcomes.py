"""Ends of forwarded writes: refused there, failed before or after the effect, unknown, and tried again under a key."""

import asyncio
import base64

import pytest

from gateway.domain.attributes import read_attributes
from gateway.mirror.secrets import Vault
from gateway.mirror.tokens import keep_token
from gateway.mirror.upstream.capabilities import Capabilities
from gateway.mirror.writes.keys import Keys
from gateway.operations.idempotency import Key
from gateway.store.mirror.accounts import find_account
from gateway.store.mirror.troubles import list_waiting
from gateway.store.schema.entries import TimeEntryRow
from gateway.store.schema.tables import TimesheetRow
from gateway.store.tokens import revoke_token
from tests.support.harness.forwarding import KEY, mirrored
from tests.support.upstream.proxies import Fault
from tests.support.worlds.office import (
    ADMIN,
    MANAGER,
    MEMBER,
    OWNER,
    SECOND,
    entry,
    logged,
    stored,
    table_rows,
    viewer,
)

CREATE = """mutation ($input: TimeEntryCreateInput!) { timeEntryCreate(input: $input) {
    timeEntry { id note } userErrors { code message path } } }"""
NEW = {"date": "2016-10-01", "personId": "4", "serviceId": "1", "time": 40, "note": "new"}
KEYED = NEW | {"idempotencyKey": "one"}
ENTRY = "timeEntry { id approved note }"
ERRORS = "userErrors { code message path ... on ConflictError { current { approved note } } }"
APPROVE = f'mutation {{ timeEntryApprove(id: "7") {{ {ENTRY} {ERRORS} }} }}'
REJECT = f'mutation {{ timeEntryReject(id: "7") {{ {ENTRY} {ERRORS} }} }}'
DELETE = f'mutation {{ timeEntryDelete(id: "7") {{ deletedId {ERRORS} }} }}'
UPDATE = f"""mutation ($note: String, $revision: Int) {{
    timeEntryUpdate(id: "7", input: {{note: $note}}, ifRevision: $revision) {{ {ENTRY} {ERRORS} }} }}"""
BULK = """mutation ($input: TimeEntryBulkInput!) { done: timeEntryBulkApprove(input: $input) {
    appliedCount failedCount results { timeEntryId outcome userErrors { code } } userErrors { code message path } } }"""
BEFORE = (Fault.FAILED_BEFORE, Fault.RESET_BEFORE)
AFTER = (Fault.FAILED_AFTER, Fault.RESET_AFTER, Fault.CUT)
EITHER = (Fault.RESET_BEFORE, Fault.CUT)


async def upstream_notes(mirror):
    """The notes of all entries of the account."""
    return [row["note"] for row in await table_rows(mirror.account.database, TimeEntryRow)]


async def error(mirror, query, who=ADMIN, **variables):
    """The one error of an answer, its data being null."""
    payload = (await mirror.asked.execute(query, who, **variables)).payload
    [found] = payload["errors"]
    return found["extensions"]["code"], found["message"]


@pytest.mark.parametrize("fault", AFTER, ids=lambda fault: fault.name)
async def test_what_was_made_before_the_answer_was_lost_is_found_and_answered(tmp_path, fault):
    async with mirrored(tmp_path, entry(7, note="new", time=40)) as mirror:
        mirror.strike(fault)
        payload = await mirror.asked.mutate(CREATE, MEMBER, input=NEW)
        notes = await upstream_notes(mirror)

    assert payload == {"timeEntry": {"id": "TimeEntry:8", "note": "new"}, "userErrors": []}
    assert notes == ["new", "new"]
    assert mirror.writes() == ["POST /api/v2/time_entries"]


@pytest.mark.parametrize("fault", BEFORE, ids=lambda fault: fault.name)
async def test_what_was_not_made_is_said_not_to_be_and_an_equal_entry_is_not_taken_for_it(tmp_path, fault):
    async with mirrored(tmp_path, entry(7, note="new", time=40)) as mirror:
        mirror.strike(fault)
        code, message = await error(mirror, CREATE, MEMBER, input=NEW)
        notes = await upstream_notes(mirror)

    assert code == "UPSTREAM_FAILED"
    assert message.startswith("The account failed, and this was not written; send it again. http://127.0.0.1:")
    assert notes == ["new"]
    assert mirror.writes() == ["POST /api/v2/time_entries"]


@pytest.mark.parametrize("fault", [*BEFORE, *AFTER], ids=lambda fault: fault.name)
async def test_a_retry_under_the_key_makes_the_one_entry(tmp_path, fault):
    async with mirrored(tmp_path) as mirror:
        mirror.strike(fault)
        await mirror.asked.execute(CREATE, MEMBER, input=KEYED)
        payload = await mirror.asked.mutate(CREATE, MEMBER, input=KEYED)
        again = await mirror.asked.mutate(CREATE, MEMBER, input=KEYED)
        notes = await upstream_notes(mirror)

    assert notes == ["new"]
    assert payload["userErrors"] == []
    assert again == payload


async def test_what_cannot_be_told_is_said_and_found_by_the_retry(tmp_path):
    async with mirrored(tmp_path) as mirror:
        mirror.account.proxy.faults = {Fault.RESET_AFTER: 1.0}
        mirror.account.proxy.strikes = lambda _: bool(mirror.writes())
        code, message = await error(mirror, CREATE, MEMBER, input=KEYED)
        mirror.account.proxy.faults.clear()
        payload = await mirror.asked.mutate(CREATE, MEMBER, input=KEYED)
        notes = await upstream_notes(mirror)

    assert code == "INDETERMINATE"
    assert message.startswith("It is not known whether this was written: ")
    assert message.endswith(" Look at the time entries of person 4 of 2016-10-01.")
    assert payload == {"timeEntry": {"id": "TimeEntry:1", "note": "new"}, "userErrors": []}
    assert notes == ["new"]


@pytest.mark.parametrize(
    ("method", "change"),
    [("DELETE", None), ("PATCH", {"date": "2016-11-01"}), ("PATCH", {"time": 5}), ("PATCH", {"note": "other"})],
    ids=["deleted", "moved", "shortened", "renamed"],
)
async def test_what_was_made_and_is_another_by_now_is_not_made_again(tmp_path, method, change):
    async with mirrored(tmp_path) as mirror:
        mirror.account.proxy.faults = {Fault.RESET_AFTER: 1.0}
        mirror.account.proxy.strikes = lambda _: bool(mirror.writes())
        await error(mirror, CREATE, MEMBER, input=KEYED)
        mirror.account.proxy.faults.clear()
        document = change and {"data": {"type": "time_entries", "attributes": change}}
        changed = await mirror.account.ask(method, "time_entries/1", document)
        code, _ = await error(mirror, CREATE, MEMBER, input=KEYED)

    assert changed.is_success
    assert code == "INDETERMINATE"
    assert mirror.writes() == ["POST /api/v2/time_entries"]


async def test_what_never_came_is_sent_once_more_only_when_it_cannot_come_any_more(tmp_path):
    async with mirrored(tmp_path) as mirror:
        mirror.account.proxy.faults = {Fault.RESET_BEFORE: 1.0}
        mirror.account.proxy.strikes = lambda _: bool(mirror.writes())
        first, _ = await error(mirror, CREATE, MEMBER, input=KEYED)
        mirror.account.proxy.faults.clear()
        second, _ = await error(mirror, CREATE, MEMBER, input=KEYED)
        mirror.clock.instant += 121_000
        payload = await mirror.asked.mutate(CREATE, MEMBER, input=KEYED)
        notes = await upstream_notes(mirror)

    assert (first, second) == ("INDETERMINATE", "INDETERMINATE")
    assert payload["timeEntry"] == {"id": "TimeEntry:1", "note": "new"}
    assert notes == ["new"]


async def test_another_note_of_the_same_minute_is_not_taken_for_it(tmp_path):
    async with mirrored(tmp_path) as mirror:

        async def somebody():
            body = {
                "type": "time_entries",
                "attributes": {"date": "2016-10-01", "time": 40, "note": "other", "person_id": 4, "service_id": 1},
            }
            await mirror.account.ask("POST", "time_entries", {"data": body}, MEMBER)

        mirror.account.proxy.somebody = somebody
        mirror.strike(Fault.SHIFTED, Fault.FAILED_BEFORE)
        await mirror.asked.mutate(CREATE, MEMBER, input=NEW | {"note": "first"})
        mirror.strike(Fault.FAILED_BEFORE)
        code, _ = await error(mirror, CREATE, MEMBER, input=NEW)
        notes = await upstream_notes(mirror)

    assert code == "UPSTREAM_FAILED"
    assert notes == ["other", "first"]


@pytest.mark.parametrize("was_made", [True, False], ids=["after the effect", "before it"])
async def test_a_key_outlives_the_process_that_sent_its_write(tmp_path, was_made):
    document = {
        "type": "time_entries",
        "attributes": {"date": "2016-10-01", "time": 40, "note": "new", "person_id": 4, "service_id": 1},
    }
    async with mirrored(tmp_path) as mirror:
        given = read_attributes({"date": "2016-10-01", "person_id": 4, "service_id": 1, "time": 40, "note": "new"})
        key = Key.of("timeEntryCreate", "one", given.given())
        assert key is not None
        await Keys(mirror.database, 1, mirror.clock).claim(viewer(MEMBER), key, [])  # and it was killed
        if was_made:
            await mirror.account.ask("POST", "time_entries", {"data": document}, MEMBER)
        mirror.clock.instant += 0 if was_made else 121_000
        payload = await mirror.asked.mutate(CREATE, MEMBER, input=KEYED)
        notes = await upstream_notes(mirror)

    assert payload == {"timeEntry": {"id": "TimeEntry:1", "note": "new"}, "userErrors": []}
    assert notes == ["new"]
    assert mirror.writes() == ([] if was_made else ["POST /api/v2/time_entries"])


@pytest.mark.parametrize(
    ("method", "change"),
    [("DELETE", None), ("PATCH", {"date": "2016-10-05", "note": "moved"})],
    ids=["deleted", "moved"],
)
async def test_what_was_made_and_is_elsewhere_by_now_is_not_said_to_be_undone(tmp_path, method, change):
    document = change and {"data": {"type": "time_entries", "attributes": change}}
    async with mirrored(tmp_path) as mirror:
        mirror.strike(Fault.FAILED_AFTER)
        is_changed = False

        async def delay():
            nonlocal is_changed
            if not is_changed and (await mirror.account.ask("GET", "time_entries/1")).status_code == 200:
                is_changed = True
                await mirror.account.ask(method, "time_entries/1", document)

        mirror.account.proxy.delay = delay
        code, _ = await error(mirror, CREATE, MEMBER, input=KEYED)

    assert (code, is_changed) == ("INDETERMINATE", True)


async def test_two_requests_under_one_key_at_once_make_one_entry(tmp_path):
    async with mirrored(tmp_path) as mirror:
        payloads = await asyncio.gather(*(mirror.asked.mutate(CREATE, MEMBER, input=KEYED) for _ in range(3)))
        notes = await upstream_notes(mirror)

    assert notes == ["new"]
    assert [payload["timeEntry"]["id"] for payload in payloads] == ["TimeEntry:1"] * 3


async def test_the_same_key_with_other_arguments_is_refused_before_anything_is_sent(tmp_path):
    async with mirrored(tmp_path) as mirror:
        await mirror.asked.mutate(CREATE, MEMBER, input=KEYED)
        payload = await mirror.asked.mutate(CREATE, MEMBER, input=KEYED | {"time": 41})

    assert [found["code"] for found in payload["userErrors"]] == ["IDEMPOTENCY_KEY_REUSED"]
    assert mirror.writes() == ["POST /api/v2/time_entries"]


async def test_equal_entries_of_one_person_at_once_are_all_made(tmp_path):
    async with mirrored(tmp_path) as mirror:
        mirror.strike(Fault.FAILED_AFTER, Fault.FAILED_AFTER, Fault.FAILED_AFTER)
        payloads = await asyncio.gather(*(mirror.asked.mutate(CREATE, MEMBER, input=NEW) for _ in range(3)))
        notes = await upstream_notes(mirror)

    assert sorted(payload["timeEntry"]["id"] for payload in payloads) == ["TimeEntry:1", "TimeEntry:2", "TimeEntry:3"]
    assert notes == ["new"] * 3


@pytest.mark.parametrize("fault", AFTER[1:], ids=lambda fault: fault.name)
@pytest.mark.parametrize(
    ("query", "method", "approved"), [(APPROVE, "PATCH", True), (DELETE, "DELETE", None)], ids=["approve", "delete"]
)
async def test_a_change_whose_answer_was_lost_is_read_and_answered(tmp_path, query, method, approved, fault):
    async with mirrored(tmp_path, entry(7)) as mirror:
        mirror.strike(fault, method=method)
        payload = await mirror.asked.mutate(query)
        left = await table_rows(mirror.database, TimeEntryRow)

    assert payload["userErrors"] == []
    assert [row["approved"] for row in left] == ([] if approved is None else [approved])


@pytest.mark.parametrize("fault", BEFORE[1:], ids=lambda fault: fault.name)
@pytest.mark.parametrize(("query", "method"), [(APPROVE, "PATCH"), (DELETE, "DELETE")], ids=["approve", "delete"])
async def test_a_change_that_was_not_made_is_said_not_to_be(tmp_path, query, method, fault):
    async with mirrored(tmp_path, entry(7)) as mirror:
        before = await stored(mirror.database, 7)
        mirror.strike(fault, method=method)
        code, _ = await error(mirror, query)

        assert await stored(mirror.database, 7) == before
        assert await logged(mirror.database) == []
    assert code == "UPSTREAM_FAILED"


async def test_a_conflict_in_the_account_shows_the_entry_as_it_is_there(tmp_path):
    async with mirrored(tmp_path, entry(7)) as mirror:
        await mirror.account.ask("PATCH", "time_entries/7/approve")
        payload = await mirror.asked.mutate(REJECT)
        own = await stored(mirror.database, 7)

    assert payload["userErrors"] == [
        {
            "code": "RECORD_ALREADY_APPROVED",
            "message": "The account says: Conflict error",
            "path": ["id"],
            "current": {"approved": True, "note": None},
        }
    ]
    assert own["approved"]


async def test_a_revision_is_compared_with_the_entry_as_it_is_in_the_account(tmp_path):
    async with mirrored(tmp_path, entry(7)) as mirror:
        document = {"data": {"type": "time_entries", "id": "7", "attributes": {"note": "theirs"}}}
        await mirror.account.ask("PATCH", "time_entries/7", document)
        payload = await mirror.asked.mutate(UPDATE, note="mine", revision=1)
        again = await mirror.asked.mutate(UPDATE, note="mine", revision=2)

    assert [(found["code"], found["current"]["note"]) for found in payload["userErrors"]] == [
        ("STALE_REVISION", "theirs")
    ]
    assert again["timeEntry"]["note"] == "mine"
    assert mirror.writes() == ["PATCH /api/v2/time_entries/7"]


async def test_what_the_rules_refuse_is_never_sent(tmp_path):
    async with mirrored(tmp_path, entry(7)) as mirror:
        refused = await mirror.asked.mutate(APPROVE, MEMBER)
        unchanged = await mirror.asked.mutate(UPDATE, note=None)
        dry = await mirror.asked.mutate(BULK, input={"target": {"ids": ["7"]}, "dryRun": True})

    assert [found["code"] for found in refused["userErrors"]] == ["ACCESS_DENIED"]
    assert unchanged["userErrors"] == []
    assert dry["appliedCount"] == 1
    assert mirror.account.proxy.sent == []


async def test_without_a_token_of_their_own_nobody_writes(tmp_path):
    async with mirrored(tmp_path, entry(7), people=[ADMIN]) as mirror:
        payload = await mirror.asked.mutate(APPROVE, OWNER)

    assert payload["userErrors"] == [
        {
            "code": "ACCESS_DENIED",
            "message": "Your writes go to the account by a token of yours, and none is kept; an admin can keep one: "
            "gateway token create --person 3 --upstream-token",
            "path": [],
        }
    ]
    assert mirror.account.proxy.sent == []


async def test_where_it_is_said_so_the_account_s_token_stands_in_and_its_owner_is_the_actor(tmp_path):
    async with mirrored(tmp_path, entry(7), people=[], mirror_shared_writes="on") as mirror:
        payload = await mirror.asked.mutate(APPROVE, OWNER)
        own = await stored(mirror.database, 7)

    assert payload["userErrors"] == []
    assert own["approver_id"] == ADMIN


async def test_a_token_that_the_account_does_not_know_is_told(tmp_path):
    async with mirrored(tmp_path, entry(7)) as mirror:
        await mirror.account.database.write(
            lambda connection: revoke_token(connection, token_id=MANAGER, now=mirror.clock.now())
        )
        payload = await mirror.asked.mutate(APPROVE, MANAGER)

    assert [(found["code"], found["message"]) for found in payload["userErrors"]] == [
        (
            "ACCESS_DENIED",
            "The account does not know the token that your writes are sent by; have a new one kept.",
        )
    ]


async def test_a_token_that_no_key_decrypts_is_told_without_what_it_is(tmp_path):
    other = base64.urlsafe_b64encode(bytes([7]) * 32).decode()
    async with mirrored(tmp_path, entry(7), secret_key=other) as mirror:
        payload = await mirror.asked.mutate(APPROVE)

    assert [(found["code"], found["message"]) for found in payload["userErrors"]] == [
        (
            "ACCESS_DENIED",
            "The token that your writes are sent by cannot be decrypted; whoever runs the gateway has changed its key.",
        )
    ]
    assert mirror.account.proxy.sent == []


async def test_an_entry_that_another_token_made_is_not_taken_for_ours_nor_made_again(tmp_path):
    async with mirrored(tmp_path, people=[MEMBER]) as mirror:
        token = mirror.account.tokens[ADMIN]
        await mirror.database.write(
            lambda connection: keep_token(connection, Vault([KEY]), MEMBER, token, now=0)  # of somebody else
        )
        mirror.strike(Fault.FAILED_AFTER)
        first, _ = await error(mirror, CREATE, MEMBER, input=KEYED)
        second, _ = await error(mirror, CREATE, MEMBER, input=KEYED)
        notes = await upstream_notes(mirror)

    assert (first, second) == ("INDETERMINATE", "INDETERMINATE")
    assert notes == ["new"]


async def test_all_or_nothing_is_refused_where_the_account_cannot_give_it(tmp_path):
    entries = [entry(number) for number in range(1, 202)]
    ids = [str(number) for number in range(1, 202)]
    async with mirrored(tmp_path, *entries) as mirror:
        refused = await mirror.asked.mutate(BULK, input={"target": {"ids": ids}, "atMost": 300})
        sent_before = mirror.writes()
        whole = await mirror.asked.mutate(BULK, input={"target": {"ids": ids[:200]}, "atMost": 300})

    assert refused["userErrors"] == [
        {
            "code": "INVALID_ATTRIBUTE",
            "message": "The account cannot change 201 entries at one go, 200 at most; ask for BEST_EFFORT, or for "
            "fewer.",
            "path": ["input", "errorPolicy"],
        }
    ]
    assert sent_before == []
    assert (whole["appliedCount"], whole["userErrors"]) == (200, [])
    assert mirror.writes() == ["PATCH /api/v2/time_entries/bulk_approve"]


async def test_best_effort_finds_what_the_account_refuses_of_a_part(tmp_path):
    entries = [entry(number) for number in range(1, 8)]
    async with mirrored(tmp_path, *entries) as mirror:
        await mirror.account.ask("DELETE", "time_entries/3")
        given = {"target": {"ids": [str(number) for number in range(1, 8)]}, "errorPolicy": "BEST_EFFORT"}
        payload = await mirror.asked.mutate(BULK, input=given)
        left = await table_rows(mirror.database, TimeEntryRow)

    outcomes = {result["timeEntryId"]: result["outcome"] for result in payload["results"]}
    assert outcomes == {f"TimeEntry:{number}": "FAILED" if number == 3 else "APPLIED" for number in range(1, 8)}
    assert [found["code"] for result in payload["results"] for found in result["userErrors"]] == ["RECORD_NOT_FOUND"]
    assert [(row["id"], row["approved"]) for row in left] == [(number, True) for number in (1, 2, 4, 5, 6, 7)]


async def test_all_or_nothing_that_the_account_refuses_writes_nothing(tmp_path):
    async with mirrored(tmp_path, entry(1), entry(2)) as mirror:
        await mirror.account.ask("DELETE", "time_entries/2")
        payload = await mirror.asked.mutate(BULK, input={"target": {"ids": ["1", "2"]}})
        left = await table_rows(mirror.database, TimeEntryRow)

    assert payload["results"] == []
    assert [(found["code"], found["path"]) for found in payload["userErrors"]] == [
        ("RECORD_NOT_FOUND", ["input", "target"])
    ]
    assert [(row["id"], row["approved"]) for row in left] == [(1, False)]


async def test_a_write_goes_on_when_its_client_is_gone(tmp_path):
    async with mirrored(tmp_path, entry(7)) as mirror:
        is_asked = asyncio.Event()

        async def delay():
            is_asked.set()
            await asyncio.sleep(0.05)

        mirror.account.proxy.delay = delay
        request = asyncio.create_task(mirror.asked.execute(APPROVE))
        await is_asked.wait()
        request.cancel()
        await mirror.writer.close()
        own = await stored(mirror.database, 7)

    assert own["approved"]


async def test_a_call_that_the_account_was_not_found_to_have_is_not_made(tmp_path):
    async with mirrored(tmp_path, found=Capabilities()) as mirror:
        timer = await mirror.asked.mutate(
            'mutation { timerStart(input: {serviceId: "1", personId: "4"}) { userErrors { code message } } }'
        )

    assert timer["userErrors"] == [
        {
            "code": "ACCESS_DENIED",
            "message": "The account was not found to have the call for this (timers); gateway mirror check tries it.",
        }
    ]
    assert mirror.account.proxy.sent == []


async def test_a_slow_account_is_waited_for_by_the_gateway_and_not_by_the_request(tmp_path):
    async with mirrored(tmp_path, entry(7), patience_s=0.2) as mirror:
        is_over = asyncio.Event()
        mirror.account.proxy.delay = is_over.wait
        code, message = await error(mirror, APPROVE)
        is_over.set()
        await mirror.writer.close()
        own = await stored(mirror.database, 7)

    assert code == "INDETERMINATE"
    assert message == (
        "It is not known whether this was written: the account has not answered yet. "
        "Look at what it changes, in a minute."
    )
    assert own["approved"]


async def test_an_entry_that_waits_too_long_for_others_of_its_person_is_never_sent(tmp_path, monkeypatch):
    monkeypatch.setattr("gateway.mirror.writes.keys.TURN_S", 0.05)
    async with mirrored(tmp_path) as mirror:
        is_asked, is_over = asyncio.Event(), asyncio.Event()

        async def delay():
            is_asked.set()
            await is_over.wait()

        mirror.account.proxy.delay = delay
        making = asyncio.create_task(mirror.asked.mutate(CREATE, MEMBER, input=NEW))
        await is_asked.wait()
        refused = await error(mirror, CREATE, MEMBER, input=NEW | {"note": "late"})
        is_over.set()
        made = await making
        notes = await upstream_notes(mirror)

    assert made["userErrors"] == []
    assert refused == (
        "UPSTREAM_FAILED",
        "Nothing was written: other entries of person 4 are on their way to the account; try again.",
    )
    assert notes == ["new"]


async def test_so_many_writes_are_on_their_way_and_no_more(tmp_path, monkeypatch):
    monkeypatch.setattr("gateway.mirror.writes.forwarding.MOST_RUNNING", 2)
    async with mirrored(tmp_path, *map(entry, range(1, 6)), patience_s=0.1) as mirror:
        is_over = asyncio.Event()
        mirror.account.proxy.delay = is_over.wait
        for number in (1, 2):  # their clients are gone before the account has answered
            code, _ = await error(mirror, APPROVE.replace('"7"', f'"{number}"'))
            assert code == "INDETERMINATE"
        code, message = await error(mirror, APPROVE.replace('"7"', '"3"'))
        is_over.set()
        await mirror.writer.close()
        await mirror.asked.execute(APPROVE.replace('"7"', '"4"'))
        await mirror.writer.close()

    assert code == "UPSTREAM_FAILED"
    assert message == "Nothing was written: 2 writes are on their way to the account, and no more are taken now."
    assert sorted(mirror.writes()) == [f"PATCH /api/v2/time_entries/{number}/approve" for number in (1, 2, 4)]


async def test_what_was_written_and_cannot_be_read_is_not_said_to_be_undone(tmp_path):
    async with mirrored(tmp_path, entry(7)) as mirror:
        mirror.account.proxy.faults = {Fault.FAILED_BEFORE: 1.0}
        mirror.account.proxy.strikes = lambda sent: sent.method == "GET"
        code, message = await error(mirror, APPROVE)
        async with mirror.database.look_up() as connection:
            hinted = await list_waiting(connection, 1, due=2**62, most=10)

    assert code == "INDETERMINATE"
    assert message.startswith("The account did this, and it cannot be shown yet: ")
    assert message.endswith(" Look at time entries 7 before you do it again.")
    assert [(row.type, row.id) for row in hinted] == [("time_entries", 7)]


TIMER = """mutation ($input: TimerStartInput!) { timerStart(input: $input) {
    timeEntry { id note timerStartedAt } stoppedTimeEntry { id timerStartedAt } userErrors { code message path } } }"""
SUBMIT = (
    'mutation { timesheetSubmit(personId: "4", date: "2016-10-01") { timesheet { resourceId } userErrors { code } } }'
)
UNSUBMIT = (
    'mutation { timesheetUnsubmit(personId: "4", date: "2016-10-01") { timeEntries { id } userErrors { code } } }'
)
SHEETS = {"timesheet_submission": True}


@pytest.mark.parametrize("fault", [Fault.RESET_AFTER], ids=lambda fault: fault.name)
async def test_a_timer_whose_answer_was_lost_is_found_and_the_one_before_it_stopped(tmp_path, fault):
    async with mirrored(tmp_path, entry(7, timer_started_at=SECOND, track_method_id=2)) as mirror:
        mirror.strike(fault)
        payload = await mirror.asked.mutate(TIMER, MEMBER, input={"serviceId": "1", "note": "on"})
        again = await mirror.asked.mutate(TIMER, MEMBER, input={"timeEntryId": "7"})

    assert payload["userErrors"] == []
    assert (payload["timeEntry"]["id"], payload["stoppedTimeEntry"]) == (
        "TimeEntry:8",
        {"id": "TimeEntry:7", "timerStartedAt": None},
    )
    assert (again["timeEntry"]["id"], again["stoppedTimeEntry"]["id"]) == ("TimeEntry:7", "TimeEntry:8")


@pytest.mark.parametrize("fault", EITHER, ids=lambda fault: fault.name)
async def test_a_day_is_submitted_and_taken_back_whatever_becomes_of_the_answers(tmp_path, fault):
    async with mirrored(tmp_path, entry(7), organization=SHEETS) as mirror:
        mirror.strike(fault)
        first = (await mirror.asked.execute(SUBMIT)).payload
        submitted = await mirror.asked.mutate(SUBMIT)
        mirror.strike(fault, method="DELETE")
        second = (await mirror.asked.execute(UNSUBMIT)).payload
        left = await table_rows(mirror.database, TimesheetRow)
        theirs = await table_rows(mirror.account.database, TimesheetRow)

    assert ("errors" in first, "errors" in second) == (fault in BEFORE, fault in BEFORE)
    assert submitted["userErrors"] == []
    assert len(left) == len(theirs) == (1 if fault in BEFORE else 0)


async def test_a_day_without_entries_is_submitted(tmp_path):
    async with mirrored(tmp_path, organization=SHEETS) as mirror:
        payload = await mirror.asked.mutate(SUBMIT)
        again = await mirror.asked.mutate(SUBMIT)

    assert payload == {"timesheet": {"resourceId": "1"}, "userErrors": []} == again


@pytest.mark.parametrize("has_timers", [True, False])
async def test_what_nobody_looked_for_yet_is_looked_for_once_and_kept(tmp_path, has_timers):
    async with mirrored(tmp_path, found=None) as mirror:
        mirror.account.proxy.plan.timers = has_timers
        first = await mirror.asked.mutate(TIMER, MEMBER, input={"serviceId": "1"})
        looked = len(mirror.account.proxy.sent)
        await mirror.asked.mutate(TIMER, MEMBER, input={"serviceId": "1"})
        async with mirror.database.look_up() as connection:
            account = await find_account(connection, 1)

    assert account is not None
    assert Capabilities.read(account.capabilities) == Capabilities(bulk=True, timers=has_timers, timesheets=True)
    assert [found["code"] for found in first["userErrors"]] == ([] if has_timers else ["ACCESS_DENIED"])
    assert len(mirror.account.proxy.sent) - looked == (4 if has_timers else 0)

"""Writes under /api/v2: what a document may say, what comes back, and every refusal, after which nothing is written."""

import asyncio
import json

import pytest
import pytest_asyncio

from tests.support.harness.documented import MEDIA_TYPE, documented_office, documented_store, move_in
from tests.support.harness.stores import stores
from tests.support.worlds.office import ADMIN, MEMBER, OWNER, entry

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def store(tmp_path_factory):
    async with documented_store(tmp_path_factory.mktemp("writes")) as store:
        yield store


@pytest_asyncio.fixture(loop_scope="module")
async def asked(store):
    asked, url = store
    await move_in(asked, [entry(7, note="before"), entry(8), entry(9, approved=True)])
    yield asked
    await asyncio.to_thread(stores.empty, url)  # while a write that was refused is rolled back


def document(attributes=None, links=None, type_="time_entries", **more):
    data = {"type": type_, "attributes": attributes or {}}
    if links is not None:
        data["relationships"] = {
            name: {"data": None if link is None else {"type": link[0], "id": str(link[1])}}
            for name, link in links.items()
        }
    return {"data": data | more}


NEW = document({"date": "2025-08-01", "time": 60}, {"person": ("people", MEMBER), "service": ("services", 1)})


def errors(answer):
    assert answer.headers["content-type"] == f"{MEDIA_TYPE}; charset=utf-8"
    return [(found["code"], (found.get("source") or {}).get("pointer")) for found in answer.json()["errors"]]


async def test_an_entry_is_made_by_relationships_or_by_attributes(asked):
    one = await asked.send("POST", "time_entries?include=person,service&fields[time_entries]=time,person", NEW)
    attributes = {"date": "2025-08-01", "time": 60, "person-id": MEMBER, "service_id": "1", "task_id": 1}
    attributes["calendar_event_id"] = "9"
    other = await asked.send("POST", "time_entries", document(attributes, type_="time-entries"))

    assert (one.status_code, other.status_code) == (201, 201)
    assert list(one.json()) == ["data", "included", "meta"]
    assert one.json()["data"]["attributes"] == {"time": 60}
    assert [found["type"] for found in one.json()["included"]] == ["people", "services"]
    assert other.json()["data"]["attributes"]["work_cost"] == 2000
    assert other.json()["data"]["attributes"]["calendar_event_id"] == 9
    assert other.headers["etag"] == '"1"'


async def test_the_relationship_wins_over_the_attribute(asked):
    body = document(
        {"date": "2025-08-01", "person_id": 999}, {"person": ("people", MEMBER), "service": ("services", 1)}
    )

    answer = await asked.send("POST", "time_entries?include=person", body)

    assert answer.json()["data"]["relationships"]["person"]["data"] == {"type": "people", "id": str(MEMBER)}


async def test_a_record_that_comes_back_whole_changes_what_it_says_and_nothing_else(asked):
    whole = (await asked.get("time_entries/7")).json()
    whole["data"]["attributes"] |= {"time": 30, "approved": True, "cost": 1, "nonsense": "x", "a b": 1}

    answer = await asked.send("PATCH", "time_entries/7", {"data": whole["data"]})

    attributes = answer.json()["data"]["attributes"]
    assert answer.status_code == 200
    assert (attributes["time"], attributes["note"], attributes["approved"]) == (30, "before", False)
    ignored = answer.headers["x-ignored-attributes"].split(",")
    assert {"approved", "cost", "nonsense", "created_at"} <= set(ignored)
    assert "a b" not in ignored
    assert "time" not in ignored


INVALID = [
    ({"date": ""}, [("invalid_attribute", "data/attributes/date")] * 2),
    ({"date": None}, [("invalid_attribute", "data/attributes/date")] * 2),
    ({"date": 5}, [("invalid_attribute", "data/attributes/date")]),
    ({"date": "2025-02-30"}, [("invalid_attribute", "data/attributes/date")]),
    ({"time": -1}, [("invalid_attribute", "data/attributes/time")]),
    ({"time": 1.5}, [("invalid_attribute", "data/attributes/time")]),
    ({"time": True}, [("invalid_attribute", "data/attributes/time")]),
    ({"billable_time": 10**20}, [("invalid_attribute", "data/attributes/billable_time")]),
    ({"note": {}}, [("invalid_attribute", "data/attributes/note")]),
    ({"note": "a\0b"}, [("invalid_attribute", "data/attributes/note")]),
    ({"note": "x" * 100_001}, [("invalid_attribute", "data/attributes/note")]),
    ({"jira_issue_id": "x" * 256}, [("invalid_attribute", "data/attributes/jira_issue_id")]),
    ({"started_at": "2025-08-01"}, [("invalid_attribute", "data/attributes/started_at")]),
    ({"calendar_event_id": "x"}, [("invalid_attribute", "data/attributes/calendar_event_id")]),
    ({"person_id": None}, [("invalid_attribute", "data/attributes/person")]),
    ({"task_id": 2}, [("invalid_attribute", "data/attributes/task")]),
    ({"person_id": 999}, [("record_not_found", "data/relationships/person")]),
    ({"person_id": 21}, [("record_not_found", "data/relationships/person")]),
    ({"service_id": "x"}, [("record_not_found", "data/relationships/service")]),
]


@pytest.mark.parametrize(("attributes", "expected"), INVALID, ids=[str(case[0])[:40] for case in INVALID])
async def test_a_wrong_attribute_is_refused_with_its_pointer(asked, attributes, expected):
    before = (await asked.get("time_entries/7")).text

    answer = await asked.send("PATCH", "time_entries/7", document(attributes))

    assert answer.status_code == (404 if expected[0][0] == "record_not_found" else 422)
    assert errors(answer) == expected
    assert (await asked.get("time_entries/7")).text == before


async def test_a_new_entry_without_person_service_and_date_is_reported_all_of_it(asked):
    answer = await asked.send("POST", "time_entries", document({"time": -1}))

    names = ("date", "date", "person", "service", "time")
    assert answer.status_code == 422
    assert errors(answer) == [("invalid_attribute", f"data/attributes/{name}") for name in names]


BROKEN = [
    (b"{", 400, "invalid_document"),
    (b"[]", 400, "invalid_document"),
    (b"", 400, "invalid_document"),
    (b"null", 400, "invalid_document"),
    (b"\xff", 400, "invalid_document"),
    (b"[" * 5_000, 400, "invalid_document"),
    (b'{"data": []}', 400, "invalid_document"),
    (b'{"data": {}}', 400, "invalid_document"),
    (b'{"data": {"type": "time_entries", "attributes": []}}', 400, "invalid_document"),
    (b'{"data": {"type": "time_entries", "relationships": {"person": 4}}}', 400, "invalid_document"),
    (b'{"data": {"type": "time_entries", "relationships": {"person": {"data": []}}}}', 400, "invalid_document"),
    (b'{"data": {"type": "people"}}', 409, "type_mismatch"),
    (b'{"data": {"type": "time_entries", "relationships": {"person": {"data": {"type": "x"}}}}}', 409, "type_mismatch"),
    (b'{"data": {"type": "time_entries", "id": "1"}}', 403, "access_denied"),
    (b" " * 1_100_000, 413, "payload_too_large"),
]


@pytest.mark.parametrize(("body", "status", "code"), BROKEN, ids=[str(case[0][:50]) for case in BROKEN])
async def test_a_body_that_is_no_document_is_refused_and_nothing_written(asked, body, status, code):
    answer = await asked.send("POST", "time_entries", body)

    assert answer.status_code == status
    assert [found for found, _ in errors(answer)] == [code]
    assert len((await asked.get("time_entries")).json()["data"]) == 3


async def test_a_body_of_another_type_is_refused(asked):
    answer = await asked.send("POST", "time_entries", NEW, **{"content-type": "text/plain"})
    taken = await asked.send("POST", "time_entries", NEW, **{"content-type": "application/json; charset=utf-8"})

    assert (answer.status_code, taken.status_code) == (415, 201)
    assert errors(answer) == [("unsupported_media_type", None)]


async def test_the_document_of_another_record_is_refused(asked):
    answer = await asked.send("PATCH", "time_entries/7", document({"time": 1}, id="8"))
    same = await asked.send("PATCH", "time_entries/7", document({"time": 1}, id=7))

    assert (answer.status_code, same.status_code) == (409, 200)
    assert errors(answer) == [("id_mismatch", "data/id")]


async def test_a_stale_revision_is_refused(asked):
    fresh = await asked.send("PATCH", "time_entries/7", document({"time": 1}), **{"if-match": '"1"'})
    stale = await asked.send("PATCH", "time_entries/7", document({"time": 2}), **{"if-match": '"1"'})
    malformed = await asked.send("DELETE", "time_entries/7", **{"if-match": "1"})
    gone = await asked.send("DELETE", "time_entries/7", **{"if-match": fresh.headers["etag"]})

    statuses = [answer.status_code for answer in (fresh, stale, malformed, gone)]
    assert statuses == [200, 412, 400, 204]
    assert errors(stale) == [("stale_revision", None)]
    assert errors(malformed) == [("invalid_header", None)]


async def test_a_retry_under_a_key_makes_nothing_and_answers_the_record(asked):
    key = {"x-idempotency-key": "once"}

    first = await asked.send("POST", "time_entries", NEW, **key)
    second = await asked.send("POST", "time_entries", NEW, **key)
    other = await asked.send(
        "POST", "time_entries", document({"date": "2025-08-02", "person_id": 4, "service_id": 1}), **key
    )
    blank = await asked.send("POST", "time_entries", NEW, **{"x-idempotency-key": ""})

    assert [answer.status_code for answer in (first, second, other, blank)] == [201, 200, 409, 422]
    assert second.json() == first.json()
    assert errors(other) == [("idempotency_key_reused", None)]
    assert len((await asked.get("time_entries")).json()["data"]) == 4


async def test_transitions_take_no_body_an_empty_object_or_a_document(asked):
    approved = await asked.send("PATCH", "time_entries/7/approve", {})
    undone = await asked.send("PATCH", "time_entries/7/unapprove")
    reason = document({"rejected_reason": "too long", "time": 3})
    rejected = await asked.send("PATCH", "time_entries/7/reject", reason)
    again = await asked.send("PATCH", "time_entries/7/reject")
    back = await asked.send("PATCH", "time_entries/7/unreject")

    assert [answer.status_code for answer in (approved, undone, rejected, again, back)] == [200, 200, 200, 409, 200]
    assert rejected.json()["data"]["attributes"]["rejected_reason"] == "too long"
    assert rejected.headers["x-ignored-attributes"] == "time"
    assert again.json() == {
        "errors": [{"status": "409", "code": "record_already_rejected", "title": "Conflict error", "source": {}}]
    }
    assert back.json()["data"]["attributes"]["rejected"] is False


async def test_bulk_answers_in_the_order_asked_or_changes_nothing(asked):
    good = await asked.send("PATCH", "time_entries/bulk_approve", {"ids": [8, "7"]})
    bad = await asked.send("PATCH", "time_entries/bulk_unapprove", {"ids": [7, 999]})
    none = await asked.send("PATCH", "time_entries/bulk_approve", {"ids": []})
    many = await asked.send("PATCH", "time_entries/bulk_approve", {"ids": [*range(1, 100_001)]})
    odd = await asked.send("PATCH", "time_entries/bulk_approve", {"ids": 7})

    assert [record["id"] for record in good.json()["data"]] == ["8", "7"]
    assert list(good.json()) == ["data", "meta"]
    assert [answer.status_code for answer in (bad, none, many, odd)] == [404, 422, 400, 400]
    assert "999" in bad.json()["errors"][0]["detail"]
    assert errors(many) == [("limit_exceeded", "ids")]
    assert (await asked.get("time_entries/7")).json()["data"]["attributes"]["approved"] is True


async def test_what_a_role_may_not_do_is_refused(asked):
    approve = await asked.send("PATCH", "time_entries/7/approve", who=MEMBER)
    others = await asked.send(
        "POST", "time_entries", document({"date": "2025-08-01", "person_id": ADMIN, "service_id": 1}), who=MEMBER
    )

    assert (approve.status_code, others.status_code) == (403, 403)
    assert [found for found, _ in (*errors(approve), *errors(others))] == ["access_denied"] * 2


async def test_a_deleted_entry_is_not_there_and_a_body_of_delete_is_not_read(asked):
    gone = await asked.send("DELETE", "time_entries/7", b"{")
    again = await asked.send("DELETE", "time_entries/7")

    assert (gone.status_code, gone.content, gone.headers.get("content-type")) == (204, b"", None)
    assert again.status_code == 404
    assert errors(again) == [("record_not_found", None)]


async def test_a_timer_starts_on_a_service_and_stops_once(asked):
    body = document({"note": "now"}, {"service": ("services", 1)}, "timers")
    started = await asked.send("POST", "timers?include=time_entry", body, who=OWNER)
    number = started.json()["data"]["id"]
    stopped = await asked.send("PATCH", f"timers/{number}/stop", who=OWNER)
    again = await asked.send("PATCH", f"timers/{number}/stop", who=OWNER)
    both = await asked.send(
        "POST", "timers", document({}, {"service": ("services", 1), "time_entry": ("time_entries", 7)}, "timers")
    )

    assert [answer.status_code for answer in (started, stopped, again, both)] == [201, 200, 409, 422]
    retried = await asked.send("POST", "timers", body, who=OWNER, **{"x-idempotency-key": "t"})
    once_more = await asked.send("POST", "timers", body, who=OWNER, **{"x-idempotency-key": "t"})
    assert (retried.status_code, once_more.status_code) == (201, 200)
    assert once_more.json()["data"] == retried.json()["data"]
    assert started.json()["data"]["relationships"]["time_entry"]["data"] == {"type": "time_entries", "id": number}
    assert started.json()["included"][0]["attributes"]["note"] == "now"
    assert stopped.json()["data"]["attributes"]["stopped_at"] is not None
    assert errors(again) == [("timer_already_stopped", None)]


async def test_a_day_is_submitted_and_taken_back(tmp_path):
    async with documented_office(tmp_path, [entry(7)], timesheet_submission=True) as asked:
        body = document({"date": "2016-10-01"}, {"person": ("people", MEMBER)}, "timesheets")

        submitted = await asked.send("POST", "timesheets", body, who=MEMBER)
        number = submitted.json()["data"]["id"]
        marked = (await asked.get("time_entries/7")).json()["data"]["attributes"]["submitted"]
        taken = await asked.send("DELETE", f"timesheets/{number}", who=MEMBER)
        again = await asked.send("DELETE", f"timesheets/{number}", who=MEMBER)
        blank = await asked.send("POST", "timesheets", document({}, {}, "timesheets"))

        assert [answer.status_code for answer in (submitted, taken, again, blank)] == [201, 204, 404, 422]
        assert submitted.json()["data"]["attributes"]["date"] == "2016-10-01"
        assert marked is True
        names = ("person", "date", "date")
        assert errors(blank) == [("invalid_attribute", f"data/attributes/{name}") for name in names]


async def test_days_are_not_submitted_where_the_organization_has_none(asked):
    body = document({"date": "2016-10-01"}, {"person": ("people", MEMBER)}, "timesheets")

    answer = await asked.send("POST", "timesheets", body)

    assert (answer.status_code, errors(answer)) == (403, [("access_denied", None)])


async def test_a_spent_budget_is_said_in_headers(tmp_path):
    async with documented_office(tmp_path, [entry(7)], {"rate_limit": 100}) as asked:
        spent = [await asked.get("time_entries/7") for _ in range(3)]

        assert [answer.status_code for answer in spent] == [200, 429, 429]
        headers = spent[1].headers
        assert (headers["x-ratelimit-limit"], headers["x-ratelimit-remaining"]) == ("100", "27")
        assert headers["x-ratelimit-reset"] == headers["retry-after"]
        assert json.loads(spent[1].text)["errors"][0]["code"] == "rate_limited"

"""Subscriptions by server-sent events: what is sent, in which form, and how a client goes on."""

import httpx
import pytest

from gateway.graphql import subscription
from gateway.graphql.costs import Price
from gateway.graphql.plans.events import TimeEntryEvents
from gateway.live.watches import Showing
from tests.support.harness.waiting import TIMEOUT
from tests.support.harness.watching import END, WATCH, Stream, accepted, watched_office
from tests.support.worlds.office import ADMIN, MANAGER, MEMBER, OTHER, STRANGER, entry

MOVE = """mutation ($id: ID!, $person: ID!) {
  timeEntryUpdate(id: $id, input: {personId: $person}) { lastEventId userErrors { message } } }"""
WIRE = pytest.mark.sqlite_only  # what no database has a part in
DELETE = "mutation ($id: ID!) { timeEntryDelete(id: $id) { lastEventId } }"
REJECT = """mutation { timeEntryBulkReject(input: {target: {filter: {personId: {eq: "4"}}}}, reason: "late") {
  lastEventId appliedCount } }"""


async def test_a_change_is_sent_once_it_is_made_with_the_entry_as_it_is(tmp_path):
    async with watched_office(tmp_path, entry(225)) as office, office.watch() as stream:
        last = await office.note(225, "new", MANAGER)

        [event] = await stream.events(1)

    assert event == {
        "at": event["at"],
        "eventId": last,
        "kind": "UPDATED",
        "timeEntryId": "TimeEntry:225",
        "timeEntry": {"id": "TimeEntry:225", "note": "new"},
        "actor": {"id": "Person:2"},
    }


@WIRE
async def test_the_answer_is_a_stream_with_lines_that_end_in_lf(tmp_path):
    async with watched_office(tmp_path, entry(225)) as office, office.watch() as stream:
        first = await stream.any()
        headers = stream.response.headers

    assert (first.id, first.name, first.data) == ("0", None, None)
    assert headers["content-type"] == "text/event-stream; charset=utf-8"
    assert headers["cache-control"] == "no-store"
    assert headers["x-request-id"]


async def test_all_events_of_a_bulk_act_are_sent_in_order(tmp_path):
    entries = [entry(number) for number in range(1, 1_201)]
    async with watched_office(tmp_path, *entries) as office, office.watch() as stream:
        payload = await office.write(REJECT.replace("}}}}", "}}} atMost: 2000}"))

        events = await stream.events(1_200)

    assert payload == {"lastEventId": "1200", "appliedCount": 1_200}
    assert [event["eventId"] for event in events] == [str(number) for number in range(1, 1_201)]
    assert [event["timeEntryId"] for event in events] == [f"TimeEntry:{number}" for number in range(1, 1_201)]


@pytest.mark.parametrize("by_header", [True, False])
async def test_a_client_goes_on_after_the_last_event_that_it_processed(tmp_path, by_header):
    async with watched_office(tmp_path, entry(225), entry(226)) as office:
        notes = [await office.note(number, text) for text in "ab" for number in (225, 226)]

        given = {"headers": {"last-event-id": notes[1]}, "since": "4"} if by_header else {"since": notes[1]}
        async with office.watch(**given) as stream:
            events = await stream.events(2)
            notes.append(await office.note(225, "later"))
            events += await stream.events(1)

    assert [event["eventId"] for event in events] == ["3", "4", "5"]


async def test_since_0_begins_with_the_first_event_ever(tmp_path):
    async with watched_office(tmp_path, entry(225)) as office:
        await office.note(225, "a")
        async with office.watch(since="0") as stream:
            events = await stream.events(1)

    assert [event["eventId"] for event in events] == ["1"]


@pytest.mark.sqlite_only
@pytest.mark.parametrize("fit", [1, 3, 50])
async def test_no_more_events_are_read_by_one_statement_than_its_points_allow(tmp_path, monkeypatch, fit):
    read, shown = list[int](), TimeEntryEvents.shown

    async def watched(self, run, numbers):
        read.append(len(numbers))
        return await shown(self, run, numbers)

    monkeypatch.setattr(TimeEntryEvents, "shown", watched)
    monkeypatch.setattr(subscription, "price_of_operation", lambda *_, **__: Price(subscription.POINTS_AT_ONCE // fit))
    async with watched_office(tmp_path, entry(225)) as office:
        await office.note_elsewhere(225, *"abcdefg")
        async with office.watch(since="0") as stream:
            await stream.events(7)

    assert sum(read) == 7
    assert max(read) == min(fit, 7)


LONG, TOO_LONG = "x" * 3_000, "y" * 20_000


async def shown_of(stream, count):
    """Return the number of each event and its entry's note, or the codes of its errors."""
    found = []
    for _ in range(count):
        sent = await stream.next()
        errors = sent.data.get("errors")
        shown = [error["extensions"]["code"] for error in errors] if errors else sent.payload["timeEntry"]["note"]
        found.append((int(sent.id), shown))
    return found


async def test_events_that_are_too_long_together_are_shown_and_one_that_is_too_long_alone_is_an_error(tmp_path):
    async with watched_office(tmp_path, entry(225), entry(226), max_answer_bytes=10_000) as office:
        await office.note_elsewhere(225, *"abcd", LONG)
        await office.note_elsewhere(226, TOO_LONG)
        await office.note_elsewhere(225, *"efghijklmnopqrst", LONG)
        async with office.watch(since="0") as stream:
            found = await shown_of(stream, 23)

    assert found == [(number, ["ANSWER_TOO_LARGE"] if number == 6 else LONG) for number in range(1, 24)]


@WIRE
@pytest.mark.parametrize("failing", [{4}, {1, 2, 11}, {*range(1, 12)}])
async def test_an_event_that_cannot_be_shown_is_an_error_and_no_other_one(tmp_path, monkeypatch, failing):
    shown = TimeEntryEvents.shown

    async def faulty(self, run, numbers):
        if failing & {*numbers}:
            raise RuntimeError
        return await shown(self, run, numbers)

    monkeypatch.setattr(TimeEntryEvents, "shown", faulty)
    async with watched_office(tmp_path, entry(225)) as office:
        await office.note_elsewhere(225, *"abcdefghijk")
        async with office.watch(since="0") as stream:
            found = await shown_of(stream, 11)

    assert found == [(number, ["INTERNAL_SERVER_ERROR"] if number in failing else "k") for number in range(1, 12)]


@WIRE
async def test_events_are_in_memory_as_far_as_an_answer_may_be_long_and_the_next_when_these_are_taken(
    tmp_path, monkeypatch
):
    held, showing = list[int](), subscription.SubscriptionPlan.showing

    def noted(self, run, most_bytes):
        made = showing(self, run, most_bytes)

        async def show(numbers):
            shown = await made.show(numbers)
            held.append(sum(map(len, shown.texts.values())))
            return shown

        return Showing(made.key, show)

    monkeypatch.setattr(subscription.SubscriptionPlan, "showing", noted)
    async with watched_office(tmp_path, entry(225), max_answer_bytes=10_000) as office:
        await office.note_elsewhere(225, *"abcdefghijklmnopqrs", LONG)
        async with office.watch(since="0") as stream:
            found = await shown_of(stream, 20)

    assert [number for number, _ in found] == [*range(1, 21)]
    assert max(held) < 2 * 10_000 < sum(held)


async def test_a_deleted_entry_is_null(tmp_path):
    async with watched_office(tmp_path, entry(225)) as office, office.watch() as stream:
        await office.write(DELETE, id="225")
        [event] = await stream.events(1)

    assert (event["kind"], event["timeEntryId"], event["timeEntry"]) == ("DELETED", "TimeEntry:225", None)


async def test_a_filter_holds_for_the_entry_before_or_after_the_change(tmp_path):
    wanted = {"note": {"contains": "b"}}
    async with watched_office(tmp_path, entry(225, note="a")) as office, office.watch(filter=wanted) as stream:
        for text in ("b", "bb", "a", "aa", "B"):
            await office.note(225, text)
        events = await stream.events(4)

    # Its entering, a change within, its leaving, and its coming back.
    assert [event["eventId"] for event in events] == ["1", "2", "3", "5"]


async def test_a_member_sees_what_is_theirs_before_or_after_and_no_other_entry(tmp_path):
    mine, another = entry(225), entry(226, person_id=OTHER)
    async with watched_office(tmp_path, mine, another) as office, office.watch(MEMBER) as stream:
        await office.note(226, "not theirs")
        await office.write(MOVE, id="225", person=str(OTHER))
        await office.note(225, "not theirs any more")
        await office.write(MOVE, id="226", person=str(MEMBER))
        events = await stream.events(2)

    assert [(event["eventId"], event["kind"], event["timeEntry"]) for event in events] == [
        ("2", "UPDATED", None),
        ("4", "UPDATED", {"id": "TimeEntry:226", "note": "not theirs"}),
    ]


async def test_a_filter_tells_a_member_nothing_of_what_an_entry_became_out_of_their_sight(tmp_path):
    moved = """mutation { timeEntryUpdate(id: "225", input: {personId: "5", note: "secret"}) { lastEventId } }"""
    wanted = {"note": {"eq": "secret"}}
    async with (
        watched_office(tmp_path, entry(225), entry(226)) as office,
        office.watch(MEMBER, filter=wanted) as stream,
    ):
        await office.write(moved)
        await office.note(226, "secret")
        events = await stream.events(1)

    assert [event["timeEntryId"] for event in events] == ["TimeEntry:226"]


async def test_another_organization_sees_nothing(tmp_path):
    foreign = entry(900, organization_id=2, person_id=STRANGER, service_id=9, deal_id=9, project_id=None,
                    company_id=None, responsible_id=None, creator_id=STRANGER, last_actor_id=STRANGER)  # fmt: skip
    async with watched_office(tmp_path, entry(225), foreign) as office, office.watch(STRANGER) as stream:
        await office.note(225, "hidden")
        await office.write(DELETE, STRANGER, id="900")
        [event] = await stream.events(1)

    assert (event["eventId"], event["timeEntryId"]) == ("1", "TimeEntry:900")


@WIRE
@pytest.mark.parametrize(
    ("since", "code"),
    [
        ("2", "INVALID_CURSOR"),
        ("-1", "INVALID_CURSOR"),
        ("01", "INVALID_CURSOR"),
        ("TimeEntry:1", "INVALID_CURSOR"),
        ("9" * 40, "INVALID_CURSOR"),
        ("", "INVALID_CURSOR"),
    ],
)
async def test_a_position_that_is_none_ends_the_stream_with_an_error(tmp_path, since, code):
    async with watched_office(tmp_path, entry(225)) as office:
        await office.note(225, "a")
        async with office.watch(since=since) as stream:
            error, end = await stream.next(), await stream.next()
            beyond = await stream.next()

    assert [each["extensions"]["code"] for each in error.data["errors"]] == [code]
    assert (end.name, beyond) == ("complete", END)


@WIRE
@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("subscription { timeEntryChanged { nothing } }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { __typename }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { a: timeEntryChanged { at } b: timeEntryChanged { at } }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { timeEntryChanged @skip(if: false) { at } }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { timeEntryChanged @include(if: true) { at } }", "GRAPHQL_VALIDATION_FAILED"),
        ('subscription { timeEntryChanged(filter: {date: {eq: "x"}}) { at } }', "BAD_USER_INPUT"),
        ("subscription {", "GRAPHQL_PARSE_FAILED"),
    ],
)
async def test_what_is_wrong_with_a_subscription_is_said_by_the_stream(tmp_path, query, code):
    async with watched_office(tmp_path) as office, office.watch(query=query) as stream:
        error, end = await stream.next(), await stream.next()

    assert stream.response.status_code == 200
    assert {each["extensions"]["code"] for each in error.data["errors"]} == {code}
    assert end.name == "complete"


@WIRE
async def test_a_query_that_is_streamed_has_one_answer(tmp_path):
    async with watched_office(tmp_path) as office, office.watch(query="{ viewer { role } }") as stream:
        answer, end, beyond = [await stream.next() for _ in range(3)]

    assert answer.data["data"] == {"viewer": {"role": "ADMIN"}}
    assert (end.name, beyond) == ("complete", END)


@WIRE
@pytest.mark.parametrize(
    "accept", ["application/json, text/event-stream", "*/*, text/event-stream", "text/event-stream;q=0.5, */*"]
)
async def test_nothing_is_streamed_to_a_client_that_would_rather_have_json(tmp_path, accept):
    async with watched_office(tmp_path) as office:
        async with office.watch(query="{ viewer { role } }", headers={"accept": accept}) as stream:
            body = await stream.response.aread()
        async with office.watch(headers={"accept": accept}) as refused:
            await refused.response.aread()

    assert b'"role":"ADMIN"' in body
    assert stream.response.headers["content-type"].startswith("application/")
    assert refused.response.json()["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"


@WIRE
async def test_a_token_has_so_many_subscriptions_and_no_more(tmp_path):
    async with watched_office(tmp_path, max_subscriptions=2) as office:
        async with office.watch(), office.watch(), office.watch() as third, office.watch(MANAGER) as others:
            error, end = await third.next(), await third.next()
            other = await others.any()
        again = await accepted(office.watch)

    assert error.data["errors"][0]["extensions"]["code"] == "SUBSCRIPTION_LIMIT_EXCEEDED"
    assert (end.name, other.id, again.id) == ("complete", "0", "0")


@WIRE
async def test_get_is_answered_by_a_stream_too(tmp_path):
    async with watched_office(tmp_path, entry(225)) as office:
        headers = {"accept": "text/event-stream", "authorization": f"Bearer {office.tokens[ADMIN]}"}
        async with (
            httpx.AsyncClient(base_url=office.address, timeout=TIMEOUT) as client,
            client.stream("GET", "/graphql", params={"query": WATCH}, headers=headers) as response,
        ):
            stream = Stream(response)
            await office.note(225, "x")
            events = await stream.events(1)

    assert events[0]["timeEntry"] == {"id": "TimeEntry:225", "note": "x"}

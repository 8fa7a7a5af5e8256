"""gql, the client of GraphQL for Python: it fetches the schema, checks and writes by it, and parses what comes."""

import datetime as dt

import pytest
from gql import Client, gql
from gql.dsl import DSLMutation, DSLQuery, DSLSchema, dsl_gql
from gql.transport.exceptions import TransportQueryError
from gql.transport.httpx import HTTPXAsyncTransport
from gql.transport.websockets import WebsocketsTransport
from gql.utilities import update_schema_scalar
from graphql import GraphQLError, GraphQLScalarType

from tests.support.harness.waiting import TIMEOUT

pytestmark = pytest.mark.clients


@pytest.fixture
async def client(gateway):
    headers = {"Authorization": f"Bearer {gateway.tokens['admin']}"}
    transport = HTTPXAsyncTransport(url=f"{gateway.address}/graphql", headers=headers, timeout=TIMEOUT)
    client = Client(transport=transport, fetch_schema_from_transport=True, parse_results=True, execute_timeout=TIMEOUT)
    async with client as session:
        yield session


async def test_it_writes_a_query_by_the_schema_that_it_fetched(client):
    schema = DSLSchema(client.client.schema)
    chosen = schema.Query.timeEntries(
        filter={"status": {"eq": "UNAPPROVED"}, "after": "2026-11-01", "time": {"gt": 0}},
        orderBy=[{"field": "DATE", "direction": "DESC"}],
        first=1,
    )
    page, entry = schema.TimeEntryConnection, schema.TimeEntry
    nodes = page.nodes.select(entry.id, entry.date, entry.time, entry.note)

    answer = await client.execute(dsl_gql(DSLQuery(chosen.select(page.totalCount, nodes))))

    assert answer == {
        "timeEntries": {
            "totalCount": 129,
            "nodes": [{"id": "TimeEntry:1977", "date": "2026-11-24", "time": 240, "note": "Moved content over"}],
        }
    }


async def test_scalars_are_parsed_by_what_a_client_makes_of_them(client):
    as_date = GraphQLScalarType("Date", parse_value=dt.date.fromisoformat)
    update_schema_scalar(client.client.schema, "Date", as_date)

    answer = await client.execute(gql('{ timeEntry(id: "TimeEntry:1977") { date status } }'))

    assert answer == {"timeEntry": {"date": dt.date(2026, 11, 24), "status": "DRAFT"}}


async def test_it_checks_a_query_before_it_is_sent(client):
    with pytest.raises(GraphQLError, match="Cannot query field 'colour' on type 'TimeEntry'"):
        await client.execute(gql('{ timeEntry(id: "TimeEntry:1977") { colour } }'))


async def test_it_writes_and_reads_what_was_refused(client):
    schema = DSLSchema(client.client.schema)
    approved = schema.Mutation.timeEntryApprove(id="TimeEntry:1976").select(
        schema.TimeEntryPayload.timeEntry.select(schema.TimeEntry.status)
    )

    answer = await client.execute(dsl_gql(DSLMutation(approved)))
    refused = await client.execute(
        gql("""mutation { timeEntryReject(id: "TimeEntry:1976") {
            userErrors { code ... on ConflictError { current { status } } } } }""")
    )

    assert answer == {"timeEntryApprove": {"timeEntry": {"status": "APPROVED"}}}
    expected = {"code": "RECORD_ALREADY_APPROVED", "current": {"status": "APPROVED"}}
    assert refused == {"timeEntryReject": {"userErrors": [expected]}}


async def test_a_subscription_tells_each_change(client, gateway):
    headers = {"Authorization": f"Bearer {gateway.tokens['admin']}"}
    socket = WebsocketsTransport(
        url=f"{gateway.address}/graphql".replace("http", "ws", 1),
        init_payload=headers,
        subprotocols=[WebsocketsTransport.GRAPHQLWS_SUBPROTOCOL],
        connect_timeout=TIMEOUT,
        close_timeout=TIMEOUT,
        ack_timeout=TIMEOUT,
    )
    note = 'mutation { timeEntryUpdate(id: "TimeEntry:1977", input: { note: "%s" }) { lastEventId } }'
    written = [(await client.execute(gql(note % text)))["timeEntryUpdate"]["lastEventId"] for text in ("a", "b", "c")]

    told = []
    async with Client(transport=socket) as watching:
        watch = gql("subscription ($since: ID) { timeEntryChanged(since: $since) { eventId timeEntryId } }")
        watch.variable_values = {"since": written[0]}
        async for event in watching.subscribe(watch):
            told.append(event["timeEntryChanged"])
            if len(told) == 2:
                break

    assert told == [{"eventId": event_id, "timeEntryId": "TimeEntry:1977"} for event_id in written[1:]]


async def test_errors_come_with_their_codes(client):
    with pytest.raises(TransportQueryError) as refused:
        await client.execute(gql('{ timeEntries(first: 3, after: "nowhere") { totalCount } }'))

    assert [error["extensions"]["code"] for error in refused.value.errors or ()] == ["INVALID_CURSOR"]

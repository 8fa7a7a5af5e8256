// urql: graphcache with the introspected schema, relay pagination, persisted queries, and errors.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Client, fetchExchange, gql, subscriptionExchange } from "@urql/core";
import { cacheExchange } from "@urql/exchange-graphcache";
import { relayPagination } from "@urql/exchange-graphcache/extras";
import { persistedExchange } from "@urql/exchange-persisted";
import { createClient } from "graphql-ws";
import WebSocket from "ws";
import { ask, bearer, graphqlAddress, introspection, makeEntry, until, writeNote } from "./gateway.mjs";

const PERSON = gql`
  query OfPerson($id: ID!, $first: Int!, $after: String) {
    person(id: $id) {
      id
      timeEntries(
        filter: { status: { eq: UNAPPROVED }, time: { gt: 0 } }
        orderBy: [{ field: DATE, direction: DESC }]
        first: $first
        after: $after
      ) {
        nodes {
          id
          note
          time
          status
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
    }
  }
`;

/** A client with graphcache told the schema, so that it knows interfaces and misses no field; what it warns of fails. */
async function urql(...exchanges) {
  const requests = [];
  const cache = cacheExchange({
    schema: await introspection(),
    keys: {
      // What has no id lives inside its parent.
      ...Object.fromEntries(
        ["TimeEntryConnection", "TimeEntryEvent", "PageInfo", "TimeEntryPayload", "TimeEntryDeletePayload", "ConflictError"].map((name) => [name, () => null]),
      ),
    },
    resolvers: { Person: { timeEntries: relayPagination() } },
    updates: {
      Mutation: {
        timeEntryDelete: ({ timeEntryDelete }, _variables, store) =>
          store.invalidate({ __typename: "TimeEntry", id: timeEntryDelete.deletedId }),
      },
    },
    logger: (severity, message) => {
      if (severity !== "debug") throw new Error(message);
    },
  });
  const client = new Client({
    url: graphqlAddress,
    preferGetMethod: false,
    fetchSubscriptions: !exchanges.length, // by server-sent events, unless an exchange does it
    exchanges: [cache, ...exchanges, fetchExchange],
    fetchOptions: { headers: bearer() },
    fetch: (address, options) => {
      requests.push({ method: options.method, address: new URL(address), body: options.body && JSON.parse(options.body) });
      return fetch(address, options);
    },
  });
  return { client, requests };
}

const personOf = async () => (await makeEntry({}, "person { id }")).person.id;

test("graphcache joins the pages of a person's connection", async () => {
  const { client, requests } = await urql();
  const id = await personOf();

  const { data } = await client.query(PERSON, { id, first: 3 });
  const second = await client.query(PERSON, { id, first: 3, after: data.person.timeEntries.pageInfo.endCursor });

  const expected = await ask(
    `query ($id: ID!) { person(id: $id) {
      timeEntries(filter: { status: { eq: UNAPPROVED }, time: { gt: 0 } }, orderBy: [{ field: DATE, direction: DESC }], first: 6) {
        nodes { id note time status }
      }
    } }`,
    { id },
  );
  const plain = ({ id: its, note, time, status }) => ({ id: its, note, time, status });
  assert.deepEqual(second.data.person.timeEntries.nodes.map(plain), expected.person.timeEntries.nodes);
  assert.equal(requests.length, 2);
});

test("a mutation's answer changes the list in the cache", async () => {
  const { client, requests } = await urql();
  const { id, person } = await makeEntry({ note: "before" }, "id person { id }");
  await client.query(PERSON, { id: person.id, first: 50 });

  const { data, error } = await client.mutation(
    gql`
      mutation ($id: ID!) {
        timeEntryUpdate(id: $id, input: { note: "after", time: 75 }) {
          timeEntry {
            id
            note
            time
            status
          }
          userErrors {
            __typename
            message
            ... on ConflictError {
              current {
                id
                status
              }
            }
          }
        }
      }
    `,
    { id },
  );

  assert.equal(error, undefined);
  assert.deepEqual(data.timeEntryUpdate.userErrors, []);
  const listed = (await client.query(PERSON, { id: person.id, first: 50 })).data.person.timeEntries.nodes;
  assert.deepEqual(
    listed.filter((node) => node.id === id).map(({ note, time }) => [note, time]),
    [["after", 75]],
  );
  assert.equal(requests.length, 2); // the second list came from the cache
});

test("a deleted entry leaves the list", async () => {
  const { client } = await urql();
  const { id, person } = await makeEntry({}, "id person { id }");
  const before = (await client.query(PERSON, { id: person.id, first: 50 })).data.person.timeEntries.nodes;

  const { data } = await client.mutation(gql`mutation ($id: ID!) { timeEntryDelete(id: $id) { deletedId } }`, { id });

  assert.equal(data.timeEntryDelete.deletedId, id);
  const after = (await client.query(PERSON, { id: person.id, first: 50 })).data.person.timeEntries.nodes;
  assert.deepEqual(
    after.map((node) => node.id),
    before.map((node) => node.id).filter((other) => other !== id),
  );
});

test("the persisted exchange asks by hash, sends the text once, and the hash alone from then on", async () => {
  const exchange = () => persistedExchange({ preferGetForPersistedQueries: true });
  const query = gql`query OfUrql($id: ID!) { timeEntry(id: $id) { id date time } }`;
  const variables = { id: "TimeEntry:1977" };

  const first = await urql(exchange());
  const one = await first.client.query(query, variables);
  const second = await urql(exchange());
  const two = await second.client.query(query, variables);

  const sent = ({ method, address, body }) => [method, address.searchParams.has("query") || Boolean(body?.query)];
  assert.deepEqual(first.requests.map(sent), [["GET", false], ["GET", true]]);
  assert.deepEqual(second.requests.map(sent), [["GET", false]]);
  assert.equal(one.error, undefined);
  assert.deepEqual(one.data, two.data);
  assert.equal(two.data.timeEntry.date, (await ask("query ($id: ID!) { timeEntry(id: $id) { date } }", variables)).timeEntry.date);
});

/** graphql-ws as urql's documentation has it. */
function sockets() {
  const url = graphqlAddress.replace(/^http/, "ws");
  const connection = createClient({ url, webSocketImpl: WebSocket, connectionParams: bearer() });
  const forwardSubscription = ({ query, variables }) => ({
    subscribe: (sink) => ({ unsubscribe: connection.subscribe({ query, variables }, sink) }),
  });
  return subscriptionExchange({ forwardSubscription });
}

for (const [way, exchanges] of [["server-sent events", () => []], ["WebSocket", () => [sockets()]]]) {
  test(`a subscription by ${way} changes what is in the cache`, async () => {
    const { client, requests } = await urql(...exchanges());
    const { id, person } = await makeEntry({ note: "before" }, "id person { id }");
    await client.query(PERSON, { id: person.id, first: 50 });
    const since = await writeNote(id, "written before it watches");
    const came = [];
    const { unsubscribe } = client
      .subscription(
        gql`
          subscription ($since: ID) {
            timeEntryChanged(since: $since) {
              eventId
              timeEntry {
                id
                note
                time
                status
              }
            }
          }
        `,
        { since },
      )
      .subscribe(({ data, error }) => came.push(error ?? data.timeEntryChanged.eventId));

    const events = [await writeNote(id, "one"), await writeNote(id, "two")];
    await until(() => came.length === 2, "both changes");

    assert.deepEqual(came, events);
    const listed = (await client.query(PERSON, { id: person.id, first: 50 })).data.person.timeEntries.nodes;
    assert.equal(listed.find((node) => node.id === id).note, "two");
    assert.equal(requests.length, exchanges().length ? 1 : 2); // the list once, and the stream where it is a request
    unsubscribe();
  });
}

test("errors come with their codes", async () => {
  const { client } = await urql();

  const { error } = await client.query(gql`query { timeEntries(filter: { after: "10/21/19" }) { totalCount } }`, {});

  assert.deepEqual(error.graphQLErrors.map(({ extensions }) => extensions.code), ["BAD_USER_INPUT"]);
});

// Apollo Client: its normalised cache over our ids, pages of a connection, persisted queries by GET, and errors.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { ApolloClient, ApolloLink, CombinedGraphQLErrors, gql, HttpLink, InMemoryCache } from "@apollo/client";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { relayStylePagination } from "@apollo/client/utilities";
import { createClient } from "graphql-ws";
import WebSocket from "ws";
import { ask, bearer, graphqlAddress, makeEntry, possibleTypes, until, writeNote } from "./gateway.mjs";

const UNDECIDED = gql`
  query Undecided($first: Int!, $after: String) {
    timeEntries(
      filter: { status: { eq: UNAPPROVED }, after: "2026-11-01" }
      orderBy: [{ field: DATE, direction: DESC }]
      first: $first
      after: $after
    ) {
      totalCount
      edges {
        cursor
        node {
          id
          time
          note
          status
          person {
            id
            name
          }
        }
      }
      pageInfo {
        startCursor
        endCursor
        hasNextPage
        hasPreviousPage
      }
    }
  }
`;
const ONE = gql`
  query One($id: ID!) {
    timeEntry(id: $id) {
      id
      note
      status
    }
  }
`;

/** A client with a cache as its documentation has it; `requests` is what it sends. */
async function apollo(...links) {
  const requests = [];
  const url = graphqlAddress.replace(/^http/, "ws");
  const socket = new GraphQLWsLink(createClient({ url, webSocketImpl: WebSocket, connectionParams: bearer() }));
  const http = new HttpLink({
    uri: graphqlAddress,
    headers: bearer(),
    fetch: (address, options) => {
      requests.push({ method: options.method, address: new URL(address), body: options.body && JSON.parse(options.body) });
      return fetch(address, options);
    },
  });
  const cache = new InMemoryCache({
    possibleTypes: await possibleTypes(),
    typePolicies: { Query: { fields: { timeEntries: relayStylePagination(["filter", "orderBy"]) } } },
  });
  const isLive = ({ operationType }) => operationType === "subscription";
  const link = ApolloLink.split(isLive, socket, ApolloLink.from([...links, http]));
  return { client: new ApolloClient({ cache, link }), cache, requests };
}

test("a mutation changes what lists show, since ids are the same to the byte", async () => {
  const { client, cache } = await apollo();
  const { id } = await makeEntry({ note: "Apollo" });
  await client.query({ query: UNDECIDED, variables: { first: 200 } });

  const { data } = await client.mutate({
    mutation: gql`
      mutation ($id: ID!) {
        timeEntryReject(id: $id, reason: "Why?") {
          timeEntry {
            id
            note
            status
          }
          userErrors {
            message
          }
        }
      }
    `,
    variables: { id },
  });

  assert.deepEqual(data.timeEntryReject.userErrors, []);
  assert.equal(cache.extract()[`TimeEntry:${id}`].status, "REJECTED");
  const listed = client.readQuery({ query: UNDECIDED, variables: { first: 200 } }).timeEntries.edges;
  assert.equal(listed.find(({ node }) => node.id === id).node.status, "REJECTED");
  assert.equal(client.readQuery({ query: ONE, variables: { id } }), null); // no such query was asked, so nobody guesses
});

test("relayStylePagination joins the pages of a connection", async () => {
  const { client } = await apollo();
  const watched = client.watchQuery({ query: UNDECIDED, variables: { first: 3 } });
  let { data } = await client.query({ query: UNDECIDED, variables: { first: 3 } });
  for (const first of [2, 4]) {
    await watched.fetchMore({ variables: { first, after: data.timeEntries.pageInfo.endCursor } });
    data = client.readQuery({ query: UNDECIDED, variables: { first: 3 } });
  }

  const { timeEntries } = await ask(`{
    timeEntries(filter: { status: { eq: UNAPPROVED }, after: "2026-11-01" }, orderBy: [{ field: DATE, direction: DESC }], first: 9) {
      nodes { id time person { name } }
    }
  }`);
  assert.deepEqual(
    data.timeEntries.edges.map(({ node: { id, time, person } }) => ({ id, time, person: { name: person.name } })),
    timeEntries.nodes,
  );
});

test("a deleted entry is evicted by its deletedId and leaves the list", async () => {
  const { client, cache } = await apollo();
  const { id } = await makeEntry();
  const before = (await client.query({ query: UNDECIDED, variables: { first: 200 } })).data.timeEntries.edges.length;

  const { data } = await client.mutate({
    mutation: gql`
      mutation ($id: ID!) {
        timeEntryDelete(id: $id) {
          deletedId
        }
      }
    `,
    variables: { id },
    update(into, { data: { timeEntryDelete } }) {
      into.evict({ id: into.identify({ __typename: "TimeEntry", id: timeEntryDelete.deletedId }) });
      into.gc();
    },
  });

  assert.equal(data.timeEntryDelete.deletedId, id);
  assert.equal(cache.extract()[`TimeEntry:${id}`], undefined);
  const edges = client.readQuery({ query: UNDECIDED, variables: { first: 200 } }).timeEntries.edges;
  assert.deepEqual([edges.length, edges.some(({ node }) => node.id === id)], [before - 1, false]);
});

test("automatic persisted queries: the hash by GET, the text once by POST, then the hash again", async () => {
  const sha256 = (text) => createHash("sha256").update(text).digest("hex");
  const link = () => new PersistedQueryLink({ sha256, useGETForHashedQueries: true });
  const id = "TimeEntry:1977";
  const query = gql`
    query Persisted($id: ID!) {
      timeEntry(id: $id) {
        id
        date
        time
      }
    }
  `;

  const { client, requests } = await apollo(link());
  const first = await client.query({ query, variables: { id } });
  const other = await apollo(link());
  const second = await other.client.query({ query, variables: { id } });

  const sent = ({ method, address, body }) => [method, address.searchParams.has("query") || Boolean(body?.query)];
  assert.deepEqual(requests.map(sent), [["GET", false], ["POST", true]]);
  assert.deepEqual(other.requests.map(sent), [["GET", false]]);
  assert.deepEqual(first.data, second.data);
  const plain = await ask("query ($id: ID!) { timeEntry(id: $id) { __typename id date time } }", { id });
  assert.deepEqual(second.data, plain);
});

test("a subscription changes what lists show, without another request", async () => {
  const { client, requests } = await apollo();
  const { id } = await makeEntry({ note: "before" });
  await client.query({ query: UNDECIDED, variables: { first: 200 } });
  const since = await writeNote(id, "written before it watches");
  const came = [];
  const watching = client
    .subscribe({
      query: gql`
        subscription ($since: ID) {
          timeEntryChanged(since: $since) {
            eventId
            timeEntry {
              id
              note
            }
          }
        }
      `,
      variables: { since },
    })
    .subscribe(({ data }) => came.push(data.timeEntryChanged));

  const event = await writeNote(id, "seen live");
  await until(() => came.length === 1, "the change");

  assert.equal(came[0].eventId, event);
  const { edges } = client.readQuery({ query: UNDECIDED, variables: { first: 200 } }).timeEntries;
  assert.equal(edges.find(({ node }) => node.id === id).node.note, "seen live");
  assert.equal(requests.length, 1);
  watching.unsubscribe();
});

test("the errors of a refused request are read from its answer, whatever its status", async () => {
  const { client } = await apollo();

  await assert.rejects(
    client.query({ query: gql`query { timeEntries(filter: { after: "10/21/19" }) { totalCount } }` }),
    (error) => CombinedGraphQLErrors.is(error) && error.errors[0].extensions.code === "BAD_USER_INPUT",
  );
});

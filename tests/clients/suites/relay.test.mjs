// Relay: its compiler over the published schema; its store, its hooks and its directives against the gateway, which
// is asked for documents by their ids alone.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";
import { createElement as h, Suspense } from "react";
import { act, create } from "react-test-renderer";
import relay from "react-relay";
import runtime from "relay-runtime";
import { createClient } from "graphql-ws";
import WebSocket from "ws";
import { ask, bearer, graphqlAddress, makeEntry, pause, until, writeNote } from "./gateway.mjs";

const { commitMutation, fetchQuery, requestSubscription, RelayEnvironmentProvider, useLazyLoadQuery, usePaginationFragment } = relay;
const { ConnectionHandler, Environment, Network, Observable, RecordSource, Store } = runtime;
const require = createRequire(import.meta.url);
const artifact = (name) => require(`../build/relay/${name}.graphql.js`);
globalThis.IS_REACT_ACT_ENVIRONMENT = true;

function environment(asked = []) {
  const url = graphqlAddress.replace(/^http/, "ws");
  const socket = createClient({ url, webSocketImpl: WebSocket, connectionParams: bearer() });
  const watch = ({ id }, variables) =>
    Observable.create((sink) => socket.subscribe({ query: "", documentId: id, variables }, sink));
  const network = Network.create(async ({ id, name }, variables) => {
    asked.push(name);
    const response = await fetch(graphqlAddress, {
      method: "POST",
      headers: { ...bearer(), "Content-Type": "application/json", Accept: "application/graphql-response+json" },
      body: JSON.stringify({ documentId: id, variables }), // the gateway has the texts in its manifest
    });
    return response.json();
  }, watch);
  return new Environment({ network, store: new Store(new RecordSource()) });
}

/** Show a person's undecided entries in pages; `shown()` is what is on the screen. */
async function show(env, id) {
  let list;
  function Entries({ person }) {
    list = usePaginationFragment(artifact("entriesOfPerson"), person);
    return list.data.timeEntries.edges.map(({ node }) => h("li", { key: node.id }, node.id));
  }
  function Page() {
    const { person } = useLazyLoadQuery(artifact("entriesListQuery"), { id, count: 3 });
    return h(Entries, { person });
  }
  let screen;
  await act(async () => {
    screen = create(h(RelayEnvironmentProvider, { environment: env }, h(Suspense, { fallback: null }, h(Page))));
  });
  // Outside of act nothing that has come is shown.
  await until(async () => list ?? (await act(() => pause(20)), list), "the entries");
  const more = (count) => act(() => new Promise((done) => list.loadNext(count, { onComplete: done })));
  return { shown: () => screen.root.findAllByType("li").map(({ props }) => props.children), more, list: () => list, screen };
}

const commit = (env, config) =>
  act(() => new Promise((onCompleted, onError) => commitMutation(env, { ...config, onCompleted, onError })));
const CONNECTION = "entriesOfPerson_timeEntries";

async function personWithEntries() {
  const { person, date, service } = await makeEntry({}, "person { id } date service { id }");
  return { id: person.id, date, service: service.id };
}

const idsOf = async (id, first) => {
  const { person } = await ask(
    `query ($id: ID!, $first: Int) { person(id: $id) {
      timeEntries(filter: { status: { eq: UNAPPROVED }, time: { gt: 0 } }, orderBy: [{ field: DATE, direction: DESC }], first: $first) {
        nodes { id }
      }
    } }`,
    { id, first },
  );
  return person.timeEntries.nodes.map((node) => node.id);
};

test("a pagination container loads page after page, each entry once", async () => {
  const { id } = await personWithEntries();
  const asked = [];

  const { shown, more, list } = await show(environment(asked), id);
  assert.deepEqual(shown(), await idsOf(id, 3));
  await more(2);
  await more(4);

  assert.deepEqual(shown(), await idsOf(id, 9));
  assert.equal(new Set(shown()).size, 9);
  assert.equal(list().hasNext, true);
  assert.deepEqual(asked, ["entriesListQuery", "entriesOfPersonPageQuery", "entriesOfPersonPageQuery"]);
});

test("a fragment is fetched again by node, and the screen follows", async () => {
  const made = await makeEntry({ note: "before" });
  const env = environment();
  const again = () => fetchQuery(env, artifact("entriesOneAgainQuery"), { id: made.id }, { fetchPolicy: "network-only" }).toPromise();
  await again();
  await ask(`mutation ($id: ID!) { timeEntryUpdate(id: $id, input: { note: "after" }) { userErrors { message } } }`, { id: made.id });

  await again();

  const record = env.getStore().getSource().get(made.id);
  assert.deepEqual([record.__typename, record.note, record.revision], ["TimeEntry", "after", made.revision + 1]);
});

test("what is created is put before the list, what is deleted leaves it, what is updated changes in place", async () => {
  const { id, date, service } = await personWithEntries();
  const env = environment();
  const { shown } = await show(env, id);
  const connections = [ConnectionHandler.getConnectionID(id, CONNECTION)];
  const before = shown();

  const input = { date, personId: id, serviceId: service, time: 45, note: "New" };
  const { timeEntryCreate } = await commit(env, { mutation: artifact("entriesCreateMutation"), variables: { input, connections } });
  const made = timeEntryCreate.timeEntry.id;
  assert.deepEqual(shown(), [made, ...before]);

  await commit(env, { mutation: artifact("entriesUpdateMutation"), variables: { id: made, input: { time: 50 } } });
  assert.equal(env.getStore().getSource().get(made).time, 50);

  await commit(env, { mutation: artifact("entriesDeleteMutation"), variables: { id: made, connections } });
  assert.deepEqual(shown(), before);
});

test("a subscription, asked for by its id, changes what is on the screen", async () => {
  const { id: entry, person } = await makeEntry({ note: "before" }, "id person { id }");
  const env = environment();
  await show(env, person.id);
  const since = await writeNote(entry, "written before it watches");
  const came = [];
  const watching = requestSubscription(env, {
    subscription: artifact("entriesChangedSubscription"),
    variables: { since },
    onNext: ({ timeEntryChanged }) => came.push(timeEntryChanged.eventId),
    onError: (error) => came.push(error),
  });

  const event = await writeNote(entry, "seen live");
  await until(() => came.length === 1, "the change");

  assert.deepEqual(came, [event]);
  assert.equal(env.getStore().getSource().get(entry).note, "seen live");
  watching.dispose();
});

// graphql-ws, the client of the protocol graphql-transport-ws: subscriptions, queries, and connections that are lost.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createClient } from "graphql-ws";
import WebSocket from "ws";
import { bearer, graphqlAddress, makeEntry, until, writeNote } from "./gateway.mjs";

const url = graphqlAddress.replace(/^http/, "ws");
const WATCH = `subscription ($since: ID) {
  timeEntryChanged(since: $since) { eventId kind timeEntryId timeEntry { note } actor { name } }
}`;

const connect = (options = {}) =>
  createClient({ url, webSocketImpl: WebSocket, connectionParams: bearer(), retryAttempts: 0, ...options });

/** Watch changes; what came, and a promise of the end. */
function watch(client, variables = {}) {
  const came = [];
  const ended = new Promise((resolve) => {
    const sink = { next: ({ data, errors }) => came.push(errors ?? data.timeEntryChanged), error: resolve, complete: resolve };
    client.subscribe({ query: WATCH, variables }, sink);
  });
  return { came, ended };
}

test("a subscription tells each change once and in order", async () => {
  const client = connect();
  const { id } = await makeEntry();
  const since = await writeNote(id, "before");
  const { came } = watch(client, { since });

  const events = [await writeNote(id, "one"), await writeNote(id, "two"), await writeNote(id, "three")];
  await until(() => came.length >= 3, "three changes");

  assert.deepEqual(came.map(({ eventId }) => eventId), events);
  assert.deepEqual(came[2], {
    eventId: events[2],
    kind: "UPDATED",
    timeEntryId: id,
    timeEntry: { note: "three" },
    actor: { name: "Željka Rossi" },
  });
  await client.dispose();
});

test("a client whose connection is lost goes on after the last event it has, and misses nothing", async () => {
  const { id } = await makeEntry();
  const since = await writeNote(id, "before");
  let socket;
  const client = connect({ on: { connected: (opened) => (socket = opened) } });
  const { came, ended } = watch(client, { since });
  const events = [await writeNote(id, "1")];
  await until(() => came.length === 1, "the first change");

  socket.terminate();
  await ended;
  events.push(await writeNote(id, "2"));
  const again = connect();
  const { came: rest } = watch(again, { since: came[0].eventId });
  events.push(await writeNote(id, "3"));
  await until(() => rest.length === 2, "the rest");

  assert.deepEqual([...came, ...rest].map(({ eventId }) => eventId), events);
  await again.dispose();
});

test("queries run over it, too", async () => {
  const client = connect();
  const { id } = await makeEntry({ note: "Over a socket" });

  const answers = client.iterate({ query: "query ($id: ID!) { timeEntry(id: $id) { note } }", variables: { id } });

  assert.deepEqual((await answers.next()).value.data, { timeEntry: { note: "Over a socket" } });
  assert.equal((await answers.next()).done, true);
  await client.dispose();
});

test("a wrong token is refused before anything is answered", async () => {
  const client = connect({ connectionParams: { Authorization: "Bearer wrong" }, lazyCloseTimeout: 0 });

  const { code } = await watch(client).ended;

  assert.equal(code, 4401);
});

test("a cursor that cannot be is told by its code", async () => {
  const client = connect();

  const [error] = await watch(client, { since: "nowhere" }).ended;

  assert.equal(error.extensions.code, "INVALID_CURSOR");
  await client.dispose();
});

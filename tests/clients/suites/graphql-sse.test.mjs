// graphql-sse, the client of server-sent events in distinct connections mode.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createClient } from "graphql-sse";
import { bearer, graphqlAddress, makeEntry, until, writeNote } from "./gateway.mjs";

const WATCH = `subscription ($since: ID, $filter: TimeEntryFilter) {
  timeEntryChanged(since: $since, filter: $filter) { eventId kind timeEntry { note } }
}`;

const connect = (options = {}) => createClient({ url: graphqlAddress, headers: bearer(), retryAttempts: 0, ...options });

function watch(client, variables) {
  const came = [];
  let stop;
  const ended = new Promise((resolve) => {
    const sink = { next: ({ data, errors }) => came.push(errors ?? data.timeEntryChanged), error: resolve, complete: resolve };
    stop = client.subscribe({ query: WATCH, variables }, sink);
  });
  return { came, ended, stop };
}

test("a subscription tells the changes that its filter matches", async () => {
  const client = connect();
  const [watched, other] = [await makeEntry(), await makeEntry()];
  const since = await writeNote(other.id, "before");
  const { came } = watch(client, { since, filter: { id: { eq: watched.resourceId } } });

  await writeNote(other.id, "not told");
  const events = [await writeNote(watched.id, "one"), await writeNote(watched.id, "two")];
  await until(() => came.length >= 2, "two changes");

  assert.deepEqual(came, [
    { eventId: events[0], kind: "UPDATED", timeEntry: came[0].timeEntry },
    { eventId: events[1], kind: "UPDATED", timeEntry: { note: "two" } },
  ]);
  client.dispose();
});

test("a stream that was left goes on after its last event", async () => {
  const client = connect();
  const { id } = await makeEntry();
  const since = await writeNote(id, "before");
  const first = watch(client, { since });
  const events = [await writeNote(id, "1")];
  await until(() => first.came.length === 1, "the first change");
  first.stop();

  events.push(await writeNote(id, "2"), await writeNote(id, "3"));
  const second = watch(client, { since: first.came[0].eventId });
  await until(() => second.came.length === 2, "the rest");

  assert.deepEqual([...first.came, ...second.came].map(({ eventId }) => eventId), events);
  client.dispose();
});

test("a query is answered and completed", async () => {
  const client = connect();
  const { id } = await makeEntry({ note: "By events" });

  const answers = client.iterate({ query: "query ($id: ID!) { timeEntry(id: $id) { note } }", variables: { id } });

  assert.deepEqual((await answers.next()).value.data, { timeEntry: { note: "By events" } });
  assert.equal((await answers.next()).done, true);
  client.dispose();
});

test("a wrong token is refused", async () => {
  const client = connect({ headers: { Authorization: "Bearer wrong" } });

  const error = await watch(client, {}).ended;

  assert.equal(error.response.status, 401);
  client.dispose();
});

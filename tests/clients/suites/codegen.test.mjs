// GraphQL Code Generator and the TypeScript compiler at its strictest: what they make of the schema runs, asked for by
// the ids that the client preset gives its documents.

import assert from "node:assert/strict";
import { test } from "node:test";
import * as inbox from "../build/typed/typed/inbox.js";
import { ask, makeEntry } from "./gateway.mjs";

test("typed documents answer what the same plain query does", async () => {
  const minutes = await inbox.minutesByPerson("2026-11-16");

  const { timeEntries } = await ask(`{
    timeEntries(filter: { status: { eq: UNAPPROVED }, after: "2026-11-16" }) {
      groups(by: [PERSON], first: 100) { nodes { person { name } aggregate { time } } }
    }
  }`);
  const groups = timeEntries.groups.nodes.map(({ person, aggregate }) => [person.name, aggregate.time]);
  assert.ok(groups.length > 3);
  assert.deepEqual([...minutes].sort(), groups.sort());
});

test("an interface of refusals is narrowed to its type", async () => {
  const { id, revision } = await makeEntry();

  assert.equal(await inbox.approve(id, revision + 1), "STALE_REVISION: it is DRAFT");
  assert.equal(await inbox.approve(id, revision), "APPROVED");
  assert.equal(await inbox.approve("TimeEntry:999999999"), "There is no time entry with this id, or you may not see it.");
});

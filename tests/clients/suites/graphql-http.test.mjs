// The audits of graphql-http, which hold a server to GraphQL over HTTP: each has to be there, and to pass.

import assert from "node:assert/strict";
import { test } from "node:test";
import { auditServer } from "graphql-http";
import { bearer, graphqlAddress } from "./gateway.mjs";

const AUDITS = {
  MUST: "4655 82A3 BF61 78D5 2C94 03D4 13EE B8B3 0220 0221 0222 28B9 1B7A",
  SHOULD:
    "22EB 47DE 80D8 9ABE 34A2 8161 94B0 94B1 94B2 2EA1 428F BCF8 B7N8 572B FDE2 7B9B 865D 556A D586 51FE 74FF 5E5B 86EE",
  MAY:
    "5A70 9C48 A5BF 423L LKJ0 LKJ1 LKJ2 LKJ3 6C00 6C01 6C02 6C03 4760 4761 4762 4763 D6D5 6A70 58B0 58B1 58B2 58B3 " +
    "B6DC 8764 3E3A",
};

test("all 61 audits pass", async () => {
  const fetchFn = (address, init = {}) => fetch(address, { ...init, headers: { ...init.headers, ...bearer() } });

  const results = await auditServer({ url: graphqlAddress, fetchFn });

  assert.deepEqual(
    results.filter(({ status }) => status !== "ok").map(({ id, reason }) => [id, reason]),
    [],
  );
  for (const [level, ids] of Object.entries(AUDITS)) {
    const ran = results.filter(({ name }) => name.startsWith(level)).map(({ id }) => id);
    assert.deepEqual(ran.sort(), ids.split(" ").sort());
  }
  assert.equal(results.length, 61);
});

// kitsu, a client of JSON:API for JavaScript, pointed at the gateway as at any other server.

import assert from "node:assert/strict";
import { test } from "node:test";
import Kitsu from "kitsu";
import { ask, documentedAddress, makeEntry, tokens } from "./gateway.mjs";

const api = new Kitsu({
  baseURL: documentedAddress,
  headers: { "X-Auth-Token": tokens.admin },
  camelCaseTypes: false,
  resourceCase: "snake",
  pluralize: false,
});
const transition = (id, name) =>
  api.request({ method: "PATCH", url: `time_entries/${id}/${name}`, type: "time_entries", body: { id } });

test("lists what a filter leaves, in the order asked for, with included records", async () => {
  const { data, meta, status } = await api.get("time_entries", {
    params: {
      filter: { after: "2026-11-01", status: "2" },
      sort: "-date",
      include: "person,service.deal.company",
      page: { size: 5 },
    },
  });

  const { timeEntries } = await ask(`{
    timeEntries(filter: { after: "2026-11-01", status: { eq: UNAPPROVED } }, orderBy: [{ field: DATE, direction: DESC }], first: 5) {
      totalCount
      nodes { resourceId date time note person { firstName } company { name } }
    }
  }`);
  assert.equal(status, 200);
  assert.equal(meta.total_count, timeEntries.totalCount);
  assert.deepEqual(
    data.map(({ id, date, time, note, person, service }) => ({
      resourceId: id,
      date,
      time,
      note,
      person: { firstName: person.data.first_name },
      company: service.data.deal.data.company.data ? { name: service.data.deal.data.company.data.name } : null,
    })),
    timeEntries.nodes,
  );
});

test("walks all pages by their numbers", async () => {
  const params = { filter: { after: "2026-11-16" }, fields: { time_entries: "time" } };
  const first = await api.get("time_entries", { params: { ...params, page: { number: 1, size: 50 } } });
  const minutes = first.data.map(({ time }) => time);
  for (let number = 2; number <= first.meta.total_pages; number += 1) {
    const { data } = await api.get("time_entries", { params: { ...params, page: { number, size: 50 } } });
    minutes.push(...data.map(({ time }) => time));
  }

  const { timeEntries } = await ask(`{ timeEntries(filter: { after: "2026-11-16" }) { totalCount aggregate { time } } }`);
  assert.ok(first.meta.total_pages > 1);
  assert.equal(minutes.length, timeEntries.totalCount);
  assert.equal(
    minutes.reduce((sum, time) => sum + time, 0),
    timeEntries.aggregate.time,
  );
});

test("creates, updates, approves, unapproves and deletes", async () => {
  const like = await makeEntry({}, "date person { resourceId } service { resourceId }");

  const { data: made, status } = await api.create("time_entries", {
    date: like.date,
    time: 90,
    note: "Made by kitsu",
    person: { data: { type: "people", id: like.person.resourceId } },
    service: { data: { type: "services", id: like.service.resourceId } },
  });
  assert.equal(status, 201);
  assert.deepEqual([made.type, made.time, made.note], ["time_entries", 90, "Made by kitsu"]);

  const { data: updated } = await api.update("time_entries", { id: made.id, time: 120 });
  assert.equal(updated.time, 120);

  const { data: approved } = await transition(made.id, "approve");
  assert.equal(approved.approved, true);
  const { data: unapproved } = await transition(made.id, "unapprove");
  assert.equal(unapproved.approved, false);

  const seen = `query ($id: ID!) { timeEntry(id: $id) { time note approvedAt revision } }`;
  assert.deepEqual((await ask(seen, { id: made.id })).timeEntry, {
    time: 120,
    note: "Made by kitsu",
    approvedAt: null,
    revision: 4,
  });

  const gone = await api.remove("time_entries", made.id);
  assert.equal(gone.status, 204);
  assert.equal((await ask(seen, { id: made.id })).timeEntry, null);
});

test("reads the errors of what is refused", async () => {
  const { resourceId } = await makeEntry();
  await transition(resourceId, "approve");

  await assert.rejects(api.update("time_entries", { id: resourceId, date: "" }), ({ errors, response }) => {
    assert.equal(response.status, 422);
    assert.equal(errors[0].code, "invalid_attribute");
    assert.equal(errors[0].source.pointer, "data/attributes/date");
    return true;
  });
  await assert.rejects(api.get("time_entries/999999999"), ({ errors }) => errors[0].code === "record_not_found");
  await assert.rejects(
    api.get("time_entries", { params: { filter: { colour: "red" } } }),
    ({ errors }) => errors[0].code === "unsupported_filter",
  );
});

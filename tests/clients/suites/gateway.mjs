// The gateway that a suite talks to, and the plain requests that its clients are held to.

const { GATEWAY_ADDRESS, GATEWAY_TOKENS } = process.env;

export const address = GATEWAY_ADDRESS;
export const graphqlAddress = `${address}/graphql`;
export const documentedAddress = `${address}/api/v2`;

/** Tokens of the demo: `admin`, `manager` and `member` of one organization, `stranger` the admin of another. */
export const tokens = JSON.parse(GATEWAY_TOKENS);
export const bearer = (who = "admin") => ({ Authorization: `Bearer ${tokens[who]}` });

/** The data of a plain request: what every client has to show, too. */
export async function ask(query, variables = {}, who = "admin") {
  const response = await fetch(graphqlAddress, {
    method: "POST",
    headers: { ...bearer(who), "Content-Type": "application/json", Accept: "application/graphql-response+json" },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await response.json();
  if (errors) throw new Error(JSON.stringify(errors));
  return data;
}

/** Make an entry on the newest one's service, for its person; the entry has `values` besides. */
export async function makeEntry(values = {}, selection = "id resourceId revision time note status") {
  const { timeEntries } = await ask(`{
    timeEntries(filter: { status: { eq: UNAPPROVED }, time: { gt: 0 } }, orderBy: [{ field: DATE, direction: DESC }], first: 1) {
      nodes { date person { resourceId } service { resourceId } }
    }
  }`);
  const [{ date, person, service }] = timeEntries.nodes;
  const input = { date, personId: person.resourceId, serviceId: service.resourceId, time: 60, ...values };
  const { timeEntryCreate } = await ask(
    `mutation ($input: TimeEntryCreateInput!) {
      timeEntryCreate(input: $input) { timeEntry { ${selection} } userErrors { message } }
    }`,
    { input },
  );
  if (timeEntryCreate.userErrors.length) throw new Error(JSON.stringify(timeEntryCreate.userErrors));
  return timeEntryCreate.timeEntry;
}

/** The schema as clients fetch it: by introspection. */
export async function introspection() {
  const { getIntrospectionQuery } = await import("graphql");
  return ask(getIntrospectionQuery());
}

/** The types behind each interface and union, as Apollo's cache wants them. */
export async function possibleTypes() {
  const { __schema } = await introspection();
  const abstract = __schema.types.filter(({ possibleTypes: types }) => types?.length);
  return Object.fromEntries(abstract.map(({ name, possibleTypes: types }) => [name, types.map((type) => type.name)]));
}

const WRITE_NOTE = `mutation ($id: ID!, $note: String) {
  timeEntryUpdate(id: $id, input: { note: $note }) { timeEntry { revision } lastEventId userErrors { message } }
}`;

/** Change an entry's note as somebody else does; the event that tells of it. */
export async function writeNote(id, note) {
  return (await ask(WRITE_NOTE, { id, note })).timeEntryUpdate.lastEventId;
}

export const pause = (milliseconds) => new Promise((resume) => setTimeout(resume, milliseconds));

/** Wait until something is so that a client is told of in its own time. */
export async function until(isSo, what) {
  for (const end = Date.now() + 60_000; Date.now() < end; ) {
    if (await isSo()) return;
    await pause(20);
  }
  throw new Error(`It was not told in time: ${what}`);
}

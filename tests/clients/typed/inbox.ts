// Typed documents: what comes back has the types of the schema, or the compiler refuses it.

import { ApproveDocument, UndecidedDocument } from "../build/gql/graphql.js";
import { run } from "./run.js";

/** Minutes of undecided work by the name of who did it. */
export async function minutesByPerson(after: string): Promise<Map<string, number>> {
  const { timeEntries } = await run(UndecidedDocument, { after, first: 200 });
  const minutes = new Map<string, number>();
  for (const { person, time } of timeEntries.nodes) {
    const name: string = person.name;
    minutes.set(name, (minutes.get(name) ?? 0) + time);
  }
  return minutes;
}

/** The status of an entry after it was approved, or why it was not. */
export async function approve(id: string, ifRevision?: number): Promise<string> {
  const { timeEntry, userErrors } = (await run(ApproveDocument, { id, ifRevision: ifRevision ?? null })).timeEntryApprove;
  const [refused] = userErrors;
  if (refused?.__typename === "ConflictError") return `${refused.code}: it is ${refused.current?.status}`;
  return refused?.message ?? timeEntry?.status ?? "nothing";
}

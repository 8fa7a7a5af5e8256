// What is in the inbox: people with their entries, in the gateway's order, and what was learnt since.

import type { AsRead, Decided, Entry, Outcome, Page, Sums } from "./gateway.js";

/** An entry on the screen; `conflict` says why an act left it as it is. */
export type Item = Entry & { conflict?: string };
export type Group = { id: string; name: string; sums: Sums; items: Item[] };
export type Inbox = { groups: Group[]; people: number };

export function inboxOf({ timeEntries: { groups } }: Page): Inbox {
  return {
    people: groups.totalCount,
    groups: groups.nodes.flatMap(({ person, aggregate, timeEntries }) =>
      person ? [{ id: person.id, name: person.name, sums: aggregate, items: timeEntries.nodes }] : [],
    ),
  };
}

/** The inbox once an act, or somebody else, has changed entries: decided ones leave, what came back or changed is shown. */
export function after(inbox: Inbox, changed: Array<{ entry: Decided; conflict?: string }>): Inbox {
  return changed.reduce((before, { entry, conflict }) => {
    const { person, ...shown } = entry;
    const group = before.groups.find(({ id }) => id === person.id) ?? {
      id: person.id,
      name: person.name,
      sums: person.timeEntries.aggregate,
      items: [],
    };
    const known = group.items.find(({ id }) => id === entry.id);
    if (known && known.revision > entry.revision) return before; // what is shown is newer
    const others = group.items.filter(({ id }) => id !== entry.id);
    const item = conflict === undefined ? shown : { ...shown, conflict };
    const items = isUndecided(entry) || conflict !== undefined ? [...others, item].sort(byDate) : others;
    const next = { ...group, sums: person.timeEntries.aggregate, items };
    return withGroup(before, next);
  }, inbox);
}

/** The inbox without an entry that is gone. */
export function without(inbox: Inbox, entryId: string): Inbox {
  const groups = inbox.groups.map((group) => ({ ...group, items: group.items.filter(({ id }) => id !== entryId) }));
  return { ...inbox, groups: groups.filter(({ items }) => items.length > 0) };
}

function withGroup(inbox: Inbox, group: Group): Inbox {
  const isThere = inbox.groups.some(({ id }) => id === group.id);
  const groups = isThere
    ? inbox.groups.map((other) => (other.id === group.id ? group : other))
    : [...inbox.groups, group];
  return { ...inbox, groups: groups.filter(({ items }) => items.length > 0) };
}

export const isUndecided = ({ status }: Entry): boolean => status !== "APPROVED" && status !== "REJECTED";
const byDate = (a: Item, b: Item): number => a.date.localeCompare(b.date) || numberOf(a.id) - numberOf(b.id);
const numberOf = (id: string): number => Number(id.slice(id.indexOf(":") + 1));

export const asRead = ({ id, revision }: { id: string; revision: number }): AsRead => ({ id, ifRevision: revision });

/** What an act changed, and what it left since somebody had changed it before. */
export function changedBy(outcome: Outcome): Array<{ entry: Decided; conflict?: string }> {
  return outcome.results.flatMap(({ timeEntry, userErrors: [refused] }) => {
    if (timeEntry === null || timeEntry === undefined) return [];
    return refused ? [{ entry: timeEntry, conflict: refused.message }] : [{ entry: timeEntry }];
  });
}

/** Entries that an act changed, as they are now: what an undo takes back. */
export const appliedBy = (outcome: Outcome): AsRead[] =>
  outcome.results.flatMap(({ outcome: became, timeEntry }) =>
    became === "APPLIED" && timeEntry ? [asRead(timeEntry)] : [],
  );

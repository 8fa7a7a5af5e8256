// The gateway behind the page: the token of this tab, and every request that the page makes.

import { Client, type CombinedError, fetchExchange } from "@urql/core";
import { onEnd, pipe, subscribe } from "wonka";
import {
  ApproveDocument,
  ChangedDocument,
  type ChangedSubscription,
  type DecidedFragment,
  type EntryFragment,
  InboxDocument,
  type InboxQuery,
  type OutcomeFragment,
  RejectDocument,
  type SumsFragment,
  UnapproveDocument,
  UnrejectDocument,
} from "../build/gql/graphql.js";

export type Decided = DecidedFragment;
export type Entry = EntryFragment;
export type Outcome = OutcomeFragment;
export type Page = InboxQuery;
export type Change = ChangedSubscription["timeEntryChanged"];
export type Sums = SumsFragment;
export type AsRead = { id: string; ifRevision: number };

const KEPT_TOKEN = "approval-inbox.token";
const PEOPLE = 50;
const ENTRIES = 200; // of each of them; more come when these are decided

/** The token was not accepted; the page asks for another. */
export class Unauthenticated extends Error {}

/** Take the token out of the address (#token=...), where neither history nor a passer-by shall find it. */
export function takeTokenFromAddress(): boolean {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (token === null) return false;
  history.replaceState(null, "", location.pathname + location.search);
  keepToken(token);
  return true;
}

export const keepToken = (token: string): void => sessionStorage.setItem(KEPT_TOKEN, token.trim());
export const forgetToken = (): void => sessionStorage.removeItem(KEPT_TOKEN);
export const hasToken = (): boolean => sessionStorage.getItem(KEPT_TOKEN) !== null;

const client = new Client({
  url: "/graphql",
  exchanges: [fetchExchange],
  preferGetMethod: false,
  requestPolicy: "network-only",
  fetchSubscriptions: true,
  fetchOptions: () => ({
    credentials: "omit",
    headers: { Authorization: `Bearer ${sessionStorage.getItem(KEPT_TOKEN) ?? ""}` },
  }),
});

async function answerOf<Answer>(asked: PromiseLike<{ data?: Answer; error?: CombinedError }>): Promise<Answer> {
  const { data, error } = await asked;
  if (error?.response?.status === 401) throw new Unauthenticated();
  if (error) throw new Error(error.graphQLErrors[0]?.message ?? "The gateway did not answer. Is it still running?");
  return data as Answer;
}

const acted = (asked: PromiseLike<{ data?: { act: Outcome }; error?: CombinedError }>): Promise<Outcome> =>
  answerOf(asked).then(({ act }) => act);

export const load = (): Promise<Page> =>
  answerOf(client.query(InboxDocument, { people: PEOPLE, entries: ENTRIES }).toPromise());

export const approve = (entries: AsRead[], dryRun = false): Promise<Outcome> =>
  acted(client.mutation(ApproveDocument, { entries, dryRun }).toPromise());

export const reject = (entries: AsRead[], reason: string | null, dryRun = false): Promise<Outcome> =>
  acted(client.mutation(RejectDocument, { entries, reason, dryRun }).toPromise());

export const unapprove = (entries: AsRead[]): Promise<Outcome> =>
  acted(client.mutation(UnapproveDocument, { entries }).toPromise());

export const unreject = (entries: AsRead[]): Promise<Outcome> =>
  acted(client.mutation(UnrejectDocument, { entries }).toPromise());

const PAUSE = 1_000; // milliseconds before a lost connection is tried again, doubled up to a minute
const LONGEST_PAUSE = 60_000;

/**
 * Tell every change after an event, in order and each once, over lost connections too. `onLost` says that the gateway
 * no longer knows the event: the page has to be read again.
 */
export function watch(
  since: string,
  { onChange, onLive, onLost }: { onChange: (change: Change) => void; onLive: (isLive: boolean) => void; onLost: () => void },
): () => void {
  let last = since;
  let pause = PAUSE;
  let timer: number | undefined;
  let stop = () => {};
  let isOver = false;

  const connect = () => {
    const connected: typeof fetch = async (address, options) => {
      const response = await fetch(address, options);
      if (response.ok) {
        pause = PAUSE;
        onLive(true);
      }
      return response;
    };
    const again = () => {
      onLive(false);
      if (isOver) return;
      timer = window.setTimeout(connect, pause);
      pause = Math.min(pause * 2, LONGEST_PAUSE);
    };
    ({ unsubscribe: stop } = pipe(
      client.subscription(ChangedDocument, { since: last }, { fetch: connected }),
      onEnd(again),
      subscribe(({ data, error }) => {
        if (error?.graphQLErrors.some(({ extensions }) => GONE.has(String(extensions["code"])))) {
          isOver = true;
          onLost();
        } else if (data && data.timeEntryChanged.eventId !== last) {
          last = data.timeEntryChanged.eventId;
          onChange(data.timeEntryChanged);
        }
      }),
    ));
  };

  connect();
  return () => {
    isOver = true;
    clearTimeout(timer);
    stop();
  };
}

const GONE = new Set(["EVENTS_EXPIRED", "INVALID_CURSOR"]);

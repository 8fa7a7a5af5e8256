// The page: who looks, what waits for them, and what they do about it.

import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";
import { ActionBar } from "./ActionBar.js";
import { Check, Help, Reasons, SignIn } from "./dialogs.js";
import { counted } from "./format.js";
import * as gateway from "./gateway.js";
import { Person } from "./Person.js";
import { after, appliedBy, asRead, changedBy, type Inbox, inboxOf, isUndecided, type Item, without } from "./inbox.js";
import { moveFocus, useKeys } from "./keys.js";

type Act = "approve" | "reject";
type Toast = { text: string; undo?: { act: Act; entries: gateway.AsRead[] }; isProblem?: boolean };
type Dialog =
  | { kind: "reasons"; items: Item[] }
  | { kind: "check"; items: Item[]; outcome: gateway.Outcome }
  | { kind: "help" }
  | null;

const DONE = { approve: "approved", reject: "rejected" };
const TOAST_SECONDS = 12;

export function App() {
  const [viewer, setViewer] = useState<gateway.Page["viewer"] | null>(null);
  const [inbox, setInbox] = useState<Inbox | null>(null);
  const [problem, setProblem] = useState<string | null>(gateway.hasToken() ? null : "");
  const [selected, select] = useState<ReadonlySet<string>>(new Set());
  const [dialog, open] = useState<Dialog>(null);
  const [toast, say] = useState<Toast | null>(null);
  const [isBusy, setBusy] = useState(false);
  const [since, setSince] = useState<string | null>(null);
  const [isLive, setLive] = useState(false);

  const signOut = useCallback((why = "") => {
    gateway.forgetToken();
    setSince(null);
    setInbox(null);
    setViewer(null);
    setProblem(why);
  }, []);

  /** Do something that asks the gateway; say what went wrong. */
  const attempt = useCallback(
    async (work: () => Promise<void>) => {
      setBusy(true);
      try {
        await work();
      } catch (error) {
        if (error instanceof gateway.Unauthenticated) signOut("The gateway did not accept this token. Please give another one.");
        else say({ text: error instanceof Error ? error.message : String(error), isProblem: true });
      } finally {
        setBusy(false);
      }
    },
    [signOut],
  );

  const load = useCallback(
    () =>
      attempt(async () => {
        const page = await gateway.load();
        setViewer(page.viewer);
        setInbox(inboxOf(page));
        setSince(page.timeEntries.lastEventId ?? "0");
        setProblem(null);
        select(new Set());
      }),
    [attempt],
  );

  useEffect(() => {
    const arrive = () => {
      if (gateway.takeTokenFromAddress() || gateway.hasToken()) void load();
    };
    arrive();
    addEventListener("hashchange", arrive);
    return () => removeEventListener("hashchange", arrive);
  }, [load]);

  useEffect(() => {
    if (!toast) return;
    const timer = setTimeout(() => say(null), TOAST_SECONDS * 1000);
    return () => clearTimeout(timer);
  }, [toast]);

  const items = useMemo(() => inbox?.groups.flatMap((group) => group.items) ?? [], [inbox]);
  const chosen = useMemo(() => items.filter(({ id }) => selected.has(id)), [items, selected]);

  /** What changed while the page was looked at; an entry that was chosen is shown as it is, and is chosen no more. */
  const hear = ({ timeEntryId, timeEntry, actor }: gateway.Change) => {
    const known = items.find(({ id }) => id === timeEntryId);
    if (!timeEntry) return known && void load(); // it is gone, and so are its minutes from the sums
    const isNews = known !== undefined && known.revision < timeEntry.revision && actor?.id !== viewer?.person.id;
    const isTold = known?.conflict !== undefined && known.revision === timeEntry.revision;
    if (isTold) return;
    const conflict = isNews && selected.has(timeEntryId) ? "It was written while it was chosen." : undefined;
    setInbox((before) => before && after(before, [{ entry: timeEntry, ...(conflict && { conflict }) }]));
    if (known && known.revision < timeEntry.revision) toggle([timeEntryId], false);
  };
  const heard = useRef(hear);
  heard.current = hear;

  useEffect(() => {
    if (since === null) return;
    return gateway.watch(since, { onChange: (change) => heard.current(change), onLive: setLive, onLost: () => void load() });
  }, [since, load]);

  const take = (outcome: gateway.Outcome) => {
    setInbox((before) => before && after(before, changedBy(outcome)));
    select(new Set());
  };

  const decide = (act: Act, wanted: Item[], reason: string | null = null) =>
    attempt(async () => {
      open(null);
      const entries = wanted.map(asRead);
      const next = neighbour(items, wanted);
      const outcome = await (act === "approve" ? gateway.approve(entries) : gateway.reject(entries, reason));
      take(outcome);
      const left = outcome.results.length - outcome.appliedCount;
      const done = `${counted(outcome.appliedCount, "entry", "entries")} ${DONE[act]}`;
      const changed = left ? `; ${counted(left, "was", "were")} changed meanwhile and ${left === 1 ? "stays" : "stay"} as shown` : "";
      say({ text: `${done}${changed}.`, undo: { act, entries: appliedBy(outcome) } });
      if (next) requestAnimationFrame(() => document.getElementById(next)?.focus());
    });

  const check = (wanted: Item[]) =>
    attempt(async () => open({ kind: "check", items: wanted, outcome: await gateway.approve(wanted.map(asRead), true) }));

  const undo = () =>
    attempt(async () => {
      if (!toast?.undo) return;
      const { act, entries } = toast.undo;
      const outcome = await (act === "approve" ? gateway.unapprove(entries) : gateway.unreject(entries));
      take(outcome);
      const left = outcome.results.length - outcome.appliedCount;
      say({ text: `${counted(outcome.appliedCount, "entry is", "entries are")} back${left ? `; ${left} had been changed meanwhile` : ""}.` });
    });

  const toggle = (ids: string[], isOn?: boolean) =>
    select((before) => {
      const now = new Set(before);
      const add = isOn ?? !ids.every((id) => now.has(id));
      for (const id of ids) add ? now.add(id) : now.delete(id);
      return now;
    });

  /** What a key means: the chosen entries, or else the one that has the focus. */
  const meant = (): Item[] => {
    if (chosen.length) return chosen;
    return items.filter((item) => item.id === document.activeElement?.id && isUndecided(item));
  };
  const withMeant = (act: (wanted: Item[]) => void) => () => {
    const wanted = meant();
    if (wanted.length && !isBusy) act(wanted);
  };

  useKeys(inbox !== null && dialog === null, {
    j: () => moveFocus(1),
    ArrowDown: () => moveFocus(1),
    k: () => moveFocus(-1),
    ArrowUp: () => moveFocus(-1),
    x: () => toggle(items.filter(({ id }) => id === document.activeElement?.id).map(({ id }) => id)),
    a: withMeant((wanted) => void decide("approve", wanted)),
    r: withMeant((wanted) => open({ kind: "reasons", items: wanted })),
    c: withMeant((wanted) => void check(wanted)),
    u: () => void undo(),
    "?": () => open({ kind: "help" }),
    Escape: () => select(new Set()),
  });

  if (problem !== null && inbox === null)
    return (
      <SignIn
        problem={problem}
        onToken={(token) => {
          gateway.keepToken(token);
          void load();
        }}
      />
    );

  return (
    <>
      <header class="bar">
        <div class="bar-inside">
          <img src={new URL("./icon.svg", import.meta.url).href} alt="" width="28" height="28" />
          <h1>Approval inbox</h1>
          <span class="organization">{viewer?.organization.name}</span>
          {inbox && (
            <span class={`live ${isLive ? "on" : ""}`} role="status" title={isLive ? "Changes of others come by themselves." : "Connecting…"}>
              {isLive ? "live" : "offline"}
            </span>
          )}
          <span class="viewer">{viewer?.person.name}</span>
          <button type="button" class="quiet icon" aria-label="Keys" title="Keys (?)" onClick={() => open({ kind: "help" })}>
            ?
          </button>
          <button type="button" class="quiet" onClick={() => signOut()}>
            Sign out
          </button>
        </div>
      </header>
      <main aria-busy={isBusy || inbox === null}>
        {inbox === null ? (
          <Loading />
        ) : inbox.groups.length === 0 ? (
          <section class="empty">
            <svg viewBox="0 0 48 48" aria-hidden="true">
              <circle cx="24" cy="24" r="22" />
              <path d="M14 25l7 7 14-15" />
            </svg>
            <h2>All decided</h2>
            <p>Nothing waits for you. New entries come here as they are tracked.</p>
          </section>
        ) : (
          <>
            <p class="summary">
              {counted(items.filter(isUndecided).length, "entry waits", "entries wait")} for your decision, by{" "}
              {counted(inbox.groups.length, "person", "people")}.
              {inbox.people > inbox.groups.length && ` ${inbox.people} people have some in all.`}
            </p>
            {inbox.groups.map((group) => (
              <Person
                key={group.id}
                group={group}
                currency={viewer?.canSeeCosts ? viewer.organization.defaultCurrency : null}
                selected={selected}
                isBusy={isBusy}
                onToggle={toggle}
                onApprove={(wanted) => void decide("approve", wanted)}
                onReject={(wanted) => open({ kind: "reasons", items: wanted })}
                onDismiss={(item) => setInbox((before) => before && without(before, item.id))}
              />
            ))}
          </>
        )}
      </main>
      <ActionBar
        count={chosen.length}
        isBusy={isBusy}
        onClear={() => select(new Set())}
        onCheck={() => void check(chosen)}
        onReject={() => open({ kind: "reasons", items: chosen })}
        onApprove={() => void decide("approve", chosen)}
      />
      <div class="toasts" aria-live="polite">
        {toast && (
          <div class={`toast ${toast.isProblem ? "problem" : ""}`}>
            <span>{toast.text}</span>
            {toast.undo && toast.undo.entries.length > 0 && (
              <button type="button" onClick={() => void undo()}>
                Undo
              </button>
            )}
            <button type="button" class="close" aria-label="Close" onClick={() => say(null)}>
              ×
            </button>
          </div>
        )}
      </div>
      {dialog?.kind === "reasons" && (
        <Reasons items={dialog.items} onClose={() => open(null)} onReject={(reason) => void decide("reject", dialog.items, reason)} />
      )}
      {dialog?.kind === "check" && (
        <Check
          outcome={dialog.outcome}
          currency={viewer?.organization.defaultCurrency ?? null}
          onClose={() => open(null)}
          onApprove={() => void decide("approve", dialog.items)}
        />
      )}
      {dialog?.kind === "help" && <Help onClose={() => open(null)} />}
    </>
  );
}

/** The row that takes the focus once others have left. */
function neighbour(items: Item[], leaving: Item[]): string | undefined {
  const gone = new Set(leaving.map(({ id }) => id));
  const at = items.findIndex(({ id }) => gone.has(id));
  const stay = (item: Item) => !gone.has(item.id);
  return (items.slice(at).find(stay) ?? items.slice(0, Math.max(at, 0)).findLast(stay))?.id;
}

function Loading() {
  return (
    <div class="loading" role="status" aria-label="Loading">
      {[0, 1, 2].map((row) => (
        <div key={row} class="ghost" />
      ))}
    </div>
  );
}

// What asks before the page goes on.

import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { counted, day, hours, money } from "./format.js";
import type { Outcome } from "./gateway.js";
import type { Item } from "./inbox.js";

function Dialog({ title, onClose, children }: { title: string; onClose: () => void; children: ComponentChildren }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} aria-label={title} onClose={onClose} onClick={(event) => event.target === dialog.current && onClose()}>
      <div class="dialog-inside">
        <h2>{title}</h2>
        {children}
      </div>
    </dialog>
  );
}

export function Reasons({ items, onClose, onReject }: { items: Item[]; onClose: () => void; onReject: (reason: string | null) => void }) {
  const [reason, setReason] = useState("");
  return (
    <Dialog title={`Reject ${counted(items.length, "entry", "entries")}`} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onReject(reason.trim() || null);
        }}
      >
        <label for="reason">Reason, which the person will read</label>
        <textarea
          id="reason"
          rows={3}
          value={reason}
          onInput={(event) => setReason(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) event.currentTarget.form?.requestSubmit();
          }}
        />
        <p class="choices">
          <button type="button" class="quiet" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="primary danger">
            Reject
          </button>
        </p>
      </form>
    </Dialog>
  );
}

type CheckProps = { outcome: Outcome; currency: string | null; onClose: () => void; onApprove: () => void };

export function Check({ outcome, currency, onClose, onApprove }: CheckProps) {
  const refused = outcome.results.filter((result) => result.userErrors.length > 0);
  const told = [counted(outcome.appliedCount, "entry would be", "entries would be") + " approved"];
  if (refused.length) told.push(`${refused.length} would not`);
  return (
    <Dialog title="Dry run" onClose={onClose}>
      <p>{told.join(", ")}. Nothing was written.</p>
      <ul class="outcomes">
        {outcome.results.map(({ timeEntryId, timeEntry, userErrors: [error] }) => (
          <li key={timeEntryId} class={error ? "refused" : ""}>
            <span aria-hidden="true">{error ? "✕" : "✓"}</span>
            <span>
              {timeEntry ? `${timeEntry.person.name}, ${day(timeEntry.date)}` : timeEntryId}
              {error && <em>{error.message}</em>}
            </span>
            <span class="time">
              {timeEntry && hours(timeEntry.time)}
              {timeEntry && currency && ` · ${money(timeEntry.costDefault, currency)}`}
            </span>
          </li>
        ))}
      </ul>
      <p class="choices">
        <button type="button" class="quiet" onClick={onClose}>
          Close
        </button>
        <button type="button" class="primary" disabled={outcome.appliedCount === 0} onClick={onApprove}>
          Approve {outcome.appliedCount}
        </button>
      </p>
    </Dialog>
  );
}

const KEYS = [
  ["j k ↓ ↑", "next and previous entry"],
  ["x", "choose the entry, or not"],
  ["a", "approve what is chosen, or the entry"],
  ["r", "reject it, with a reason"],
  ["c", "dry run: what approving would do"],
  ["u", "undo"],
  ["Esc", "choose none"],
] as const;

export function Help({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title="Keys" onClose={onClose}>
      <dl class="keys">
        {KEYS.map(([keys, meaning]) => (
          <div key={keys}>
            <dt>
              {keys.split(" ").map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
      <p class="choices">
        <button type="button" class="quiet" onClick={onClose}>
          Close
        </button>
      </p>
    </Dialog>
  );
}

export function SignIn({ problem, onToken }: { problem: string; onToken: (token: string) => void }) {
  const [token, setToken] = useState("");
  return (
    <form
      class="sign-in"
      onSubmit={(event) => {
        event.preventDefault();
        if (token.trim()) onToken(token);
      }}
    >
      <img src={new URL("./icon.svg", import.meta.url).href} alt="" width="40" height="40" />
      <h1>Approval inbox</h1>
      {problem && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      <label for="token">Token</label>
      <input id="token" type="password" autocomplete="off" required value={token} onInput={(event) => setToken(event.currentTarget.value)} />
      <p class="hint">
        Whose token it is decides which entries are shown. It stays in this tab. <code>gateway demo --inbox</code> prints some.
      </p>
      <button type="submit" class="primary">
        Open
      </button>
    </form>
  );
}

// A person's entries: their sums as the gateway adds them up, and a row for each entry.

import { useState } from "preact/hooks";
import { day, hours, initials, money } from "./format.js";
import { type Group, isUndecided, type Item } from "./inbox.js";

type Acts = {
  selected: ReadonlySet<string>;
  currency: string | null;
  isBusy: boolean;
  onToggle: (ids: string[], isOn?: boolean) => void;
  onApprove: (items: Item[]) => void;
  onReject: (items: Item[]) => void;
  onDismiss: (item: Item) => void;
};

export function Person({ group, ...acts }: Acts & { group: Group }) {
  const [isOpen, setOpen] = useState(true);
  const open = group.items.filter(isUndecided);
  const ids = open.map(({ id }) => id);
  const chosen = ids.filter((id) => acts.selected.has(id)).length;
  const listId = `of-${group.id}`;
  return (
    <section class="person" aria-label={group.name}>
      <header>
        <input
          type="checkbox"
          aria-label={`All of ${group.name}`}
          checked={chosen > 0 && chosen === ids.length}
          ref={(box) => {
            if (box) box.indeterminate = chosen > 0 && chosen < ids.length;
          }}
          disabled={ids.length === 0}
          onChange={(event) => acts.onToggle(ids, event.currentTarget.checked)}
        />
        <span class="avatar" aria-hidden="true">
          {initials(group.name)}
        </span>
        <button type="button" class="name" aria-expanded={isOpen} aria-controls={listId} onClick={() => setOpen(!isOpen)}>
          <h2>{group.name}</h2>
          <svg viewBox="0 0 12 12" aria-hidden="true">
            <path d="M2.5 4.5L6 8l3.5-3.5" />
          </svg>
        </button>
        <p class="sums">
          <span class="count">{group.sums.count}</span>
          <span title="Hours">{hours(group.sums.time)} h</span>
          {acts.currency && <span title="Cost">{money(group.sums.costDefault, acts.currency)}</span>}
        </p>
        <button
          type="button"
          class="approve-all"
          disabled={acts.isBusy || ids.length === 0}
          onClick={() => acts.onApprove(open)}
        >
          Approve all
        </button>
      </header>
      <ul id={listId} hidden={!isOpen}>
        {group.items.map((item) => (
          <Row key={item.id} item={item} {...acts} />
        ))}
      </ul>
      {isOpen && group.sums.count > ids.length && (
        <p class="more">{group.sums.count - ids.length} more come when these are decided.</p>
      )}
    </section>
  );
}

function Row({ item, selected, currency, isBusy, onToggle, onApprove, onReject, onDismiss }: Acts & { item: Item }) {
  const isChosen = selected.has(item.id);
  const isOpen = isUndecided(item);
  return (
    <li class={`row ${isChosen ? "chosen" : ""} ${item.conflict ? "conflict" : ""}`} id={item.id} data-row tabIndex={-1}>
      {item.conflict && <Conflict item={item} onDismiss={onDismiss} />}
      <div class="entry">
        <input
          type="checkbox"
          aria-label={`${day(item.date)}, ${item.service.name}, ${hours(item.time)} hours`}
          checked={isChosen}
          disabled={!isOpen}
          onChange={() => onToggle([item.id])}
        />
        <time dateTime={item.date}>{day(item.date)}</time>
        <div class="what" onClick={() => isOpen && onToggle([item.id])}>
          <span class="service">
            {item.service.name} <span class="deal">{item.deal.name}</span>
          </span>
          <span class="note">{item.note}</span>
        </div>
        <span class="time">{hours(item.time)}</span>
        {currency && <span class="cost">{money(item.costDefault, currency)}</span>}
        <span class="acts">
          <button
            type="button"
            class="round reject"
            aria-label="Reject"
            title="Reject (r)"
            disabled={isBusy || !isOpen}
            onClick={() => onReject([item])}
          >
            <svg viewBox="0 0 16 16" aria-hidden="true">
              <path d="M4 4l8 8M12 4l-8 8" />
            </svg>
          </button>
          <button
            type="button"
            class="round approve"
            aria-label="Approve"
            title="Approve (a)"
            disabled={isBusy || !isOpen}
            onClick={() => onApprove([item])}
          >
            <svg viewBox="0 0 16 16" aria-hidden="true">
              <path d="M3 8.5l3.2 3.2L13 4.8" />
            </svg>
          </button>
        </span>
      </div>
    </li>
  );
}

/** The entry as it is, where somebody else was quicker. */
function Conflict({ item, onDismiss }: { item: Item; onDismiss: (item: Item) => void }) {
  const who = item.approver?.name ?? item.rejecter?.name;
  const became = item.status === "APPROVED" ? "Approved" : item.status === "REJECTED" ? "Rejected" : null;
  return (
    <p class="told" role="status" title={item.conflict}>
      {became
        ? `${became} meanwhile by ${who ?? "somebody else"}${item.rejectedReason ? `: ${item.rejectedReason}` : ""}.`
        : "Changed meanwhile; this is the entry as it is now. Nothing was done to it."}
      {became && (
        <button type="button" class="quiet" onClick={() => onDismiss(item)}>
          All right
        </button>
      )}
    </p>
  );
}

type Props = {
  count: number;
  isBusy: boolean;
  onClear: () => void;
  onCheck: () => void;
  onReject: () => void;
  onApprove: () => void;
};

/** What can be done with the entries that are chosen; below everything, where a thumb is. */
export function ActionBar({ count, isBusy, onClear, onCheck, onReject, onApprove }: Props) {
  if (count === 0) return null;
  return (
    <div class="actions" role="toolbar" aria-label="With the chosen entries">
      <button type="button" class="quiet icon" aria-label="Choose none" title="Choose none (Esc)" onClick={onClear}>
        ×
      </button>
      <strong>
        {count} <span>{count === 1 ? "entry" : "entries"}</span>
      </strong>
      <button type="button" class="quiet" title="What approving would do (c)" disabled={isBusy} onClick={onCheck}>
        Dry run
      </button>
      <button type="button" class="quiet danger" title="Reject (r)" disabled={isBusy} onClick={onReject}>
        Reject…
      </button>
      <button type="button" class="primary" title="Approve (a)" disabled={isBusy} onClick={onApprove}>
        Approve
      </button>
    </div>
  );
}

"""The guide: what a reader of the docs has to know before any type; the description of the schema itself."""

GUIDE = """
Time entries of one organization: who worked when on what, what it cost, and whether it was approved. A token says who
asks; another organization's records do not exist for it.

**Ids.** `id` is opaque and unique among all types; `node(id)` finds its record, and caches keep records by it.
`resourceId` is the record's own number in the documented API. Arguments take either.

**Time.** Durations are whole minutes. `Date` is a calendar day; `DateTime` a moment with the offset of the
organization's time zone.

**Money.** Amounts are whole minor units (cents, or whole yen) of the currency beside them, rounded once, each from its
exact value. Whoever may not see costs gets null.

**Pages.** `first` and `after` go on, `last` and `before` go back, by the cursors of `pageInfo`; at most 200 rows.
`totalCount`, `aggregate` and `groups` are over everything that matches, and cost something only where they are
selected.

**Writes.** What a mutation refuses is listed in `userErrors`, and then nothing was written. `ifRevision` notices
changes of others, an `idempotencyKey` makes a retry safe, `dryRun` only tells what would happen.

**Errors.** What is wrong with a request is in `errors`, with a `code` in `extensions`: the README lists all codes.

**Cost.** An operation is priced before it runs; `extensions.cost` says at most how much was asked for, what was paid
and what one operation may cost.

**Freshness.** Where the gateway mirrors a live account, `extensions.mirror` says as of when the data is equal to it,
how many seconds ago that was, and how far back it reaches.

**Live.** `timeEntryChanged` sends each change in order and exactly once, over server-sent events or WebSocket. Begin
with a list's `lastEventId` as `since`; after a lost connection go on from the last `eventId`.
""".strip()

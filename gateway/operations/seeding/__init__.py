"""Demo and test data: two organizations or more, and five years of time entries, the same for the same arguments.

`sizes` says how many of each, `calendar` how the entries spread over the days, `directory` makes what entries
hang on, `entries` the entries; all of them are rows of plain values. How rows get into a database is the
store's business (`gateway.store.loading`).
"""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from gateway.operations.seeding.calendar import Calendar
from gateway.operations.seeding.directory import Directory, make_directory
from gateway.operations.seeding.entries import entry_batches
from gateway.operations.seeding.sizes import sizes_for
from gateway.store.batches import Batch, Encoding
from gateway.store.loading import fill_empty_store

FEWEST, MOST = 1, 100_000_000


@dataclass(frozen=True, slots=True)
class SeedReport:
    """What was made. The three people are of the first organization; the manager sees costs."""

    counts: dict[str, int]  # rows by table
    admin_id: int
    manager_id: int
    member_id: int


def seed(
    url: str,
    entries: int,
    seed: int = 1,
    *,
    today: dt.date,
    progress: Callable[[int, int], None] | None = None,
) -> SeedReport:
    """Fill an empty store with `entries` time entries up to `today`, and with what they hang on.

    `progress` is told (entries so far, all entries). Nothing is written when it is interrupted.

    Raises:
        ValueError: fewer than 1 or more than 100,000,000 entries.
        StoreNotEmpty: the store has data; it was left alone.
        StoreUnavailable: the database cannot be opened or written.
    """
    if not FEWEST <= entries <= MOST:
        raise ValueError(f"{entries:,} entries cannot be made; choose from {FEWEST:,} to {MOST:,}.")
    counts: Counter[str] = Counter()
    first: list[Directory] = []

    def batches(encoding: Encoding) -> Iterator[Batch]:
        calendar = Calendar.ending(today, sizes=sizes_for(entries))
        directory = make_directory(calendar, seed=seed)
        first.append(directory)
        yield from directory.batches(encoding)
        yield from entry_batches(directory, calendar, encoding, seed=seed)

    def counted(encoding: Encoding) -> Iterator[Batch]:
        for batch in batches(encoding):
            counts[batch.table] += len(batch.rows)
            yield batch
            if progress is not None and batch.table == "time_entries":
                progress(counts["time_entries"], entries)

    fill_empty_store(url, counted)
    cast = first[0].organizations[0].cast
    return SeedReport(dict(counts), admin_id=cast.admin_id, manager_id=cast.manager_id, member_id=cast.member_id)

"""Filling an empty store with made-up data, the same for the same arguments."""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from gateway.seeding.calendar import Calendar, sizes_for
from gateway.seeding.directory import Cast, make_directory
from gateway.seeding.entries import entry_batches
from gateway.store.bulk.batches import Batch, Encoding
from gateway.store.bulk.loading import fill_empty_store

FEWEST, MOST = 1, 100_000_000


@dataclass(frozen=True, slots=True)
class SeedReport:
    """What was made."""

    counts: dict[str, int]  # rows by table
    casts: tuple[Cast, ...]  # by organization; managers see costs


def seed(
    url: str,
    entries: int,
    seed: int = 1,
    *,
    today: dt.date,
    progress: Callable[[int, int], None] | None = None,
) -> SeedReport:
    """Fill an empty store with `entries` time entries up to `today`, and with what they hang on.

    `progress` is called with (entries so far, all entries). Nothing is written when it is interrupted.

    Raises:
        ValueError: fewer than 1 or more than 100,000,000 entries.
        StoreNotEmpty: the store has data; it was left alone.
        StoreUnavailable: the database cannot be opened or written.
    """
    if not FEWEST <= entries <= MOST:
        raise ValueError(f"{entries:,} entries cannot be made; choose from {FEWEST:,} to {MOST:,}.")
    counts: Counter[str] = Counter()
    casts: list[Cast] = []

    def batches(encoding: Encoding) -> Iterator[Batch]:
        for item in make_rows(entries, seed, today, encoding):
            if isinstance(item, Cast):
                casts.append(item)
                continue
            counts[item.table] += len(item.rows)
            yield item
            if progress is not None and item.table == "time_entries":
                progress(counts["time_entries"], entries)

    fill_empty_store(url, batches)
    return SeedReport(dict(counts), tuple(casts))


def make_rows(entries: int, seed: int, today: dt.date, encoding: Encoding) -> Iterator[Cast | Batch]:
    """Yield the cast of each organization, then all rows, what is referred to first."""
    calendar = Calendar.ending(today, sizes=sizes_for(entries))
    directory = make_directory(calendar, seed=seed)
    yield from (organization.cast for organization in directory.organizations)
    yield from directory.batches(encoding)
    yield from entry_batches(directory, calendar, encoding, seed=seed)

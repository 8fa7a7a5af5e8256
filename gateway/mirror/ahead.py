"""Lists that are read ahead of whoever takes their pages: requests are on their way while pages are merged.

What waits is bounded in bytes, of all lists together, and is taken in portions that are worth a transaction.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Hashable, Sized
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

PATIENCE_S = 2.0  # for which pages wait to be taken together with others


class Paged(Protocol):
    """A page, or what goes with one."""

    @property
    def size(self) -> int:
        """How many bytes it had when it came."""

    @property
    def records(self) -> Sized:
        """What it brought."""


K = TypeVar("K", bound=Hashable)
T = TypeVar("T", bound=Paged)


@dataclass(frozen=True, slots=True)
class Arrival(Generic[K, T]):
    """A page of a list; or that the list is over, and what it failed by."""

    key: K
    page: T | None = None
    error: Exception | None = None


@dataclass(frozen=True, slots=True)
class Bounds:
    """How many bytes may wait, and how many records or bytes are enough to be taken together."""

    waiting: int
    records: int
    size: int


# One page is read while the one before it is taken.
ONE_AHEAD = Bounds(0, 1, 1)


class Ahead(Generic[K, T]):
    """Reads lists at once, and keeps their pages in the order in which they came. Close it in the end.

    A page on its way counts as the largest that came so far, and as all there is until one came. Where nothing waits
    there is room for a page of any size.
    """

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._here: deque[Arrival[K, T]] = deque()
        self._tasks: dict[K, asyncio.Task[None]] = {}
        self._largest: int | None = None
        self._held = 0  # bytes that wait or are reckoned with
        self._on_their_way = 0
        self._came, self._left = asyncio.Event(), asyncio.Event()

    def __len__(self) -> int:
        """Return how many lists are not over."""
        return len(self._tasks)

    def open(self, key: K, pages: AsyncIterator[T]) -> None:
        """Read a list from now on."""
        self._tasks[key] = asyncio.create_task(self._read(key, pages))

    async def _read(self, key: K, pages: AsyncIterator[T]) -> None:
        error = None
        try:
            while (page := await self._next(pages)) is not None:
                self._put(Arrival(key, page))
        except Exception as raised:  # noqa: BLE001 - whoever takes the pages gets it behind them
            error = raised
        self._put(Arrival(key, error=error))

    async def _next(self, pages: AsyncIterator[T]) -> T | None:
        expected = await self._enter()
        page: T | None = None
        try:
            page = await anext(pages, None)
        finally:
            self._on_their_way -= 1
            if page is not None:
                self._largest = max(self._largest or 1, page.size)
            self._leave(expected - (0 if page is None else page.size))
        return page

    async def _enter(self) -> int:
        """Wait until there is room for one more page; return how many bytes it is reckoned with."""
        while True:
            expected = max(1, self._bounds.waiting) if self._largest is None else self._largest
            if not self._held or self._held + expected <= self._bounds.waiting:
                self._held += expected
                self._on_their_way += 1
                return expected
            self._left.clear()
            await self._left.wait()

    def _put(self, arrival: Arrival[K, T]) -> None:
        self._here.append(arrival)
        self._came.set()

    def _leave(self, size: int) -> None:
        self._held -= size
        self._left.set()

    async def portion(self) -> list[Arrival[K, T]]:
        """Return what came, in order: as much as is taken together, or less where a list is over or no more comes."""
        while not self._is_enough():
            self._came.clear()
            try:
                async with asyncio.timeout(PATIENCE_S):
                    await self._came.wait()
            except TimeoutError:
                if self._here:
                    break
        return self._taken()

    def _is_enough(self) -> bool:
        """Tell whether to wait no longer."""
        pages = [arrival.page for arrival in self._here if arrival.page is not None]
        return bool(self._here) and (
            not self._on_their_way
            or len(pages) < len(self._here)
            or sum(len(page.records) for page in pages) >= self._bounds.records
            or sum(page.size for page in pages) >= self._bounds.size
        )

    def _taken(self) -> list[Arrival[K, T]]:
        taken: list[Arrival[K, T]] = []
        records = size = 0
        while self._here and records < self._bounds.records and size < self._bounds.size:
            arrival = self._here.popleft()
            taken.append(arrival)
            if arrival.page is None:
                del self._tasks[arrival.key]
            else:
                records, size = records + len(arrival.page.records), size + arrival.page.size
                self._leave(arrival.page.size)
        return taken

    async def close(self) -> None:
        """Read no further."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)


async def portions(pages: AsyncIterator[T], bounds: Bounds) -> AsyncGenerator[list[T]]:
    """Yield the pages of one list, read ahead, some together.

    Whatever the list fails by is raised behind the pages before it.
    """
    ahead: Ahead[None, T] = Ahead(bounds)
    ahead.open(None, pages)
    try:
        while len(ahead):
            arrivals = await ahead.portion()
            if came := [arrival.page for arrival in arrivals if arrival.page is not None]:
                yield came
            if (error := arrivals[-1].error) is not None:
                raise error
    finally:
        await ahead.close()

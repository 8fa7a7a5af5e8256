"""Rows in slices: others get their turn between two of them, and a row that is too long alone is handled aside."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from functools import partial
from typing import TypeVar

from gateway.http.pacing import aside
from gateway.querying.sizes import Row
from gateway.querying.slices import CHARACTERS_AT_ONCE, VALUES_AT_ONCE, RowSize, Slice, cut

Made = TypeVar("Made")
Work = Callable[[Slice], Made]


class Slices:
    """How the rows of one projection are cut, and what is made of them slice by slice."""

    def __init__(self, size: RowSize, values_at_once: int = VALUES_AT_ONCE) -> None:
        self._texts = size.texts
        self._most_rows = max(1, values_at_once // max(1, size.values))
        self._most_characters = CHARACTERS_AT_ONCE // max(1, size.handled)

    def cut(self, rows: Sequence[Row]) -> Iterator[Slice]:
        """Yield the slices of rows."""
        return cut(rows, self._texts, most_rows=self._most_rows, most_characters=self._most_characters)

    def whole(self, rows: Sequence[Row]) -> Slice | None:
        """Return rows as one slice where they are no more than that."""
        if len(rows) > self._most_rows:
            return None
        characters = self._texts.characters(rows)
        return Slice(rows, characters) if characters <= self._most_characters else None

    async def each(self, rows: Sequence[Row], work: Work[Made]) -> AsyncIterator[Made]:
        """Yield what is made of each slice.

        What works on a long one is in a thread, and has nothing of the request's context there.
        """
        for place, part in enumerate(self.cut(rows)):
            if place:
                await asyncio.sleep(0)
            yield await made_of(part, work)


async def made_of(part: Slice, work: Work[Made]) -> Made:
    """Return what is made of a slice, in a thread where it is long."""
    return await aside(partial(work, part)) if part.is_long else work(part)

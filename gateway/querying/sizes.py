"""How long an answer may become: counted while it is made, so that one that is too long is never whole in memory."""

import math
from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from operator import itemgetter
from typing import Any

Row = Sequence[Any]
ROUGHLY = 250_000  # characters up to which they are counted for bytes


class AnswerTooLong(Exception):
    """More bytes than an answer may have; what was made of it so far is of no use."""

    def __init__(self, most: float) -> None:
        super().__init__(
            f"The answer is longer than {most:,} bytes; ask for fewer rows, or for fewer of the fields that hold texts."
        )


class AnswerSize:
    """The bytes of one answer so far. It may fall short of keys, numbers and escapes, never by more than these."""

    __slots__ = ("most", "taken")

    def __init__(self, most: float = math.inf) -> None:
        self.most = most
        self.taken = 0

    def grow(self, size: int) -> None:
        """Count more bytes.

        Raises:
            AnswerTooLong: there are too many.
        """
        self.taken += size
        if self.taken > self.most:
            raise AnswerTooLong(self.most)

    def check(self, size: int) -> None:
        """Look at bytes that were read and are not part of the answer yet.

        Raises:
            AnswerTooLong: there are more of them than an answer may have.
        """
        if size > self.most:
            raise AnswerTooLong(self.most)


SizeOf = Callable[[Sequence[Row]], int]


class Texts:
    """The texts at some places of rows: their characters, and their bytes each as often as its weight says.

    Few are counted by their characters, which takes a tenth of the time.
    """

    __slots__ = ("_most", "_weighed", "characters")

    def __init__(self, places: Iterable[int], weights: Sequence[int] = ()) -> None:
        places = tuple(places)
        weights = weights or [1] * len(places)
        self._most = max(weights, default=0)
        self._weighed = tuple((place, weight) for place, weight in zip(places, weights, strict=True) if weight)
        self.characters = _characters_at(places)  # of rows, those without a weight too

    def __call__(self, rows: Sequence[Row]) -> int:
        """Return the bytes of rows."""
        return self.bytes(rows, self.characters(rows))

    def bytes(self, rows: Sequence[Row], characters: int, *, exactly: bool = False) -> int:
        """Return the bytes of rows whose characters were counted; of a part of many, exactly."""
        roughly = characters * self._most
        if roughly < ROUGHLY and not exactly:
            return roughly
        return sum(weight * length(row[place]) for row in rows for place, weight in self._weighed)


def _characters_at(places: Sequence[int]) -> SizeOf:
    if not places:
        return lambda _: 0
    get = itemgetter(*places)
    if len(places) == 1:
        return lambda rows: sum(map(len, filter(None, map(get, rows))))
    return lambda rows: sum(map(len, filter(None, chain.from_iterable(map(get, rows)))))


def length(text: str | None) -> int:
    """Return how many bytes a text has."""
    if text is None:
        return 0
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))

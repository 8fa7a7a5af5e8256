"""Slices: of rows so many as may be handled before others get their turn, by their values and by their texts.

Whatever goes through the rows of an answer on the event loop goes through them slice by slice.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gateway.querying.sizes import Row, Texts

VALUES_AT_ONCE = 20_000  # that are shaped: some milliseconds
CHARACTERS_AT_ONCE = 250_000  # of texts that are gone through, 1 MB at most: some milliseconds


@dataclass(slots=True)
class Slice:
    """Rows that are handled at once, with the characters of their texts."""

    rows: Sequence[Row]
    characters: int
    is_heavy: bool = False  # it was cut by its texts, which others beside it have, too
    is_long: bool = False  # it holds more than may be at once: one row, and perhaps some without texts


@dataclass(frozen=True, slots=True)
class RowSize:
    """What is made of each row of a projection."""

    texts: Texts  # in its objects
    others: int  # bytes that every row has: keys, marks, a digit for each value
    values: int  # of its objects, each as often as its making takes the time of one
    handled: int  # how often a text of it is gone through at most

    def bytes_of(self, part: Slice) -> int:
        """Return the bytes of the objects of a slice."""
        texts = self.texts.bytes(part.rows, part.characters, exactly=part.is_heavy)
        return texts + self.others * len(part.rows)


def cut(
    rows: Sequence[Row],
    texts: Texts,
    *,
    most_rows: int = VALUES_AT_ONCE,
    most_characters: int = CHARACTERS_AT_ONCE,
) -> Iterator[Slice]:
    """Yield the slices of rows."""
    for start in range(0, len(rows), most_rows):
        part = rows if len(rows) <= most_rows else rows[start : start + most_rows]
        characters = texts.characters(part)
        if characters <= most_characters:
            yield Slice(part, characters)
        else:
            yield from _cut_by_texts(part, texts, most_characters)


def _cut_by_texts(rows: Sequence[Row], texts: Texts, most: int) -> Iterator[Slice]:
    begin = held = 0
    for place, row in enumerate(rows):
        own = texts.characters((row,))
        if held and held + own > most:
            yield Slice(rows[begin:place], held, is_heavy=True, is_long=held > most)
            begin, held = place, 0
        held += own
    yield Slice(rows[begin:], held, is_heavy=True, is_long=held > most)

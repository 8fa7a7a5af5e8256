"""Documents that say something else in one place: what no client should be ended by, nor led astray."""

import random
from collections.abc import Iterator
from typing import Any

Path = tuple[str | int, ...]
NUMBERS: tuple[Any, ...] = (0, -1, 1.5, 2**63, 2**64 - 1, 1e300, True)
TEXTS = ("", "1", "99999999999999999999", "a\x00b", "\x1b[2J\n", "x" * 100_000, "\N{PILE OF POO}" * 1_000)
INSTANTS = ("0001-01-01", "9999-12-31", "9999-12-31T23:59:59.999Z", "0001-01-01T00:00:00+14:00", "2025-08-01T06:00:30Z")
SHAPES: tuple[Any, ...] = (
    [],
    {},
    [[]],
    [{}],
    [None],
    ["1"],
    {"a": {}},
    {"data": []},
    {"data": {}},
    {"a": [{}] * 1_000},
)
LINKS: tuple[Any, ...] = (
    {"data": {"type": "people", "id": []}},
    {"data": {"type": [], "id": "1"}},
    {"data": {"type": "people", "id": "1", "meta": None}},
    {"data": [{"type": "approval_statuses", "id": {}}]},
)
NONSENSE: tuple[Any, ...] = (None, *NUMBERS, *TEXTS, *INSTANTS, *SHAPES, *LINKS)


def places(document: Any, at: Path = ()) -> Iterator[Path]:
    """Yield the place of each value."""
    yield at
    items = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    for step, value in items:
        yield from places(value, (*at, step))


def put(document: Any, place: Path, value: Any) -> Any:
    """Return a document with another value in a place."""
    if not place:
        return value
    step, *rest = place
    copy: Any = list(document) if isinstance(document, list) else dict(document)
    copy[step] = put(document[step], tuple(rest), value)
    return copy


def nonsense(document: Any, chance: random.Random) -> Any:
    """Return a document that says something else in one place, of a record, of what it has, or of the whole."""
    return put(document, chance.choice(list(places(document))), chance.choice(NONSENSE))

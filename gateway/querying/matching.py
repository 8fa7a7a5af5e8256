"""Conditions said of an image instead of a row: what SQL answers of a row, in Python, of its values by column name.

Images are as the change log keeps them: days are ISO text, instants whole milliseconds, truth values 0 and 1. A text
that is looked into is folded once, and stays in its image beside the text.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

from gateway.querying.conditions import All, AnyOf, Comparison, Condition, IsNull, Not, Subject
from gateway.querying.operations import OPERATIONS

Image = dict[str, Any]
Matches = Callable[[Image], bool]

_HOLDS = {operation.comparison: operation.holds for operation in OPERATIONS.values()}


def test_of(condition: Condition) -> Matches:
    """Return the test that an image passes where its row meets the condition.

    What is unknown of a null in SQL is false here: it is the same to AND and OR, and NOT is the complement in both.
    """
    match condition:
        case Comparison():
            return _comparison(condition)
        case IsNull(subject=subject, wanted=wanted):
            name = value_of(subject)
            return lambda image: (image.get(name) is None) is wanted
        case All(parts=parts):
            tests = [test_of(part) for part in parts]
            return lambda image: all(test(image) for test in tests)
        case AnyOf(parts=parts):
            tests = [test_of(part) for part in parts]
            return lambda image: any(test(image) for test in tests)
        case Not(part=part):
            test = test_of(part)
            return lambda image: not test(image)


def value_of(subject: Subject) -> str:
    """Return the name under which an image has what a subject looks at."""
    return subject.image or subject.column


def values_of(condition: Condition) -> Iterator[str]:
    """Yield the names of the values that a test looks at."""
    match condition:
        case Comparison(subject=subject) | IsNull(subject=subject):
            yield value_of(subject)
        case All(parts=parts) | AnyOf(parts=parts):
            for part in parts:
                yield from values_of(part)
        case Not(part=part):
            yield from values_of(part)


def _comparison(comparison: Comparison) -> Matches:
    subject = comparison.subject
    name, operand = value_of(subject), _plain(comparison.operand)
    holds = _HOLDS[comparison.comparison]
    if comparison.comparison.endswith("contains") and subject.folded is not None:
        return lambda image: (value := _folded(image, name)) is not None and holds(value, operand)
    return lambda image: (value := image.get(name)) is not None and holds(value, operand)


def _folded(image: Image, name: str) -> str | None:
    key = f"{name}_folded"
    if key not in image:
        value = image.get(name)
        image[key] = None if value is None else value.casefold()
    found: str | None = image[key]
    return found


def _plain(operand: object) -> object:
    """Return an operand as images have their values."""
    if isinstance(operand, list):
        return frozenset(map(_plain, operand))
    return operand.isoformat() if isinstance(operand, dt.date) else operand

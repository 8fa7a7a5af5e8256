"""The kinds of attributes: what a document may say, and what the store keeps of it."""

import re
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction

from gateway.domain.attributes import MAX_NAME, MAX_TEXT, Attribute, text_faults
from gateway.domain.attributes import Kind as AttributeKind
from gateway.domain.billable import MAX_MINUTES
from gateway.domain.costs import MAX_HOURLY_RATE, SCALE
from gateway.domain.exchange import PLACES, inverse
from gateway.domain.instants import parse_date, parse_instant, zone
from gateway.domain.numbers import MAX_EXACT, MAX_INT, MAX_RECORD, MAX_STORED

Kind = Callable[[object], object]

MOST = MAX_STORED // SCALE  # minor units whose unrounded value can still be stored
SHOWN = 60  # characters of a value in a sentence
CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
DECIMAL = re.compile(rf"\d{{1,20}}(\.\d{{1,{PLACES}}})?", re.ASCII)
DIGITS = re.compile(r"\d{1,19}", re.ASCII)


class InvalidValue(Exception):
    """A value is not of its kind; the text says what was expected, `steps` where within the value."""

    def __init__(self, expected: str, *steps: str) -> None:
        super().__init__(expected)
        self.steps = steps

    def within(self, *steps: str) -> "InvalidValue":
        """Return the same error, with its steps prefixed."""
        return InvalidValue(str(self), *steps, *self.steps)


def shown(value: object) -> str:
    """Write a value into a sentence, cut where it is long."""
    text, pieces = "", _pieces(value)
    while len(text) <= SHOWN and (piece := next(pieces, None)) is not None:
        text += piece
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."


def _pieces(value: object) -> Iterator[str]:
    """Write a value as Python does, bit by bit: of a long one only the beginning is wanted."""
    match value:
        case None:
            yield "null"
        case str():
            yield repr(value[: SHOWN + 1])
        case dict():
            yield "{"
            for place, (name, member) in enumerate(value.items()):
                yield ", " if place else ""
                yield repr(name[: SHOWN + 1])
                yield ": "
                yield from _within(member)
            yield "}"
        case list():
            yield "["
            for place, member in enumerate(value):
                yield ", " if place else ""
                yield from _within(member)
            yield "]"
        case _:
            yield str(value)


def _within(member: object) -> Iterator[str]:
    return iter(["None"]) if member is None else _pieces(member)


def _invalid(expected: str, value: object) -> InvalidValue:
    return InvalidValue(f"{expected} was expected, not {shown(value)}")


def text(longest: int) -> Kind:
    """Allow text of so many characters, without what databases cannot keep."""

    def read(value: object) -> object:
        if not isinstance(value, str):
            raise _invalid("text", value)
        faults = text_faults(value, name="it", path=(), longest=longest)
        if faults:
            raise InvalidValue(f"text of at most {longest:,} characters was expected: {faults[0].message}")
        return value

    return read


def number(lowest: int, highest: int, what: str) -> Kind:
    """Allow whole numbers within bounds."""

    def read(value: object) -> object:
        if not isinstance(value, int) or isinstance(value, bool) or not lowest <= value <= highest:
            raise _invalid(f"{what}, a whole number from {lowest:,} to {highest:,},", value)
        return value

    return read


def one_of(*words: str, write: Callable[[str], str] = str) -> Kind:
    """Allow some words, as they are."""

    def read(value: object) -> object:
        if not isinstance(value, str) or value not in words:
            raise _invalid(f"one of {', '.join(words)}", value)
        return write(value)

    return read


def code(*codes: int) -> Kind:
    """Allow some numbers."""

    def read(value: object) -> object:
        if not isinstance(value, int) or isinstance(value, bool) or value not in codes:
            raise _invalid(f"one of {', '.join(map(str, codes))}", value)
        return value

    return read


def flag(value: object) -> object:
    """Allow true and false."""
    if not isinstance(value, bool):
        raise _invalid("true or false", value)
    return value


def date(value: object) -> object:
    """Allow a day, and keep its text."""
    try:
        if isinstance(value, str):
            return parse_date(value).isoformat()
    except ValueError:
        pass
    raise _invalid("a day of the calendar as YYYY-MM-DD", value)


def instant(value: object) -> object:
    """Allow a date-time with an offset, and keep its milliseconds since 1970."""
    try:
        if isinstance(value, str):
            return parse_instant(value)
    except ValueError:
        pass
    raise _invalid("a date-time with an offset, such as 2025-08-01T06:18:41.728+02:00,", value)


def currency(value: object) -> object:
    """Allow what looks like an ISO 4217 code."""
    if not isinstance(value, str) or not CURRENCY.fullmatch(value):
        raise _invalid("a currency of three capital letters, such as EUR,", value)
    return value


def time_zone(value: object) -> object:
    """Allow the name of a zone that this machine knows."""
    try:
        if isinstance(value, str):
            return zone(value).name
    except ValueError:
        pass
    raise _invalid("the name of a time zone, such as Europe/Zagreb,", value)


def rate(value: object) -> object:
    """Allow an exchange rate above 0 whose inverse is above 0, too."""
    if (
        not isinstance(value, str)
        or not DECIMAL.fullmatch(value)
        or not Fraction(value)
        or not inverse(Fraction(value))
    ):
        raise _invalid(f"an exchange rate above 0 as text with at most {PLACES} decimals", value)
    return value


def record_number(value: object) -> int:
    """Allow a record's number, as text or as a number; new records need numbers beyond it."""
    return _positive(value, MAX_RECORD, "a record's number")


def foreign_number(value: object) -> int:
    """Allow the number of something that is not a record here, as text or as a number."""
    return _positive(value, MAX_STORED, "a number")


def _positive(value: object, highest: int, what: str) -> int:
    digits = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    number = int(digits) if isinstance(digits, str) and DIGITS.fullmatch(digits) else 0
    if not 0 < number <= highest:
        raise _invalid(f"{what}, positive and at most {highest},", value)
    return number


def label_or_number(value: object) -> object:
    """Allow text, or a whole number that stands for its digits."""
    return NAME(str(value) if isinstance(value, int) and not isinstance(value, bool) else value)


NAME = text(MAX_NAME)
NOTE = text(MAX_TEXT)
MINUTES = number(0, MAX_MINUTES, "minutes")
REMAINING = number(-MAX_EXACT, MAX_EXACT, "minutes")
AMOUNT = number(-MOST, MOST, "minor units")
HOURLY = number(0, MAX_HOURLY_RATE, "minor units an hour")
TRACK_METHOD = number(1, MAX_INT, "the way of tracking")

_OF_ATTRIBUTES: Mapping[AttributeKind, Kind] = {
    AttributeKind.DATE: date,
    AttributeKind.MINUTES: MINUTES,
    AttributeKind.NUMBER: foreign_number,
    AttributeKind.INSTANT: instant,
    AttributeKind.FLAG: flag,
    AttributeKind.TRACK_METHOD: TRACK_METHOD,
    AttributeKind.CURRENCY: currency,
    AttributeKind.AMOUNT: AMOUNT,
}


def of_attribute(attribute: Attribute) -> Kind:
    """Return the kind of an attribute of a time entry."""
    return text(attribute.longest) if attribute.kind is AttributeKind.TEXT else _OF_ATTRIBUTES[attribute.kind]

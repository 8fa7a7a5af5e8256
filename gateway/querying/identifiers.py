"""Ids: `Type:number` to the world, a positive 63-bit number in the store."""

import re

from gateway.domain.numbers import MAX_STORED

NOBODY = -1  # the number that no record has
_GLOBAL = re.compile(r"([A-Z][A-Za-z]{0,63}):(\d{1,30})", re.ASCII)  # bounded, for sentences quote it
_MOST_DIGITS = 30


class NotAnId(ValueError):
    """Text that is not an id at all, or the id of a record of another type (`other_type`)."""

    def __init__(self, text: str, other_type: str | None = None) -> None:
        super().__init__(text)
        self.other_type = other_type


def global_id(type_name: str, number: int) -> str:
    """Write the id that is unique among all records."""
    return f"{type_name}:{number}"


def split_global_id(text: str) -> tuple[str, int]:
    """Read a global id as its type's name and the record's number; a number out of range is NOBODY.

    Raises:
        NotAnId: it is none.
    """
    match = _GLOBAL.fullmatch(text)
    if match is None:
        raise NotAnId(text)
    return match[1], _in_range(int(match[2]))


def record_number(text: str, type_name: str | None) -> int:
    """Read a bare number, or a global id of that type; a number out of range is NOBODY.

    Raises:
        NotAnId: it is neither; `other_type` names the type of a global id that is not wanted here.
    """
    if text.isdecimal() and text.isascii() and len(text) <= _MOST_DIGITS:
        return _in_range(int(text))
    found, number = split_global_id(text)
    if found != type_name:
        raise NotAnId(text, other_type=found)
    return number


def id_or_nobody(text: str, type_name: str | None) -> int:
    """Read an id of that type; what is not one, or another type's, is NOBODY."""
    try:
        return record_number(text, type_name)
    except NotAnId:
        return NOBODY


def _in_range(number: int) -> int:
    return number if 0 < number <= MAX_STORED else NOBODY

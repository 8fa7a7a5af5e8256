"""Operands of filters: what they are read with, how many characters all of them may have, what none can be."""

import re
from dataclasses import dataclass, field
from typing import Any

from gateway.domain.access import Viewer
from gateway.domain.instants import Zone, zone
from gateway.querying.errors import BadOperand
from gateway.querying.pages import MAX_OPERAND_CHARACTERS

WHOLE_NUMBER = re.compile(r"-?\d{1,30}", re.ASCII)
NOT_STORABLE = re.compile("[\0\ud800-\udfff]")
CHARACTERS_OF_A_VALUE = 8  # that is not text
SHORT = 100  # characters that are folded sooner than found


@dataclass(slots=True, eq=False)
class Operands:
    """The operands of one operation: all together have a bound, and a long text is folded once for all its uses.

    Each use counts, for each is bound by itself.
    """

    most: int = MAX_OPERAND_CHARACTERS
    used: int = 0
    _folded: dict[int, tuple[str, str]] = field(default_factory=dict)  # by the text's identity, with the text itself

    def count(self, operand: Any) -> None:
        """Count an operand, or a list of them.

        Raises:
            BadOperand: there are too many characters.
        """
        if type(operand) is list:
            self.used += sum([len(one) if type(one) is str else CHARACTERS_OF_A_VALUE for one in operand])
        else:
            self.used += len(operand) if type(operand) is str else CHARACTERS_OF_A_VALUE
        if self.used > self.most:
            raise BadOperand(f"All operands together have more than {self.most:,} characters; ask by several requests.")

    def fold(self, text: str) -> str:
        """Return the text without its case."""
        if len(text) < SHORT:
            return text.casefold()
        known = self._folded.get(id(text))
        if known is None:
            known = self._folded[id(text)] = text, text.casefold()
        return known[1]


@dataclass(frozen=True, slots=True)
class FilterContext:
    """What the meaning of a filter depends on, besides the filter; and what its operands count towards."""

    viewer: Viewer
    operands: Operands = field(default_factory=Operands, compare=False)

    @property
    def zone(self) -> Zone:
        """The zone that days are counted by."""
        return zone(self.viewer.time_zone)

    @property
    def timesheet_submission(self) -> bool:
        """Whether the organization submits timesheets."""
        return self.viewer.timesheet_submission


def whole_number(text: str) -> int:
    """Read a whole number of at most 30 digits.

    Raises:
        ValueError: it is none.
    """
    if not WHOLE_NUMBER.fullmatch(text):
        raise ValueError(text)
    return int(text)


def unsupported_date(value: str, place: str, allowed: str) -> BadOperand:
    """Refuse a day or an instant as the documented API does, and say what is allowed."""
    name = place.removeprefix("filter[").split("]")[0]
    return BadOperand(
        f"Unsupported value {value[:100]!r} for filter '{name}'. Expected a value of type 'Date'. Write {allowed}.",
        jsonapi={"code": "unsupported_filter_value_type", "parameter": place},
    )


def storable(text: str, place: str) -> str:
    """Take text without NUL and lone surrogates, which no database holds.

    Raises:
        BadOperand: it has one of them.
    """
    if NOT_STORABLE.search(text):
        raise BadOperand(f"{place} holds a character that text cannot have: NUL or half of a surrogate pair.")
    return text

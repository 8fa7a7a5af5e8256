"""Rounding: money half a unit away from zero, billable minutes as the organization wants it."""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction


def half_away(value: Fraction) -> int:
    """Round to a whole number, half of one away from zero."""
    return divided(value.numerator, value.denominator)


def divided(number: int, by: int) -> int:
    """Divide by a number above zero, and round to a whole one, half of one away from zero."""
    whole = (2 * abs(number) + by) // (2 * by)
    return whole if number >= 0 else -whole


INTERVALS = (6, 15, 30)  # minutes


class RoundingMethod(StrEnum):
    """How billable minutes become whole intervals."""

    NONE = "none"
    NEAREST = "nearest"
    UP = "up"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Rounding:
    """The organization's rounding of billable time; `time` itself is never rounded."""

    method: RoundingMethod = RoundingMethod.NONE
    interval: int = 15  # minutes, one of INTERVALS

    def apply(self, minutes: int) -> int:
        """Round to whole intervals; nearest takes half an interval up."""
        match self.method:
            case RoundingMethod.NONE:
                return minutes
            case RoundingMethod.NEAREST:
                return (2 * minutes + self.interval) // (2 * self.interval) * self.interval
            case RoundingMethod.UP:
                return -(-minutes // self.interval) * self.interval
            case RoundingMethod.DOWN:
                return minutes // self.interval * self.interval

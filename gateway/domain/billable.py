"""Billable time: 0 where nothing is billed, what was given, else the time; rounded as the organization wants it."""

from dataclasses import dataclass
from enum import Enum

MAX_MINUTES = 52_596_000  # 100 years


class RoundingMethod(Enum):
    """How billable minutes become whole intervals."""

    NONE = "none"
    NEAREST = "nearest"
    UP = "up"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Rounding:
    """The organization's rounding of billable time; `time` itself is never rounded."""

    method: RoundingMethod = RoundingMethod.NONE
    interval: int = 15  # minutes: 6, 15 or 30

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


def billable_time(*, time: int, given: int | None, billable: bool, rounding: Rounding) -> int:
    """Return the billable minutes of a new entry; `given` is None when nothing was said about them."""
    if not billable:
        return 0
    return rounding.apply(time if given is None else given)


@dataclass(frozen=True, slots=True)
class Minutes:
    """The minutes of an entry as they are, and whether its service bills them."""

    time: int
    billable_time: int
    billable: bool


def billable_time_after(*, before: Minutes, time: int, given: int | None, billable: bool, rounding: Rounding) -> int:
    """Return the billable minutes after a change of time or service.

    Minutes that were set apart from the time keep their difference to it, down to 0; those of a service that
    did not bill begin anew.
    """
    if not billable or given is not None or not before.billable:
        return billable_time(time=time, given=given, billable=billable, rounding=rounding)
    if time == before.time:
        return before.billable_time
    set_apart = before.billable_time not in {before.time, rounding.apply(before.time)}
    difference = before.billable_time - before.time if set_apart else 0
    return rounding.apply(min(max(time + difference, 0), MAX_MINUTES))

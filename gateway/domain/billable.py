"""Billable time: 0 where nothing is billed, what was given, else the time; rounded as the organization wants it."""

from dataclasses import dataclass

from gateway.domain.rounding import Rounding

MAX_MINUTES = 52_596_000  # 100 years


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
    did not bill begin again.
    """
    if not billable or given is not None or not before.billable:
        return billable_time(time=time, given=given, billable=billable, rounding=rounding)
    if time == before.time:
        return before.billable_time
    set_apart = before.billable_time not in {before.time, rounding.apply(before.time)}
    difference = before.billable_time - before.time if set_apart else 0
    return rounding.apply(min(max(time + difference, 0), MAX_MINUTES))

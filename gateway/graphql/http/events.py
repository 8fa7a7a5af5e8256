"""What both transports of subscriptions do with events: they are paid for before they are sent."""

from collections.abc import Callable, Sequence

from gateway.http.refusals import HttpError
from gateway.live.subscriptions import Event


def paid_for(
    events: Sequence[Event], cost: int, spend: Callable[[int], None]
) -> tuple[Sequence[Event], HttpError | None]:
    """Return the first events that the token has points for, and why not all, if that is so."""
    for place in range(len(events)):
        try:
            spend(cost)
        except HttpError as refused:
            return events[:place], refused
    return events, None

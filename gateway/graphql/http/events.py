"""What both transports of subscriptions do: events are paid for before they are sent, an end is told as an error."""

from collections.abc import Callable, Sequence
from typing import Any

import orjson

from gateway.http.codes import Code
from gateway.http.freshness import Notice
from gateway.http.masking import http_error_of
from gateway.http.refusals import HttpError
from gateway.live.guard import NotAllowed
from gateway.live.hub import TooManySubscriptions
from gateway.live.keeping import EventsExpired
from gateway.live.subscriptions import Event
from gateway.querying.errors import InvalidCursor


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


def with_freshness(payload: str, notice: Notice | None) -> str:
    """Add to an answer, which is written for many, how fresh its data is."""
    if notice is None:
        return payload
    return f'{payload[:-1]},"extensions":{{"mirror":{orjson.dumps(notice.extension).decode()}}}}}'


def errors_with_freshness(errors: Sequence[dict[str, Any]], notice: Notice | None) -> Sequence[dict[str, Any]]:
    """Add to errors that are a whole answer how fresh the data is: to each, for nothing is around them."""
    if notice is None:
        return errors
    return [error | {"extensions": {**error.get("extensions", {}), "mirror": notice.extension}} for error in errors]


# What ends a subscription for good, as far as the client goes on asking for the same.
ENDS = (InvalidCursor, EventsExpired, TooManySubscriptions)


def error_of(end: Exception) -> HttpError:
    """Return what a client is told of the end of a subscription."""
    match end:
        case InvalidCursor():
            return HttpError(Code.INVALID_CURSOR, end.message)
        case EventsExpired():
            return HttpError(Code.EVENTS_EXPIRED, str(end), extensions={"oldestSince": str(end.oldest)})
        case TooManySubscriptions():
            return HttpError(Code.SUBSCRIPTION_LIMIT_EXCEEDED, str(end))
        case NotAllowed():
            return HttpError(Code.FORBIDDEN, str(end))
        case _:
            return http_error_of(end)

"""Server-sent events: a subscription, or another operation's one answer, in graphql-sse's distinct connections mode.

Lines end in LF, and each event has its id, so that a client that lost its connection goes on by `Last-Event-ID`.
"""

import logging
import re
from collections.abc import AsyncGenerator, Callable, Sequence

import orjson

from gateway.graphql.http.events import ENDS, error_of, paid_for, with_freshness
from gateway.graphql.requests.request import Subscribed
from gateway.http.answers import Answer, Stream
from gateway.http.freshness import Notice
from gateway.http.refusals import HttpError
from gateway.http.requests import Request
from gateway.live.guard import NotAllowed
from gateway.live.hub import Hub
from gateway.live.subscriptions import Event, TooSlow
from gateway.querying.errors import InvalidCursor

HEARTBEAT_SECONDS = 12.0
WRITTEN_AT_ONCE = 65_536  # characters
CONTENT_TYPE = b"text/event-stream; charset=utf-8"
_FIRST, _LAST = b"event: next\ndata: ", b"\n\n"
COMPLETE = b"event: complete\ndata: \n\n"
# A proxy that collects an answer would keep it for ever.
HEADERS = {"cache-control": "no-store", "x-accel-buffering": "no"}
_log = logging.getLogger(__name__)
EVENT_ID = re.compile(rb"0|[1-9]\d{0,17}")


def whole_stream(payload: bytes) -> bytes:
    """Return the stream of an operation that has one answer."""
    return b"".join((_FIRST, payload, _LAST, COMPLETE))  # copied once, however long it is


def event_stream(
    hub: Hub, request: Request, subscribed: Subscribed, freshness: Callable[[Request], Notice | None]
) -> Answer:
    """Answer a subscription for as long as the client listens; its head says that it has begun."""
    stream = Stream(_pieces(hub, request, subscribed, freshness), seconds=None, is_live=True)
    return Answer(200, content_type=CONTENT_TYPE, headers=HEADERS, stream=stream)


async def _pieces(
    hub: Hub, request: Request, subscribed: Subscribed, freshness: Callable[[Request], Notice | None]
) -> AsyncGenerator[bytes]:
    credential = request.credential
    try:
        given = _last_event_id(request)
        since = subscribed.since if given is None else given
        opened = hub.subscription(credential, subscribed.watch, subscribed.showing, since, request.spend_time)
        async with opened as subscription:
            while True:
                # Also where nothing was sent, the client knows where to go on.
                yield b"id: %d\n\n" % subscription.position
                while events := await subscription.next(HEARTBEAT_SECONDS):
                    paid, refused = paid_for(events, subscribed.cost, request.spend)
                    for text in _texts(paid, freshness(request)):
                        yield text.encode()
                    if refused is not None:
                        raise refused
    except (*ENDS, NotAllowed) as end:
        yield _error(error_of(end), freshness(request)) + COMPLETE
    except HttpError as refused:
        yield _error(refused, freshness(request))  # and no `complete`: the client comes back and goes on
    except TooSlow as end:
        _log.info("a subscriber was too slow: %s", end)  # and no `complete`: it comes back and goes on


def _last_event_id(request: Request) -> int | None:
    """Return where the client was; it goes before `since`, for EventSource reconnects to its first address.

    Raises:
        InvalidCursor: it is no event's id.
    """
    given = request.headers.get(b"last-event-id")
    if given is None:
        return None
    if not EVENT_ID.fullmatch(given):
        raise InvalidCursor(f"Last-Event-ID: {given.decode('latin-1')[:100]!r} is not an event's id.")
    return int(given)


def _texts(events: Sequence[Event], notice: Notice | None) -> list[str]:
    """Write events, as many together as are written at once."""
    texts: list[str] = []
    part: list[str] = []
    length = 0
    for event in events:
        part.append(f"id: {event.id}\nevent: next\ndata: {with_freshness(event.text, notice)}\n\n")
        length += len(event.text)
        if length > WRITTEN_AT_ONCE:
            texts.append("".join(part))
            part, length = [], 0
    return [*texts, "".join(part)] if part else texts


def _next(payload: bytes) -> bytes:
    return _FIRST + payload + _LAST


def _error(error: HttpError, notice: Notice | None) -> bytes:
    return _next(with_freshness(orjson.dumps(error.payload).decode(), notice).encode())

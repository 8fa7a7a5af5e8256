"""The yardstick's ASGI application: a path for each workload."""

import hashlib
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import orjson

from tests.bench import yardstick, yardstick_writes

Message = MutableMapping[str, Any]
ANSWERS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "/W1": yardstick.listed,
    "/W2": yardstick.single,
    "/W3": yardstick_writes.approve,
    "/W4": yardstick_writes.approve_many,
    "/W5": yardstick.totals,
    "/W6": yardstick.listed,
    "/W7": yardstick.filtered,
    "/W8": yardstick.counted,
}


async def app(
    scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
) -> None:
    if scope["type"] != "http":
        return
    status, content = 401, b'{"errors": [{"message": "Who are you?"}]}'
    for name, value in scope["headers"]:
        if name == b"authorization" and hashlib.sha256(value[7:]).digest() in yardstick.KNOWN:
            message = await receive()
            body = message["body"]
            while message["more_body"]:
                message = await receive()
                body += message["body"]
            status, content = 200, orjson.dumps({"data": ANSWERS[scope["path"]](orjson.loads(body))})
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(content))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})

"""The ASGI application of both yardsticks: it checks the token; a path for each workload, variables in the body.

Who asks follows from the path: the workload is asked by one person.
"""

import hashlib
import os
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

import orjson

Message = MutableMapping[str, Any]
Answer = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]
App = Callable[[Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]]


def application(answers: Mapping[str, Answer], documents: Mapping[str, Answer] | None = None) -> App:
    """Answer the paths of GraphQL's workloads, and those of the documented API whose answers are whole as they are."""
    whole = documents or {}
    known = {hashlib.sha256(os.environ[name].encode()).digest() for name in ("BENCH_TOKEN", "BENCH_MANAGER_TOKEN")}

    async def app(
        scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
    ) -> None:
        status, content = 401, b'{"errors": [{"message": "Who are you?"}]}'
        for name, value in scope["headers"]:
            if name == b"authorization" and hashlib.sha256(value[7:]).digest() in known:
                message = await receive()
                body = message["body"]
                while message["more_body"]:
                    message = await receive()
                    body += message["body"]
                path, variables = scope["path"], orjson.loads(body)
                if path in whole:
                    status, content = 200, orjson.dumps(await whole[path](variables))
                else:
                    status, content = 200, orjson.dumps({"data": await answers[path](variables)})
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(content))]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    return app

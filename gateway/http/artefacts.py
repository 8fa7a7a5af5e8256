"""Artefacts: texts that are the same as long as the process lives, such as the schema. Made and compressed once."""

import asyncio
import hashlib
from collections.abc import Callable, Mapping

from starlette.requests import Request
from starlette.responses import Response

from gateway.http.answers import NO_HEADERS, NOT_MODIFIED
from gateway.http.compression import SMALLEST, choose_encoding
from gateway.http.tags import WEAK, is_known

PUBLIC = {"cache-control": "no-cache", "vary": "Accept, Accept-Encoding"}
PRIVATE = {"cache-control": "private, no-cache", "vary": "Accept-Encoding, Authorization, X-Auth-Token"}


class Artefact:
    """A text with its tag, made when it is first asked for, beside the event loop."""

    def __init__(self, make: Callable[[], bytes], media_type: str, headers: Mapping[str, str] = NO_HEADERS) -> None:
        self._make = make
        self._headers = {"x-content-type-options": "nosniff", **headers, "content-type": media_type}
        self._bodies: dict[str | None, bytes] = {}  # by encoding
        self._tag = ""

    async def respond(self, request: Request, more: Mapping[str, str] = NO_HEADERS) -> Response:
        """Answer GET and HEAD; who has the text is told that it is still so. `more` are headers in small letters."""
        body = await self._body(None)
        headers = {**PUBLIC, **self._headers, "etag": self._tag, **more}
        if is_known(self._tag, request.headers.get("if-none-match", "").encode("latin-1")):
            del headers["content-type"]
            return Response(status_code=NOT_MODIFIED, headers=headers)
        encoding = choose_encoding(request.headers.get("accept-encoding", "").encode("latin-1"), body)
        if encoding is not None:
            body = await self._body(encoding)
            headers["content-encoding"] = encoding
        headers["content-length"] = str(len(body))
        return Response(b"" if request.method == "HEAD" else body, headers=headers)

    async def _body(self, encoding: str | None) -> bytes:
        if encoding not in self._bodies:
            if encoding is None:
                body = await asyncio.to_thread(self._make)
                self._tag = f'{WEAK}"{hashlib.sha256(body).hexdigest()[:32]}"'
            else:
                body = await asyncio.to_thread(SMALLEST[encoding], self._bodies[None])
            self._bodies[encoding] = body
        return self._bodies[encoding]

"""Webhooks of the mirrored account, as hints: what one is about is read by its number soon, and that is all.

[live] A hook is signed by the hook's token: `Productive-Signature: t=SECONDS,s=HEX`, the HMAC-SHA256 of "t.body". Its
events (7 new, 8 updated, 9 deleted) come to the same: the entry is read, and found or not. Hooks exist in one plan only
and are switched off after failures, so nothing relies on them.
"""

import asyncio
import hashlib
import hmac
import re
from collections.abc import Callable

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateway.http.codes import Code
from gateway.http.refusals import CLOSE, HttpError
from gateway.jsonapi.kinds import InvalidValue, record_number
from gateway.mirror.options import MirrorOptions
from gateway.mirror.upstream.calls import ENTRIES
from gateway.store.databases.database import Database
from gateway.store.mirror.troubles import hint

PATH = "/mirror/webhook"
SIGNATURE_HEADER = "productive-signature"
MOST_BYTES = 1_000_000  # of a hook
LONGEST_S = 10  # for its body
WINDOW_S = 300  # a hook that is older, or of the future, is not taken: somebody may send it again
_SIGNATURE = re.compile(r"t=(\d{1,12}),s=([0-9a-f]{64})", re.ASCII)
NO_CONTENT = 204


class Webhook:
    """Takes hooks of one account."""

    def __init__(self, options: MirrorOptions, database: Callable[[], Database], clock: Callable[[], int]) -> None:
        self._secret = options.mirror_webhook_secret.get_secret_value().encode()
        self._organization_id = options.mirror_organization_id
        self._database, self._clock = database, clock

    async def receive(self, request: Request) -> Response:
        """Take one in, or say why not."""
        try:
            body = await _body(request)
            self._check(request.headers.get(SIGNATURE_HEADER, ""), body)
            number = _entry_of(body)
        except HttpError as refused:
            return JSONResponse(refused.payload, refused.code.status, dict(refused.headers))
        if number is not None:
            now = self._clock()
            await self._database().write(
                lambda connection: hint(connection, self._organization_id, ENTRIES, [number], now=now)
            )
        return Response(status_code=NO_CONTENT)

    def _check(self, header: str, body: bytes) -> None:
        """Let a hook pass that the account signed, and lately.

        Raises:
            HttpError: it did not; which of both is not said.
        """
        match = _SIGNATURE.fullmatch(header.strip())
        signed, given = (match[1], match[2]) if match is not None else ("0", "")
        right = hmac.new(self._secret, signed.encode() + b"." + body, hashlib.sha256).hexdigest()
        is_right = hmac.compare_digest(right, given)
        if not is_right or abs(self._clock() // 1000 - int(signed)) > WINDOW_S:
            raise HttpError(Code.UNAUTHENTICATED, "The signature is missing, wrong or too old.")


def webhook_routes(options: MirrorOptions, database: Callable[[], Database], clock: Callable[[], int]) -> list[Route]:
    """Return the route of webhooks; none where there is no account, or nothing to know its hooks by."""
    if not options.is_mirror or not options.mirror_webhook_secret.get_secret_value():
        return []
    return [Route(PATH, Webhook(options, database, clock).receive, methods=["POST"])]


async def _body(request: Request) -> bytes:
    pieces, length = [], 0
    try:
        async with asyncio.timeout(LONGEST_S):
            async for piece in request.stream():
                length += len(piece)
                if length > MOST_BYTES:
                    raise HttpError(Code.PAYLOAD_TOO_LARGE, f"A hook may have {MOST_BYTES:,} bytes.", CLOSE)
                pieces.append(piece)
    except TimeoutError:
        raise HttpError(Code.REQUEST_TIMEOUT, "The hook did not come in time.", CLOSE) from None
    return b"".join(pieces)


def _entry_of(body: bytes) -> int | None:
    """Return the number of the entry that a hook is about; None where it is about something else.

    Raises:
        HttpError: it is no document.
    """
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise HttpError(Code.BAD_REQUEST, "A hook is a JSON document.") from None
    data = content.get("data") if isinstance(content, dict) else None
    if not isinstance(data, dict) or str(data.get("type")).replace("-", "_") != ENTRIES:
        return None
    try:
        return record_number(data.get("id"))
    except InvalidValue:
        return None

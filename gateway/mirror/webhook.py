"""Webhooks of the mirrored account, as hints: what one is about is read by its number soon, and that is all.

[live] A hook is signed by the hook's token: `Productive-Signature: t=SECONDS,s=HEX`, the HMAC-SHA256 of "t.body". Its
events (7 new, 8 updated, 9 deleted) come to the same: the entry is read, and found or not. Hooks exist in one plan only
and are switched off after failures, so nothing relies on them: those that are too many are left to the next round.
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

from gateway.clock import Clock
from gateway.http.answers import NO_CONTENT
from gateway.http.bodies import check_body, read_body
from gateway.http.codes import Code
from gateway.http.masking import http_error_of
from gateway.http.refusals import CLOSE, HttpError
from gateway.http.timeouts import ClientGone
from gateway.mirror.options import MirrorOptions
from gateway.mirror.upstream.calls import ENTRIES
from gateway.mirror.upstream.documents import number_of
from gateway.store.databases.database import Database
from gateway.store.databases.failures import StoreFailure
from gateway.store.mirror.troubles import hint

PATH = "/mirror/webhook"
SIGNATURE_HEADER = "productive-signature"
MOST_BYTES = 1_000_000  # of a hook
LONGEST_S = 10  # for its body
WINDOW_S = 300  # a hook that is older, or of the future, is not taken: somebody may send it again
_SIGNATURE = re.compile(r"t=(\d{1,12}),s=([0-9a-f]{64})", re.ASCII)
ENTRY_TYPES = (ENTRIES, ENTRIES.replace("_", "-"))


class Webhook:
    """Takes hooks of one account."""

    def __init__(self, options: MirrorOptions, database: Callable[[], Database], clock: Clock) -> None:
        self._secret = options.mirror_webhook_secret.get_secret_value().encode()
        self._organization_id = options.mirror_organization_id
        self._database, self._clock = database, clock
        self._hinted: set[int] = set()  # entries that are not noted yet
        self._turn = asyncio.Lock()

    async def receive(self, request: Request) -> Response:
        """Take one in, or say why not."""
        try:
            signed, given = self._lately(request.headers.get(SIGNATURE_HEADER, ""))
            body = await _body(request)
            if not hmac.compare_digest(self._signature(signed, body), given):
                raise _unsigned()
            number = _entry_of(body)
            if number is not None:
                await self._note(number)
        except (HttpError, StoreFailure) as error:
            refused = http_error_of(error)
            return JSONResponse(refused.payload, refused.code.status, dict(refused.headers))
        except ClientGone:
            pass  # nobody is told
        return Response(status_code=NO_CONTENT)

    def _lately(self, header: str) -> tuple[str, str]:
        """Return the instant and the signature of a header, before anything else of the hook is read.

        Raises:
            HttpError: it has none, or one of another time; which of both is not said.
        """
        match = _SIGNATURE.fullmatch(header.strip())
        if match is None or abs(self._clock() // 1000 - int(match[1])) > WINDOW_S:
            raise _unsigned()
        return match[1], match[2]

    def _signature(self, signed: str, body: bytes) -> str:
        return hmac.new(self._secret, signed.encode() + b"." + body, hashlib.sha256).hexdigest()

    async def _note(self, number: int) -> None:
        """Have an entry read; those that come while others are noted are noted together."""
        self._hinted.add(number)
        async with self._turn:
            if number not in self._hinted:
                return
            numbers, self._hinted = self._hinted, set()
            now = self._clock()
            await self._database().write(
                lambda connection: hint(connection, self._organization_id, ENTRIES, numbers, now=now)
            )


def webhook_routes(options: MirrorOptions, database: Callable[[], Database], clock: Clock) -> list[Route]:
    """Return the route of webhooks; none where there is no account, or nothing to know its hooks by."""
    if not options.is_mirror or not options.mirror_webhook_secret.get_secret_value():
        return []
    return [Route(PATH, Webhook(options, database, clock).receive, methods=["POST"])]


def _unsigned() -> HttpError:
    return HttpError(Code.UNAUTHENTICATED, "The signature is missing, wrong or too old.", CLOSE)


async def _body(request: Request) -> bytes:
    check_body(dict(request.scope["headers"]), MOST_BYTES)
    try:
        async with asyncio.timeout(LONGEST_S):
            return await read_body(request.receive, MOST_BYTES)
    except TimeoutError:
        raise HttpError(Code.REQUEST_TIMEOUT, "The hook did not come in time.", CLOSE) from None


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
    if not isinstance(data, dict) or data.get("type") not in ENTRY_TYPES:
        return None
    return number_of(data)

"""One request and its answer, within the budget. What comes from there is hostile until it is read.

An answer has its time and its bytes, redirects are not followed, cookies are not kept, and no sentence shows a token.
"""

import asyncio
import logging
import math
import ssl
import zlib
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from types import TracebackType
from typing import Self

import httpx2
import orjson

from gateway.domain.instants import EPOCH
from gateway.mirror.upstream import calls
from gateway.mirror.upstream.account import Account
from gateway.mirror.upstream.budget import LONGEST_PAUSE_S, Limiter, Purpose
from gateway.mirror.upstream.errors import (
    Conflict,
    Forbidden,
    Invalid,
    Malformed,
    NotThere,
    Problem,
    ServerFailure,
    Throttled,
    TooLarge,
    Unauthorized,
    Unreachable,
    UpstreamError,
    problems_of,
    said,
)

# Of an answer, after decompression; a page of 200 with all includes has a tenth of it. People's writes are done in the
# process that serves, where nothing may take long.
MOST_BYTES = {Purpose.MIRROR: 20_000_000, Purpose.PEOPLE: 5_000_000}
MOST_VALUES = {Purpose.MIRROR: 2_000_000, Purpose.PEOPLE: 200_000}
UNPACKED_AT_ONCE = 1_000_000  # bytes, some milliseconds; then others get their turn
CONNECT_S, READ_S, WHOLE_S = 10.0, 30.0, 60.0
CONNECTIONS = 8
PATIENCE_S = 10.0  # for which a person's write waits for its turn
MOST_SAID = 3  # problems in a sentence
GZIP, OF_GZIP = "gzip", zlib.MAX_WBITS | 16
ENCODINGS = frozenset({"", "identity", GZIP})
LONGEST_DATE = 64  # characters
# What is no clock of an account: one that is decades off.
CLOCKS = range(4_102_444_800_000)  # milliseconds since 1970, until 2100
SUCCESSES, REDIRECTS, REFUSALS = range(200, 300), range(300, 400), range(400, 500)


@dataclass(frozen=True, slots=True)
class Received:
    """An answer that is a success: its JSON, None where there is no body, and the upstream's own clock."""

    status: int
    content: object
    date: int | None  # milliseconds since 1970
    size: int  # bytes of the body
    sent_at: int  # when the request went, by our clock


class Exchange:
    """The connections with an account; an asynchronous context manager."""

    def __init__(self, account: Account, limiter: Limiter) -> None:
        self._account, self._limiter = account, limiter
        self._stack = AsyncExitStack()
        self._client: httpx2.AsyncClient

    async def __aenter__(self) -> Self:
        logging.getLogger("httpx2").setLevel(logging.WARNING)  # below it writes a line for each request
        self._client = await self._stack.enter_async_context(
            httpx2.AsyncClient(
                headers={
                    "accept": calls.MEDIA_TYPE,
                    "accept-encoding": GZIP,
                    "user-agent": "time-entries-gateway",
                    calls.ORGANIZATION_HEADER: str(self._account.organization_id),
                    **calls.FEATURES,
                },
                # Several people's writes go through it, and nobody may be taken for another.
                cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
                timeout=httpx2.Timeout(READ_S, connect=CONNECT_S),
                limits=httpx2.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS),
                follow_redirects=False,
            )
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.__aexit__(kind, error, trace)

    async def send(
        self,
        method: str,
        path: str,
        parameters: calls.Parameters = (),
        document: object = None,
        *,
        purpose: Purpose,
        token: str | None = None,
    ) -> Received:
        """Send one request once, by the account's token unless another is given.

        Raises:
            UpstreamError: it was not answered by a success; see `errors.py`.
        """
        place, secret = f"{self._account.url}/{path}", token or self._account.token
        request = self._client.build_request(
            method,
            place,
            params=list(parameters) or None,
            content=None if document is None else orjson.dumps(document),
            headers={calls.TOKEN_HEADER: secret} | ({} if document is None else {"content-type": calls.MEDIA_TYPE}),
        )
        async with self._limiter.request(purpose, PATIENCE_S if purpose is Purpose.PEOPLE else math.inf) as sent_at:
            response, body = await self._received(request, place, MOST_BYTES[purpose])
            if response.status_code == 429:  # noqa: PLR2004 - its number is its name
                wait = _seconds(response.headers.get(calls.RESET_HEADER))
                await self._limiter.pause(wait)
                raise Throttled(f"The account's budget of requests is spent; try again in {math.ceil(wait)} s.", wait)
        if response.status_code in SUCCESSES:
            date = _date(response.headers.get("date"))
            content = _content(response, body, place, MOST_VALUES[purpose])
            return Received(response.status_code, content, date, len(body), sent_at)
        raise _failure(response.status_code, body, place, secret)

    async def _received(self, request: httpx2.Request, place: str, most: int) -> tuple[httpx2.Response, bytes]:
        try:
            async with asyncio.timeout(WHOLE_S):
                response = await self._client.send(request, stream=True)
                try:
                    is_packed = _is_packed(response, place)
                    return response, await _bounded(response, place, most, is_packed=is_packed)
                finally:
                    await response.aclose()
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout) as error:
            raise Unreachable(_why_not_connected(self._account, error), was_sent=False) from None
        except (TimeoutError, httpx2.TimeoutException):
            raise Unreachable(f"{place} did not answer in time.", was_sent=True, may_come=True) from None
        except httpx2.HTTPError as error:
            why = said(error)
            raise Unreachable(f"{place} was not read: the connection was lost ({why}).", was_sent=True) from None


def _is_packed(response: httpx2.Response, place: str) -> bool:
    """Tell whether an answer is compressed.

    Several encodings one in the other can hold work for minutes in a few bytes, of which nothing comes out.

    Raises:
        Malformed: it is, otherwise than it was asked for.
    """
    encoding = response.headers.get("content-encoding", "").strip().lower()
    if encoding not in ENCODINGS:
        raise Malformed(f"{place} answers what is compressed by {said(encoding, 60)}, which was not asked for.")
    return encoding == GZIP


async def _bounded(response: httpx2.Response, place: str, most: int, *, is_packed: bool) -> bytes:
    """Read a body piece by piece; the rest of one that is too long stays unread, and is not unpacked.

    Raises:
        TooLarge: it is too long.
        Malformed: it cannot be decompressed.
    """
    pieces, length = [], 0
    pieces_of = _unpacked(response, place) if is_packed else response.aiter_raw()
    async for piece in pieces_of:
        length += len(piece)
        if length > most:
            raise TooLarge(f"{place} answers more than {most // 1_000_000} MB, which no page has.")
        pieces.append(piece)
    return b"".join(pieces)


async def _unpacked(response: httpx2.Response, place: str) -> AsyncIterator[bytes]:
    """Yield a body as it is without gzip: a few bytes of it may be many, so others get their turn between."""
    unpack, is_empty = zlib.decompressobj(wbits=OF_GZIP), True
    try:
        async for piece in response.aiter_raw():
            rest, is_empty = piece, False
            while rest:
                yield unpack.decompress(rest, UNPACKED_AT_ONCE)
                rest = unpack.unconsumed_tail
                await asyncio.sleep(0)
    except zlib.error:
        raise Malformed(f"{place} answers what cannot be decompressed.") from None
    if not (unpack.eof or is_empty):
        raise Malformed(f"{place} answers what cannot be decompressed.")


def _content(response: httpx2.Response, body: bytes, place: str, most: int) -> object:
    """Read the body of a success.

    Raises:
        TooLarge: it has more values.
        Malformed: it is not JSON.
    """
    if not body.strip():
        return None
    media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in calls.MEDIA_TYPES:
        what = said(media_type, 60) or "something without a type"
        raise Malformed(
            f"{place} answers {what} in place of JSON: is GATEWAY_MIRROR_URL the address of the API, with its path?"
        )
    if _values(body) > most:
        raise TooLarge(f"{place} answers more than {most:,} values, which no page has.")
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Malformed(f"{place} answers what is not JSON, or a part of it.") from None


def _values(body: bytes) -> int:
    """Return how many values JSON has at most: they take time and memory, not its bytes."""
    return sum(body.count(mark) for mark in (b",", b"[", b"{"))


# By status; of those that are missing, the hundreds decide.
_FAILURES: Mapping[int, tuple[type[UpstreamError], str]] = {
    401: (Unauthorized, "does not know the token"),
    403: (Forbidden, "may not be asked with this token"),
    404: (NotThere, "is not there"),
    405: (NotThere, "is not there"),
    409: (Conflict, "is in another state"),
    412: (Conflict, "is in another state"),
}


def _failure(status: int, body: bytes, place: str, secret: str) -> UpstreamError:
    problems: list[Problem] = []
    if _values(body) <= MOST_VALUES[Purpose.PEOPLE]:
        with suppress(orjson.JSONDecodeError):  # a page for people, as proxies answer it
            problems = problems_of(orjson.loads(body), secret)  # what refuses may repeat what was sent
    if status in REDIRECTS:
        return Malformed(f"{place} leads to another address (status {status}), which is not followed.")
    if status in _FAILURES:
        kind, what = _FAILURES[status]
    else:
        kind = Invalid if status in REFUSALS else ServerFailure
        what = f"answers with status {status}"
    said = f": {'; '.join(map(str, problems[:MOST_SAID]))}" if problems else "."
    return kind(f"{place} {what}{said}", problems)


def _why_not_connected(account: Account, error: Exception) -> str:
    """Say why there is no connection; what caused the error tells a certificate from a closed port."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"The certificate of {account.host} does not hold: {said(cause.verify_message)}."
        if isinstance(cause, ssl.SSLError):
            return f"{account.host} does not speak TLS as it should."
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, httpx2.PoolTimeout):
        return f"{account.url} answers so slowly that all {CONNECTIONS} connections with it are busy."
    return f"{account.url} cannot be reached: {said(error) or 'no connection in time'}."


def _seconds(text: str | None) -> float:
    """Read for how long nothing may be sent."""
    try:
        wait = float(text or "")
    except ValueError:
        return calls.RESET_S
    return min(wait, LONGEST_PAUSE_S) if 0 <= wait < math.inf else calls.RESET_S


def _date(text: str | None) -> int | None:
    """Read a Date header; what is none says nothing."""
    try:
        moment = parsedate_to_datetime((text or "")[:LONGEST_DATE])
    except (ValueError, OverflowError):
        return None
    instant = None if moment.tzinfo is None else round((moment - EPOCH).total_seconds() * 1_000)
    return instant if instant in CLOCKS else None

"""Bodies of requests, read within a bound of bytes."""

from starlette.types import Receive

from gateway.http.callers import Headers
from gateway.http.codes import Code
from gateway.http.refusals import CLOSE, HttpError, bad_request
from gateway.http.timeouts import ClientGone


def check_body(headers: Headers, most: int) -> None:
    """Look at what a head says of the body, which may have `most` bytes.

    Raises:
        HttpError: 413 for a longer one, 415 for a compressed one.
    """
    if headers.get(b"content-encoding", b"identity").lower() != b"identity":
        raise HttpError(Code.UNSUPPORTED_MEDIA_TYPE, "A compressed body is not supported; send it as it is.", CLOSE)
    length = headers.get(b"content-length", b"0")
    if not length.isdigit():
        raise bad_request("The Content-Length is not a whole number.")
    if int(length[:20]) > most:
        raise _too_large(most)


async def read_body(receive: Receive, most: int) -> bytes:
    """Read all of a body.

    Raises:
        HttpError: 413 as soon as it is known to be longer.
        ClientGone: the connection was closed before its end.
    """
    parts: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        part: bytes = message.get("body", b"")
        more = message.get("more_body", False)
        size += len(part)
        if size > most:
            raise _too_large(most)
        if not more and not parts:
            return part
        parts.append(part)
    return b"".join(parts)


def _too_large(most: int) -> HttpError:
    return HttpError(Code.PAYLOAD_TOO_LARGE, f"A body may have {most:,} bytes.", CLOSE)

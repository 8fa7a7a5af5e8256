"""Asking a gateway that serves, by its address and a token that is in the environment."""

import http.client
import os
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated
from urllib.parse import urlsplit

import orjson
import typer

from gateway.commands.failures import CommandFailed
from gateway.graphql.options import GRAPHQL_PATH
from gateway.settings import TOKEN_VARIABLE

Url = Annotated[
    str | None,
    typer.Option(help="Address of a running gateway to ask instead of the store, with the token in GATEWAY_TOKEN."),
]
TIMEOUT = 60  # seconds without a byte
LONGEST_ANSWER = 1_000_000  # bytes that are read of what is refused


def refuse_person(url: str | None, person: int | None) -> None:
    """Refuse to ask a gateway with somebody's eyes.

    Raises:
        CommandFailed: both were given.
    """
    if url is not None and person is not None:
        raise CommandFailed("With --url the token decides what is visible; leave out --person.")


@contextmanager
def answered(
    gateway: str, path: str, body: object = None, headers: Mapping[str, str] | None = None
) -> Iterator[http.client.HTTPResponse]:
    """Ask a gateway for a path, by POST where there is a body, and yield the answer.

    The gateway is named by its own address, or by that of its GraphQL, as `gateway serve` prints it.

    Raises:
        CommandFailed: there is no token or nobody there, or it is refused, or the answer ends too early.
    """
    address, token = f"{_base(gateway)}{path}", _token()
    request = urllib.request.Request(  # noqa: S310 - looked at above
        address,
        None if body is None else orjson.dumps(body),
        {"authorization": f"Bearer {token}", "content-type": "application/json", **(headers or {})},
    )
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310
            yield answer
    except urllib.error.HTTPError as refused:
        raise CommandFailed(
            f"The gateway refuses it ({refused.code}): {_reason(refused.read(LONGEST_ANSWER))}"
        ) from None
    except http.client.IncompleteRead:
        raise CommandFailed("The answer ended before it was whole; try again.") from None
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", None) or error
        reason = getattr(reason, "strerror", None) or reason
        raise CommandFailed(f"The gateway at {address.partition('?')[0]} cannot be asked: {reason}.") from None


def _base(gateway: str) -> str:
    try:
        parts = urlsplit(gateway)
        is_one = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0 and not parts.query
    except ValueError:  # of a port, or of brackets
        is_one = False
    if not is_one:
        raise CommandFailed(f"{gateway!r} is not the address of a gateway; write http://HOST:PORT or https://HOST.")
    return gateway.partition("#")[0].rstrip("/").removesuffix(GRAPHQL_PATH)


def _token() -> str:
    token = os.environ.get(TOKEN_VARIABLE)
    if not token:
        raise CommandFailed(f"A token is needed; put it into the variable {TOKEN_VARIABLE}.")
    if not (token.isascii() and token.isprintable()):
        raise CommandFailed(f"The variable {TOKEN_VARIABLE} has characters that no token has.")
    return token


def _reason(body: bytes) -> str:
    """Return the sentences of a refusal of either face."""
    try:
        errors = orjson.loads(body)["errors"]
        return " ".join(error.get("detail") or error.get("message") or error["title"] for error in errors)
    except (ValueError, KeyError, TypeError):
        return body[:200].decode("utf-8", "replace") or "without a word"

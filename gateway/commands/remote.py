"""Asking a gateway that serves, by its address and a token that is in the environment."""

import http.client
import os
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated

import orjson
import typer

from gateway.commands.failures import CommandFailed
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
    address: str, body: object = None, headers: Mapping[str, str] | None = None
) -> Iterator[http.client.HTTPResponse]:
    """Ask an address, by POST where there is a body, and yield the answer.

    Raises:
        CommandFailed: there is no token or nobody there, or it is refused, or the answer ends too early.
    """
    if not address.startswith(("http://", "https://")):
        raise CommandFailed(f"{address!r} is not an address; write http://HOST:PORT or https://HOST.")
    token = os.environ.get(TOKEN_VARIABLE)
    if not token:
        raise CommandFailed(f"A token is needed; put it into the variable {TOKEN_VARIABLE}.")
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
        raise CommandFailed(f"The gateway at {address.partition('?')[0]} cannot be asked: {reason}.") from None


def _reason(body: bytes) -> str:
    """Return the sentences of a refusal of either face."""
    try:
        errors = orjson.loads(body)["errors"]
        return " ".join(error.get("detail") or error.get("message") or error["title"] for error in errors)
    except (ValueError, KeyError, TypeError):
        return body[:200].decode("utf-8", "replace") or "without a word"

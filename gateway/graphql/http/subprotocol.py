"""What graphql-transport-ws says: its name, why it closes connections, and what its messages have to hold."""

from collections.abc import Mapping
from enum import IntEnum
from typing import Any

import orjson

SUBPROTOCOL = "graphql-transport-ws"
LONGEST_PAYLOAD = 1_000  # bytes of a ping's, which its pong repeats
LONGEST_ID = 200  # characters of an operation's id, which each of its messages repeats

# The names by which connection_init may hold a credential, and those of the headers that they stand for.
CREDENTIALS = {
    "authorization": b"authorization",
    "token": b"x-auth-token",
    "x-auth-token": b"x-auth-token",
    "x-organization-id": b"x-organization-id",
}
TOKENS = {b"authorization", b"x-auth-token"}


class Close(IntEnum):
    """Why a connection is closed, by the codes of the subprotocol and of WebSocket."""

    TRY_AGAIN = 1013
    BAD_MESSAGE = 4400
    UNAUTHORIZED = 4401
    FORBIDDEN = 4403
    BAD_SUBPROTOCOL = 4406
    INIT_TIMEOUT = 4408
    ID_IN_USE = 4409
    TOO_MANY_INITS = 4429


class Closed(Exception):
    """The connection is to be closed."""

    def __init__(self, code: Close, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


class Gone(Exception):
    """The client has closed the connection, or the gateway ends."""


def id_of(message: Mapping[str, Any]) -> str:
    """Return the id of an operation.

    Raises:
        Closed: there is none, or it is too long.
    """
    identity = message.get("id")
    if not isinstance(identity, str) or not 0 < len(identity) <= LONGEST_ID:
        raise Closed(
            Close.BAD_MESSAGE, f"A message of type {message['type'][:30]} needs an id of 1 to {LONGEST_ID} characters"
        )
    return identity


def payload_of(message: Mapping[str, Any]) -> dict[str, Any]:
    """Return the payload of a ping or pong, where there is one, under its name.

    Raises:
        Closed: it is no object, or too long.
    """
    payload = message.get("payload")
    if payload is None:
        return {}
    if not isinstance(payload, dict):
        raise Closed(Close.BAD_MESSAGE, "A payload has to be an object")
    try:
        length = len(orjson.dumps(payload))
    except orjson.JSONEncodeError:  # what is nested deeply is read and cannot be written
        length = LONGEST_PAYLOAD + 1
    if length > LONGEST_PAYLOAD:
        raise Closed(Close.BAD_MESSAGE, f"The payload of a ping has {LONGEST_PAYLOAD:,} bytes at most")
    return {"payload": payload}


def with_credentials(headers: Mapping[bytes, bytes], payload: Any) -> dict[bytes, bytes]:
    """Return the headers of the upgrade with the credential that connection_init has in place of theirs."""
    given = _credentials(payload)
    replaced = TOKENS if TOKENS & given.keys() else set()
    return {name: value for name, value in headers.items() if name not in replaced} | given


def _credentials(payload: Any) -> dict[bytes, bytes]:
    """Return what connection_init says of who asks, as headers; names are read without regard to case.

    Raises:
        Closed: it cannot be read.
    """
    if payload is None:
        return {}
    if not isinstance(payload, dict):
        raise Closed(Close.BAD_MESSAGE, "The payload of connection_init has to be an object")
    given = {name.lower(): value for name, value in payload.items() if name.lower() in CREDENTIALS}
    found: dict[bytes, bytes] = {}
    for name, value in given.items():
        text = str(value) if isinstance(value, int) else value
        if not isinstance(text, str):
            raise Closed(Close.UNAUTHORIZED, f"{name} has to be text")
        found[CREDENTIALS[name]] = text.encode("latin-1", errors="replace")
    return found

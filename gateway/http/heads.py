"""The head of a request, and what was found out about it: the next request with the same head needs no second look."""

import re
from collections.abc import Mapping

from starlette.types import Scope

from gateway.http.callers import token_in
from gateway.store.tokens import digest_of

READING = ("GET", "HEAD")
WITH_BODY = ("POST", "PATCH")
KEY = "gateway.head"
REQUEST_ID = re.compile(rb"[A-Za-z0-9._:-]{1,64}")


class Head:
    """Method, query string and headers.

    It is shared by requests whose heads differ in the length of their bodies alone, whichever of them it was made of.
    """

    __slots__ = (
        "_digest",
        "handler",
        "has_body",
        "headers",
        "is_reading",
        "method",
        "query_string",
        "request_id",
        "size",
    )

    def __init__(self, method: str, query_string: bytes, headers: list[tuple[bytes, bytes]]) -> None:
        self.method, self.query_string = method, query_string
        self.headers: Mapping[bytes, bytes] = dict(headers)  # of those that come twice, the last
        self.size = sum(len(name) + len(value) for name, value in headers)
        self.is_reading = method in READING  # whether it changes nothing, so that its parameters are in the address
        self.has_body = method in WITH_BODY  # what other methods carry is not read
        given = self.headers.get(b"x-request-id")
        self.request_id = given.decode() if given is not None and REQUEST_ID.fullmatch(given) else None
        self.handler: object = None  # the part of the face that answers it, once it has no fault
        self._digest: str | None = None

    @classmethod
    def of(cls, scope: Scope) -> "Head":
        """Return the head of an HTTP request; the server hands the state of a scope on to requests of the same head."""
        state = scope.setdefault("state", {})
        known: Head | None = state.get(KEY)
        if known is None:
            known = state[KEY] = cls(scope["method"], scope["query_string"], scope["headers"])
        return known

    @property
    def digest(self) -> str:
        """Of the token.

        Raises:
            HttpError: 401, there is none.
        """
        if self._digest is None:
            self._digest = digest_of(token_in(self.headers))
        return self._digest

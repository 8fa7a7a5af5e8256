"""Heads that are known by their bytes: clients send the same one with each request of a connection.

A head is parsed once. The next request that begins with the same bytes, and differs in the length of its body alone,
is taken for what it is without the parser, as long as it has come whole.
"""

import re

from uvicorn._types import HTTPScope

LONGEST = 2_000  # bytes of a head that its connection keeps
LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,9})[ \t]*\r\n", re.IGNORECASE)
END = b"\r\n\r\n"
# What says more of the body, or of what follows, than its length.
OTHERS = frozenset({b"transfer-encoding", b"expect", b"upgrade"})


class KnownHead:
    """The head of a request that kept its connection open, and the scope that it stands for.

    What the application learns of a head it leaves in the scope's `state`, which all requests with that head share.
    """

    __slots__ = ("_after", "_before", "_place", "_scope")

    def __init__(self, before: bytes, after: bytes, place: int, scope: HTTPScope) -> None:
        self._before, self._after = before, after  # of the digits of the length
        self._place, self._scope = place, scope  # of the length among the headers

    @classmethod
    def of(cls, request: bytes, scope: HTTPScope) -> "KnownHead | None":
        """Remember the head of a whole request with a body; None where it says more than there is to be told by."""
        names = [name for name, _ in scope["headers"]]
        end = request.find(END)
        found = LENGTH.search(request, 0, end + len(END)) if 0 < end <= LONGEST else None
        if found is None or names.count(b"content-length") != 1 or not OTHERS.isdisjoint(names):
            return None
        digits, end_of_digits = found.span(1)
        known: HTTPScope = {**scope}
        return cls(request[:digits], request[end_of_digits : end + len(END)], names.index(b"content-length"), known)

    def body_of(self, request: bytes) -> bytes | None:
        """Return the body of a request that has this head and came whole, with nothing behind it; else None."""
        if not request.startswith(self._before):
            return None
        digits = len(self._before)
        end = request.find(b"\r", digits, digits + 10)
        length = request[digits:end]
        if end < 0 or not length.isdigit() or not request.startswith(self._after, end):
            return None
        start = end + len(self._after)
        return request[start:] if len(request) - start == int(length) else None

    def scope(self, length: int) -> HTTPScope:
        """Return the scope of a request whose body has so many bytes."""
        headers = list(self._scope["headers"])
        headers[self._place] = (b"content-length", b"%d" % length)
        return {**self._scope, "headers": headers}

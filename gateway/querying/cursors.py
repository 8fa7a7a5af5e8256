"""Cursors: where a page ended, for one filter and one order. Text that is opaque to clients, and unsigned.

It holds a version, a digest of the filter and the order, the sort values of a row and its id. It gives no
right: what may be seen is decided again by each request.
"""

import base64
import hashlib
from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import Date, Text

from gateway.domain.instants import parse_date
from gateway.domain.numbers import MAX_STORED
from gateway.querying.conditions import Condition
from gateway.querying.errors import BadOperand, InvalidCursor
from gateway.querying.operands import storable
from gateway.querying.sorts import Order

VERSION = 1


def digest_of(resource: str, condition: Condition, order: Order) -> str:
    """Return 16 hexadecimal digits that stand for a list: its filter, the operands included, and its order."""
    canonical = repr((resource, condition.shape(), [*condition.operands()], order.shape()))
    return hashlib.blake2b(canonical.encode(), digest_size=8).hexdigest()


def write_cursor(digest: str, values: Sequence[object]) -> str:
    """Write the cursor of the row with these sort values, the id among them as the last."""
    return base64.urlsafe_b64encode(orjson.dumps([VERSION, digest, *values])).decode().rstrip("=")


def read_cursor(text: str, digest: str, order: Order, argument: str) -> list[object]:
    """Return the sort values that a cursor holds, as the store keeps them.

    Raises:
        InvalidCursor: no cursor, or one of another filter or order.
    """
    _, owner, *values = _decoded(text, argument)
    if owner != digest or len(values) != len(order.keys):
        raise InvalidCursor(
            f"{argument}: this cursor belongs to another filter or order; use it with the arguments it came from."
        )
    return [_checked(value, key, argument) for value, (key, _) in zip(values, order.keys, strict=True)]


class Cursors:
    """The cursors of one list; its filter and order are digested once, and only where a cursor is read or written."""

    def __init__(self, resource: str, condition: Condition, order: Order) -> None:
        self._of, self._order = (resource, condition, order), order
        self._digest: str | None = None

    def read(self, text: str, argument: str) -> list[object]:
        """Return the sort values that a cursor holds.

        Raises:
            InvalidCursor: no cursor, or one of another list.
        """
        return read_cursor(text, self._digested(), self._order, argument)

    def write(self, values: Sequence[object]) -> str:
        """Write the cursor of the row with these sort values."""
        return write_cursor(self._digested(), values)

    def _digested(self) -> str:
        if self._digest is None:
            self._digest = digest_of(*self._of)
        return self._digest


def _decoded(text: str, argument: str) -> list[object]:
    try:
        padded = text + "=" * (-len(text) % 4)
        content = orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except ValueError:  # binascii's and orjson's errors are ValueErrors
        content = None
    if not isinstance(content, list) or content[:1] != [VERSION] or len(content) < len("vdi"):
        raise InvalidCursor(
            f"{argument}: {text[:60]!r} is not a cursor; pass an endCursor or startCursor as it was returned."
        )
    return content


def _checked(value: Any, key: Any, argument: str) -> Any:
    """Turn a value of a cursor into one that can be bound, whatever somebody wrote into it."""
    if value is None and key.nullable:
        return None
    try:
        if isinstance(key.type, Date):
            return parse_date(value)
        if isinstance(key.type, Text) and isinstance(value, str):
            return storable(value, argument)
        if not isinstance(key.type, Text) and type(value) is int and abs(value) <= MAX_STORED:
            return value
    except (TypeError, ValueError, BadOperand):
        pass
    raise InvalidCursor(f"{argument}: the cursor holds a value that {key.name} cannot have.")

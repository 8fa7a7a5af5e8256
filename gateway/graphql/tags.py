"""Entity tags of answers: what stands for all that an answer depends on, so that it need not be made to be the same.

The organization's stamp stands for every row (`store/schema/stamps.py`). It is read before the rows are, so an answer
may be newer than its tag says, and never older.
"""

import hashlib
from functools import cache
from importlib.metadata import version

import orjson

from gateway.domain.access import Viewer
from gateway.domain.instants import zone
from gateway.graphql.requests.request import GraphQLRequest
from gateway.graphql.schema import print_schema
from gateway.http.tags import WEAK
from gateway.store.schema.rows import SCHEMA_REVISION


@cache
def _program() -> bytes:
    """Return what stands for the schema and for what is done with it."""
    text = f"{version('time-entries-gateway')} {SCHEMA_REVISION} {print_schema()}"
    return hashlib.blake2b(text.encode()).digest()


def tag_of(stamp: int, request: GraphQLRequest, viewer: Viewer, now: int) -> str:
    """Return the tag of the answer that a viewer would get at an instant."""
    digest = hashlib.blake2b(_program(), digest_size=16)
    today = zone(viewer.time_zone).day_of(now)
    variables = orjson.dumps(request.variables or {}, option=orjson.OPT_SORT_KEYS)
    for part in (f"{stamp} {viewer!r} {today}", request.operation_name or "", request.query):
        digest.update(b"%d:" % len(part))
        digest.update(part.encode())
    digest.update(variables)
    # Weak, for of two answers to one question the cost may differ.
    return f'{WEAK}"{digest.hexdigest()}"'

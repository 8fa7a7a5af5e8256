"""What a face hands to `Gateway.execute` and gets back from it. Nothing is executed here."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.http.codes import Code
from gateway.live.watches import Showing, Watch


@dataclass(slots=True)
class GraphQLRequest:
    """An operation as a client sends it; nothing about it has been checked."""

    query: str  # the text; empty where an identifier stands for it
    variables: Mapping[str, object] | None = None
    operation_name: str | None = None
    explain: bool = False  # whether an admin wants to see what was run: {"extensions": {"plan": true}}
    identifier: str | None = None  # of the document
    registers: bool = False  # whether the text comes with its hash, to be kept
    if_none_match: bytes | None = None  # the tags that are known; None where the answer needs no tag


@dataclass(frozen=True, slots=True)
class Subscribed:
    """A subscription that may begin: what is watched, how it is shown, and the cost of each event."""

    operation: str | None  # its name
    document: str  # digest of the document's text
    cost: int
    watch: Watch
    showing: Showing
    since: int | None


@dataclass(slots=True)
class Outcome:
    """The answer to an operation, and what is known of it by then."""

    payload: dict[str, object] = field(default_factory=dict)  # the response map: data, errors, extensions
    executed: bool = False  # False: a request error, without "data" in the payload
    is_mutation_by_get: bool = False
    tag: str | None = None  # of the answer
    is_known: bool = False  # whether the client has the answer, which was not made
    ended_as: Code | None = None  # why it was executed and is not answered
    operation: str | None = None  # its name
    kind: str = "unknown"  # query, mutation or subscription
    document: str = "-"  # digest of the document's text
    cost: int = 0
    extensions: dict[str, object] = field(default_factory=dict)  # what the answer's extensions hold beside the cost

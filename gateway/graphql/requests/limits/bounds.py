"""How much a request may hold, and the sentence for one that holds more."""

from dataclasses import dataclass

from gateway.graphql.errors import RequestRefused, refuse
from gateway.http.codes import Code
from gateway.querying.pages import MAX_NODE_IDS


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that a request may hold; each is a setting of the same name with `max_` before it."""

    document_characters: int = 100_000
    tokens: int = 5_000
    depth: int = 20  # of fields, fragments followed
    fields: int = 2_000  # of all operations, each fragment counted wherever it is spread
    root_fields: int = 50
    aliases: int = 500
    directives: int = 200
    operations: int = 20
    fragments: int = 200
    validation_errors: int = 20
    variable_depth: int = 40
    variable_values: int = 20_000
    filter_conditions: int = 100
    filter_operands: int = 1_000
    filter_depth: int = 10  # of and, or and not
    node_ids: int = MAX_NODE_IDS
    cost: int = 500_000  # points of one operation: enough for a bulk of 10,000 rows with twenty fields of each


def too_large(what: str, found: int | None, allowed: int) -> RequestRefused:
    """Refuse a document; `found` is None where the count was stopped."""
    counted = f"more than {allowed:,}" if found is None else f"{found:,}"
    return refuse(
        f"The document has {counted} {what}; at most {allowed:,} are allowed.",
        Code.DOCUMENT_LIMIT_EXCEEDED,
        limit={"of": what, "allowed": allowed},
    )


def too_many(argument: str, what: str, allowed: int) -> RequestRefused:
    """Refuse an argument or the variables."""
    return refuse(f"{argument}: more than {allowed:,} {what}; at most {allowed:,} are allowed.", Code.BAD_USER_INPUT)


def too_expensive(cost: int, allowed: int) -> RequestRefused:
    """Refuse an operation."""
    return refuse(
        f"The operation may cost {cost:,} points; at most {allowed:,} are allowed. Ask for fewer rows or fields.",
        Code.COST_LIMIT_EXCEEDED,
        cost={"requested": cost, "limit": allowed},
    )

"""The sentences for what holds or costs more than it may."""

from gateway.graphql.errors import RequestRefused, refuse
from gateway.http.codes import Code


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

"""A document read within the limits: scanned, parsed, counted."""

from dataclasses import dataclass

from graphql import DocumentNode, GraphQLSyntaxError, parse

from gateway.graphql.errors import syntax_refused
from gateway.graphql.options import Limits
from gateway.graphql.requests.limits.scanning import scan
from gateway.graphql.requests.limits.tallies import check_counts
from gateway.graphql.requests.limits.values import FILTER, NOTHING_COUNTED, Counted, find_counted


@dataclass(frozen=True, slots=True)
class Reading:
    """A parsed document that is small enough to be validated, and what of it is counted for each request."""

    document: DocumentNode
    fields: int  # of all operations, each fragment counted wherever it is spread
    counted: Counted


def read_document(text: str, limits: Limits) -> Reading:
    """Read a document.

    Raises:
        RequestRefused: it is not GraphQL, or exceeds a limit.
    """
    scan(text, limits)
    try:
        # graphql-core would take `{ }`, which the specification does not know.
        document = parse(text, max_tokens=limits.max_tokens, allow_empty_selection_sets=False)
    except GraphQLSyntaxError as error:
        raise syntax_refused(error) from None
    fields = check_counts(document, limits)
    # Names cannot be escaped, so a document without these words has nothing of what is looked for.
    mentioned = FILTER in text or "ids" in text
    return Reading(document, fields, find_counted(document, limits) if mentioned else NOTHING_COUNTED)

"""The settings of the GraphQL face. Imports nothing of it, so that commands without GraphQL start without it."""

from gateway.http.options import RequestLimits
from gateway.options import whole
from gateway.querying.pages import MAX_NODE_IDS

GRAPHQL_PATH = "/graphql"


class Limits(RequestLimits):
    """The settings of how much a request may hold, and what it may cost."""

    max_document_characters: int = whole(100_000, 100, 10_000_000, "Longest GraphQL document, in characters.")
    max_tokens: int = whole(5_000, 10, 1_000_000, "Most lexical tokens in a document.")
    max_depth: int = whole(20, 1, 200, "Deepest nesting of fields, fragments followed.")
    max_fields: int = whole(
        2_000, 1, 100_000, "Most fields of an operation, each fragment counted wherever it is spread."
    )
    max_aliases: int = whole(500, 0, 100_000, "Most aliases of an operation, fragments followed.")
    max_directives: int = whole(200, 0, 100_000, "Most directives of an operation, fragments followed.")
    max_operations: int = whole(20, 1, 1_000, "Most operations in a document.")
    max_fragments: int = whole(200, 0, 1_000, "Most fragments in a document.")
    max_root_fields: int = whole(50, 1, 10_000, "Most root fields of an operation.")
    max_validation_errors: int = whole(20, 2, 100, "Most validation errors that are reported.")
    max_variable_depth: int = whole(40, 1, 200, "Deepest nesting of variables.")
    max_variable_values: int = whole(20_000, 10, 1_000_000, "Most values in all variables together.")
    max_node_ids: int = whole(MAX_NODE_IDS, 1, 10_000, "Most ids of `nodes`.")

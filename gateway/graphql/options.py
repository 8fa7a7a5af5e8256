"""The settings of the GraphQL face. Imports nothing of it, so that commands without GraphQL start without it."""

from pydantic import Field

from gateway.http.options import RequestLimits
from gateway.querying.pages import MAX_NODE_IDS


class Limits(RequestLimits):
    """The settings of how much a request may hold, and what it may cost."""

    max_document_characters: int = Field(
        default=100_000, ge=100, le=10_000_000, description="Longest GraphQL document, in characters."
    )
    max_tokens: int = Field(default=5_000, ge=10, le=1_000_000, description="Most lexical tokens in a document.")
    max_depth: int = Field(default=20, ge=1, le=200, description="Deepest nesting of fields, fragments followed.")
    max_fields: int = Field(
        default=2_000,
        ge=1,
        le=100_000,
        description="Most fields of an operation, each fragment counted wherever it is spread.",
    )
    max_aliases: int = Field(
        default=500, ge=0, le=100_000, description="Most aliases of an operation, fragments followed."
    )
    max_directives: int = Field(
        default=200, ge=0, le=100_000, description="Most directives of an operation, fragments followed."
    )
    max_operations: int = Field(default=20, ge=1, le=1_000, description="Most operations in a document.")
    max_fragments: int = Field(default=200, ge=0, le=1_000, description="Most fragments in a document.")
    max_root_fields: int = Field(default=50, ge=1, le=10_000, description="Most root fields of an operation.")
    max_validation_errors: int = Field(
        default=20, ge=2, le=100, description="Most validation errors that are reported."
    )
    max_variable_depth: int = Field(default=40, ge=1, le=200, description="Deepest nesting of variables.")
    max_variable_values: int = Field(
        default=20_000, ge=10, le=1_000_000, description="Most values in all variables together."
    )
    max_node_ids: int = Field(default=MAX_NODE_IDS, ge=1, le=10_000, description="Most ids of `nodes`.")

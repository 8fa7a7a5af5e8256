"""The closed set of codes of errors at the top of an answer, each with its HTTP status and what it says.

The metrics' labels and the README's table derive from it. What a write refuses is listed in `userErrors`, by the codes
of `domain/errors.py`.
"""

from enum import Enum, unique


@unique
class Code(Enum):
    """A code; its name is what clients read."""

    ANSWER_TOO_LARGE = (
        422,
        "The answer would be longer than allowed; a mutation that would return it is undone.",
    )
    BAD_REQUEST = 400, "The body or the query string cannot be read as a request."
    BAD_USER_INPUT = 400, "A variable or an argument has an invalid value."
    COST_LIMIT_EXCEEDED = 400, "The operation could cost more points than one operation is allowed."
    DOCUMENT_LIMIT_EXCEEDED = (
        400,
        "The document is longer, deeper or larger than allowed; `limit` names what is limited.",
    )
    EVENTS_EXPIRED = 410, "Events after `since` are no longer kept; `oldestSince` is the oldest that can still be used."
    FORBIDDEN = (
        403,
        "Not with this token: `X-Organization-Id` is another organization, or hidden costs or admin data are wanted.",
    )
    GRAPHQL_PARSE_FAILED = 400, "The document is not GraphQL."
    GRAPHQL_VALIDATION_FAILED = 400, "The document does not fit the schema."
    HEADERS_TOO_LARGE = 431, "The head of the request is longer than allowed."
    INDETERMINATE = (
        502,
        "It is not known whether the mirrored account did the write; the message says what to check.",
    )
    INTERNAL_SERVER_ERROR = 500, "An unexpected error; the log has it under `requestId`."
    INVALID_CURSOR = 400, "The cursor does not belong to this list, with this filter and this order."
    INVALID_PAGINATION = 400, "Page arguments contradict each other or are out of bounds."
    METHOD_NOT_ALLOWED = 405, "The method is not supported, or a mutation was sent by GET."
    NOT_ACCEPTABLE = 406, "The client accepts none of the media types that the answer can have."
    NOT_FOUND = 404, "There is nothing at this address."
    OPERATION_RESOLUTION_FAILURE = 400, "It is not clear which operation of the document is meant."
    OPERATION_TIMEOUT = 504, "The operation took too long and was stopped."
    OUT_OF_MEMORY = 503, "The gateway has too little memory for the answer; ask for less, or later."
    PAYLOAD_TOO_LARGE = 413, "The body is longer than allowed."
    PERSISTED_QUERY_ID_REQUIRED = 400, "Only documents that are named by an identifier are executed here."
    PERSISTED_QUERY_NOT_FOUND = (
        400,
        "No document with this identifier is known; Apollo and urql then send the document.",
    )
    RATE_LIMITED = 429, "The token has spent its points of this minute; `Retry-After` says when to try again."
    REQUEST_TIMEOUT = 408, "The head or the body of the request did not come in time."
    STATEMENT_TIMEOUT = 503, "A statement took too long and was stopped by the database."
    STORE_UNAVAILABLE = 503, "The store cannot answer now."
    SUBSCRIPTION_LIMIT_EXCEEDED = 429, "The token has as many subscriptions as allowed; end one of them first."
    TOO_MANY_CONNECTIONS = 503, "The server has no connection left; `Retry-After` says when to try again."
    TOO_MANY_EXPORTS = 429, "As many exports are running as may run at once; `Retry-After` says when to try again."
    UNAUTHENTICATED = 401, "The token is missing, unknown, expired or revoked."
    UNSUPPORTED_MEDIA_TYPE = 415, "The body has another type or encoding than is supported."
    UPSTREAM_FAILED = 502, "The mirrored account could not do the write; what was not done may be sent again."

    def __init__(self, status: int, meaning: str) -> None:
        self.status = status  # of an answer that has nothing but this error
        self.meaning = meaning

"""Errors as clients see them: a sentence, a place, a code; and what is masked."""

import logging
from collections.abc import Sequence
from typing import Any

from graphql import GraphQLError, GraphQLSyntaxError

from gateway.http.request_ids import request_id
from gateway.querying.errors import BadInput, BadOperand
from gateway.store.databases.failures import StatementTimeout, StoreUnavailable

PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
BAD_USER_INPUT = "BAD_USER_INPUT"
OPERATION_UNKNOWN = "OPERATION_RESOLUTION_FAILURE"
LONGEST_MESSAGE = 1_000  # characters

_log = logging.getLogger(__name__)


class RequestRefused(Exception):
    """The request as a whole cannot be executed: its answer has errors and no data."""

    def __init__(self, errors: Sequence[GraphQLError]) -> None:
        super().__init__(errors[0].message)
        self.errors = [{**error.formatted, "message": shortened(error.message)} for error in errors]


def shortened(message: str) -> str:
    """Cut a message that repeats what a client sent, which may be very long."""
    return message if len(message) <= LONGEST_MESSAGE else f"{message[:LONGEST_MESSAGE]}..."


def refuse(message: str, code: str, **extensions: Any) -> RequestRefused:
    """Refuse a request with one error."""
    return RequestRefused([GraphQLError(message, extensions={"code": code, **extensions})])


def with_code(error: GraphQLError, code: str) -> GraphQLError:
    """Give an error of graphql-core its code, unless it has one."""
    error.extensions = {"code": code, **(error.extensions or {})}
    return error


def syntax_refused(error: GraphQLSyntaxError) -> RequestRefused:
    """Refuse a document that is no GraphQL."""
    return RequestRefused([with_code(error, PARSE_FAILED)])


def located(error: Exception, nodes: Sequence[Any], path: list[str | int]) -> GraphQLError:
    """Return what a client may know of an error, at its place; what is unexpected is logged and masked."""
    extensions: dict[str, Any]
    nodes = list(nodes)  # graphql-core takes a tuple for one node
    match error:
        case GraphQLError(path=None):
            extensions = dict(with_code(error, BAD_USER_INPUT).extensions or {})
            return GraphQLError(shortened(error.message), error.nodes or nodes, path=path, extensions=extensions)
        case GraphQLError():
            return error
        case BadInput():
            extensions = {"code": error.code}
            if isinstance(error, BadOperand) and error.jsonapi:
                extensions["jsonapi"] = error.jsonapi
            return GraphQLError(shortened(error.message), nodes, path=[*path, *error.path], extensions=extensions)
        case StatementTimeout():
            return _failure("STATEMENT_TIMEOUT", "The database took too long and was stopped.", nodes, path)
        case StoreUnavailable():
            _log.error("request %s: the store is not available: %s", request_id.get(), error)
            return _failure("STORE_UNAVAILABLE", "The store cannot answer now; try again later.", nodes, path)
        case _:
            _log.error("request %s: an unexpected error", request_id.get(), exc_info=error)
            return _failure("INTERNAL_SERVER_ERROR", "An unexpected error happened.", nodes, path)


def _failure(code: str, message: str, nodes: Sequence[Any], path: list[str | int]) -> GraphQLError:
    return GraphQLError(message, nodes, path=path, extensions={"code": code, "requestId": request_id.get()})

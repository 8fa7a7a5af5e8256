"""Errors of GraphQL as clients see them: a sentence, a place, a code."""

from collections.abc import Sequence
from typing import Any

from graphql import GraphQLError, GraphQLSyntaxError

from gateway.http.codes import Code
from gateway.http.masking import masked
from gateway.http.refusals import HttpError, shortened
from gateway.http.request_ids import request_id
from gateway.querying.errors import BadInput, BadOperand, Forbidden, InvalidCursor, InvalidPagination


class RequestRefused(Exception):
    """The request as a whole cannot be executed: its answer has errors and no data."""

    def __init__(self, errors: Sequence[GraphQLError]) -> None:
        super().__init__(errors[0].message)
        self.errors = [{**error.formatted, "message": shortened(error.message)} for error in errors]


def refuse(message: str, code: Code, **extensions: object) -> RequestRefused:
    """Refuse a request with one error."""
    return RequestRefused([GraphQLError(message, extensions={"code": code.name, **extensions})])


def with_code(error: GraphQLError, code: Code) -> GraphQLError:
    """Give an error of graphql-core its code, unless it has one."""
    error.extensions = {"code": code.name, **(error.extensions or {})}
    return error


def syntax_refused(error: GraphQLSyntaxError) -> RequestRefused:
    """Refuse a document that is not GraphQL."""
    return RequestRefused([with_code(error, Code.GRAPHQL_PARSE_FAILED)])


def located(error: Exception, nodes: Sequence[Any], path: list[str | int]) -> GraphQLError:
    """Return what a client may know of an error, at its place; what the client did not cause is masked."""
    extensions: dict[str, Any]
    nodes = list(nodes)  # graphql-core takes a tuple for one node
    match error:
        case GraphQLError(path=None):
            extensions = dict(with_code(error, Code.BAD_USER_INPUT).extensions or {})
            return GraphQLError(shortened(error.message), error.nodes or nodes, path=path, extensions=extensions)
        case GraphQLError():
            return error
        case BadInput():
            extensions = {"code": _code_of(error).name}
            if isinstance(error, BadOperand) and error.jsonapi:
                extensions["jsonapi"] = error.jsonapi
            return GraphQLError(shortened(error.message), nodes, path=[*path, *error.path], extensions=extensions)
        case HttpError():
            extensions = {"code": error.code.name, **error.extensions}
            return GraphQLError(error.message, nodes, path=path, extensions=extensions)
        case _:
            code, message = masked(error)
            extensions = {"code": code.name, "requestId": request_id.get()}
            return GraphQLError(message, nodes, path=path, extensions=extensions)


def completed(error: GraphQLError) -> GraphQLError:
    """Return an error of graphql-core's execution with a code: what it did not have from here is masked."""
    if "code" in (error.extensions or {}):
        return error
    code, message = masked(error.original_error or error)
    extensions = {"code": code.name, "requestId": request_id.get()}
    return GraphQLError(message, error.nodes, path=error.path, extensions=extensions)


def placed(error: BadInput, nodes: Sequence[Any]) -> GraphQLError:
    """Return an error that a nested field caused, at its place in the document; `located` adds that in the answer."""
    code = _code_of(error).name
    return GraphQLError(shortened(error.message), list(nodes), extensions={"code": code})


def _code_of(error: BadInput) -> Code:
    match error:
        case InvalidPagination():
            return Code.INVALID_PAGINATION
        case InvalidCursor():
            return Code.INVALID_CURSOR
        case Forbidden():
            return Code.FORBIDDEN
        case _:
            return Code.BAD_USER_INPUT

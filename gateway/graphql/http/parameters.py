"""The parameters of a GraphQL request, out of a JSON body or a query string."""

from urllib.parse import parse_qsl

import orjson

from gateway.graphql.requests.request import GraphQLRequest
from gateway.http.codes import Code
from gateway.http.refusals import HttpError, bad_request

JSON_MEDIA_TYPE = "application/json"
UTF_8 = ("utf-8", "utf8")
KINDS = {dict: "an object", list: "a list", str: "a string", bool: "a boolean", int: "a number", float: "a number"}


def check_content_type(content_type: bytes | None) -> None:
    """Refuse every body but JSON in UTF-8.

    Raises:
        HttpError: 415.
    """
    if content_type == b"application/json":
        return
    media_type, *parameters = (part.strip().lower() for part in (content_type or b"").decode("latin-1").split(";"))
    charsets = [part.partition("=")[2].strip('"') for part in parameters if part.startswith("charset=")]
    if media_type == JSON_MEDIA_TYPE and all(charset in UTF_8 for charset in charsets):
        return
    given = "none was given" if content_type is None else f"not {content_type.decode('latin-1')[:100]!r}"
    raise HttpError(Code.UNSUPPORTED_MEDIA_TYPE, f"The Content-Type has to be application/json in UTF-8; {given}.")


def from_body(body: bytes) -> GraphQLRequest:
    """Read a request out of a body.

    Raises:
        HttpError: 400, with what is wrong.
    """
    if not body:
        raise bad_request('The body is empty; send a JSON object such as {"query": "{ viewer { person { name } } }"}.')
    try:
        parameters = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise bad_request(f"The body is not JSON in UTF-8: {_place_of(error)}.") from error
    if not isinstance(parameters, dict):
        more = "; several operations in one request are not supported" if isinstance(parameters, list) else ""
        raise bad_request(f"The body has to be a JSON object, not {_kind(parameters)}{more}.")
    return from_object(parameters)


def from_query_string(query_string: bytes) -> GraphQLRequest:
    """Read a request out of the address of a GET.

    Raises:
        HttpError: 400, with what is wrong.
    """
    try:
        pairs = parse_qsl(query_string.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=100)
    except ValueError as error:
        raise bad_request("The query string cannot be read: it has to be percent-encoded UTF-8.") from error
    parameters: dict[str, object] = {}
    for name, value in pairs:
        if name in parameters:
            raise bad_request(f"The parameter {name[:100]!r} is given twice.")
        parameters[name] = value
    for name in ("variables", "extensions"):
        text = parameters.get(name)
        if isinstance(text, str):
            try:
                parameters[name] = orjson.loads(text) if text else None
            except orjson.JSONDecodeError as error:
                raise bad_request(f"The parameter {name!r} is not JSON: {_place_of(error)}.") from error
    return from_object({**parameters, "operationName": parameters.get("operationName") or None})


def from_object(parameters: dict[str, object]) -> GraphQLRequest:
    """Read a request out of an object of JSON.

    Raises:
        HttpError: 400, with what is wrong.
    """
    query = parameters.get("query")
    if query is not None and not isinstance(query, str):
        raise bad_request(f"The parameter 'query' has to be a string, not {_kind(query)}.")
    variables = parameters.get("variables")
    if variables is not None and not isinstance(variables, dict):
        raise bad_request(f"The parameter 'variables' has to be an object, not {_kind(variables)}.")
    operation_name = parameters.get("operationName")
    if operation_name is not None and not isinstance(operation_name, str):
        raise bad_request(f"The parameter 'operationName' has to be a string, not {_kind(operation_name)}.")
    extensions = parameters.get("extensions")
    if extensions is not None and not isinstance(extensions, dict):
        raise bad_request(f"The parameter 'extensions' has to be an object, not {_kind(extensions)}.")
    request = GraphQLRequest(query or "", variables, operation_name)
    if extensions:
        request.explain = extensions.get("plan") is True
        if "persistedQuery" in extensions:
            request.identifier = _hash(extensions["persistedQuery"])
            request.registers = query is not None
    if request.identifier is None and "documentId" in parameters:
        request.identifier = _identifier("documentId", parameters["documentId"])
    if query is None and request.identifier is None:
        raise bad_request("The parameter 'query' is missing.")
    return request


def _hash(persisted: object) -> str:
    if not isinstance(persisted, dict):
        raise bad_request(f"The extension 'persistedQuery' has to be an object, not {_kind(persisted)}.")
    if persisted.get("version") != 1:
        raise bad_request("The version of 'persistedQuery' has to be 1.")
    return _identifier("sha256Hash", persisted.get("sha256Hash"))


def _identifier(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise bad_request(f"The parameter {name!r} has to be a string, not {_kind(value)}.")
    return value


def _place_of(error: orjson.JSONDecodeError) -> str:
    return f"it cannot be read beyond line {error.lineno}, column {error.colno}"


def _kind(value: object) -> str:
    return KINDS.get(type(value), "null")

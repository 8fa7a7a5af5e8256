"""The OpenAPI 3.1 document of /api/v2, made of the table of calls, the types that are shown, and the catalog."""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import version
from typing import Any, cast

from sqlalchemy import ColumnElement

from gateway.catalog.documented import FILTERS_OF, SORTS_OF
from gateway.domain.access import Role
from gateway.domain.attributes import WRITABLE, Kind
from gateway.domain.billable import MAX_MINUTES
from gateway.http.answers import NO_CONTENT
from gateway.http.codes import Code
from gateway.jsonapi.api import KEY_HEADER, REVISION_HEADER
from gateway.jsonapi.calls import CALLS, ID, MEDIA_TYPE, Call
from gateway.jsonapi.columns import DEFAULT
from gateway.jsonapi.errors import ApiCode, spelled
from gateway.jsonapi.filters import operations_of
from gateway.jsonapi.reports import KEYS, NAME, REPORT, SORTS, SPAN, SUMS, record_type_of
from gateway.jsonapi.shown import ROLES, TIMER, TYPES, RecordType, ToMany
from gateway.querying.filters import Filter
from gateway.querying.formats import BOOLEAN, DATE, INSTANT, NUMBER_AS_TEXT, Format
from gateway.querying.pages import DEFAULT_BULK, MAX_SIZE
from gateway.querying.projections import Column

KEYED = frozenset({"time_entries", "timers"})  # made once under an idempotency key
Json = dict[str, Any]

_STRING: Json = {"type": "string"}
_FILE: Json = {"type": "string", "format": "binary"}
_NUMBER: Json = {"type": "string", "pattern": "^[1-9][0-9]{0,18}$", "description": "A record's number, as text."}
_OF_FORMAT: tuple[tuple[Format, Json], ...] = (
    (DATE, {"type": "string", "format": "date"}),
    (INSTANT, {"type": "string", "format": "date-time"}),
    (BOOLEAN, {"type": "boolean"}),
    (NUMBER_AS_TEXT, {"type": "string", "pattern": "^[0-9]+$"}),
    (ROLES, {"type": "string", "enum": [role.value.lower() for role in Role]}),
)
_OF_KIND: Mapping[Kind, Json] = {
    Kind.DATE: {"type": "string", "format": "date"},
    Kind.MINUTES: {"type": "integer", "minimum": 0, "maximum": MAX_MINUTES},
    Kind.INSTANT: {"type": "string", "format": "date-time"},
    Kind.REFERENCE: {"type": ["integer", "string"]},
    Kind.NUMBER: {"type": ["integer", "string"]},
    Kind.TEXT: _STRING,
}
# Values of filters, by what the documented API calls them.
_VALUES: Mapping[str, Json] = {
    "Integer": {"type": "string", "pattern": "^(-?[0-9]{1,9}(,-?[0-9]{1,9})*)?$"},
    "Boolean": {"type": "string", "enum": ["true", "false"]},
    "Date": {"type": "string", "examples": ["2025-08-01"]},
    "String": _STRING,
}


@cache
def openapi() -> Json:
    """Return the document."""
    paths: dict[str, Json] = {}
    for call in CALLS:
        paths.setdefault(call.path, {})[call.method.lower()] = _operation(call)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Time entries",
            "version": version("time-entries-gateway"),
            "description": (
                "The documented JSON:API over the gateway's store. Filters are joined by `and`; groups are written "
                "`filter[$op]=or`, `filter[0][name][op]=value`. Several values are any of them: `filter[id]=1,2` or "
                "`filter[note][]=a`."
            ),
        },
        "servers": [{"url": "/api/v2"}],
        "security": [{"token": []}, {"bearer": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "token": {"type": "apiKey", "in": "header", "name": "X-Auth-Token"},
                "bearer": {"type": "http", "scheme": "bearer"},
            },
            "responses": {"Errors": _answer("What is wrong.", _reference("Errors"))},
            "schemas": dict(_schemas()),
        },
    }


def _operation(call: Call) -> Json:
    found: Json = {
        "operationId": "_".join([call.method.lower(), *(step.strip("{}") for step in call.steps)]),
        "summary": call.summary,
        "tags": [call.type_.name],
        "parameters": [*_parameters(call)],
        "responses": {**_responses(call), "default": {"$ref": "#/components/responses/Errors"}},
    }
    if call.body is not None:
        content = {MEDIA_TYPE: {"schema": _reference(call.body)}}
        found["requestBody"] = {"required": call.needs_body, "content": content}
    return found


def _responses(call: Call) -> Json:
    if call.status == NO_CONTENT:
        return {str(NO_CONTENT): {"description": "It is gone."}}
    if call.is_file:
        media_type = call.media_type.partition(";")[0]
        return {str(call.status): {"description": "The file.", "content": {media_type: {"schema": _FILE}}}}
    schema = _reference(f"{call.type_.name}_{'list' if call.is_list else 'record'}")
    answers = {str(call.status): _answer("The record." if not call.is_list else "The records.", schema)}
    if call.method == "POST" and call.type_.name in KEYED:
        answers["200"] = _answer("The record, which was made before under this key.", schema)
    return answers


def _parameters(call: Call) -> Iterator[Json]:
    if ID in call.steps:
        yield {"name": "id", "in": "path", "required": True, "schema": _NUMBER}
    if call.type_ is REPORT:
        yield from _report_parameters()
        return
    if call.is_file:
        yield from _conditions(call.type_)
        names = "Columns, separated by commas; of records that an entry points to with dots: `person.name`."
        yield _query("fields", {"type": "string", "examples": [",".join(DEFAULT)]}, names)
        return
    if call.method == "GET" and call.is_list:
        yield from _list_parameters(call.type_)
    if call.status != NO_CONTENT:
        yield _query("include", _STRING, "Relationships to include, separated by commas, with dots for those behind.")
        yield _query(
            f"fields[{call.type_.name}]", _STRING, "Attributes and relationships to show, separated by commas."
        )
    if call.method == "POST" and call.type_.name in KEYED:
        yield _header(KEY_HEADER, "Makes a retry within 24 hours safe.")
    if call.type_.name == "time_entries" and ID in call.steps and call.method != "GET":
        yield _header(REVISION_HEADER, "The revision that the change is meant for, as ETag has it.")


def _report_parameters() -> Iterator[Json]:
    key, sort = f"({'|'.join(KEYS)})", f"-?({'|'.join(SORTS)})"
    keys = "By what entries are grouped: each key once, one of the calendar at most."
    yield {**_query("group", {"type": "string", "pattern": f"^{key}(,{key})*$"}, keys), "required": True}
    yield from _filters(TYPES["time_entries"])
    yield _query("sort", {"type": "string", "pattern": f"^{sort}$"}, "A sum, - for descending; else by the keys.")
    yield from _pages()
    yield _query("include", _STRING, "Keys that are records, separated by commas.")


def _filters(type_: RecordType) -> Iterator[Json]:
    for row in FILTERS_OF[type_.name].filters:
        for operation in operations_of(row):
            yield _filter(row, operation)


def _conditions(type_: RecordType) -> Iterator[Json]:
    yield from _filters(type_)
    sorts = [word.lower() for word in SORTS_OF[type_.name].keys]
    if sorts:
        one = f"-?({'|'.join(sorts)})"
        yield _query("sort", {"type": "string", "pattern": f"^{one}(,{one})*$"}, "Sort keys, - for descending.")


def _list_parameters(type_: RecordType) -> Iterator[Json]:
    yield from _conditions(type_)
    yield from _pages()
    yield _query("page[after]", _STRING, "Pages by cursor: empty at first, then as `links.next` says.")


def _pages() -> Iterator[Json]:
    yield _query("page[number]", {"type": "integer", "minimum": 0, "maximum": 10**15}, "The page, from 1.")
    yield _query("page[size]", {"type": "integer", "minimum": 1, "maximum": 10**15}, f"Its size, {MAX_SIZE} at most.")


def _filter(row: Filter, operation: str) -> Json:
    name = f"filter[{row.documented}]" + ("" if operation == "eq" else f"[{operation}]")
    return _query(name, _VALUES[row.kind.documented], row.description)


def _query(name: str, schema: Json, description: str) -> Json:
    return {"name": name, "in": "query", "schema": schema, "description": description}


def _header(name: str, description: str) -> Json:
    return {"name": name, "in": "header", "schema": _STRING, "description": description}


def _answer(description: str, schema: Json) -> Json:
    return {"description": description, "content": {MEDIA_TYPE: {"schema": schema}}}


def _reference(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def _schemas() -> Iterator[tuple[str, Json]]:
    for type_ in (*TYPES.values(), TIMER):
        yield type_.name, _resource(type_)
        yield f"{type_.name}_record", _document(_reference(type_.name), "meta")
        if type_ is not TIMER:  # of which there is no list
            yield f"{type_.name}_list", _document({"type": "array", "items": _reference(type_.name)}, "meta")
    yield NAME, _report()
    yield f"{NAME}_list", _document({"type": "array", "items": _reference(NAME)}, "meta")
    yield "resource", _object({"type": _STRING, "id": _NUMBER, "attributes": {"type": "object"}}, "type", "id")
    yield "identifier", _object({"type": _STRING, "id": _NUMBER}, "type", "id")
    yield "not_included", _object({"meta": {"type": "object"}}, "meta")
    yield "link", _object({"data": {"anyOf": [{"type": "null"}, _reference("identifier")]}}, "data")
    yield "links", _object({"data": {"type": "array", "items": _reference("identifier")}}, "data")
    yield "Errors", _errors()
    yield from _bodies()


def _object(properties: Json, *required: str, closed: bool = False) -> Json:
    found: Json = {"type": "object", "properties": properties}
    return found | ({"required": [*required]} if required else {}) | ({"additionalProperties": False} if closed else {})


def _document(data: Json, *required: str) -> Json:
    included = {"type": "array", "items": _reference("resource")}
    links = {"type": "object", "additionalProperties": _STRING}
    properties = {"data": data, "included": included, "links": links, "meta": {"type": "object"}}
    return _object(properties, "data", *required, closed=True)


def _resource(type_: RecordType) -> Json:
    attributes = {name: _attribute(type_, name, column) for name, column in type_.attributes.items()}
    links = {
        name: {"anyOf": [_reference("not_included"), _link(isinstance(relationship, ToMany))]}
        for name, relationship in type_.relationships.items()
    }
    properties = {
        "id": _NUMBER,
        "type": {"const": type_.name},
        "attributes": _object(attributes, closed=True),
        "relationships": _object(links, closed=True),
    }
    return _object(properties, *properties, closed=True)


def _report() -> Json:
    number: Json = {"type": "integer"}
    money = _object({"amount": number, "currency": _STRING}, "amount", "currency", closed=True)
    attributes: Json = {
        **{key.name: number for key in KEYS.values() if not key.is_span and record_type_of(key) is None},
        SPAN: {"type": "string", "format": "date"},
        **dict.fromkeys(SUMS[:3], number),
        "cost": {"type": ["array", "null"], "items": money},
        "cost_default": {"type": ["integer", "null"]},
    }
    links = {key.name: _link(many=False) for key in KEYS.values() if record_type_of(key) is not None}
    properties = {
        "id": {"type": "string", "description": "The values of the keys, separated by commas."},
        "type": {"const": NAME},
        "attributes": _object(attributes, *SUMS, closed=True),
        "relationships": _object(links, closed=True),
    }
    return _object(properties, *properties, closed=True)


def _link(many: bool) -> Json:  # noqa: FBT001 - one of two forms
    return _reference("links" if many else "link")


def _attribute(type_: RecordType, name: str, column: Column) -> Json:
    schema = next((schema for known, schema in _OF_FORMAT if known is column.format), None)
    if schema is None:
        expression = cast("ColumnElement[Any]", column.expressions[0](type_.table))
        python_type = expression.type.python_type
        schema = {"type": "object"} if name == "changeset" else {"type": "integer" if python_type is int else "string"}
    if not (column.nullable or column.hidden):
        return schema
    return {
        **schema,
        "type": [schema["type"], "null"],
        **({"enum": [*schema["enum"], None]} if "enum" in schema else {}),
    }


def _errors() -> Json:
    meanings = {spelled(code): code.meaning for code in Code} | {code.name.lower(): code.meaning for code in ApiCode}
    codes = sorted(meanings)
    error = _object(
        {
            "status": _STRING,
            "code": {"enum": codes, "description": "\n".join(f"- `{code}`: {meanings[code]}" for code in codes)},
            "title": _STRING,
            "detail": _STRING,
            "source": {"type": "object"},
            "meta": {"type": "object"},
        },
        "status",
        "code",
        "title",
        closed=True,
    )
    return _object({"errors": {"type": "array", "minItems": 1, "items": error}}, "errors", closed=True)


def _bodies() -> Iterator[tuple[str, Json]]:
    given = {
        attribute.name: _OF_KIND[attribute.kind]
        if attribute.is_required
        else {**_OF_KIND[attribute.kind], "type": _or_null(_OF_KIND[attribute.kind]["type"])}
        for attribute in WRITABLE
    }
    links = {
        attribute.name.removesuffix("_id"): _object(
            {"data": _object({"type": {"const": attribute.points_to}, "id": _NUMBER}, "type", "id")}
        )
        for attribute in WRITABLE
        if attribute.points_to
    }
    yield "NewTimeEntry", _body("time_entries", given, links)
    yield "TimeEntryChange", _body("time_entries", given, links)
    reason = {"rejected_reason": {"type": ["string", "null"]}}
    yield "Rejection", {"anyOf": [_reference("Nothing"), _reference("RejectionReason")]}
    yield "RejectionReason", _body("time_entries", reason, {})
    yield "Nothing", _object({}, closed=True)
    ids = {"type": "array", "minItems": 1, "maxItems": DEFAULT_BULK, "items": {"type": ["integer", "string"]}}
    yield "Ids", _object({"ids": ids}, "ids")
    entry = _object({"data": _object({"type": {"const": "time_entries"}, "id": _NUMBER}, "type", "id")})
    yield "NewTimer", _body("timers", {"note": {"type": ["string", "null"]}}, {**links, "time_entry": entry})
    person = {"person": links["person"]}
    yield "NewTimesheet", _body("timesheets", {"date": {"type": "string", "format": "date"}}, person)


def _or_null(type_: str | list[str]) -> list[str]:
    return [*([type_] if isinstance(type_, str) else type_), "null"]


def _body(type_name: str, attributes: Json, links: Json) -> Json:
    properties = {"type": {"const": type_name}, "attributes": _object(attributes), "relationships": _object(links)}
    return _object({"data": _object(properties, "type")}, "data")

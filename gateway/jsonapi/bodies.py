"""Bodies of requests: JSON:API documents as the attributes that a write takes, `{"ids": [...]}`, or none."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from gateway.domain.attributes import WRITABLE, Attribute, Attributes, Kind, read_attributes
from gateway.domain.errors import Code, Fault
from gateway.jsonapi.errors import ApiCode, refuse
from gateway.jsonapi.kinds import shown
from gateway.jsonapi.shown import ENTRY_RELATIONSHIPS
from gateway.operations.bulk import AskedId
from gateway.querying.identifiers import NOBODY, id_or_nobody

DATA = "data"
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}", re.ASCII)
MOST_IGNORED = 50  # names that are listed

_OF_KIND: Mapping[Kind, tuple[type, str]] = {
    Kind.DATE: (str, "is not a date"),
    Kind.MINUTES: (int, "is not a whole number of minutes"),
    Kind.INSTANT: (str, "is not a date-time with an offset, such as 2025-08-01T06:18:41.728+02:00"),
    Kind.TEXT: (str, "is not text"),
}
_ATTRIBUTES = {attribute.name: attribute for attribute in WRITABLE}
_REFERENCES = {
    attribute.name.removesuffix("_id"): attribute for attribute in WRITABLE if attribute.points_to is not None
}


@dataclass(frozen=True, slots=True)
class Document:
    """The resource of a body: its attributes and relationships by their names with underscores."""

    attributes: Mapping[str, object] = field(default_factory=dict)
    links: Mapping[str, object] = field(default_factory=dict)  # the `data` of the relationships that have it

    def number(self, name: str) -> int | None:
        """Return the record that a relationship or the attribute `<name>_id` names; null and nothing are None."""
        if name in self.links:
            return _linked(name, self.links[name])
        value = self.attributes.get(f"{name}_id")
        return None if value is None else number_in(value)


def read_json(body: bytes) -> object:
    """Read a body as JSON; none is None.

    Raises:
        Refused: it is not JSON.
    """
    if not body.strip():
        return None
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise _no_document(f"The body is not JSON: {error}") from None


def read_document(body: bytes, types: Sequence[str], *, number: int | None = None, optional: bool = False) -> Document:
    """Read a document with one resource, of one of the types; with `number`, of that record if of any.

    Raises:
        Refused: it is none, or the document of something else.
    """
    content = read_json(body)
    if optional and content in (None, {}):
        return Document()
    if not isinstance(content, dict) or not isinstance(content.get(DATA), dict):
        raise _no_document('The body has to be a document: {"data": {"type": ..., "attributes": {...}}}.')
    data = content[DATA]
    _check_identity(data, types, number, optional=optional)
    attributes = _object(data, "attributes")
    relationships = _object(data, "relationships")
    links: dict[str, Any] = {}
    for name, value in relationships.items():
        if not isinstance(value, dict):
            raise _no_document(f"A relationship is an object, not {shown(value)}.", f"data/relationships/{name}")
        if DATA in value:
            links[name.replace("-", "_")] = value[DATA]
    return Document({name.replace("-", "_"): value for name, value in attributes.items()}, links)


def _check_identity(data: Mapping[str, object], types: Sequence[str], number: int | None, *, optional: bool) -> None:
    type_ = data.get("type")
    if not (optional and type_ is None):
        if not isinstance(type_, str):
            raise _no_document(f"The type of a resource is text, not {shown(type_)}.", "data/type")
        if type_.replace("-", "_") not in types:
            detail = f"The document is of type {shown(type_)}; {types[0]} was expected."
            raise refuse(ApiCode.TYPE_MISMATCH, detail, pointer="data/type")
    if data.get("id") is None:
        return
    if number is None:
        detail = "The number of a new record is given out by the gateway; leave the id out."
        raise refuse(ApiCode.ACCESS_DENIED, detail, pointer="data/id")
    if number_in(data["id"]) != number:
        detail = f"The document is of record {shown(data['id'])}, the path of another."
        raise refuse(ApiCode.ID_MISMATCH, detail, pointer="data/id")


def attributes_of(document: Document) -> tuple[Attributes, list[str]]:
    """Return the attributes of an entry that a document gives, all that is wrong with them, and the ignored names.

    Raises:
        Refused: a relationship that names something of another type.
    """
    values: dict[str, Any] = {}
    faults: list[Fault] = []
    ignored: list[str] = []
    for name, value in document.attributes.items():
        attribute = _ATTRIBUTES.get(name)
        if attribute is None:
            ignored.append(name)
        elif attribute.kind in {Kind.REFERENCE, Kind.NUMBER}:
            values[name] = None if value is None else number_in(value)
        elif (fault := _wrong_type(attribute, value)) is not None:
            faults.append(fault)
        else:
            values[name] = value
    for name, link in document.links.items():
        if name in _REFERENCES:
            values[_REFERENCES[name].name] = _linked(name, link)
        elif name not in ENTRY_RELATIONSHIPS:
            ignored.append(name)
    read = read_attributes(values)
    return replace(read, faults=(*faults, *read.faults)), ignored


def header_of(ignored: Sequence[str]) -> str:
    """Return the ignored names as a header's value; those that cannot stand in one are left out."""
    return ",".join([name for name in dict.fromkeys(ignored) if _NAME.fullmatch(name)][:MOST_IGNORED])


def read_ids(body: bytes) -> list[AskedId]:
    """Read `{"ids": [325, "326"]}`.

    Raises:
        Refused: the body is something else.
    """
    content = read_json(body)
    ids = content.get("ids") if isinstance(content, dict) else None
    if not isinstance(ids, list):
        raise _no_document('The body has to be {"ids": [...]} with the numbers of the entries.', "ids")
    return [AskedId(str(value)[:100], number_in(value)) for value in ids]


def number_in(value: object) -> int:
    """Read a record's number, given as a number or as digits; what is none is nobody's."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    return id_or_nobody(value, None) if isinstance(value, str) else NOBODY


def _wrong_type(attribute: Attribute, value: object) -> Fault | None:
    wanted, sentence = _OF_KIND[attribute.kind]
    if value is None or (isinstance(value, wanted) and not isinstance(value, bool)):
        return None
    return Fault(Code.INVALID_ATTRIBUTE, sentence, attribute.path)


def _linked(name: str, link: object) -> int | None:
    if link is None:
        return None
    if not isinstance(link, dict):
        raise _no_document(f"A relationship names one record, not {shown(link)}.", f"data/relationships/{name}")
    type_ = link.get("type")
    wanted = _TYPES[name]
    if not isinstance(type_, str) or type_.replace("-", "_") != wanted:
        detail = f"{wanted} was expected, not {shown(type_)}."
        raise refuse(ApiCode.TYPE_MISMATCH, detail, pointer=f"data/relationships/{name}")
    return number_in(link.get("id"))


_TYPES = {**{name: attribute.points_to for name, attribute in _REFERENCES.items()}, "time_entry": "time_entries"}


def _object(data: Mapping[str, object], member: str) -> dict[str, object]:
    value = data.get(member)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise _no_document(f"{member} is an object, not {shown(value)}.", f"data/{member}")
    return value


def _no_document(detail: str, pointer: str | None = None) -> Exception:
    return refuse(ApiCode.INVALID_DOCUMENT, detail, pointer=pointer)

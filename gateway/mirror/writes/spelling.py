"""Commands in the account's words, and its words compared with what was commanded."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from gateway.domain.approval import Act
from gateway.domain.attributes import WRITABLE, Attributes, Kind
from gateway.mirror.reading import instant_of
from gateway.mirror.upstream import calls
from gateway.mirror.upstream.documents import attributes_of, related

Links = dict[str, tuple[str, int] | None]
_POINTING = {attribute.name: attribute for attribute in WRITABLE if attribute.points_to}
_KINDS = {attribute.name: attribute.kind for attribute in WRITABLE}


def spelled(given: Attributes) -> tuple[dict[str, object], Links]:
    """Return the attributes and the relationships of a document that says what is given."""
    attributes: dict[str, object] = {}
    links: Links = {}
    for name, value in given.given().items():
        if name in _POINTING:
            target = str(_POINTING[name].points_to)
            links[name.removesuffix("_id")] = (target, value) if isinstance(value, int) else None
        elif isinstance(value, dt.date):
            attributes[name] = value.isoformat()
        elif _KINDS[name] is Kind.INSTANT and isinstance(value, int):
            attributes[name] = calls.written(value)
        else:
            attributes[name] = value
    return attributes, links


def agrees(entry: Mapping[str, Any], given: Attributes) -> bool:
    """Tell whether an entry has all that is given."""
    return all(_agrees(entry, name, value) for name, value in given.given().items())


def _agrees(entry: Mapping[str, Any], name: str, value: object) -> bool:
    if name in _POINTING:
        return related(entry, name.removesuffix("_id")) == value
    said = attributes_of(entry).get(name)
    if isinstance(value, dt.date):
        return bool(said == value.isoformat())
    if _KINDS[name] is Kind.INSTANT and isinstance(value, int):
        return instant_of(entry, name) == value
    if _KINDS[name] is Kind.NUMBER and value is not None:
        return str(said) == str(value)
    return bool((said or None) == (value or None))  # no note and an empty one are alike


def is_in_state(entry: Mapping[str, Any] | None, act: Act | None, reason: str | None = None) -> bool:
    """Tell whether an act is done with an entry; without an act, whether it is gone."""
    if act is None or entry is None:
        return act is None and entry is None
    said = attributes_of(entry)
    match act:
        case Act.APPROVE:
            return bool(said.get("approved"))
        case Act.UNAPPROVE:
            return not said.get("approved")
        case Act.REJECT:
            return bool(said.get("rejected")) and (reason is None or said.get("rejected_reason") == reason)
        case Act.UNREJECT:
            return not said.get("rejected")

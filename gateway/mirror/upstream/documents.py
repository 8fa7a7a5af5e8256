"""Documents of the upstream as pages of records, their shape checked; what is in a record is the import's to read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.domain.numbers import MAX_STORED
from gateway.jsonapi.kinds import InvalidValue, record_number
from gateway.mirror.upstream.account import Account
from gateway.mirror.upstream.errors import Malformed, TooLarge, said

Resource = dict[str, Any]  # as it came, but for underscores in its type and its names
MOST_RECORDS = 200  # of a page, as many as are asked for at most
MOST_INCLUDED = 20_000
ORGANIZATIONS = "organizations"
LONGEST_TYPE = 100  # characters
NOTHING: Mapping[str, Any] = {}


class TooLong(Resource):
    """A record that is too long to be read, even alone: it has its type and number, and what else is short."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a list; a single record is a page of one."""

    records: list[Resource]
    included: list[Resource]
    meta: Mapping[str, Any]
    next_link: str | None
    date: int | None  # the upstream's own clock, in milliseconds since 1970
    size: int  # bytes, as it came
    sent_at: int  # when it was asked for, by our clock

    @property
    def total(self) -> int | None:
        """How many records the list has, where the upstream says it: not in pages by cursor."""
        count = self.meta.get("total_count")
        return count if isinstance(count, int) and not isinstance(count, bool) and 0 <= count <= MAX_STORED else None


def page_of(content: object, account: Account, date: int | None = None, *, size: int = 0, sent_at: int = 0) -> Page:
    """Read a document with data.

    Raises:
        TooLarge: it has more included records than are read.
        Malformed: it is none, has more records than a page has, or is of another organization.
    """
    data = content.get("data") if isinstance(content, dict) else None
    if not isinstance(content, dict) or not isinstance(data, list | dict):
        raise Malformed(f"{account.url} answered JSON that is no document with data.")
    links, meta, included = content.get("links"), content.get("meta"), _list(content.get("included"))
    records = data if isinstance(data, list) else [data]
    if len(records) > MOST_RECORDS:
        raise Malformed(f"{account.url} answered more records than a page of {MOST_RECORDS} has.")
    if len(included) > MOST_INCLUDED:
        raise TooLarge(f"{account.url} answered more than {MOST_INCLUDED:,} records beside those of a page.")
    return Page(
        _resources(records, account),
        _resources(included, account),
        meta if isinstance(meta, dict) else {},
        _href(links.get("next")) if isinstance(links, dict) else None,
        date,
        size,
        sent_at,
    )


def _resources(items: Sequence[object], account: Account) -> list[Resource]:
    """Return the records; other organizations that the token's person belongs to are none of the account's."""
    found = [_resource(item, account) for item in items]
    return [r for r in found if r["type"] != ORGANIZATIONS or number_of(r) in {None, account.organization_id}]


def _resource(item: object, account: Account) -> Resource:
    if not isinstance(item, dict) or not isinstance(item.get("type"), str) or len(item["type"]) > LONGEST_TYPE:
        raise Malformed(f"{account.url} answered a record that is none: an object with a type was expected.")
    found = {**item, "type": item["type"].replace("-", "_")}
    for section in ("attributes", "relationships"):
        members = item.get(section)
        if isinstance(members, dict) and "-" in "".join(members):
            found[section] = {name.replace("-", "_"): value for name, value in members.items()}
    _check_owner(found, account)
    return found


def _check_owner(resource: Resource, account: Account) -> None:
    data = linkage(resource, "organization")
    if isinstance(data, dict) and str(data.get("id")) != str(account.organization_id):
        raise Malformed(
            f"{account.url} answered a record of organization {said(data.get('id'), 20)}, not of "
            f"{account.organization_id}: the token belongs to another one."
        )


def attributes_of(resource: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the attributes; none where they are no object."""
    attributes = resource.get("attributes")
    return attributes if isinstance(attributes, dict) else NOTHING


def linkage(resource: Mapping[str, Any], name: str) -> object:
    """Return what a relationship says its data is; None where it does not say."""
    relationships = resource.get("relationships")
    relationship = relationships.get(name) if isinstance(relationships, dict) else None
    return relationship.get("data") if isinstance(relationship, dict) else None


def related(resource: Mapping[str, Any], name: str) -> int | None:
    """Return the number of what a record points to; None where it points to nothing, or to what is no record."""
    data = linkage(resource, name)
    return number_of(data) if isinstance(data, dict) else None


def number_of(resource: Mapping[str, Any]) -> int | None:
    """Return a record's number; None where it has none that can be one."""
    try:
        return record_number(resource.get("id"))
    except InvalidValue:
        return None


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _href(link: object) -> str | None:
    """Return a link's address, which may be the member of an object."""
    href = link.get("href") if isinstance(link, dict) else link
    return href if isinstance(href, str) and href else None

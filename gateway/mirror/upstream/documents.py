"""Documents of the upstream as pages of records, their shape checked; what is in a record is the import's to read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.mirror.upstream.account import Account
from gateway.mirror.upstream.errors import Malformed

Resource = dict[str, Any]  # as it came, but for underscores in its type and its names


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a list; a single record is a page of one."""

    records: list[Resource]
    included: list[Resource]
    meta: Mapping[str, Any]
    next_link: str | None
    date: int | None  # the upstream's own clock, in milliseconds since 1970

    @property
    def total(self) -> int | None:
        """How many records the list has, where the upstream says it: not in pages by cursor."""
        count = self.meta.get("total_count")
        return count if isinstance(count, int) and not isinstance(count, bool) and count >= 0 else None


def page_of(content: object, account: Account, date: int | None) -> Page:
    """Read a document with data.

    Raises:
        Malformed: it is none, or one of another organization.
    """
    data = content.get("data") if isinstance(content, dict) else None
    if not isinstance(content, dict) or not isinstance(data, list | dict):
        raise Malformed(f"{account.url} answered JSON that is no document with data.")
    links, meta = content.get("links"), content.get("meta")
    return Page(
        [_resource(item, account) for item in (data if isinstance(data, list) else [data])],
        [_resource(item, account) for item in _list(content.get("included"))],
        meta if isinstance(meta, dict) else {},
        _href(links.get("next")) if isinstance(links, dict) else None,
        date,
    )


def _resource(item: object, account: Account) -> Resource:
    if not isinstance(item, dict) or not isinstance(item.get("type"), str):
        raise Malformed(f"{account.url} answered a record that is none: an object with a type was expected.")
    found = {**item, "type": item["type"].replace("-", "_")}
    for section in ("attributes", "relationships"):
        members = item.get(section)
        if isinstance(members, dict):
            found[section] = {name.replace("-", "_"): value for name, value in members.items()}
    _check_owner(found, account)
    return found


def _check_owner(resource: Resource, account: Account) -> None:
    relationships = resource.get("relationships")
    owner = relationships.get("organization") if isinstance(relationships, dict) else None
    data = owner.get("data") if isinstance(owner, dict) else None
    if isinstance(data, dict) and str(data.get("id")) != str(account.organization_id):
        raise Malformed(
            f"{account.url} answered a record of organization {str(data.get('id'))[:20]}, not of "
            f"{account.organization_id}: the token belongs to another one."
        )


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _href(link: object) -> str | None:
    """Return a link's address, which may be the member of an object."""
    href = link.get("href") if isinstance(link, dict) else link
    return href if isinstance(href, str) and href else None

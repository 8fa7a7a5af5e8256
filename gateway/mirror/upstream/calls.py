"""What the upstream takes and answers, as far as it is asked. Whatever is only known from others stands here alone.

Facts marked [live] come from public clients of the API and its vendor's pages; `gateway mirror check` tries them.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from gateway.domain.approval import Act
from gateway.domain.changes import Kind
from gateway.domain.instants import zone
from gateway.jsonapi.resources import RESOURCES
from gateway.mirror.upstream.documents import attributes_of, linkage

ENTRIES, VERSIONS, TIMERS, TIMESHEETS = "time_entries", "time_entry_versions", "timers", "timesheets"

# ---- every call -----------------------------------------------------------------------------------------------------

TOKEN_HEADER, ORGANIZATION_HEADER = "X-Auth-Token", "X-Organization-Id"
MEDIA_TYPE = "application/vnd.api+json"
MEDIA_TYPES = frozenset({MEDIA_TYPE, "application/json"})
# Without it filter[updated_at] looks at the date alone. [live]
FEATURES = {"X-Feature-Flags": "filteringSkipDatetimeCastToDate"}
RESET_HEADER = "x-ratelimit-reset"  # seconds; there is no Retry-After [live]
RESET_S = 30.0  # where a 429 does not say it

# ---- lists ----------------------------------------------------------------------------------------------------------

# The most of a page, and fewer where that many are too long together. Each goes into the one before without a rest, so
# that pages by number begin where others ended.
PAGE_SIZES = (200, 100, 50, 25, 5, 1)
IDS_AT_ONCE = 100  # of filter[id]: an address stays below 4,000 characters
NUMBER, SIZE, AFTER = "page[number]", "page[size]", "page[after]"
# What a 400 says where there are no pages by cursor, or none in this order. [live]
NO_CURSORS = frozenset({"keyset_unsupported_sort", "unsupported_parameter", "unsupported_page"})
NO_INCLUDE = "unsupported_include"
INCLUDE = "include"

Parameters = Sequence[tuple[str, str]]


class Listing(NamedTuple):
    """A list to read: its path below the base address, and what is asked of it, the page apart."""

    path: str
    parameters: Parameters = ()


VERSION_ITEM, VERSION_EVENT, VERSION_INSTANT, VERSION_ACTOR = "item_id", "event", "created_at", "creator"
_OUTLINES: Mapping[str, str] = {
    ENTRIES: "updated_at",
    VERSIONS: f"{VERSION_ITEM},{VERSION_EVENT},{VERSION_INSTANT}",
}
# The relationships of an entry that carry data only where they are included.
ENTRY_INCLUDES = (
    *("person", "service", "task", "approver", "updater", "rejecter", "creator", "last_actor"),
    *("person_subsidiary", "deal_subsidiary", "timesheet", "approval_statuses", "approval_statuses.approver"),
)
_FULL = (INCLUDE, ",".join(ENTRY_INCLUDES))
_LIGHT = (f"fields[{ENTRIES}]", "updated_at")
# In this order each of them only needs those before it, or itself: what an entry points to, and what they point to.
NEIGHBOURS: Mapping[str, tuple[str, ...]] = {
    name: tuple(relationship for relationship in resource.relationships if relationship != "organization")
    for name, resource in RESOURCES.items()
    if name != ENTRIES
}


def entries_of_days(first: dt.date, last: dt.date) -> Listing:
    """Return the entries of some days, with all that they point to."""
    return Listing(ENTRIES, (*_days(first, last), _FULL))


def entries_of_person(person: int, first: dt.date, last: dt.date) -> Listing:
    """Return a person's entries of some days, with all that they point to."""
    return Listing(ENTRIES, (("filter[person_id]", str(person)), *_days(first, last), _FULL))


def timesheet_of(person: int, day: dt.date) -> Listing:
    """Return the timesheet of a person's day, as a list of one or none."""
    asked = (("filter[person_id]", str(person)), *_days(day, day))
    return Listing(TIMESHEETS, (*asked, (INCLUDE, ",".join(NEIGHBOURS[TIMESHEETS]))))


def entries_changed(since: int) -> Listing:
    """Return the entries that were written at an instant or after it, the latest first, with all that they point to.

    Where the upstream cuts the instant to its day, older ones come after them.
    """
    return Listing(ENTRIES, (("filter[updated_at][gt_eq]", written(since)), ("sort", "-updated_at"), _FULL))


def oldest_entry() -> Listing:
    """Return the entry of the earliest day, and in the page's meta how many there are."""
    fields = (f"fields[{ENTRIES}]", "date")
    return Listing(ENTRIES, (("sort", "date"), (SIZE, "1"), (NUMBER, "1"), fields))


def latest_entry(last: dt.date) -> Listing:
    """Return the entry of the latest day that is not after this one."""
    fields, days = (f"fields[{ENTRIES}]", "date"), ("filter[before]", last.isoformat())
    return Listing(ENTRIES, (days, ("sort", "-date"), (SIZE, "1"), (NUMBER, "1"), fields))


def entries_seen(first: dt.date, last: dt.date) -> Listing:
    """Return when each entry of some days was written, and no more of it."""
    return Listing(ENTRIES, (*_days(first, last), _LIGHT))


def newest_entry(first: dt.date, last: dt.date) -> Listing:
    """Return the entry of some days that was written last, and in the page's meta how many there are."""
    return Listing(ENTRIES, (*_days(first, last), ("sort", "-updated_at"), (SIZE, "1"), (NUMBER, "1"), _LIGHT))


def latest_entries(count: int) -> Listing:
    """Return the entries that were written last, with all that they point to."""
    return Listing(ENTRIES, (("sort", "-updated_at"), (SIZE, str(count)), (NUMBER, "1"), _FULL))


def records_by_id(name: str, ids: Sequence[int]) -> Listing:
    """Return the records of a type that have these numbers, IDS_AT_ONCE at most, with all that they point to."""
    includes = ENTRY_INCLUDES if name == ENTRIES else NEIGHBOURS[name]
    asked = ("filter[id]", ",".join(map(str, ids)))
    return Listing(name, (asked, (INCLUDE, ",".join(includes))) if includes else (asked,))


def neighbours(name: str) -> Listing:
    """Return all records of a type that entries point to, with identifiers of what they point to."""
    includes = NEIGHBOURS[name]
    return Listing(name, ((INCLUDE, ",".join(includes)),) if includes else ())


def outline(path: str, parameters: Parameters) -> Listing:
    """Return a list with so little of each record that it is short, and is still known for what it is."""
    fields = _OUTLINES.get(path) or next(iter(RESOURCES[path].attributes))
    kept = [(name, value) for name, value in parameters if name != INCLUDE]
    return Listing(path, (*kept, (f"fields[{path}]", fields)))


def _days(first: dt.date, last: dt.date) -> Parameters:
    return ("filter[after]", first.isoformat()), ("filter[before]", last.isoformat())


# ---- versions: deletions, and who did what --------------------------------------------------------------------------

# [live]: not in every plan, where they are 404 or 403; `item_id` is text or a number.
DELETING = frozenset({"delete", "destroy"})  # events
# What the others are in our change log.
EVENTS: Mapping[str, Kind] = {
    "create": Kind.CREATED,
    "restore": Kind.CREATED,
    "update": Kind.UPDATED,
    "approve": Kind.APPROVED,
    "unapprove": Kind.UNAPPROVED,
    "reject": Kind.REJECTED,
    "unreject": Kind.UNREJECTED,
}
CREATING = "create"
CHANGED = 2  # values of a change: the old one and the new one


def versions_since(instant: int) -> Listing:
    """Return what was done since an instant, that one included, the latest first, and who did it."""
    asked = (("filter[created_at][gt_eq]", written(instant)), ("sort", "-created_at"), (INCLUDE, VERSION_ACTOR))
    return Listing(VERSIONS, asked)


def versions_of(entry: int) -> Listing:
    """Return what was done to an entry, and who did it."""
    return Listing(VERSIONS, (("filter[item_id]", str(entry)), ("sort", "created_at"), (INCLUDE, VERSION_ACTOR)))


def entry_made(version: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the entry that a version says was made, as it was then; None where it says something else.

    Its changeset has the old and the new value by attribute; a relationship is an attribute with `_id`. [live]
    """
    said = attributes_of(version)
    if said.get(VERSION_EVENT) != CREATING:
        return None
    changes = said.get("changeset")
    values = {
        name.replace("-", "_"): change[1]
        for name, change in (changes.items() if isinstance(changes, dict) else ())
        if isinstance(change, list) and len(change) == CHANGED
    }
    links = {
        name.removesuffix("_id"): {"data": {"id": str(value)}}
        for name, value in values.items()
        if name.endswith("_id") and value is not None
    }
    creator = linkage(version, VERSION_ACTOR)
    return {
        "type": ENTRIES,
        "id": said.get(VERSION_ITEM),
        "attributes": values,
        "relationships": links | ({"creator": {"data": creator}} if creator else {}),
    }


# ---- writes ---------------------------------------------------------------------------------------------------------

BULK_SIZE = 200  # the most of one call
BULK = frozenset({Act.APPROVE, Act.UNAPPROVE})  # the acts that have one


class Sending(NamedTuple):
    """A write: its method, its path below the base address, and its body."""

    method: str
    path: str
    document: object = None


def create_entry(attributes: Mapping[str, object], links: Mapping[str, tuple[str, int] | None]) -> Sending:
    """Return what makes an entry; the links name type and number of what it points to."""
    return Sending("POST", ENTRIES, _document(ENTRIES, attributes, links))


def update_entry(entry: int, attributes: Mapping[str, object], links: Mapping[str, tuple[str, int] | None]) -> Sending:
    """Return what changes an entry."""
    return Sending("PATCH", f"{ENTRIES}/{entry}", _document(ENTRIES, attributes, links, entry))


def delete_entry(entry: int) -> Sending:
    """Return what deletes an entry."""
    return Sending("DELETE", f"{ENTRIES}/{entry}")


def decide(entry: int, act: Act, reason: str | None = None) -> Sending:
    """Return what approves or rejects an entry, or takes that back; a reason belongs to a rejection."""
    said = None if reason is None else _document(ENTRIES, {"rejected_reason": reason}, {}, entry)
    return Sending("PATCH", f"{ENTRIES}/{entry}/{act.value}", said)


def decide_all(entries: Sequence[int], act: Act) -> Sending:
    """Return what approves or unapproves up to BULK_SIZE entries: all or none."""
    return Sending("PATCH", f"{ENTRIES}/bulk_{act.value}", {"ids": list(entries)})


def start_timer(attributes: Mapping[str, object], links: Mapping[str, tuple[str, int] | None]) -> Sending:
    """Return what starts a timer on a service or an entry."""
    return Sending("POST", TIMERS, _document(TIMERS, attributes, links))


def stop_timer(timer: int) -> Sending:
    """Return what stops a timer, which has its entry's number."""
    return Sending("PATCH", f"{TIMERS}/{timer}/stop")


def submit_day(person: int, day: dt.date) -> Sending:
    """Return what submits a person's day."""
    return Sending("POST", TIMESHEETS, _document(TIMESHEETS, {"date": day.isoformat()}, {"person": ("people", person)}))


def submit_nothing() -> Sending:
    """Return what every account refuses that has the call."""
    return Sending("POST", TIMESHEETS, _document(TIMESHEETS, {}, {}))


def take_day_back(timesheet: int) -> Sending:
    """Return what takes a submitted day back."""
    return Sending("DELETE", f"{TIMESHEETS}/{timesheet}")


def _document(
    type_: str,
    attributes: Mapping[str, object],
    links: Mapping[str, tuple[str, int] | None],
    number: int | None = None,
) -> dict[str, object]:
    resource: dict[str, object] = {"type": type_, "attributes": dict(attributes)}
    if number is not None:
        resource["id"] = str(number)
    if links:
        resource["relationships"] = {
            name: {"data": None if link is None else {"type": link[0], "id": str(link[1])}}
            for name, link in links.items()
        }
    return {"data": resource}


def written(instant: int) -> str:
    """Write an instant as the upstream reads it."""
    return zone("UTC").render(instant)

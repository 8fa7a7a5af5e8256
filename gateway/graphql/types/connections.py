"""Time entries in pages: edges, page info, totals, aggregates and groups."""

import types

import strawberry

from gateway.catalog.entry_groups import SPANS
from gateway.graphql.enums import TimeEntryGroupKey
from gateway.graphql.fields import argument, structural
from gateway.graphql.prices import EACH_ROW, FIXED, groups_by
from gateway.graphql.types.filters import TimeEntryGroupOrder
from gateway.graphql.types.relay import PageInfo
from gateway.graphql.types.sums import TimeEntryAggregate, TimeEntryGroup
from gateway.graphql.types.time_entry import TimeEntry
from gateway.querying.pages import DEFAULT_GROUPS, MAX_GROUPS, MAX_SIZE


@strawberry.type(description="Page numbers, as the documented API answers them.")
class PageMeta:
    current_page: int = structural("Number of this page; 1 when nothing matches.")
    total_pages: int = structural("How many pages there are; 0 when nothing matches.")
    total_count: int = structural("How many rows there are on all pages.")
    page_size: int = structural("How many rows a page has, at most maxPageSize.")
    max_page_size: int = structural(f"The largest page size: {MAX_SIZE}.")


@strawberry.type(description="A page of groups of time entries.")
class TimeEntryGroups:
    nodes: list[TimeEntryGroup] = structural(
        "The groups of this page, in the order of the keys as asked unless orderBy says otherwise: days ascending, "
        "records by number, states in the documented order, null last.",
        price=EACH_ROW,
    )
    total_count: int = structural("How many groups there are, on all pages.")
    page_info: PageInfo = structural("Position of this page of groups.")


@strawberry.type(description="A time entry and its position in the list.")
class TimeEntryEdge:
    cursor: str = structural("Cursor of this entry, for after and before.")
    node: TimeEntry = structural("The time entry.")


@strawberry.type(description="A page of time entries, and sums over all that match.")
class TimeEntryConnection:
    edges: list[TimeEntryEdge] = structural("The entries of this page, each with its cursor.", price=EACH_ROW)
    nodes: list[TimeEntry] = structural("The entries of this page.", price=EACH_ROW)
    page_info: PageInfo = structural("Position of this page in its list.")
    page_meta: PageMeta | None = structural("Page numbers; null unless page was given.", price=FIXED)
    total_count: int = structural("How many entries match on all pages; counted only when asked for.", price=FIXED)
    last_event_id: strawberry.ID | None = structural(
        "The newest event at the time of this read, 0 before the first one; pass it to timeEntryChanged as `since`."
    )
    aggregate: TimeEntryAggregate = structural("Sums over all entries that match, regardless of the page.", price=FIXED)
    groups: TimeEntryGroups = structural(
        "Sums by person, project, month and so on, over all entries that match.",
        arguments=(
            argument(
                "by",
                types.GenericAlias(list, TimeEntryGroupKey),
                f"The keys to group by, each once, at most one of {SPANS}; groups are ordered by them in this order.",
            ),
            argument(
                "first", int | None, f"How many groups to answer, from 1 to {MAX_GROUPS:,}.", default=DEFAULT_GROUPS
            ),
            argument("after", str | None, "Continue after this cursor, the endCursor of a page of the same groups."),
            argument("orderBy", TimeEntryGroupOrder | None, "Sum to order by; in the order of the keys if absent."),
        ),
        price=groups_by("first"),
    )

"""Back edges: what hangs on a record, as connections, declared on the record's class."""

from collections.abc import Callable
from typing import Annotated, Any, ForwardRef, TypeVar

import strawberry

from gateway.graphql.fields import many
from gateway.graphql.plans.lists import time_entries_by
from gateway.graphql.prices import page_by
from gateway.graphql.types.filters import ENTRIES_ARGUMENTS

ClassType = TypeVar("ClassType", bound=type)
# Made later: a connection is made of entries, and entries of the records that this hangs on.
TIME_ENTRIES: Any = Annotated[ForwardRef("TimeEntryConnection"), strawberry.lazy("gateway.graphql.types.connections")]


def with_time_entries(foreign_key: str, whose: str) -> Callable[[ClassType], ClassType]:
    """Declare `timeEntries`: the entries that point to the record by this column."""

    def decorate(cls: Any) -> Any:
        cls.__annotations__["time_entries"] = TIME_ENTRIES
        cls.time_entries = many(
            time_entries_by(foreign_key),
            f"Time entries {whose}, in pages, with totals and groups over all of them that match.",
            ENTRIES_ARGUMENTS,
            price=page_by("first", "last"),
        )
        return cls

    return decorate

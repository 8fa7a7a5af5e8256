"""Back edges: what hangs on a record, as connections, declared above the record's class."""

from collections.abc import Callable
from typing import Annotated, Any, ForwardRef

import strawberry

from gateway.catalog.records import PICKERS, Narrower, Picker
from gateway.graphql.fields import many
from gateway.graphql.plans.lists import records_by, time_entries_by
from gateway.graphql.prices import page_by
from gateway.graphql.types.filters import ENTRIES_ARGUMENTS
from gateway.graphql.types.relay import FORWARD, search_argument


def with_back_edges(foreign_key: str) -> Callable[[type], type]:
    """Declare the entries that point to the record by this column, and the records that PICKERS narrows by it."""

    def decorate(cls: Any) -> type:
        what = cls.__name__.lower()
        for picker in PICKERS.values():
            if picker.narrower is not None and picker.narrower.type_name == cls.__name__:
                field = _records(picker, picker.narrower, what)
                _declare(cls, picker.name, f"{picker.type_name}Connection", "pickers", field)
        _declare(cls, "time_entries", "TimeEntryConnection", "connections", _entries(foreign_key, what))
        return cls  # type: ignore[no-any-return]  # the class as it came

    return decorate


def _declare(cls: Any, name: str, connection: str, module: str, field: Any) -> None:
    # Made later: a connection is made of records, and they of those that this hangs on.
    later = strawberry.lazy(f"gateway.graphql.types.{module}")
    cls.__annotations__[name] = Annotated[ForwardRef(connection), later]
    setattr(cls, name, field)


def _records(picker: Picker, narrower: Narrower, what: str) -> Any:
    return many(
        records_by(picker, narrower),
        f"The {picker.name} of the {what}, by {picker.sort.name}.",
        (search_argument(picker), *FORWARD),
        price=page_by("first"),
    )


def _entries(foreign_key: str, what: str) -> Any:
    return many(
        time_entries_by(foreign_key),
        f"The time entries of the {what}, in pages, with totals and groups over all that match.",
        ENTRIES_ARGUMENTS,
        price=page_by("first", "last"),
    )

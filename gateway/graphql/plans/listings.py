"""What can be listed: a table, and how the arguments of a field become a condition and an order."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table

from gateway.graphql.run import Run
from gateway.querying.conditions import Condition
from gateway.querying.sorts import Order

Arguments = Mapping[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Listing:
    """A table, and what is asked of it."""

    table: Table
    condition: Callable[[Run, Arguments], Condition]
    order: Callable[[Arguments], Order]

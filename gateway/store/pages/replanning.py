"""Which statements PostgreSQL plans again for each run (`replanned`), as the best plan depends on the values.

The plan that it makes for any values takes what most entries are for what all are: asked for entries of more than a
day it reads all by date until enough are found, 1 s instead of 2 ms. Planning again takes 0.3 to 1.2 ms, so a statement
goes without where any values are found the same way.
"""

from gateway.querying.conditions import Comparison, Condition, is_everything, numbered, parts_of
from gateway.querying.sorts import Order
from gateway.store.schema.statistics import rows_of_a_value

RANGES = frozenset({">", ">=", "<", "<="})
COARSE = 20_000  # rows that share a value; of some values there may be few all the same
# Columns with an index in which the entries of each value are in the order of dates.
IN_ORDER_OF_DATES = frozenset({
    "person_id", "service_id", "deal_id", "project_id", "company_id", "responsible_id", "creator_id", "status_id",
    "invoicing_status_id",
})  # fmt: skip


def is_fine(part: Condition) -> bool:
    """Tell whether a part surely holds for few rows, and is found by its index."""
    return isinstance(part, Comparison) and part.comparison == "=" and rows_of_a_value(part.subject.column) < COARSE


def is_of_its_order(condition: Condition, order: Order) -> bool:
    """Tell whether nothing but ranges of what leads the order is asked for, so that its index has them side by side."""
    first, *others = [key.name for key, _ in order.keys]
    parts = parts_of(condition)
    return len(others) <= 1 and all(
        isinstance(part, Comparison) and part.subject.column == first and part.comparison in RANGES for part in parts
    )


def depends_on_values(condition: Condition, order: Order | None = None, *, is_narrowed: bool = False) -> bool:
    """Tell whether which plan is best depends on the operands: not where one index leads to the entries in order.

    `is_narrowed` where the caller sees entries of one person alone, which an index has by date.
    """
    if is_everything(condition):
        return False
    if order is not None:
        first = order.keys[0][0].name
        if is_of_its_order(condition, order) and (first == "date" or not is_narrowed):
            return False
        if first not in {"id", "date"}:
            return True
    return not any(is_fine(part) and _is_ordered(part) for part, _ in numbered(condition))


def _is_ordered(part: Condition) -> bool:
    return isinstance(part, Comparison) and part.subject.column in IN_ORDER_OF_DATES

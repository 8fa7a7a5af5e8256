"""The points that work costs, whichever face asks for it. A value of an answer costs one.

A price is what an operation may cost, known before it begins. What it took in the end is measured in time, and charged
where that is more.
"""

from collections.abc import Iterable

from gateway.domain.access import Viewer
from gateway.store.totals.effort import Effort
from gateway.store.totals.sizes import Sizes

FIXED_PRICE = 100  # of what is added up, whatever of
ROWS_FOR_A_POINT = 1_000  # that a statement can be made to look at
WRITE_PRICE = 10  # of a row, or a mutation
ROWS_OF_A_LIST = 10  # of a list without arguments, such as an entry's approval steps: nobody knows their number
POINT_NS = 5_000_000  # what a point buys of the processor, or of the database, in nanoseconds
CHARACTERS_OF_A_VALUE = 250  # that cost no more than any value
CHARACTERS_FOR_A_POINT = 10_000


def points_of_time(nanoseconds: int) -> int:
    """Return the points for what an operation took; a part of one counts as one."""
    return -(-nanoseconds // POINT_NS)


async def search_points(efforts: Iterable[Effort], sizes: Sizes, viewer: Viewer) -> int:
    """Return the points for all that the statements of an operation can be made to look at."""
    rows = 0
    for effort in efforts:
        rows += effort.rows(await sizes.of(effort.table, effort.visibility, viewer))
    return rows // ROWS_FOR_A_POINT


def text_points(longest: int) -> int:
    """Return what a text costs beside the point of a value, by the characters that it may have."""
    return -(-max(0, longest - CHARACTERS_OF_A_VALUE) // CHARACTERS_FOR_A_POINT)

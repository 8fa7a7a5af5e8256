"""Records that entries point to: fetched by their numbers where they are missing, and read anew every so often."""

from collections.abc import AsyncIterator, Collection, Mapping

from gateway.domain.instants import MINUTE
from gateway.mirror.batches import in_parts
from gateway.mirror.upstream.calls import IDS_AT_ONCE, NEIGHBOURS, neighbours, records_by_id
from gateway.mirror.upstream.client import Upstream
from gateway.mirror.upstream.documents import Page, Resource
from gateway.mirror.upstream.errors import Forbidden, NotThere
from gateway.store.mirror.progress import ReadType

ANEW_AFTER = 10 * MINUTE
# Pages a type may have to be read anew so often; one with twice as many is read half as often.
PAGES_ANEW = 4
PAGE = 200
# Types without news of their own: what an entry points to of them is fetched when it is missing.
FETCHED = frozenset({"approval_statuses", "timesheets", "bookings", "invoice_attributions"})
# Mirrored entries have the amounts of their account and nothing of them follows from a rate: so often is enough.
RATES = frozenset({"salaries", "deal_cost_rates", "exchange_rates"})
RATES_AFTER = 6  # times as long


class Neighbours:
    """The types other than entries, as far as the upstream lets them be read."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream
        self.unreadable: set[str] = set()  # types that the token may not read, or that are not there

    async def fetch(self, type_: str, ids: Collection[int]) -> list[Resource]:
        """Return the records that are there of these numbers.

        Raises:
            UpstreamError: they cannot be read for another reason than that the type is not there.
        """
        found: list[Resource] = []
        for numbers in in_parts(sorted(ids), IDS_AT_ONCE):
            if type_ in self.unreadable:
                break
            listing = records_by_id(type_, numbers)
            try:
                async for page in self._upstream.pages(*listing):
                    found += page.records
            except (NotThere, Forbidden):
                self.unreadable.add(type_)
        return found

    async def pages(self, type_: str) -> AsyncIterator[Page]:
        """Yield all records of a type; none where it cannot be read.

        Raises:
            UpstreamError: they cannot be read for another reason than that the type is not there.
        """
        try:
            async for page in self._upstream.pages(*neighbours(type_)):
                yield page
            self.unreadable.discard(type_)
        except (NotThere, Forbidden):
            self.unreadable.add(type_)


def first_types() -> tuple[str, ...]:
    """Return the types that are read before entries, in the order in which they need each other."""
    return tuple(name for name in NEIGHBOURS if name != "approval_statuses")


def due_types(read: Mapping[str, ReadType], now: int) -> list[str]:
    """Return the types that are to be read anew; large ones less often, so that each costs the same of the budget."""
    due = []
    for name in first_types():
        last = read.get(name)
        if last is None:
            due.append(name)
        elif name not in FETCHED:
            pages = -(-last.records // PAGE)
            times = max(RATES_AFTER if name in RATES else 1, pages / PAGES_ANEW)
            if not 0 <= now - last.read_at < ANEW_AFTER * times:  # the clock may have been put back
                due.append(name)
    return due

"""What a subscriber wants to see of the changes, and how it is shown: what others may share is known by a key."""

from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass

from gateway.catalog.managers import MANAGER, OWNER
from gateway.domain.access import Viewer
from gateway.querying.conditions import Condition
from gateway.querying.matching import Image, test_of, values_of
from gateway.store.schema.entries import ENTRIES
from gateway.store.visibility import Own, visibility


class Watch:
    """Which changes a viewer wants: of entries that match and are visible, both in the same image."""

    __slots__ = ("_matches", "_own", "_viewer", "key", "needs_leaders", "tests", "unpaid_ns")

    def __init__(self, condition: Condition, viewer: Viewer) -> None:
        self._matches, self._viewer = test_of(condition), viewer
        rule = visibility(ENTRIES.name, sees_everything=viewer.sees_everything).rule
        self._own = rule if isinstance(rule, Own) else None
        # Whoever the condition is about, such as the one who may decide, is among its operands.
        member = None if self._own is None else viewer.person_id
        self.key: Hashable = (condition.shape(), tuple(map(_hashable, condition.operands())), member)
        self.tests = len(condition.operands())  # of an image, about
        self.unpaid_ns = 0  # time of the processor that was spent on its matching
        self.needs_leaders = bool({MANAGER, OWNER} & set(values_of(condition)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Watch) and other.key == self.key

    def __hash__(self) -> int:
        return hash(self.key)

    def wants(self, before: Image, after: Image) -> bool:
        """Tell whether a change is to be sent; an image is empty where there was no entry."""
        return self._sees(before) or self._sees(after)

    def wants_at_a_price(self, before: Image, after: Image, clock: Callable[[], int]) -> bool:
        """Tell whether a change is to be sent, and note how many nanoseconds of a clock that took."""
        began = clock()
        is_wanted = self.wants(before, after)
        self.unpaid_ns += clock() - began
        return is_wanted

    def _sees(self, image: Image) -> bool:
        if not image or (self._own is not None and not self._own.holds(image, self._viewer)):
            return False
        return self._matches(image)


@dataclass(frozen=True, slots=True)
class Shown:
    """The texts of events by their numbers, up to a last one; of what was removed meanwhile there is none."""

    texts: Mapping[int, str]
    last: int


@dataclass(frozen=True, slots=True)
class Showing:
    """How changes are shown: `show` makes the texts of events, which are the same for everybody who has the key.

    It is handed numbers in order, and shows as many of the first as may be in memory at once, at least one.
    """

    key: Hashable
    show: Callable[[Sequence[int]], Awaitable[Shown]]


def _hashable(operand: Hashable | list[Hashable]) -> Hashable:
    return tuple(operand) if isinstance(operand, list) else operand

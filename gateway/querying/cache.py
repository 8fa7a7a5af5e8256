"""A cache of bounded size: what was used longest ago leaves first."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class BoundedCache(Generic[Value]):
    """Values by key, as many as their weights allow; every value weighs 1 unless said otherwise."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._held = 0
        self._values: OrderedDict[Hashable, tuple[Value, int]] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], Value], weight: Callable[[Value], int] = lambda _: 1) -> Value:
        """Return the value of a key, making it where it is absent. What `make` raises is not kept."""
        known = self._values.get(key)
        if known is not None:
            self._values.move_to_end(key)
            return known[0]
        value = make()
        weighed = weight(value)
        self._values[key] = (value, weighed)
        self._held += weighed
        while self._held > self._capacity and self._values:
            _, (_, gone) = self._values.popitem(last=False)
            self._held -= gone
        return value

    def __contains__(self, key: Hashable) -> bool:
        return key in self._values

    def __len__(self) -> int:
        return len(self._values)

"""Every cache of a process: what it holds, by which key, within how many bytes, and when an entry ends.

A cache that a request can make grow is a row of CACHES, and finds its bound there. None holds rows of entries, nor
what a request compared with: a key tells shapes apart, never operands. What is keyed by an object of the schema or by
a table ends with the process; FIXED names it. A test looks for caches that stand in neither.
"""

import weakref
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

Value = TypeVar("Value")
Watched = TypeVar("Watched")
OLDEST_USED = "used longest ago"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cache:
    """What is said of a cache."""

    name: str
    home: str  # below `gateway/`
    key: str
    most: int  # bytes
    each: int = 0  # bytes of an entry, where all are of one size; 0 where each is weighed
    ends: str = OLDEST_USED

    @property
    def entries(self) -> int:
        """How many entries of one size there may be."""
        return self.most // self.each


CACHES: Mapping[str, Cache] = {
    cache.name: cache
    for cache in (
        Cache(name="documents", home="graphql/requests/documents.py", key="text", most=24_000_000),
        Cache(
            name="plans",
            home="graphql/requests/documents.py",
            key="document, operation, rights, values of @skip and @include",
            most=24_000_000,
        ),
        Cache(name="registered documents", home="documents/registry.py", key="hash", most=8_000_000),
        Cache(
            name="introspection",
            home="graphql/introspection.py",
            key="text, operation",
            most=8_000_000,
        ),
        Cache(
            name="documented plans",
            home="jsonapi/api.py",
            key="type, rights, what is wanted",
            most=24_000_000,
        ),
        Cache(
            name="statements of plans",
            home="store/databases/statements.py",
            key="plan, shape of condition, order, page, keys",
            most=24_000_000,
        ),
        Cache(
            name="compiled statements",
            home="store/databases/statements.py",
            key="statement, database",
            most=16_000_000,
        ),
        Cache(
            name="statements of writes",
            home="store/databases/statements.py",
            key="columns, or shape of condition; rights, database",
            most=16_000_000,
        ),
        Cache(
            name="statements of imports",
            home="store/imports/merging.py",
            key="table, columns",
            most=20_480_000,
            each=40_000,
        ),
        Cache(name="aliases", home="querying/aliases.py", key="table, name", most=16_000_000),
        Cache(
            name="slow statements",
            home="store/databases/slow_statements.py",
            key="hash of the text",
            most=200_000,
            each=100,
            ends="after 200 uses; all at the bound",
        ),
        Cache(name="tokens", home="store/tokens.py", key="digest", most=10_000_000, each=1_000, ends="after a second"),
        Cache(
            name="sizes of tables",
            home="store/totals/sizes.py",
            key="table, organization, member",
            most=3_000_000,
            each=300,
            ends="after a minute",
        ),
        Cache(name="rate budgets", home="http/rate_limits.py", key="token", most=2_000_000, each=200),
        Cache(name="time zones", home="domain/instants.py", key="name", most=2_048_000, each=2_000),
        Cache(
            name="days",
            home="domain/instants.py",
            key="time zone, day",
            most=10_000_000,
            each=2_300,
            ends="made longest ago",
        ),
        Cache(
            name="live changes",
            home="live/feeds.py",
            key="organization, event",
            most=16_000_000,
            ends="the oldest, and all when nobody watches",
        ),
        Cache(name="media types", home="graphql/http/negotiation.py", key="Accept header", most=384_000, each=1_500),
    )
}

# Caches that no request can make grow, by module and function, with what there is one of.
FIXED: Mapping[str, str] = {
    "catalog/entry_kinds.py:_among": "sets of the states: sixteen",
    "explorer/files.py:_digest": "two",
    "explorer/files.py:_served": "one",
    "graphql/http/explorer.py:_artefact": "files of the page that is there",
    "graphql/plans/field_changes.py:shown_fields": "type of the schema",
    "graphql/requests/coercion.py:object_coercer": "input type of the schema",
    "graphql/schema.py:print_schema": "one",
    "graphql/tags.py:_program": "one",
    "imports/rows.py:_compared": "table",
    "imports/rows.py:_days": "table",
    "imports/rows.py:_folded": "table",
    "imports/rows.py:_needed": "table",
    "imports/rows.py:targets": "table",
    "jsonapi/openapi.py:openapi": "one",
    "jsonapi/page.py:_page": "one",
    "jsonapi/reading.py:_kinds": "table",
    "jsonapi/reading.py:_may_be_null": "column",
    "mirror/batches.py:_pointers": "type of records",
    "store/databases/sequences.py:move_past": "set of tables that is named in the program",
    "store/imports/finished.py:insertion": "table",
    "store/imports/finished.py:match": "unique constraint",
    "store/imports/finished.py:selection": "column",
    "store/imports/staging.py:_empty_file": "one",
    "store/mirror/budgets.py:_held": "database",
    "store/mirror/known.py:_ids": "table",
    "store/mirror/known.py:_remove": "table",
    "store/mirror/known.py:_same": "table",
    "store/mirror/lease.py:_held": "database",
    "store/mirror/lease.py:_take": "database",
    "store/mirror/progress.py:_note_lag": "database",
    "store/mirror/rows.py:put": "table of the mirror, database",
    "store/mirror/tokens.py:_keep": "database",
    "store/totals/effort.py:_indexed": "table",
    "store/writes/changes.py:raise_counter": "database",
    "store/writes/timesheets.py:_seen": "rule of visibility",
}


class BoundedCache(Generic[Value]):
    """Values by key, as many as their bytes allow. Threads may share it; a value may then be made twice."""

    def __init__(self, name: str, most: int | None = None) -> None:
        """Begin empty; the bound is that of the cache's row, unless a test says otherwise."""
        self.most = CACHES[name].most if most is None else most
        self.held = self.made = self.found = 0
        self._values: OrderedDict[Hashable, tuple[Value, int]] = OrderedDict()
        self._lock = Lock()
        watch(name, self, lambda cache: Size(len(cache), cache.held, cache.made, cache.found))

    def get(self, key: Hashable, make: Callable[[], Value], weigh: Callable[[Value], int]) -> Value:
        """Return the value of a key, making it where it is absent; `weigh` tells its bytes with those of its key.

        What `make` raises is not kept, nor what has more bytes than all may have: it would push all others out.
        """
        known = self.find(key)
        if known is not None:
            return known
        value = make()
        weight = weigh(value)
        with self._lock:
            if key in self._values:
                return self._values[key][0]
            self.made += 1
            if weight > self.most:
                return value
            self._values[key] = (value, weight)
            self.held += weight
            while self.held > self.most:
                oldest, (kept, gone) = self._values.popitem(last=False)
                self.held -= gone
                if not gone:
                    self._values[oldest] = (kept, 0)
        return value

    def keep(self, key: Hashable, value: Value) -> None:
        """Keep a value for good, beside the bound: what an operator names, and no request can make grow."""
        with self._lock:
            _, weight = self._values.get(key, (value, 0))
            self.held -= weight
            self._values[key] = (value, 0)

    def drop(self, key: Hashable) -> None:
        """Keep a value no longer."""
        with self._lock:
            _, weight = self._values.pop(key, (None, 0))
            self.held -= weight

    def find(self, key: Hashable) -> Value | None:
        """Return the value of a key that is kept."""
        with self._lock:
            known = self._values.get(key)
            if known is None:
                return None
            self._values.move_to_end(key)
            self.found += 1
            return known[0]

    def __contains__(self, key: Hashable) -> bool:
        return key in self._values

    def __len__(self) -> int:
        return len(self._values)


class Size(NamedTuple):
    """How much is kept now."""

    entries: int
    bytes: int
    made: int = 0  # since the cache began, of those that count it: one that thrashes makes entries again and again
    found: int = 0  # how often one was there already, where that is counted


class Call(Protocol):
    """A function that functools.lru_cache wraps."""

    def cache_info(self) -> Any: ...  # noqa: ANN401 - functools names no type


_watched: list[tuple[str, Callable[[], Size | None]]] = []


def watch(name: str, cache: Watched, size: Callable[[Watched], Size]) -> None:
    """Count a cache of that name for as long as it lives."""
    living = weakref.ref(cache)

    def look() -> Size | None:
        found = living()
        return None if found is None else size(found)

    assert name in CACHES  # noqa: S101 - a name of this program
    _watched.append((name, look))


def watch_entries(
    name: str,
    cache: Watched,
    count: Callable[[Watched], int],
    made: Callable[[Watched], int] = lambda _: 0,
    found: Callable[[Watched], int] = lambda _: 0,
) -> None:
    """Count a cache whose entries are of one size."""
    each = CACHES[name].each
    watch(name, cache, lambda kept: Size(count(kept), each * count(kept), made(kept), found(kept)))


def watch_calls(name: str, function: Call) -> None:
    """Count what functools.lru_cache keeps."""
    watch_entries(
        name,
        function,
        lambda kept: int(kept.cache_info().currsize),
        lambda kept: int(kept.cache_info().misses),
        lambda kept: int(kept.cache_info().hits),
    )


def sizes() -> Iterator[tuple[Cache, Size]]:
    """Yield each cache with how much of it is kept now, in all of its kind together."""
    found: dict[str, Size] = dict.fromkeys(CACHES, Size(0, 0))
    for watched in [*_watched]:
        name, look = watched
        size = look()
        if size is None:
            _watched.remove(watched)
        else:
            found[name] = Size(*map(sum, zip(found[name], size, strict=True)))
    for name, cache in CACHES.items():
        yield cache, found[name]

"""Every cache of the process is listed with a bound in bytes, keeps to it whatever is sent, and holds no operand."""

import ast
import gc
import sys
from collections import OrderedDict
from pathlib import Path

import pytest

import gateway
from gateway.caches import CACHES, FIXED, BoundedCache, sizes
from gateway.domain.instants import DAY, zone
from gateway.graphql.execution import Gateway
from gateway.graphql.http.negotiation import choose_form
from gateway.graphql.requests.request import GraphQLRequest
from gateway.http.rate_limits import RateLimiter
from gateway.querying import aliases
from gateway.store.databases import statements
from gateway.store.databases.slow_statements import SlowStatements
from gateway.store.schema.entries import ENTRIES
from tests.support.harness.mutating import Asked
from tests.support.worlds.office import ADMIN, entry, furnish, viewer

HOME = Path(gateway.__file__).parent
CACHING = {"cache", "lru_cache"}
DRY_RUN = """mutation ($f: TimeEntryFilter!) {
  timeEntryBulkDelete(input: { target: { filter: $f }, dryRun: true }) { failedCount userErrors { message } } }"""
FLAGGED = """query ($a: Boolean!, $f: TimeEntryFilter) { timeEntries(filter: $f) {
  totalCount nodes { n%d: id time @include(if: $a) person { name } } groups(by: [PERSON]) { totalCount } } }"""


@pytest.fixture
def asked(database):
    return Asked(database)


@pytest.fixture
def small(monkeypatch):
    """Give the caches that all plans and statements share a small bound, and nothing yet."""
    most = 400_000
    shared = (statements.COMPILED, statements.OF_PLANS, statements.OF_WRITES, aliases.ALIASES)
    for cache in shared:
        monkeypatch.setattr(cache, "most", most)
        monkeypatch.setattr(cache, "held", 0)
        monkeypatch.setattr(cache, "_values", OrderedDict())
    return most


def cached_functions():
    """Yield (module, function or class, decorator or call) of everything that keeps what it made."""
    for file in HOME.rglob("*.py"):
        module = file.relative_to(HOME).as_posix()
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.FunctionDef):
                names = {getattr(part, "id", "") for each in node.decorator_list for part in ast.walk(each)}
                if names & CACHING:
                    yield module, node.name
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Call):
                if getattr(node.func.func, "id", "") in CACHING:
                    yield module, getattr(node.args[0], "id", "")
            elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "BoundedCache":
                yield module, ""


def test_every_cache_is_listed_or_is_one_that_nobody_can_make_grow():
    listed = {cache.home for cache in CACHES.values()}
    found = {f"{module}:{name}" for module, name in cached_functions() if module not in listed}

    assert found == set(FIXED) - {f"{module}:{name}" for module, name in cached_functions() if module in listed}
    assert listed <= {file.relative_to(HOME).as_posix() for file in HOME.rglob("*.py")}


def test_every_bound_is_in_bytes_and_all_together_are_moderate():
    assert all(cache.most > 0 and cache.key and cache.ends for cache in CACHES.values())
    assert sum(cache.most for cache in CACHES.values()) < 256_000_000
    assert {cache.name for cache, _ in sizes()} == set(CACHES)


async def test_documents_flags_and_shapes_of_filters_stay_within_the_bounds(asked, small):
    await furnish(asked.database, entry(1))
    gateway = Gateway(asked.database, cache_bytes=small)
    gateway.plans.documents.plans.most = small

    for number in range(12):
        for flag in (True, False):
            for shape in range(1, 6):
                tests = {"or": [{"time": {"gt": 1}}, {"date": {"gt": "2020-01-01"}}] * shape}
                request = GraphQLRequest(FLAGGED % number, {"a": flag, "f": tests})
                outcome = await gateway.execute(request, viewer(ADMIN))
                assert "errors" not in outcome.payload

    for cache in (
        gateway.plans.documents.kept,
        gateway.plans.documents.plans,
        statements.OF_PLANS,
        statements.COMPILED,
        aliases.ALIASES,
    ):
        assert 0 < cache.held <= small
        assert len(cache) > 0


async def test_shapes_of_writes_stay_within_the_bound(asked, small):
    await furnish(asked.database, entry(1))

    for shape in range(1, 40):
        payload = await asked.mutate(DRY_RUN, f={"or": [{"time": {"gt": 1}}] * shape})
        assert payload["userErrors"] == []

    assert 0 < statements.OF_WRITES.held <= small


async def test_no_cache_holds_what_a_request_compared_with(asked):
    await furnish(asked.database, entry(1))
    text = f"an operand that nobody keeps {id(asked)}"
    await asked.mutate(DRY_RUN, f={"jiraIssueId": {"contains": "another"}})
    gc.collect()
    before = sys.getrefcount(text)

    for operation in ("contains", "eq", "notEq"):
        await asked.mutate(DRY_RUN, f={"jiraIssueId": {operation: text}})
        await asked.data(
            "query ($f: TimeEntryFilter) { timeEntries(filter: $f) { totalCount nodes { id } } }",
            f={"jiraIssueId": {operation: text}},
        )
    # What ran last may hang on a frame that waits for more.
    await asked.data("query ($f: TimeEntryFilter) { timeEntries(filter: $f) { totalCount } }", f={"time": {"gt": 1}})
    gc.collect()

    assert sys.getrefcount(text) == before


def test_caches_of_entries_of_one_size_stay_within_their_numbers():
    before = {cache.name: size.bytes for cache, size in sizes()}  # of the limiters that other tests still hold
    slow, limiter = SlowStatements(), RateLimiter(100)
    for number in range(CACHES["slow statements"].entries + 10):
        slow.add(f"SELECT {number}")
    for number in range(CACHES["rate budgets"].entries + 10):
        limiter.spend(number, 1)
    for number in range(CACHES["media types"].entries + 10):
        choose_form(f"application/json;q=0.{number:05}".encode())
    berlin = zone("Europe/Berlin")
    for day in range(CACHES["days"].entries + 10):
        berlin.render(day * DAY)

    kept = {cache.name: (size.bytes, cache.most) for cache, size in sizes()}

    assert kept["days"][0] > kept["days"][1] - 2 * CACHES["days"].each  # those made longest ago left, one by one
    for name in ("slow statements", "rate budgets", "media types", "days"):
        taken, most = kept[name]
        assert 0 < taken <= before[name] + most


def test_aliases_of_many_names_leave_within_the_bound(small):
    for number in range(50):
        aliases.alias_of(ENTRIES, f"alias_{number}")

    assert 0 < aliases.ALIASES.held <= small
    assert len(aliases.ALIASES) < 50


def test_a_value_that_weighs_more_than_the_bound_is_not_kept_and_pushes_nothing_out():
    cache: BoundedCache[int] = BoundedCache("documents", 10)
    cache.get("light", lambda: 0, lambda _: 9)

    assert cache.get("heavy", lambda: 1, lambda _: 11) == 1

    assert cache.get("light", lambda: 2, lambda _: 9) == 0
    assert (len(cache), cache.held, cache.made) == (1, 9, 2)

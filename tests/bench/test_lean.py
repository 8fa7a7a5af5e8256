"""The bench beside lean peers: a store that answers alike; a seed's questions; goals that say where they are missed."""

from contextlib import closing

import orjson

from gateway.domain.instants import zone
from tests.bench.lean.report import Goal, caches
from tests.bench.lean.store import lean_store
from tests.bench.lean.workloads import drawn
from tests.bench.store import file_store
from tests.bench.workloads import ZONE, Facts

ENTRIES = 3_000


def test_the_lean_store_holds_the_same_entries_with_instants_as_they_are_answered():
    store = file_store(ENTRIES)
    lean = lean_store(store)
    sql = "SELECT id, date, time, note, status_id, created_at FROM time_entries ORDER BY id"

    with closing(store.connect()) as whole, closing(lean.connect()) as connection:
        expected, found = whole.run(sql), connection.run(sql)

    shown = zone(ZONE).render
    assert found == [(*entry[:-1], shown(entry[-1])) for entry in expected]
    assert len(found) == ENTRIES


def test_a_seed_draws_the_same_questions_and_another_seed_others():
    store = file_store(ENTRIES)

    def questions(seed: int) -> list[bytes]:
        with closing(store.connect()) as whole, closing(lean_store(store).connect()) as connection:
            workloads, facts = drawn(seed, connection, Facts.of(whole))
        return [orjson.dumps([*workload.variables(facts)]) for workload in workloads]

    first = questions(1)

    assert questions(1) == first
    assert all(one != other for one, other in zip(first, questions(2), strict=True))


def test_a_cache_is_told_by_what_it_keeps_finds_and_makes():
    metrics = """
gateway_operation_seconds_count{kind="query",result="ok"} 2000.0
gateway_cache_bytes{cache="days"} 1500000.0
gateway_cache_bound_bytes{cache="days"} 10000000.0
gateway_cache_bytes{cache="plans"} 250000.0
gateway_cache_bound_bytes{cache="plans"} 24000000.0
gateway_cache_bytes{cache="live changes"} 0.0
gateway_cache_bound_bytes{cache="live changes"} 16000000.0
# TYPE gateway_cache_made counter
gateway_cache_made_total{cache="days"} 50.0
gateway_cache_made_total{cache="plans"} 20.0
gateway_cache_made_total{cache="live changes"} 0.0
# TYPE gateway_cache_found counter
gateway_cache_found_total{cache="plans"} 1980.0
"""

    assert caches(metrics).splitlines()[-2:] == [
        "| days | 1.50 | 10.00 | | 50 | |",
        "| plans | 0.25 | 24.00 | 1,980 | 20 | 99.00% |",
    ]


def test_a_goal_says_where_it_is_missed():
    assert Goal("at most 1 ms", most=1).cell(0.5) == "at most 1 ms (0.50)"
    assert Goal("at most 1 ms", most=1).cell(1.5) == "at most 1 ms (1.50, *missed*)"
    assert Goal("12,000 a second", least=12_000).cell(9_500) == "12,000 a second (9,500, *missed*)"

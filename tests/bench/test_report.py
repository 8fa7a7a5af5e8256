"""What the bench says of a run: ratios of each turn, goals that are met or missed, a short table for the README."""

import pytest

from tests.bench.__main__ import README, with_table
from tests.bench.before import ratio_of
from tests.bench.goals import GATEWAY, GOALS, verdicts
from tests.bench.measuring import Result
from tests.bench.plot import COLOURS, plot
from tests.bench.report import HEADS, Section, full, short
from tests.bench.servers import BASES, KINDS, Server
from tests.bench.workloads import WORKLOADS

KIND = {kind.name: kind for kind in KINDS}
WORKLOAD = {workload.name: workload for workload in WORKLOADS}


def result(workload: str, server: str, *milliseconds: float) -> Result:
    """A result of turns of three requests each, all of a turn as long as given."""
    turns = [[each / 1000] * 3 for each in milliseconds]
    floods = [] if WORKLOAD[workload].takes else [1_234.0]
    return Result(WORKLOAD[workload], Server(KIND[server], 0, 0), turns, floods, memory=100_000_000)


RESULTS = [
    result("W1", "yardstick", 1.0, 1.0, 2.0),
    result("W1", "gateway", 1.2, 1.5, 2.0),
    result("W1", "mercurius", 3.0, 3.0, 8.0),
    result("W3", "yardstick", 1.0, 1.0, 1.0),
    result("W3", "gateway", 3.0, 3.0, 3.0),
]
SECTION = Section("sqlite", "SQLite 3", 1_000, RESULTS, load=1.5)


def test_a_goal_is_met_by_the_median_of_the_turns_own_ratios():
    found = {(each.goal.workload, each.goal.server): each for each in verdicts(RESULTS, "sqlite")}

    assert found.keys() == {("W1", "yardstick"), ("W1", "mercurius"), ("W3", "yardstick")}
    list_by_hand, approving, list_by_loaders = found.values()
    assert list_by_hand.ratios == pytest.approx([1.2, 1.5, 1.0])
    assert (list_by_hand.is_met, list_by_hand.shown) == (True, list_by_hand.ratios)
    assert list_by_loaders.is_met
    assert list_by_loaders.shown == pytest.approx([2.5, 2.0, 4.0])
    assert not approving.is_met


@pytest.mark.parametrize(("took", "is_met"), [(1.304, True), (1.306, False)])
def test_a_goal_is_held_against_what_is_written(took, is_met):
    [found] = verdicts([result("W1", "yardstick", 1.0), result("W1", "gateway", took)], "sqlite")

    assert found.is_met == is_met


def test_the_short_table_has_a_column_for_each_server_with_goals_that_ran():
    lines = short([SECTION], "a machine").splitlines()

    assert max(map(len, lines)) <= 120
    assert lines[lines.index("**1,000 entries in SQLite 3**") + 2 :][:4] == [
        "| workload | by hand, ms | gateway, ms | by hand | Mercurius, loaders |",
        "|---|---:|---:|---:|---:|",
        "| 100 entries x 20 fields + person, service, deal, company | 1 | 1.5 | 1.20 (1.3) | 2.50 (2) |",
        "| approve one | 1 | 3 | 3.00 (2, *missed*) |  |",
    ]


def test_all_numbers_are_written_with_the_goals_beside_them():
    text = full([SECTION], "a machine")

    assert (
        "| the gateway | 1.200 | 1.500 | 2.000 | 638 | 1,234 | 1.20 (1.00 to 1.50) | 100 |\n"
        "| W1 100 entries x 20 fields + person, service, deal, company | Mercurius with JIT, loaders |"
    ) in text
    assert "| at least 2 times as fast | 2.50 (2.00 to 4.00) | met |\n" in text
    assert "| at most 2 times as long | 3.00 (3.00 to 3.00) | missed |\n" in text


@pytest.mark.parametrize(("load", "said"), [(2.0, 0), (9.06, 1)])
def test_a_run_beside_other_programs_says_so(load, said):
    section = Section("sqlite", "SQLite 3", 1_000, RESULTS, load)

    for text in (short([section], "a machine"), full([section], "a machine")):
        assert text.count("**Other programs ran meanwhile (load 9.1)") == said


def test_a_plot_has_a_dot_for_each_result():
    drawn = plot([SECTION])

    assert drawn.count("ms</title>") == len(RESULTS)
    assert drawn.count(">1,000 entries in SQLite 3</text>") == 1


def test_the_readme_keeps_what_is_around_its_table():
    before, after = "before\n<!-- speed -->\n", "<!-- /speed -->\nafter\n"

    assert with_table(f"{before}old\n{after}", "new", "speed") == f"{before}\nnew\n\n{after}"

    text = README.read_text(encoding="utf-8")
    for name in ("speed", "lean"):
        assert text.count(f"<!-- {name} -->\n") == text.count(f"<!-- /{name} -->") == 1


def test_another_commit_is_held_against_by_time_and_by_processor_time():
    before, now = result("W1", "gateway", 1.0, 2.0, 4.0), result("W1", "gateway", 1.1, 2.0, 5.0)
    before.cpu, now.cpu = [0.001, 0.001], [0.001, 0.0012]

    ratio = ratio_of(before, now)

    assert ratio.time == pytest.approx(1.1)
    assert ratio.cpu == pytest.approx(1.1)
    assert ratio.text.endswith("| 2.000 | 2.000 | 1.100 | 1.100 |")


def test_every_goal_names_a_server_that_can_do_its_workload():
    for database, goals in GOALS.items():
        for goal in goals:
            for name in (goal.server, GATEWAY):
                assert database in KIND[name].databases
                assert goal.workload in KIND[name].workloads
            assert goal.server == BASES[database] or goal.server in HEADS
    assert KIND.keys() == COLOURS.keys()

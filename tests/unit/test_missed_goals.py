"""README gives the cause of each goal that its tables of measurements call missed, and of none that is met."""

import re
from pathlib import Path

import pytest

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
# `13 (20, *missed*)` in a cell of its own, or `at most 2 times lean (2.31, *missed*)` among the goals.
BESIDE_ITS_GOAL = r"\| ([\d.,]+) \([\d.,]+, \*missed\*\)"
AMONG_GOALS = r"\(([\d.,]+)(?: us)?, \*missed\*\)"


@pytest.mark.parametrize(("table", "missed"), [("speed", BESIDE_ITS_GOAL), ("lean", AMONG_GOALS)])
def test_each_goal_that_is_missed_has_its_cause(table, missed):
    measured, _, behind = README.partition(f"<!-- {table} -->")[2].partition(f"<!-- /{table} -->")
    causes = [line for line in behind.lstrip().split("\n\n")[1].splitlines() if line.startswith("| ")][1:]
    explained = [number for line in causes for number in line.split(" | ")[2].split("; ")]

    assert explained == re.findall(missed, measured)
    assert measured.count("*missed*)") == len(explained)

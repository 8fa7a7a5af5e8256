"""SQL by hand for the questions that the lean bench draws, and what of their variables it takes."""

from typing import Any

from tests.bench import by_hand
from tests.bench.workloads import ORGANIZATION, Variables

SPAN = by_hand.LIST.format(beyond="AND t.date BETWEEN ? AND ?")
COUNTED = by_hand.COUNTED.replace("t.date >= ?", "t.date BETWEEN ? AND ?")
COUNT = by_hand.COUNT.replace("date >= ?", "date BETWEEN ? AND ?")


def span_values(variables: Variables) -> tuple[Any, ...]:
    """Return what SPAN, COUNTED and COUNT take."""
    days = variables["filter"]["date"]
    return ORGANIZATION, days["gtEq"], days["ltEq"]


def filtered_values(variables: Variables) -> tuple[list[int], list[int], int, str]:
    """Return the people, the projects, the least minutes of these, and the first day."""
    either, _, since = variables["filter"]["and"]
    people, of_projects = either["or"]
    projects, kind = of_projects["and"]
    persons, works = people["personId"]["in"], projects["projectId"]["in"]
    return [*map(int, persons)], [*map(int, works)], kind["or"][1]["time"]["gtEq"], since["date"]["gtEq"]

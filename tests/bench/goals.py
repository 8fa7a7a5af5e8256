"""What the gateway is meant to reach, as a bound of its time beside another server's in the same run."""

import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tests.bench.measuring import Result

GATEWAY = "gateway"


@dataclass(frozen=True, slots=True)
class Goal:
    """The gateway takes at most `most` times as long as the server."""

    workload: str
    server: str
    most: float
    as_speed: bool = False  # whether it is shown as how many times as fast the gateway is
    must: bool = True  # or a mark to reach for

    @property
    def words(self) -> str:
        """Say it."""
        if not self.as_speed:
            return f"at most {self.most:g} times as long"
        return "as fast" if self.most == 1 else f"at least {self.bound:g} times as fast"

    @property
    def bound(self) -> float:
        """Return the number that the goal is measured by."""
        return round(1 / self.most, 3) if self.as_speed else self.most


@dataclass(frozen=True, slots=True)
class Verdict:
    """A goal beside what was measured: the ratio of each turn."""

    goal: Goal
    other: Result
    ratios: Sequence[float]

    @property
    def shown(self) -> Sequence[float]:
        """Return the ratios as the goal is shown: how many times as long, or how many times as fast."""
        return [1 / ratio for ratio in self.ratios] if self.goal.as_speed else self.ratios

    @property
    def is_met(self) -> bool:
        """Tell whether the median is within the goal, as exactly as it is written."""
        middle = round(statistics.median(self.shown), 2)
        return middle >= self.goal.bound if self.goal.as_speed else middle <= self.goal.bound


def _at_most(server: str, bounds: Mapping[str, float]) -> Iterator[Goal]:
    for workload, most in bounds.items():
        yield Goal(workload, server, most)


def _at_least(servers: Iterable[str], bounds: Mapping[str, float], *, must: bool = True) -> Iterator[Goal]:
    for server in servers:
        for workload, least in bounds.items():
            yield Goal(workload, server, 1 / least, as_speed=True, must=must)


GOALS: Mapping[str, Sequence[Goal]] = {
    "sqlite": (
        *_at_most("yardstick", {"W1": 1.3, "W2": 1.5, "W6": 1.3, "W7": 1.3, "W8": 0.2, "W5": 1.3, "W3": 2, "W4": 2}),
        *_at_most("yardstick", {"W9": 1.5, "W10": 1.5, "W11": 1.3, "W12": 1.5, "W13": 1.5}),
        *_at_least(("mercurius", "yoga"), {"W9": 5}),
        *_at_least(("mercurius", "yoga"), {"W1": 2, "W2": 0.7, "W6": 2, "W7": 20, "W8": 5, "W5": 1, "W3": 1, "W4": 1}),
        *_at_least(("join",), {"W1": 1, "W2": 1, "W6": 1, "W7": 20, "W8": 5, "W5": 1, "W3": 1, "W4": 1}, must=False),
    ),
    "postgresql": (
        *_at_most("asyncpg", {"W1": 1.3, "W9": 1.5, "W10": 1.5, "W11": 1.3}),
        *_at_least(("postgraphile",), {"W1": 2, "W9": 2}),
    ),
}


def verdicts(results: Sequence[Result], database: str) -> list[Verdict]:
    """Hold the results of a run against the goals; goals whose servers did not run are left out."""
    found = {(result.workload.name, result.server.kind.name): result for result in results}
    return [
        Verdict(goal, found[goal.workload, goal.server], found[goal.workload, GATEWAY].ratios(to=other))
        for goal in GOALS[database]
        if (other := found.get((goal.workload, goal.server))) and (goal.workload, GATEWAY) in found
    ]

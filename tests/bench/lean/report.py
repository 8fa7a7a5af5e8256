"""The tables of a run beside lean peers: milliseconds, processor time and throughput, and what is to be reached."""

import statistics
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from prometheus_client.parser import text_string_to_metric_families

from tests.bench.measuring import CONNECTIONS, Result

TITLES = {"lean": "lean", "mercurius": "Mercurius", "join": "over a JOIN", "gateway": "gateway"}
BUSY = 3.0  # load that is not the bench's own


@dataclass(frozen=True, slots=True)
class Goal:
    """What a workload's number is to be at most, or at least."""

    words: str
    most: float = float("inf")
    least: float = 0.0

    def cell(self, number: float) -> str:
        """Show a number beside it."""
        missed = "" if self.least <= number <= self.most else ", *missed*"
        return f"{self.words} ({number:,.0f}{missed})" if number >= 100 else f"{self.words} ({number:.2f}{missed})"


def _cells(name: str, of: Mapping[str, Result]) -> Iterator[str]:
    """Yield the goals of a workload, each with its number; those beside servers that did not run are left out."""
    gateway = of["gateway"]
    times = statistics.median(gateway.ratios(to=of["lean"]))
    speeds = {peer: 1 / statistics.median(gateway.ratios(to=result)) for peer, result in of.items() if peer != "lean"}
    match name:
        case "W1" | "W6":
            yield Goal("at most 1.5 times lean", most=1.5).cell(times)
            if "join" in speeds:
                yield Goal("at least the JOIN's speed", least=1).cell(speeds["join"])
        case "W2":
            yield Goal("at most 100 us", most=100).cell(_cpu(gateway))
            yield Goal("12,000 a second", least=12_000).cell(statistics.median(gateway.floods))
        case "W7":
            yield Goal("at most 1.5 times lean", most=1.5).cell(times)
            yield Goal("p99 at most 5 ms", most=5).cell(gateway.percentile(99) * 1000)
        case "W8" | "W5":
            yield Goal("at most 1 ms", most=1).cell(gateway.median() * 1000)
        case "W3":
            yield Goal("at most 2 times lean", most=2).cell(times)
            if "mercurius" in speeds:
                yield Goal("at least Mercurius's speed", least=1).cell(speeds["mercurius"])
        case "W4":
            yield Goal("at most 2.5 times lean", most=2.5).cell(times)


def about(*, seed: int, where: str, load: float) -> str:
    """Say what is compared, and on what."""
    text = (
        f"One run of `scripts/bench --lean --seed {seed}` on {where}. The peers answer from lean tables of their own: "
        "instants as text, three indexes, no log of changes, nothing about rights; durability and answers are the "
        "same. Lean is SQL by hand, raw ASGI and orjson; Mercurius has its loaders, or one hand-written JOIN. What is "
        "asked is drawn over all people, projects and days. What the gateway takes beyond lean buys the log of "
        "changes, rights, sums that are always right, limits and its own log's lines."
    )
    lines = [textwrap.fill(text, 120)]
    if load >= BUSY:
        lines += ["", f"**Other programs ran meanwhile (load {load:.1f}): times are too long, and ratios chance.**"]
    return "\n".join(lines)


def table(results: Sequence[Result], *, title: str) -> str:
    """Write the table of a store."""
    shown = list(dict.fromkeys(result.server.kind.name for result in results))
    beside = [name for name in shown if name != "mercurius"]
    several = " / ".join(TITLES[name] for name in beside)
    columns = [
        "",
        *(f"{TITLES[name]}, ms" for name in shown),
        f"processor time of the server's process, us: {several}",
        f"a second with {CONNECTIONS}: {several}",
        "goals",
    ]
    lines = [f"**{title}**", "", f"| {' | '.join(columns)} |", f"|---|{'---:|' * len(shown)}---|---|---|"]
    found = {(result.workload.name, result.server.kind.name): result for result in results}
    for workload in dict.fromkeys(result.workload for result in results):
        of = {name: found[workload.name, name] for name in shown}
        times = (f"{of[name].median() * 1000:.3g}" for name in shown)
        processor = " / ".join(f"{_cpu(of[name]):,.0f}" for name in beside)
        floods = " / ".join(f"{statistics.median(of[name].floods):,.0f}" for name in beside)
        goals = "; ".join(_cells(workload.name, of))
        lines.append(f"| {workload.name} {workload.title} | {' | '.join(times)} | {processor} | {floods} | {goals} |")
    memory = [result.memory / 1e6 for result in results if result.server.kind.name == "gateway"]
    return "\n".join([*lines, "", f"The gateway's process held {min(memory):.0f} to {max(memory):.0f} MB."])


def caches(metrics: str) -> str:
    """Say of each cache that was asked how full it is, how often it had what was asked for, and what it made."""
    samples = [sample for family in text_string_to_metric_families(metrics) for sample in family.samples]
    found = {(sample.name, sample.labels.get("cache")): sample.value for sample in samples}
    requests = sum(sample.value for sample in samples if sample.name == "gateway_operation_seconds_count")
    lines = [
        f"What its caches had of what {requests:,.0f} requests asked them for (of `days`, only what was made):",
        "",
        "| cache | MB | of | found | made | found of all |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for (name, cache), made in found.items():
        there = found.get(("gateway_cache_found_total", cache), 0)
        if name == "gateway_cache_made_total" and made + there:
            kept, most = (found[each, cache] / 1e6 for each in ("gateway_cache_bytes", "gateway_cache_bound_bytes"))
            share = f"{there:,.0f} | {made:,.0f} | {there / (there + made):.2%}" if there else f"| {made:,.0f} |"
            lines.append(f"| {cache} | {kept:.2f} | {most:.2f} | {share} |")
    return "\n".join(lines)


def _cpu(result: Result) -> float:
    """Return the microseconds of the server's processor time that a request takes."""
    return statistics.median(result.cpu) * 1e6

"""A run in Markdown: all numbers, the goals beside them, and a short table for the README."""

import os
import platform
import statistics
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.goals import GATEWAY, Verdict, verdicts
from tests.bench.measuring import CONNECTIONS, Result
from tests.bench.servers import BASES

TENFOLD = 10  # ratios from here on are shown without decimals
BUSY = 3.0  # load that is not the bench's own


@dataclass(frozen=True, slots=True)
class Section:
    """What was measured over one store."""

    database: str
    version: str
    entries: int
    results: Sequence[Result]
    load: float  # of the machine at the end

    @property
    def title(self) -> str:
        return f"{self.entries:,} entries in {self.version}"


def machine() -> str:
    """Say on what a run is made, and how busy that was before."""
    found = [line for line in _cpuinfo() if line.startswith("model name")]
    processor = found[0].partition(":")[2].strip() if found else platform.machine()
    return (
        f"{os.cpu_count()} cores ({processor}, load {os.getloadavg()[0]:.1f} before), "
        f"Python {platform.python_version()}, one process a server"
    )


def _busy(sections: Sequence[Section]) -> list[str]:
    """Say so where other programs kept the machine busy: the bench alone keeps two cores so."""
    most = max(section.load for section in sections)
    if most < BUSY:
        return []
    return ["", f"**Other programs ran meanwhile (load {most:.1f}): times are too long, and ratios chance.**"]


def _cpuinfo() -> list[str]:
    path = Path("/proc/cpuinfo")
    return path.read_text().splitlines() if path.exists() else []


def full(sections: Sequence[Section], machine: str) -> str:
    """Write every number.

    On a busy machine the 10th percentile says what a request takes, and the 99th how busy it was.
    """
    about = (
        f"Measured by `scripts/bench` on {machine}. Milliseconds are of one connection; requests a second are of one "
        f"connection and of {CONNECTIONS} at once; ratios are to the hand-written SQL, the median of the turns (least "
        "to most); memory is what the process held after the workload."
    )
    lines = ["# Speed", "", about, *_busy(sections)]
    for section in sections:
        lines += [f"\n## {section.title}\n", *_numbers(section)]
        if table := list(_goals(section)):
            lines += ["\n### Goals\n", *table]
        if depth := list(_depth(section.results)):
            lines += ["\n### A page at 90 % depth against the first\n", *depth]
    return "\n".join(lines) + "\n"


def _numbers(section: Section) -> Iterator[str]:
    yield (
        f"| workload | server | p10 ms | p50 ms | p99 ms | requests/s | with {CONNECTIONS} | ratio | memory MB |\n"
        "|---|---|---:|---:|---:|---:|---:|---:|---:|"
    )
    base = {
        result.workload.name: result for result in section.results if result.server.kind.name == BASES[section.database]
    }
    for result in section.results:
        name = result.workload.name
        ratio = ""
        if name in base:
            ratios = result.ratios(base[name])
            ratio = _with_spread(ratios)
        flood = f"{statistics.median(result.floods):,.0f}" if result.floods else ""
        low, middle, high = (result.percentile(percent) * 1000 for percent in (10, 50, 99))
        yield (
            f"| {name} {result.workload.title} | {result.server.kind.title} | {low:.3f} | {middle:.3f} | {high:.3f} "
            f"| {result.rate():,.0f} | {flood} | {ratio} | {result.memory / 1e6:.0f} |"
        )


def _with_spread(ratios: Sequence[float]) -> str:
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"


def _goals(section: Section) -> Iterator[str]:
    found = verdicts(section.results, section.database)
    if not found:
        return
    yield "| workload | against | goal | the gateway | |\n|---|---|---|---:|---|"
    for verdict in found:
        goal = verdict.goal
        yield (
            f"| {goal.workload} {verdict.other.workload.title} | {verdict.other.server.kind.title} "
            f"| {goal.words}{'' if goal.must else ' (to reach for)'} | {_with_spread(verdict.shown)} "
            f"| {'met' if verdict.is_met else 'missed'} |"
        )


def _depth(results: Sequence[Result]) -> Iterator[str]:
    found = {(result.workload.name, result.server.kind.name): result for result in results}
    for (workload, name), result in found.items():
        if workload == "W6" and ("W1", name) in found:
            yield f"- {result.server.kind.title}: {statistics.median(result.ratios(found['W1', name])):.2f}"


HEADS = {
    "mercurius": "Mercurius, loaders",
    "yoga": "graphql-yoga",
    "join": "Mercurius over a JOIN",
    "postgraphile": "PostGraphile 5",
}


def short(sections: Sequence[Section], machine: str) -> str:
    """Write what the README shows: the gateway's time, and a column for each server that a goal names."""
    about = (
        f"One run of `scripts/bench` on {machine}. By hand is SQL written for the question, raw ASGI and orjson, on "
        "the quickest driver; its column says how many times as long the gateway takes, the columns after it how many "
        "times as fast the gateway is, all beside their goals, and *missed* where they were. Ratios are medians of "
        "interleaved turns; answers were compared before they were timed."
    )
    lines = [textwrap.fill(about, 120), *_busy(sections)]
    for section in sections:
        lines += ["", f"**{section.title}**", "", *_short_table(section)]
        memory = [result.memory / 1e6 for result in section.results if result.server.kind.name == GATEWAY]
        if memory:
            lines += ["", f"The gateway's process held {min(memory):.0f} to {max(memory):.0f} MB."]
    return "\n".join(lines)


def _short_table(section: Section) -> Iterator[str]:
    found = {(result.workload.name, result.server.kind.name): result for result in section.results}
    held = {(each.goal.workload, each.goal.server): each for each in verdicts(section.results, section.database)}
    base = BASES[section.database]
    columns = list(dict.fromkeys(server for _, server in held))
    heads = ["by hand" if name == base else HEADS[name] for name in columns]
    yield f"| workload | by hand, ms | gateway, ms | {' | '.join(heads)} |"
    yield "|---|" + "---:|" * (2 + len(columns))
    for workload in dict.fromkeys(result.workload for result in section.results):
        theirs, ours = found.get((workload.name, base)), found.get((workload.name, GATEWAY))
        cells = [_milliseconds(theirs), _milliseconds(ours)]
        for name in columns:
            other = found.get((workload.name, name))
            cells.append(_cell(held.get((workload.name, name)), ours, other, inverse=name != base))
        yield f"| {workload.title} | {' | '.join(cells)} |"


def _milliseconds(result: Result | None) -> str:
    return "" if result is None else f"{result.median() * 1000:.3g}"


def _cell(verdict: Verdict | None, ours: Result | None, other: Result | None, *, inverse: bool) -> str:
    if verdict is not None:
        missed = "" if verdict.is_met else ", *missed*"
        return f"{_rounded(statistics.median(verdict.shown))} ({verdict.goal.bound:g}{missed})"
    if ours is None or other is None:
        return ""
    ratio = statistics.median(ours.ratios(to=other))
    return _rounded(1 / ratio if inverse else ratio)


def _rounded(ratio: float) -> str:
    return f"{ratio:.0f}" if ratio >= TENFOLD else f"{ratio:.2f}"

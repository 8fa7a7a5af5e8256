"""The table of a run, in Markdown."""

import platform
import sqlite3
import statistics
from collections.abc import Sequence

from tests.bench.measuring import Result

BASE = "yardstick"


def table(results: Sequence[Result], *, entries: int) -> str:
    """Write percentiles in milliseconds, requests per second, and ratios of medians with their spread.

    On a busy machine the 10th percentile says what a request takes, and the 99th how busy it was.
    """
    machine = (
        f"{entries:,} entries, one connection, one process a server; Python {platform.python_version()}, "
        f"SQLite {sqlite3.sqlite_version}. Ratios to the hand-written SQL: the median of the turns (least to most)."
    )
    lines = [
        machine,
        "",
        "| workload | server | p10 ms | p50 ms | p99 ms | requests/s | ratio | memory MB |",
        "|---|---|---:|---:|---:|---:|---:|---:|",
    ]
    base = {result.workload.name: result for result in results if result.server.kind.name == BASE}
    for result in results:
        name = result.workload.name
        ratio = ""
        if name in base and result.turns and base[name].turns:
            ratios = result.ratios(base[name])
            ratio = f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
        lines.append(
            f"| {name} {result.workload.title} | {result.server.kind.title} | {result.percentile(10) * 1000:.3f} "
            f"| {result.median() * 1000:.3f} "
            f"| {result.percentile(99) * 1000:.3f} | {result.rate():,.0f} | {ratio} | {result.memory / 1e6:.0f} |"
        )
    lines += ["", *_depth(results)]
    return "\n".join(lines)


def _depth(results: Sequence[Result]) -> list[str]:
    """Say how much more a deep page costs than the first."""
    found = {(result.workload.name, result.server.kind.name): result for result in results}
    return [
        f"A page at 90 % depth against the first, {result.server.kind.title}: "
        f"{statistics.median(result.ratios(found['W1', name])):.2f}"
        for (workload, name), result in found.items()
        if workload == "W6" and ("W1", name) in found
    ]

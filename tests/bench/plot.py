"""The plot of a run: a row for each workload, a dot for each server, milliseconds on a logarithmic scale."""

import math
from collections.abc import Sequence
from html import escape

from tests.bench.measuring import Result

WIDTH, LEFT, RIGHT = 940, 410, 40
TOP, ROW, LEGEND = 34, 46, 24
LEGEND_COLUMNS = 2
COLOURS = {
    "yardstick": "#6b7280",
    "gateway": "#d6336c",
    "join": "#2b8a3e",
    "mercurius": "#1c7ed6",
    "yoga": "#f08c00",
    "naive": "#7048e8",
}
STYLE = (
    "text { font: 13px system-ui, sans-serif; fill: #374151 } .scale { font-size: 11px; fill: #6b7280 } "
    ".line { stroke: #d1d5db } @media (prefers-color-scheme: dark) { text { fill: #e5e7eb } .line { stroke: #4b5563 } }"
)


def plot(results: Sequence[Result]) -> str:
    """Draw the medians, each with a line from its 10th to its 90th percentile."""
    rows = list({result.workload.name: result.workload for result in results}.values())
    kinds = list({result.server.kind.name: result.server.kind for result in results}.values())
    span = _span(results)
    bottom = TOP + ROW * len(rows)
    height = bottom + 34 + LEGEND * math.ceil(len(kinds) / LEGEND_COLUMNS)
    label = "Milliseconds of a request, by workload and server"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{label}">',
        f"<style>{STYLE}</style>",
        *_scale(span, bottom),
    ]
    for place, workload in enumerate(rows):
        y = TOP + ROW * place + ROW / 2
        parts.append(f'<text x="{LEFT - 16}" y="{y + 4}" text-anchor="end">{escape(workload.title)}</text>')
        parts += [line for result in results if result.workload is workload for line in _dot(result, span, y)]
    for place, kind in enumerate(kinds):
        x = 40 + (WIDTH - 40) / LEGEND_COLUMNS * (place % LEGEND_COLUMNS)
        y = bottom + 42 + LEGEND * (place // LEGEND_COLUMNS)
        parts.append(f'<circle cx="{x}" cy="{y - 4}" r="6" fill="{COLOURS[kind.name]}"/>')
        parts.append(f'<text x="{x + 14}" y="{y}">{escape(kind.title)}</text>')
    return "\n".join([*parts, "</svg>", ""])


def _span(results: Sequence[Result]) -> tuple[float, float]:
    """Return the powers of ten that all results lie between, in milliseconds."""
    low = min(result.percentile(10) for result in results) * 1000
    high = max(result.percentile(90) for result in results) * 1000
    return math.floor(math.log10(low)), max(math.ceil(math.log10(high)), math.floor(math.log10(low)) + 1)


def _x(seconds: float, span: tuple[float, float]) -> float:
    share = (math.log10(seconds * 1000) - span[0]) / (span[1] - span[0])
    return LEFT + share * (WIDTH - LEFT - RIGHT)


def _scale(span: tuple[float, float], bottom: float) -> list[str]:
    parts = []
    for power in range(int(span[0]), int(span[1]) + 1):
        x = _x(10.0**power / 1000, span)
        parts.append(f'<line class="line" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{bottom}"/>')
        parts.append(f'<text class="scale" x="{x:.1f}" y="{TOP - 10}" text-anchor="middle">{10.0**power:g} ms</text>')
    return parts


def _dot(result: Result, span: tuple[float, float], y: float) -> list[str]:
    colour = COLOURS[result.server.kind.name]
    # Dots of servers that are as fast lie beside each other, not upon each other.
    y += (list(COLOURS).index(result.server.kind.name) - (len(COLOURS) - 1) / 2) * 6
    low, middle, high = (
        _x(seconds, span) for seconds in (result.percentile(10), result.median(), result.percentile(90))
    )
    title = f"{result.workload.title}, {result.server.kind.title}: {result.median() * 1000:.3g} ms"
    return [
        f'<line x1="{low:.1f}" x2="{high:.1f}" y1="{y}" y2="{y}" stroke="{colour}" stroke-width="2" opacity="0.45"/>',
        f'<circle cx="{middle:.1f}" cy="{y}" r="5" fill="{colour}"><title>{escape(title)}</title></circle>',
    ]

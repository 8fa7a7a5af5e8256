"""The plot of a run: a row for each workload, a dot for each server, milliseconds on a logarithmic scale."""

import math
from collections.abc import Iterator, Sequence
from html import escape

from tests.bench.measuring import Result
from tests.bench.report import Section

WIDTH, LEFT, RIGHT = 940, 410, 40
TOP, HEADING, ROW, LEGEND = 26, 34, 46, 24
LEGEND_COLUMNS = 2
COLOURS = {
    "yardstick": "#6b7280",
    "asyncpg": "#6b7280",  # the same by hand, on the other database
    "gateway": "#d6336c",
    "join": "#2b8a3e",
    "mercurius": "#1c7ed6",
    "yoga": "#f08c00",
    "naive": "#7048e8",
    "postgraphile": "#0c8599",
}
STYLE = (
    "text { font: 13px system-ui, sans-serif; fill: #374151 } .scale { font-size: 11px; fill: #6b7280 } "
    ".heading { font-weight: 600 } "
    ".line { stroke: #d1d5db } @media (prefers-color-scheme: dark) { text { fill: #e5e7eb } .line { stroke: #4b5563 } }"
)
Span = tuple[float, float]


def plot(sections: Sequence[Section]) -> str:
    """Draw the medians, each with a line from its 10th to its 90th percentile."""
    results = [result for section in sections for result in section.results]
    kinds = list({result.server.kind.name: result.server.kind for result in results}.values())
    span = _span(results)
    rows: list[str] = []
    y: float = TOP
    for section in sections:
        rows.append(f'<text class="heading" x="{LEFT - 16}" y="{y + 24}" text-anchor="end">{section.title}</text>')
        y += HEADING
        for workload in dict.fromkeys(result.workload for result in section.results):
            middle = y + ROW / 2
            rows.append(f'<text x="{LEFT - 16}" y="{middle + 4}" text-anchor="end">{escape(workload.title)}</text>')
            rows += _dots([result for result in section.results if result.workload is workload], span, middle)
            y += ROW
    legend = [
        f'<circle cx="{x}" cy="{line - 4}" r="6" fill="{COLOURS[kind.name]}"/>'
        f'<text x="{x + 14}" y="{line}">{escape(kind.title)}</text>'
        for place, kind in enumerate(kinds)
        for x in [40 + (WIDTH - 40) / LEGEND_COLUMNS * (place % LEGEND_COLUMNS)]
        for line in [y + 42 + LEGEND * (place // LEGEND_COLUMNS)]
    ]
    height = y + 34 + LEGEND * math.ceil(len(kinds) / LEGEND_COLUMNS)
    about = 'role="img" aria-label="Milliseconds of a request, by workload and server"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:g}" {about}>',
            f"<style>{STYLE}</style>",
            *_scale(span, y),
            *rows,
            *legend,
            "</svg>",
            "",
        ]
    )


def _span(results: Sequence[Result]) -> Span:
    """Return the powers of ten that all results lie between, in milliseconds."""
    low = min(result.percentile(10) for result in results) * 1000
    high = max(result.percentile(90) for result in results) * 1000
    return math.floor(math.log10(low)), max(math.ceil(math.log10(high)), math.floor(math.log10(low)) + 1)


def _x(seconds: float, span: Span) -> float:
    share = (math.log10(seconds * 1000) - span[0]) / (span[1] - span[0])
    return LEFT + share * (WIDTH - LEFT - RIGHT)


def _scale(span: Span, bottom: float) -> Iterator[str]:
    for power in range(int(span[0]), int(span[1]) + 1):
        x = _x(10.0**power / 1000, span)
        yield f'<line class="line" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{bottom}"/>'
        yield f'<text class="scale" x="{x:.1f}" y="{TOP - 10}" text-anchor="middle">{10.0**power:g} ms</text>'


def _dots(results: Sequence[Result], span: Span, middle: float) -> Iterator[str]:
    """Draw the servers of a row, each a little below the one before: some are as fast as others."""
    for place, result in enumerate(results):
        y = middle + (place - (len(results) - 1) / 2) * 6
        colour = COLOURS[result.server.kind.name]
        low, median, high = (
            _x(seconds, span) for seconds in (result.percentile(10), result.median(), result.percentile(90))
        )
        title = f"{result.workload.title}, {result.server.kind.title}: {result.median() * 1000:.3g} ms"
        line = f'<line x1="{low:.1f}" x2="{high:.1f}" y1="{y}" y2="{y}" stroke="{colour}"'
        yield f'{line} stroke-width="2" opacity="0.45"/>'
        yield f'<circle cx="{median:.1f}" cy="{y}" r="5" fill="{colour}"><title>{escape(title)}</title></circle>'

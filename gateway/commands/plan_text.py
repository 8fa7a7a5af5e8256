"""A query's plan as text for a terminal."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

INDENT = (0, 0, 0, 2)
LONGEST_VALUE = 100  # characters


def print_plan(explanation: Mapping[str, Any], console: Console) -> None:
    """Print what `gateway explain --json` has: whose and how expensive, the selection, and each statement."""
    viewer, cost, plan = explanation["viewer"], explanation["cost"], explanation["plan"]
    name = explanation["operation"] or "The query"
    costs = "" if viewer["seesCosts"] else " who sees no costs"
    console.print(
        Text(f"{name}, as person {viewer['personId']}, {viewer['role']}{costs}: ")
        + Text(f"{cost['requested']:,} of {cost['limit']:,} points", "bold")
    )
    _heading(console, "Selection")
    lines = list(_selection(plan["selection"]))
    width = max((len(field) for field, _ in lines), default=0)
    for field, source in lines:
        _line(console, Text(f"{field:<{width}}  ") + Text(source or "", "cyan"))
    statements = plan["statements"]
    if not statements:
        _heading(console, "No statement was run")
    for number, statement in enumerate(statements, 1):
        _statement(console, f"Statement {number} of {len(statements)}", statement)


def _selection(parts: Sequence[Mapping[str, Any]], depth: int = 0) -> list[tuple[str, str | None]]:
    lines = []
    for part in parts:
        lines.append(("  " * depth + part["field"], part["reads"]))
        lines += _selection(part.get("selection", ()), depth + 1)
    return lines


def _statement(console: Console, title: str, statement: Mapping[str, Any]) -> None:
    rows = "1 row" if statement["rows"] == 1 else f"{statement['rows']:,} rows"
    _heading(console, f"{title}: {rows} in {statement['milliseconds']:.3f} ms")
    for line in statement["sql"].splitlines():
        _line(console, Text(line.rstrip()))
    if statement["parameters"]:
        _heading(console, "values, in order", "dim")
    for number, parameter in enumerate(statement["parameters"], 1):
        _line(console, Text(f"{number} {parameter['name']} = {_short(repr(parameter['value']))}"))
    _heading(console, "plan of the database", "dim")
    for line in statement["plan"]:
        _line(console, Text(line, "green"))


def _heading(console: Console, text: str, style: str = "bold") -> None:
    if style == "bold":
        console.print()
    console.print(Text(text, style))


def _line(console: Console, text: Text) -> None:
    """Print a line; what is too long for the terminal goes on below, indented."""
    console.print(
        Padding(text, INDENT) if console.is_terminal else Text("  ") + text, soft_wrap=not console.is_terminal
    )


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}..."

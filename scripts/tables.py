"""Writes the README's tables out of the code that they are about; --check only tells whether they are current."""

import re
import sys
from pathlib import Path

from gateway.catalog.time_entries import FILTERS
from gateway.settings import PREFIX, Settings, allowed

README = Path(__file__).parent.parent / "README.md"


def settings_table() -> str:
    """Return a row for each setting: variable, default, meaning, bounds."""
    lines = ["| variable | default | meaning |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = field.default
        shown = (
            f"{default:,}" if type(default) is int else str(default).lower() if isinstance(default, bool) else default
        )
        shown = f"`{shown}`" if shown not in ((), "") else "none"
        lines.append(f"| `{PREFIX}{name.upper()}` | {shown} | {field.description} ({allowed(field)}) |")
    return "\n".join(lines)


def filters_table() -> str:
    """Return a row for each filter: name, what it takes, meaning."""
    lines = ["| filter | documented as | takes | meaning |", "|---|---|---|---|"]
    for row in FILTERS.filters:
        taken = row.kind.comparator
        operations = ", ".join(row.kind.operations) if taken not in {"Date", "Boolean"} else "a bare value"
        lines.append(f"| `{row.name}` | `{row.documented}` | {taken}: {operations} | {row.description} |")
    return "\n".join(lines)


TABLES = {"settings": settings_table, "filters": filters_table}


def with_tables(text: str) -> str:
    """Put each table between its two markers."""
    for name, table in TABLES.items():
        text = re.sub(
            rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)",
            lambda found, table=table: f"{found[1]}\n{table()}\n\n{found[2]}",
            text,
            flags=re.DOTALL,
        )
    return text


def main() -> None:
    """Write the tables, or tell that they are old."""
    text = README.read_text()
    made = with_tables(text)
    if "--check" not in sys.argv:
        README.write_text(made)
    elif made != text:
        sys.exit("The README's tables are not current: run scripts/docs.")


if __name__ == "__main__":
    main()

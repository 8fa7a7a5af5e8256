"""Writes the README's tables out of the code that they are about; --check only tells whether they are current."""

import sys
from pathlib import Path

from gateway.catalog.time_entries import FILTERS
from gateway.http.codes import Code
from gateway.settings import PREFIX, Settings, allowed

README = Path(__file__).parent.parent / "README.md"


def settings_table() -> str:
    """Return a row for each setting: variable, default, meaning, bounds."""
    lines = ["| variable | default | meaning |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = str(field.default).lower() if isinstance(field.default, bool) else field.default
        shown = "none" if default in {(), ""} else f"`{default}`"
        lines.append(f"| `{PREFIX}{name.upper()}` | {shown} | {field.description} ({allowed(field)}) |")
    return "\n".join(lines)


def filters_table() -> str:
    """Return a row for each filter: name, what it takes, meaning."""
    lines = ["| filter | documented as | takes | meaning |", "|---|---|---|---|"]
    for row in FILTERS.filters:
        taken = row.kind.comparator
        operations = ", ".join(row.kind.operations) if taken not in {"Date", "Boolean"} else "a bare value"
        documented = f"`{row.documented}`" if row.is_documented else ""
        lines.append(f"| `{row.name}` | {documented} | {taken}: {operations} | {row.description} |")
    return "\n".join(lines)


def codes_table() -> str:
    """Return a row for each code at the top of an answer: name, status, meaning."""
    rows = [f"| `{code.name}` | {code.status} | {code.meaning} |" for code in Code]
    return "\n".join(["| code | status | meaning |", "|---|---|---|", *rows])


TABLES = {"settings": settings_table, "filters": filters_table, "codes": codes_table}


def with_tables(text: str) -> str:
    """Put each table between its two markers."""
    for name, table in TABLES.items():
        before, _, rest = text.partition(f"<!-- {name} -->\n")
        _, _, after = rest.partition(f"<!-- /{name} -->")
        text = f"{before}<!-- {name} -->\n\n{table()}\n\n<!-- /{name} -->{after}"
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

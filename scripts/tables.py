"""Writes the tables of the documentation out of the code that they are about; --check only compares them."""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from gateway.caches import CACHES
from gateway.catalog.time_entries import FILTERS
from gateway.http.codes import Code
from gateway.jsonapi.resources import ENTRY_OF_STATUS, RESOURCES
from gateway.settings import PREFIX, Settings, allowed

ROOT = Path(__file__).parent.parent


def settings_table() -> str:
    """Return a row for each setting: variable, default, meaning, bounds."""
    lines = ["| variable | default | meaning |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = str(field.default).lower() if isinstance(field.default, bool) else field.default
        shown = "none" if str(default) in {"()", ""} else f"`{default}`"
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


def resources_table() -> str:
    """Return a row for each type that an import reads: its attributes and its relationships."""
    lines = ["| type | attributes | relationships |", "|---|---|---|"]
    for name, resource in RESOURCES.items():
        related = [
            one if type_ in {f"{one}s", f"{one.removesuffix('y')}ies"} else f"{one} ({type_})"
            for one, type_ in resource.relationships.items()
        ]
        if name == ENTRY_OF_STATUS[0]:
            related.append(ENTRY_OF_STATUS[1])
        lines.append(f"| {name} | {', '.join(resource.attributes)} | {', '.join(related)} |")
    return "\n".join(lines)


def caches_table() -> str:
    """Return a row for each cache: name, place, key, bound, when an entry ends."""
    lines = ["| cache | in `gateway/` | key | at most | an entry ends |", "|---|---|---|---|---|"]
    for cache in CACHES.values():
        entries = f", {cache.entries:,} entries" if cache.each else ""
        lines.append(
            f"| {cache.name} | `{cache.home}` | {cache.key} | {cache.most / 1e6:,.3g} MB{entries} | {cache.ends} |"
        )
    return "\n".join(lines)


TABLES = {
    ROOT / "ARCHITECTURE.md": {"caches": caches_table},
    ROOT / "README.md": {"settings": settings_table, "filters": filters_table, "codes": codes_table},
    ROOT / "docs" / "import.md": {"resources": resources_table},
}


def with_tables(text: str, tables: Mapping[str, Callable[[], str]]) -> str:
    """Put each table between its two markers."""
    for name, table in tables.items():
        before, _, rest = text.partition(f"<!-- {name} -->\n")
        _, _, after = rest.partition(f"<!-- /{name} -->")
        text = f"{before}<!-- {name} -->\n\n{table()}\n\n<!-- /{name} -->{after}"
    return text


def main() -> None:
    """Write the tables, or refuse old ones."""
    for file, tables in TABLES.items():
        text = file.read_text()
        made = with_tables(text, tables)
        if "--check" not in sys.argv:
            file.write_text(made)
        elif made != text:
            sys.exit(f"The tables of {file.name} are not current: run scripts/docs.")


if __name__ == "__main__":
    main()

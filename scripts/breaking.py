"""Refuses a breaking change of the schema since its last release that CHANGELOG.md does not announce.

The schema of each release is `releases/VERSION.graphql`; whoever releases adds it. A change is announced by an item of
the newest section of CHANGELOG.md that says "breaks" and names in backticks what changed, as in `Task.workedTime`.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from graphql import GraphQLSchema, build_schema, find_breaking_changes

from gateway.graphql.schema import print_schema

ROOT = Path(__file__).parent.parent
COORDINATE = re.compile(r"@?\w+(?:\.\w+)?\(\w+:\)|\w+\.\w+|@\w+")


def last_release(folder: Path) -> Path:
    """Return the schema of the newest version: by its numbers, and a preview (`0.1.0a1`) before what it is one of."""

    def order(file: Path) -> list[tuple[int, str]]:
        return [(int(number), word or "~") for number, word in re.findall(r"(\d+)([a-z]*)", file.stem)]

    return max(folder.glob("*.graphql"), key=order)


def coordinate(description: str, schema: GraphQLSchema) -> str:
    """Return what changed as the specification writes it: a type, a field, an argument, a directive."""
    found = COORDINATE.search(description)
    if found is not None:
        return found[0]
    return next((word for word in re.findall(r"\w+", description) if word in schema.type_map), description)


def announcements(changelog: str) -> str:
    """Return the items of the newest section that say that they break something."""
    newest = changelog.partition("\n## ")[2].partition("\n## ")[0]
    return "\n".join(item for item in re.split(r"\n(?=- )", newest) if "break" in item)


def unannounced(before: str, after: str, changelog: str) -> Iterator[str]:
    """Yield a sentence for each breaking change that clients were not told of."""
    old, said = build_schema(before), announcements(changelog)
    for change in find_breaking_changes(old, build_schema(after)):
        if f"`{coordinate(change.description, old)}`" not in said:
            yield change.description


def main() -> int:
    """Compare with the last release; 1 where something breaks that is not announced."""
    release = last_release(ROOT / "releases")
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    found = [*unannounced(release.read_text(encoding="utf-8"), print_schema(), changelog)]
    for sentence in found:
        sys.stderr.write(f"This breaks clients of {release.stem}: {sentence}\n")
    if found:
        sys.stderr.write("Say so in the newest section of CHANGELOG.md, or leave it as it was.\n")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())

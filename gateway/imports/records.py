"""What an import is made of: records as documents brought them, the problems found, and the report at the end."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

# Beyond so many, problems are counted and no longer listed: a file may hold millions of them.
MOST_LISTED = 10_000


@dataclass(frozen=True, slots=True)
class Place:
    """Where in which file: a JSON pointer, such as /data/3/attributes/date."""

    file: str
    pointer: str

    def at(self, *steps: str) -> "Place":
        """Go on from here."""
        return Place(self.file, "/".join((self.pointer, *steps)))

    def __str__(self) -> str:
        return f"{self.file} {self.pointer or '/'}"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that keeps the whole import out, and what was expected instead."""

    place: Place
    expected: str

    def __str__(self) -> str:
        return f"{self.place}: {self.expected}"


@dataclass(slots=True)
class Problems:
    """All problems of an import, the first of them in full."""

    listed: list[Problem] = field(default_factory=list)
    count: int = 0

    def add(self, place: Place, expected: str) -> None:
        """Note a problem."""
        self.count += 1
        if self.count <= MOST_LISTED:
            self.listed.append(Problem(place, expected))


class ImportRefused(Exception):
    """Nothing was written; `problems` says why, in the order found, and `count` how many there are in all."""

    def __init__(self, problems: Problems) -> None:
        self.problems = tuple(problems.listed)
        self.count = problems.count
        lines = [str(problem) for problem in self.problems]
        if self.count > len(lines):
            lines.append(f"and {self.count - len(lines):,} more")
        super().__init__("\n".join(lines))


@dataclass(frozen=True, slots=True)
class Record:
    """One resource of one document, its columns named as the store names them.

    `columns` holds what the document brought, in JSON's values: days as ISO text, instants as milliseconds.
    """

    table: str
    id: int
    columns: Mapping[str, object]
    place: Place
    document: int
    is_link: bool = False  # only another record's word for it: the record itself is elsewhere, or nowhere
    is_broken: bool = False  # a problem was noted; it is known to be there, and not looked at any further


@dataclass(slots=True)
class Counts:
    """What became of the records of one type."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0


@dataclass(slots=True)
class ImportReport:
    """What an import did, or would do."""

    dry_run: bool
    counts: dict[str, Counts] = field(default_factory=dict)  # by type, types without records left out
    # Entries that were not in the documents and follow a changed service, deal, invoice or timesheet.
    followed: int = 0
    # What was not understood and left out: "time_entries.colour" -> how often.
    unknown: Counter[str] = field(default_factory=Counter)

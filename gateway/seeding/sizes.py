"""How many of each: data grows by organizations, people and projects, never by entries per project."""

from dataclasses import dataclass
from itertools import pairwise

ENTRIES_A_PERSON = 3_900  # three a working day, for five years
ENTRIES_A_PROJECT = 2_500
ENTRIES_AN_ORGANIZATION = 4_000_000  # of what is added beyond the first two
SHARES = (6, 4)  # of the first two organizations
LATER_SHARE = 3

FEWEST_PEOPLE = 8
FEWEST_PROJECTS = 6
PEOPLE_A_MANAGER = 12
PEOPLE_AN_INTERNAL_PROJECT = 40
PROJECTS_A_COMPANY = 3


@dataclass(frozen=True, slots=True)
class Size:
    """How much one organization has."""

    entries: int
    people: int
    managers: int
    companies: int
    client_projects: int
    internal_projects: int


def sizes_for(entries: int) -> tuple[Size, ...]:
    """Return the size of each organization; their entries add up to `entries`."""
    count = len(SHARES) + entries // ENTRIES_AN_ORGANIZATION
    shares = [*SHARES, *[LATER_SHARE] * (count - len(SHARES))]
    marks = [entries * sum(shares[:place]) // sum(shares) for place in range(count + 1)]
    return tuple(_size(end - start) for start, end in pairwise(marks))


def _size(entries: int) -> Size:
    people = max(FEWEST_PEOPLE, entries // ENTRIES_A_PERSON)
    projects = max(FEWEST_PROJECTS, entries // ENTRIES_A_PROJECT)
    internal = 1 + people // PEOPLE_AN_INTERNAL_PROJECT
    return Size(
        entries=entries,
        people=people,
        managers=2 + people // PEOPLE_A_MANAGER,
        companies=1 + projects // PROJECTS_A_COMPANY,
        client_projects=projects,
        internal_projects=internal,
    )

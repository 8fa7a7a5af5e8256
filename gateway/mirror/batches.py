"""Records of the upstream on their way into the store, by type and number, and what each of them points to."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import islice

from gateway.imports.intake import Intake
from gateway.imports.records import Place, Problem, Problems, Record
from gateway.imports.rows import ROLE, TABLES, targets
from gateway.jsonapi.kinds import InvalidValue, record_number
from gateway.jsonapi.reading import Reader
from gateway.jsonapi.resources import ENTRY_OF_STATUS, RESOURCES
from gateway.mirror.upstream.documents import Resource, TooLong, number_of

Key = tuple[str, int]
Columns = Mapping[str, object]
ENTRIES, STATUSES = ENTRY_OF_STATUS[:2]
TOO_LONG = "an answer with this record alone is too long to be read"


def name_of(key: Key) -> str:
    """Name a record for people, and as the place of its problems."""
    return f"{key[0]} {key[1]}"


def nameless(type_: str) -> str:
    """Name all records of a type whose number is none."""
    return f"{type_} without a number"


def key_named(name: str) -> Key | None:
    """Return type and number of a name; None where the number is none."""
    type_, _, number = name.partition(" ")
    try:
        return type_, record_number(number)
    except InvalidValue:
        return None


def key_of(resource: Resource) -> Key | None:
    """Return type and number; None for a type that is not kept, or a number that is none."""
    number = number_of(resource)
    return None if number is None or resource["type"] not in RESOURCES else (resource["type"], number)


@dataclass(slots=True)
class Batch:
    """Records that are merged together."""

    records: dict[Key, list[Record]] = field(default_factory=dict)
    statuses: dict[int, set[int]] = field(default_factory=dict)  # of entries that say which they have
    refused: dict[str, str] = field(default_factory=dict)  # by name: what is wrong
    waiting: dict[Key, Key] = field(default_factory=dict)  # what lacks what

    def add(self, resources: Iterable[Resource]) -> None:
        """Take records in; one that is there already stays as it is."""
        for resource in resources:
            key = key_of(resource)
            if key is not None and any(not record.is_link for record in self.records.get(key, ())):
                continue
            self._read(resource, key)

    def _read(self, resource: Resource, key: Key | None) -> None:
        problems = Problems()
        name = name_of(key) if key else nameless(resource["type"])
        if isinstance(resource, TooLong):
            self.refuse([Problem(Place(name, ""), TOO_LONG)])
            return
        for record in Reader(problems).read(_without_role(resource), Place(name, ""), 1):
            self.records.setdefault((record.table, record.id), []).append(record)
        if problems.count:
            self.refuse(problems.listed)
        if key is not None and key[0] == ENTRIES and (listed := _listed(resource)) is not None:
            self.statuses[key[1]] = listed

    def refuse(self, problems: Iterable[Problem]) -> None:
        """Leave out the records that have problems."""
        for problem in problems:
            name = problem.place.file
            self.refused.setdefault(name, f"{problem.place.pointer or '/'}: {problem.expected}")
        for key in [key for key in self.records if name_of(key) in self.refused]:
            self.leave(key)

    def leave(self, key: Key) -> None:
        """Leave a record out, and with an entry what it says of its statuses."""
        self.records.pop(key, None)
        if key[0] == ENTRIES:
            self.statuses.pop(key[1], None)
            of_entry = [
                (other, [record for record in records if record.columns.get(ENTRY_OF_STATUS[2]) != key[1]])
                for other, records in self.records.items()
                if other[0] == STATUSES
            ]
            for other, records in of_entry:
                if all(record.is_link for record in records) or len(records) < len(self.records[other]):
                    del self.records[other]

    def let_wait(self, lacking: Collection[Key]) -> None:
        """Let what points to records that are nowhere wait for them."""
        for key in list(self.records):
            found = next((target for target in self._targets(key) if target in lacking), None)
            if found is not None:
                self.leave(key)
                if key[0] != STATUSES:  # it comes with its entry again
                    self.waiting[key] = found

    def references(self) -> set[Key]:
        """Return all that the records point to and that is not among them."""
        numbers: defaultdict[str, set[int]] = defaultdict(set)
        for (type_, number), records in self.records.items():
            pointers = _pointers(type_)
            for record in records:
                if record.is_link:
                    numbers[type_].add(number)
                given = record.columns
                for column, target in pointers:
                    if isinstance(pointed_to := given.get(column), int):
                        numbers[target].add(pointed_to)
        found = {(type_, number) for type_, of_type in numbers.items() for number in of_type}
        return {key for key in found if all(record.is_link for record in self.records.get(key, ()))}

    def _targets(self, key: Key) -> Iterator[Key]:
        for record in self.records[key]:
            if record.is_link:
                yield key
            for column, target in _pointers(key[0]):
                if isinstance(number := record.columns.get(column), int):
                    yield target, number

    def of_type(self, type_: str) -> dict[int, Columns]:
        """Return the columns of the records of a type, by number."""
        return {
            number: records[0].columns if len(records) == 1 else _united(records)
            for (name_, number), records in self.records.items()
            if name_ == type_
        }

    def fill(self, intake: Intake) -> bool:
        """Hand all records to an import."""
        intake.next_document()
        for records in self.records.values():
            for record in records:
                intake.add(record)
        return True


def _united(records: Iterable[Record]) -> Columns:
    return {name: value for record in records for name, value in record.columns.items()}


@cache
def _pointers(type_: str) -> tuple[tuple[str, str], ...]:
    """Return the columns of a type that point to records, and the type of these."""
    found = {**targets(TABLES[type_]), "organization_id": TABLES["organizations"]}
    return tuple((column, target.name) for column, target in found.items() if target.name in TABLES)


def in_parts(numbers: Iterable[int], most: int) -> Iterator[list[int]]:
    """Yield numbers in their order, so many together at most."""
    rest = iter(numbers)
    while part := list(islice(rest, most)):
        yield part


def by_type(keys: Iterable[Key]) -> dict[str, set[int]]:
    """Return numbers by type."""
    grouped: defaultdict[str, set[int]] = defaultdict(set)
    for type_, number in keys:
        grouped[type_].add(number)
    return grouped


def _without_role(resource: Resource) -> Resource:
    """Leave out what the account says of roles, which are its own."""
    attributes = resource.get("attributes")
    if resource["type"] != "people" or not isinstance(attributes, dict):
        return resource
    return resource | {"attributes": {name: value for name, value in attributes.items() if name not in ROLE}}


def _listed(resource: Resource) -> set[int] | None:
    """Return the statuses that an entry says it has; None where it does not say."""
    relationships = resource.get("relationships")
    found = relationships.get(STATUSES) if isinstance(relationships, dict) else None
    data = found.get("data") if isinstance(found, dict) else None
    if not isinstance(data, list):
        return None
    return {key[1] for item in data if isinstance(item, dict) and (key := key_of(item | {"type": STATUSES}))}

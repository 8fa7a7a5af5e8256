"""From a resource of a document to a record of an import; what is wrong with it, and what is not understood."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from gateway.jsonapi.kinds import Unfit, record_number, shown
from gateway.jsonapi.resources import ENTRY_OF_STATUS, RENAMED, RESOURCES, Resource
from gateway.operations.imports.records import Place, Problems, Record
from gateway.store.tables import Row

NOT_BROUGHT = object()
# Said by documents, and made from something else by the store.
NOT_STORED = frozenset({"invoiced"})
LONGEST_NAME, MOST_NAMES = 100, 1_000  # of what is not understood: any file may be given

Members = dict[str, tuple[Any, Place]]


class Reader:
    """Reads resources one by one, and gathers the problems and the unknown names of all."""

    def __init__(self, problems: Problems) -> None:
        self.problems = problems
        self.unknown: Counter[str] = Counter()

    def read(self, value: object, place: Place, document: int) -> Iterator[Record]:
        """Yield the record, and a link for each approval status that an entry names."""
        problems_before = self.problems.count
        if not isinstance(value, dict):
            self.problems.add(place, f"a resource, which is an object, was expected, not {shown(value)}")
            return
        found = self._identifier(value, place)
        if found is None:
            return
        table, number = found
        resource = RESOURCES[table]
        columns: dict[str, object] = {}
        relationships = self._member(value, "relationships", place)
        self._attributes(table, resource, self._member(value, "attributes", place), columns)
        self._relationships(table, resource, relationships, columns)
        is_broken = self.problems.count != problems_before
        yield Record(table, number, columns, place, document, is_broken=is_broken)
        if table == ENTRY_OF_STATUS[0]:
            yield from self._statuses(relationships, number, document)

    def _identifier(self, value: Mapping[str, Any], place: Place) -> tuple[str, int] | None:
        """Return type and number; None for a type that is left out, or when they are wrong."""
        name = value.get("type")
        if not isinstance(name, str):
            self.problems.add(place.at("type"), f"a type, which is text, was expected, not {shown(name)}")
            return None
        table = name.replace("-", "_")
        if table not in RESOURCES:
            self._not_understood(f"type {table}")
            return None
        try:
            return table, record_number(value.get("id"))
        except Unfit as unfit:
            self.problems.add(place.at("id"), str(unfit))
            return None

    def _not_understood(self, name: str) -> None:
        short = name[:LONGEST_NAME]
        self.unknown[short if short in self.unknown or len(self.unknown) < MOST_NAMES else "others"] += 1

    def _member(self, value: Mapping[str, Any], name: str, place: Place) -> Members:
        """Return attributes or relationships by their names with underscores, each with its place."""
        member = value.get(name)
        if member is None:
            return {}
        if not isinstance(member, dict):
            self.problems.add(place.at(name), f"an object was expected, not {shown(member)}")
            return {}
        return {key.replace("-", "_"): (content, place.at(name, key)) for key, content in member.items()}

    def _attributes(self, table: str, resource: Resource, given: Members, columns: dict[str, object]) -> None:
        for name, (value, place) in given.items():
            kind = resource.attributes.get(name)
            if kind is None and name.endswith("_id") and name.removesuffix("_id") in resource.relationships:
                # Where a relationship is needed and this says null, the relationship may still say which.
                if value is None and not _may_be_null(table, name):
                    continue
                kind = record_number
            if kind is None:
                self._not_understood(f"{table}.{name}")
                continue
            column = RENAMED.get((table, name), name)
            if value is None:
                self._put_null(columns, column, table, place)
                continue
            try:
                columns[column] = kind(value)
            except Unfit as unfit:
                self.problems.add(place, str(unfit))

    def _put_null(self, columns: dict[str, object], column: str, table: str, place: Place) -> None:
        if _may_be_null(table, column):
            columns[column] = None
        else:
            self.problems.add(place, "a value was expected, not null")

    def _relationships(self, table: str, resource: Resource, given: Members, columns: dict[str, object]) -> None:
        """Put the numbers that relationships name; they win over an attribute that says otherwise."""
        for name, (value, here) in given.items():
            target = resource.relationships.get(name)
            if target is None:
                if (table, name) != ENTRY_OF_STATUS[:2]:
                    self._not_understood(f"{table}.{name}")
                continue
            data = self._data(value, here)
            if data is NOT_BROUGHT:
                continue
            if data is None:
                self._put_null(columns, f"{name}_id", table, here.at("data"))
                continue
            number = self._linked(data, target, here.at("data"))
            if number is not None:
                columns[f"{name}_id"] = number

    def _data(self, value: object, place: Place) -> object:
        """Return what a relationship says, unless it only says that it was not included."""
        if isinstance(value, dict):
            return value.get("data", NOT_BROUGHT)
        self.problems.add(place, f"a relationship, which is an object, was expected, not {shown(value)}")
        return NOT_BROUGHT

    def _linked(self, data: object, target: str, place: Place) -> int | None:
        """Return the number of a record of the type that was expected."""
        if not isinstance(data, dict):
            self.problems.add(place, f"type and id of one record of {target} were expected, not {shown(data)}")
            return None
        name = data.get("type")
        if not isinstance(name, str) or name.replace("-", "_") != target:
            self.problems.add(place.at("type"), f"{target} was expected, not {shown(name)}")
            return None
        try:
            return record_number(data.get("id"))
        except Unfit as unfit:
            self.problems.add(place.at("id"), str(unfit))
            return None

    def _statuses(self, relationships: Members, entry: int, document: int) -> Iterator[Record]:
        _, name, column = ENTRY_OF_STATUS
        if name not in relationships:
            return
        value, here = relationships[name]
        data = self._data(value, here)
        if data is NOT_BROUGHT or data is None:
            return
        if not isinstance(data, list):
            self.problems.add(here.at("data"), f"a list was expected, not {shown(data)}")
            return
        for place_in_list, item in enumerate(data):
            there = here.at("data", str(place_in_list))
            number = self._linked(item, name, there)
            if number is not None:
                yield Record(name, number, {column: entry}, there, document, is_link=True)


def _may_be_null(table: str, column: str) -> bool:
    return column in NOT_STORED or bool(Row.metadata.tables[table].c[column].nullable)

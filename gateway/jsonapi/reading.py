"""From a resource of a document to a record of an import; what is wrong with it, and what is not understood."""

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from gateway.domain.texts import printable
from gateway.imports.records import Place, Problems, Record
from gateway.jsonapi.kinds import InvalidValue, Kind, record_number, shown
from gateway.jsonapi.resources import ENTRY_OF_STATUS, RENAMED, RESOURCES
from gateway.store.schema.rows import Row

NOT_BROUGHT = object()
UNKNOWN = ("", None, False)
# Said by documents, and made from something else by the store.
NOT_STORED = frozenset({"invoiced"})
LONGEST_NAME, MOST_NAMES = 100, 1_000  # of what is not understood: any file may be given

Members = dict[str, tuple[str, Any]]  # by name with underscores: the name as it was written, and the value


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
        columns: dict[str, object] = {}
        relationships = self._members(value, "relationships", place)
        self._attributes(table, self._members(value, "attributes", place), place, columns)
        self._relationships(table, relationships, place, columns)
        is_broken = self.problems.count != problems_before
        yield Record(table, number, columns, place, document, is_broken=is_broken)
        if table == ENTRY_OF_STATUS[0] and ENTRY_OF_STATUS[1] in relationships:
            yield from self._statuses(*relationships[ENTRY_OF_STATUS[1]], number, place, document)

    def _identifier(self, value: Mapping[str, object], place: Place) -> tuple[str, int] | None:
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
        except InvalidValue as invalid:
            self.problems.add(place.at("id"), str(invalid))
            return None

    def _not_understood(self, name: str) -> None:
        short = printable(name, LONGEST_NAME)
        self.unknown[short if short in self.unknown or len(self.unknown) < MOST_NAMES else "others"] += 1

    def _members(self, value: Mapping[str, object], section: str, place: Place) -> Members:
        """Return attributes or relationships."""
        member = value.get(section)
        if member is None:
            return {}
        if not isinstance(member, dict):
            self.problems.add(place.at(section), f"an object was expected, not {shown(member)}")
            return {}
        return {key.replace("-", "_"): (key, content) for key, content in member.items()}

    def _attributes(self, table: str, given: Members, place: Place, columns: dict[str, object]) -> None:
        kinds = _kinds(table)
        for name, (key, value) in given.items():
            column, kind, is_reference = kinds.get(name, UNKNOWN)
            if kind is None:
                self._not_understood(f"{table}.{name}")
                continue
            # Where a relationship is needed and this says null, the relationship may still say which.
            if is_reference and value is None and not _may_be_null(table, name):
                continue
            try:
                columns[column] = _null(table, column) if value is None else kind(value)
            except InvalidValue as invalid:
                self.problems.add(place.at("attributes", key), str(invalid))

    def _relationships(self, table: str, given: Members, place: Place, columns: dict[str, object]) -> None:
        """Put the numbers that relationships name; they win over an attribute that says otherwise."""
        resource = RESOURCES[table]
        for name, (key, value) in given.items():
            target = resource.relationships.get(name)
            if target is None:
                if (table, name) != ENTRY_OF_STATUS[:2]:
                    self._not_understood(f"{table}.{name}")
                continue
            column = f"{name}_id"
            try:
                data = _data(value)
                if data is not NOT_BROUGHT:
                    columns[column] = _null(table, column, "data") if data is None else _linked(data, target)
            except InvalidValue as invalid:
                self.problems.add(place.at("relationships", key, *invalid.steps), str(invalid))

    def _statuses(self, key: str, value: object, entry: int, place: Place, document: int) -> Iterator[Record]:
        """Yield a link for each approval status that an entry names as its own."""
        _, table, column = ENTRY_OF_STATUS
        here = place.at("relationships", key)
        try:
            data = _data(value)
            listed = [] if data is NOT_BROUGHT or data is None else data
            if not isinstance(listed, list):
                raise InvalidValue(f"a list was expected, not {shown(data)}", "data")  # noqa: TRY301 - all are noted below
        except InvalidValue as invalid:
            self.problems.add(here.at(*invalid.steps), str(invalid))
            return
        for order, item in enumerate(listed):
            try:
                number = _linked(item, table)
            except InvalidValue as invalid:
                self.problems.add(here.at("data", str(order), *invalid.steps[1:]), str(invalid))
                continue
            yield Record(table, number, {column: entry}, here.at("data", str(order)), document, is_link=True)


@cache
def _kinds(table: str) -> Mapping[str, tuple[str, Kind | None, bool]]:
    """Return column and kind of each attribute; a relationship may be said by an attribute, too."""
    resource = RESOURCES[table]
    references = {f"{name}_id": (f"{name}_id", record_number, True) for name in resource.relationships}
    attributes = {name: (RENAMED.get((table, name), name), kind, False) for name, kind in resource.attributes.items()}
    return references | attributes


def _data(value: object) -> object:
    """Return what a relationship says, unless it only says that it was not included."""
    if isinstance(value, dict):
        return value.get("data", NOT_BROUGHT)
    raise InvalidValue(f"a relationship, which is an object, was expected, not {shown(value)}")


def _linked(data: object, target: str) -> int:
    """Return the number of a record of the type that was expected."""
    if not isinstance(data, dict):
        raise InvalidValue(f"type and id of one record of {target} were expected, not {shown(data)}", "data")
    name = data.get("type")
    if not isinstance(name, str) or name.replace("-", "_") != target:
        raise InvalidValue(f"{target} was expected, not {shown(name)}", "data", "type")
    try:
        return record_number(data.get("id"))
    except InvalidValue as invalid:
        raise invalid.within("data", "id") from None


def _null(table: str, column: str, *steps: str) -> object:
    if not _may_be_null(table, column):
        raise InvalidValue("a value was expected, not null", *steps)
    return None


@cache
def _may_be_null(table: str, column: str) -> bool:
    return column in NOT_STORED or bool(Row.metadata.tables[table].c[column].nullable)

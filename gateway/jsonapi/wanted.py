"""What a request wants of records: `include=person,service.deal` and `fields[people]=first_name`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from gateway.jsonapi.errors import ApiCode, refuse
from gateway.jsonapi.parameters import Parameter
from gateway.jsonapi.shown import TYPES, RecordType

MOST_STEPS = 3
MOST_INCLUDED = 40  # relationships of one request; a database joins 64 tables at most

Fields = Mapping[str, frozenset[str]]
Includes = dict[str, "Includes"]  # by relationship: what to include of the records behind it


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is included, and the fields that are shown of the types that are named."""

    includes: Includes = field(default_factory=dict)
    fields: Fields = field(default_factory=dict)

    def shape(self) -> tuple[object, ...]:
        """Return what a plan depends on of it."""
        shown = tuple((name, tuple(sorted(names))) for name, names in sorted(self.fields.items()))
        return _shape(self.includes), shown

    def shows(self, type_: RecordType, name: str) -> bool:
        """Tell whether a field of a type is shown."""
        return type_.name not in self.fields or name in self.fields[type_.name]


def wanted_of(type_: RecordType, parameters: Sequence[Parameter]) -> Wanted:
    """Read `include` and `fields` for records of a type.

    Raises:
        Refused: a relationship or a field that the type lacks, or more than may be included.
    """
    includes = [each for each in parameters if each.name == "include"]
    return Wanted(_includes(type_, includes), _fields([each for each in parameters if each.name == "fields"]))


def _includes(type_: RecordType, parameters: Sequence[Parameter]) -> Includes:
    tree: Includes = {}
    count = 0
    for parameter in parameters:
        for path in filter(None, parameter.value.split(",")):
            here, below = type_, tree
            for place, name in enumerate(path.split(".")):
                if parameter.steps or place >= MOST_STEPS or name not in here.relationships:
                    detail = (
                        f"Include '{path}' is not supported on this endpoint; a path has {MOST_STEPS} steps at most"
                    )
                    raise refuse(ApiCode.UNSUPPORTED_INCLUDE, detail, parameter=parameter.written)
                if name not in below:
                    count += 1
                    if count > MOST_INCLUDED:
                        detail = f"At most {MOST_INCLUDED} relationships can be included at once"
                        raise refuse(ApiCode.LIMIT_EXCEEDED, detail, parameter=parameter.written)
                    below[name] = {}
                here = TYPES[here.relationships[name].type_name]
                below = below[name]
    return tree


def _shape(includes: Includes) -> tuple[object, ...]:
    return tuple((name, _shape(below)) for name, below in sorted(includes.items()))


def _fields(parameters: Sequence[Parameter]) -> Fields:
    chosen: dict[str, frozenset[str]] = {}
    for parameter in parameters:
        name = parameter.steps[0].replace("-", "_") if len(parameter.steps) == 1 else ""
        if name not in TYPES:
            detail = f"Parameter '{parameter.written}' names no type; write fields[time_entries]=date,time"
            raise refuse(ApiCode.UNSUPPORTED_FIELD, detail, parameter=parameter.written)
        names = frozenset(filter(None, parameter.value.split(",")))
        unknown = sorted(names.difference(TYPES[name].fields))
        if unknown:
            detail = f"{name} has no field '{unknown[0]}'"
            raise refuse(ApiCode.UNSUPPORTED_FIELD, detail, parameter=parameter.written)
        chosen[name] = chosen.get(name, frozenset()) | names
    return chosen

"""The diff of a change: which fields it changed, named and shown as the entry's own fields are."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from graphql import GraphQLEnumType, GraphQLField, GraphQLObjectType, get_named_type
from sqlalchemy import Column as TableColumn

from gateway.domain.access import Viewer
from gateway.graphql.fields import ColumnSource, OneSource, source_of
from gateway.graphql.selections import Scope, Selected
from gateway.querying.formats import computed
from gateway.querying.identifiers import global_id
from gateway.querying.projections import Column
from gateway.store.schema.entries import ENTRIES
from gateway.store.writes.diffs import STATUS_COLUMN, Instant, Show, ShownField, field_changes, shown_columns

WEIGHT = 1_000  # two images are read, and compared column by column
STATUS = "status"


def _show(field: GraphQLField) -> Show:
    """Return how a value of an image becomes what the field's type has; days are text in both."""
    type_ = get_named_type(field.type)
    if isinstance(type_, GraphQLEnumType):
        words = {word.value: name for name, word in type_.values.items()}
        return lambda value, _: words[value]
    match type_.name:
        case "Boolean":
            return lambda value, _: bool(value)
        case "DateTime":
            return lambda value, instant: instant(value)
        case "ID":
            return lambda value, _: str(value)
        case _:
            return lambda value, _: value


def _show_id(type_name: str) -> Show:
    return lambda value, _: global_id(type_name, value)


def _column_of(source: ColumnSource) -> str | None:
    """Return the column that a field shows as it is."""
    expressions = source.column.expressions if source.column else ()
    shown = [expression(ENTRIES) for expression in expressions]
    return shown[0].name if len(shown) == 1 and isinstance(shown[0], TableColumn) else None


def _shown_fields(entry: GraphQLObjectType) -> dict[str | None, ShownField]:
    fields: dict[str | None, ShownField] = {}
    for name, field in entry.fields.items():
        match source_of(field):
            case OneSource(foreign_key=foreign_key):
                fields[foreign_key] = ShownField(f"{name}Id", _show_id(get_named_type(field.type).name))
            case ColumnSource() as source:
                column = STATUS_COLUMN if name == STATUS else _column_of(source)
                fields[column] = ShownField(name, _show(field), is_hidden=source.hidden is not None)
    return fields


@lru_cache(maxsize=2)
def shown_fields(entry: GraphQLObjectType) -> Mapping[str, ShownField]:
    """Return the fields of an entry by the columns of its images, in the order of the columns.

    Raises:
        KeyError: no field of the type shows a column.
    """
    fields = _shown_fields(entry)
    return {column: fields[column] for column in shown_columns()}


def fields_column(scope: Scope, selected: Selected) -> Column:
    """Plan `fields`."""
    wanted: Sequence[tuple[str, str]] = [(part.key, part.name) for part in selected.parts]
    fields = shown_fields(scope.schema.type_map["TimeEntry"])

    def shape(instant: Instant, viewer: Viewer, before: str | None, after: str | None) -> list[dict[str, Any]]:
        return [
            {key: _part(part, change) for key, part in wanted}
            for change in field_changes(fields, before, after, instant, viewer)
        ]

    reads = (lambda row: row.c.before, lambda row: row.c.after)
    shown = sum(name in {"before", "after"} for _, name in wanted)
    return Column(reads, computed(shape, "instant", "viewer"), weight=WEIGHT, repeats=shown)


def _part(name: str, change: tuple[str, Any, Any]) -> Any:
    match name:
        case "name":
            return change[0]
        case "before":
            return change[1]
        case "after":
            return change[2]
        case _:
            return "FieldChange"

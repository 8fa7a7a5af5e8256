"""Lists that hang on a record: one more statement for all records of a level."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam

from gateway.catalog.records import RECORDS
from gateway.graphql.plans.rows import Rows
from gateway.graphql.run import Run
from gateway.graphql.selections import Scope, Selected
from gateway.graphql.wants import wants_of
from gateway.querying.column_types import ID_TYPE
from gateway.querying.dialects import ListOf, any_of
from gateway.querying.projections import Many
from gateway.store.databases.statements import Statement, compile_statement


class Children:
    """Records by a foreign key of their own, oldest first."""

    def __init__(self, scope: Scope, selected: Selected, foreign_key: str) -> None:
        table = RECORDS[selected.type_name]
        self._rows = Rows(scope, table)
        self._rows.add("children", wants_of(selected))
        self.statements = 1 + self._rows.statements
        parent = table.c[foreign_key]
        self._parent = self._rows.projection.column(parent)
        parents = bindparam("parents", type_=ListOf(ID_TYPE))
        seen = scope.visibility(table).narrowing(table)
        statement = self._rows.select(seen).where(any_of(parent, parents)).order_by(parent, table.c.id)
        self._statement: Statement = compile_statement(statement, scope.dialect)

    async def load(self, run: Run, parents: Sequence[int]) -> Mapping[int, Any]:
        """Return the lists by the id of their parent; a parent without any is absent."""
        if not parents:
            return {}
        rows = await run.connection.run(self._statement, {"parents": list(parents), **run.viewer_values})
        shaped = await self._rows.shape(run, rows)
        found: dict[int, list[dict[str, Any]]] = {}
        for row, child in zip(rows, shaped["children"], strict=True):
            found.setdefault(row[self._parent], []).append(child)
        return found


def approval_statuses(scope: Scope, selected: Selected) -> Many:
    """Plan the approval steps of time entries."""
    return Many(Children(scope, selected, "time_entry_id"))

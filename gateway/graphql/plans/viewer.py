"""The viewer: who the caller is, and the timer that runs for them."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam

from gateway.domain.access import Viewer
from gateway.graphql.plans.rows import Rows
from gateway.graphql.run import Run
from gateway.graphql.selections import Scope, Selected
from gateway.graphql.wants import wants_of
from gateway.querying.column_types import ID_TYPE
from gateway.querying.dialects import ListOf, any_of
from gateway.querying.formats import computed, global_id_format
from gateway.querying.projections import Column, Constant, Inline, Many, One, Want
from gateway.store.databases.statements import compile_statement
from gateway.store.schema.entries import ENTRIES
from gateway.store.schema.tables import PEOPLE
from gateway.store.visibility import VIEWER_ID


def _sees_costs(viewer: Viewer) -> bool:
    return viewer.sees_costs


def _role(viewer: Viewer) -> str:
    return viewer.role.name


COLUMNS = {
    "id": Column((lambda person: person.c.id,), global_id_format("Viewer")),
    "role": Column((), computed(_role, "viewer")),
    "canSeeCosts": Column((), computed(_sees_costs, "viewer")),
}


class ViewerPlan:
    """`viewer`."""

    def __init__(self, scope: Scope, selected: Selected) -> None:
        self._rows = Rows(scope, PEOPLE)
        self._rows.add("viewer", [self._want(scope, selected, field) for field in selected.parts])
        self.statements = 1 + self._rows.statements
        seen = scope.visibility(PEOPLE).condition(PEOPLE)
        statement = self._rows.select(seen, PEOPLE.c.id).where(PEOPLE.c.id == VIEWER_ID)
        self._statement = compile_statement(statement, scope.dialect)

    def _want(self, scope: Scope, selected: Selected, field: Selected) -> Want:
        match field.name:
            case "person":
                return Want(field.key, Inline(), wants_of(field))
            case "organization":
                relation = One("organization_id", scope.target("Organization"), nullable=False)
                return Want(field.key, relation, wants_of(field))
            case "runningTimer":
                return Want(field.key, Many(RunningTimers(scope, field), default="None"))
            case name:
                return Want(field.key, COLUMNS.get(name) or Constant(selected.type.name))

    def prepare(self, run: Run) -> None:
        """Take no arguments."""

    async def run(self, run: Run, ready: None) -> dict[str, Any]:
        """Return the caller."""
        del ready
        rows = await run.connection.run(self._statement, run.viewer_values)
        [answer] = (await self._rows.shape(run, rows))["viewer"]
        return answer


class RunningTimers:
    """The entry whose timer runs, by the person it runs for; of several the one started last."""

    def __init__(self, scope: Scope, selected: Selected) -> None:
        self._rows = Rows(scope, ENTRIES)
        self._rows.add("entries", wants_of(selected))
        self._person = self._rows.projection.column(ENTRIES.c.person_id)
        self.statements = 1 + self._rows.statements
        statement = (
            self._rows.select(scope.visibility(ENTRIES).condition(ENTRIES))
            .where(any_of(ENTRIES.c.person_id, bindparam("people", type_=ListOf(ID_TYPE))))
            .where(ENTRIES.c.timer_started_at.is_not(None))
            .order_by(ENTRIES.c.timer_started_at, ENTRIES.c.id)
        )
        self._statement = compile_statement(statement, scope.dialect)

    async def load(self, run: Run, parents: Sequence[int]) -> Mapping[int, Any]:
        """Return the running entries by person."""
        rows = await run.connection.run(self._statement, {"people": list(parents), **run.viewer_values})
        shaped = await self._rows.shape(run, rows)
        return {row[self._person]: entry for row, entry in zip(rows, shaped["entries"], strict=True)}

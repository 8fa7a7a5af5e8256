"""`Run`, what plans are handed of one request: who asks, the variables, the clock, a connection. It runs nothing."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from graphql.execution.values import VariableValues

from gateway.domain.access import Viewer
from gateway.domain.instants import EPOCH, Zone, zone
from gateway.graphql.selections import Rights
from gateway.querying.kinds import FilterContext
from gateway.store.databases.database import Connection, Database
from gateway.store.visibility import viewer_values

Clock = Callable[[], int]


def system_clock() -> int:
    """Return the present instant."""
    return (dt.datetime.now(dt.UTC) - EPOCH) // dt.timedelta(milliseconds=1)


class Run:
    """One operation of one viewer."""

    __slots__ = ("_connection", "clock", "database", "variables", "viewer")

    def __init__(
        self,
        database: Database,
        viewer: Viewer,
        variables: VariableValues,
        clock: Clock,
        connection: Connection | None = None,
    ) -> None:
        self.database, self.viewer, self.variables, self.clock = database, viewer, variables, clock
        self._connection = connection

    @property
    def zone(self) -> Zone:
        """The zone that instants are shown in."""
        return zone(self.viewer.time_zone)

    @property
    def filter_context(self) -> FilterContext:
        """What the meaning of filters depends on."""
        return FilterContext(self.zone, self.viewer.timesheet_submission)

    @property
    def rights(self) -> Rights:
        """What the plan of the operation depends on of the viewer."""
        return Rights(self.viewer.sees_everything, self.viewer.sees_costs, self.viewer.timesheet_submission)

    @property
    def viewer_values(self) -> dict[str, Any]:
        """The values of the parameters that visibility binds."""
        return viewer_values(self.viewer)

    @property
    def connection(self) -> Connection:
        """The connection that reads run on."""
        if self._connection is None:
            raise RuntimeError("No connection was opened for this run.")
        return self._connection

    def on(self, connection: Connection) -> "Run":
        """Return the same run on a connection."""
        return Run(self.database, self.viewer, self.variables, self.clock, connection)

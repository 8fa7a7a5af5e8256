"""A run: one request on its way, with what its plans need of the world."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from graphql.execution.values import VariableValues

from gateway.domain.access import Viewer
from gateway.domain.instants import EPOCH, Zone, zone
from gateway.querying.kinds import Asker
from gateway.store.engine import Connection, Database
from gateway.store.visibility import viewer_values

Clock = Callable[[], int]


def system_clock() -> int:
    """Return the present instant."""
    return (dt.datetime.now(dt.UTC) - EPOCH) // dt.timedelta(milliseconds=1)


@dataclass(slots=True)
class Run:
    """One operation of one viewer."""

    database: Database
    viewer: Viewer
    variables: VariableValues
    clock: Clock
    _connection: Connection | None = None
    zone: Zone = field(init=False)  # that instants are shown in
    asker: Asker = field(init=False)  # what the meaning of filters depends on
    viewer_values: dict[str, Any] = field(init=False)  # of the parameters that visibility binds

    def __post_init__(self) -> None:
        """Look up what every plan needs."""
        self.zone = zone(self.viewer.time_zone)
        self.asker = Asker(self.zone, self.viewer.timesheet_submission)
        self.viewer_values = dict(viewer_values(self.viewer))

    @property
    def connection(self) -> Connection:
        """The connection that reads run on."""
        if self._connection is None:
            raise RuntimeError("No connection was opened for this run.")
        return self._connection

    def on(self, connection: Connection) -> "Run":
        """Return the same run on a connection."""
        return Run(self.database, self.viewer, self.variables, self.clock, connection)

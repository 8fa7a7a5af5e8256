"""`Run`, what plans of every face are handed of one request: who asks, the clock, a connection. It runs nothing."""

from typing import Any

from gateway.clock import Clock, system_clock
from gateway.domain.access import Rights, Viewer
from gateway.domain.instants import Zone, zone
from gateway.operations.writing import Writer
from gateway.querying.operands import FilterContext, Operands
from gateway.store.databases.database import Connection, Database
from gateway.store.visibility import viewer_values


class Run:
    """One operation of one viewer."""

    __slots__ = ("_connection", "clock", "database", "operands", "viewer", "writer")

    def __init__(
        self,
        database: Database,
        viewer: Viewer,
        clock: Clock = system_clock,
        connection: Connection | None = None,
        *,
        writer: Writer,
        operands: Operands | None = None,
    ) -> None:
        self.database, self.viewer, self.clock, self.writer = database, viewer, clock, writer
        self._connection = connection
        self.operands = Operands() if operands is None else operands  # of all filters of the operation

    @property
    def zone(self) -> Zone:
        """The zone that instants are shown in."""
        return zone(self.viewer.time_zone)

    @property
    def filter_context(self) -> FilterContext:
        """What the meaning of filters depends on."""
        return FilterContext(self.viewer, self.operands)

    @property
    def rights(self) -> Rights:
        """What the plan of the operation depends on of the viewer."""
        return self.viewer.rights

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
        return Run(self.database, self.viewer, self.clock, connection, writer=self.writer, operands=self.operands)

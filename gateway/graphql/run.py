"""`Run`, what plans are handed of one request: what every face hands on, and the variables. It runs nothing."""

from graphql.execution.values import VariableValues

from gateway.clock import Clock
from gateway.domain.access import Viewer
from gateway.http import runs
from gateway.operations.writing import Writer
from gateway.querying.conditions import Condition
from gateway.querying.operands import Operands
from gateway.store.databases.database import Connection, Database


class Run(runs.Run):
    """One operation of one viewer."""

    __slots__ = ("conditions", "variables")

    def __init__(
        self,
        database: Database,
        viewer: Viewer,
        variables: VariableValues,
        clock: Clock,
        connection: Connection | None = None,
        *,
        writer: Writer,
        operands: Operands | None = None,
    ) -> None:
        super().__init__(database, viewer, clock, connection, writer=writer, operands=operands)
        self.variables = variables
        self.conditions: dict[object, Condition] = {}  # of the checked fields below the root

    def on(self, connection: Connection) -> "Run":
        """Return the same run on a connection."""
        run = Run(
            self.database,
            self.viewer,
            self.variables,
            self.clock,
            connection,
            writer=self.writer,
            operands=self.operands,
        )
        run.conditions = self.conditions
        return run

"""The connections of a SQLite file that are read with: who borrows which, and for how long."""

from gateway.store.databases.sqlite_connection import SQLiteConnection
from gateway.store.databases.turns import Caller, Turns
from gateway.store.databases.usage import caller


class Readers:
    """Connections that are lent by turns; the last one used has the warmest caches, and is lent first."""

    def __init__(self, most: int) -> None:
        self.turns = Turns(most)
        self.idle: list[SQLiteConnection] = []
        self._all: list[SQLiteConnection] = []

    @property
    def statements(self) -> int:
        """How many statements they ran so far."""
        return sum(reader.statements for reader in self._all)

    def add(self, connection: SQLiteConnection) -> None:
        """Lend this one, too."""
        self._all.append(connection)
        self.idle.append(connection)

    def give_back(self, connection: SQLiteConnection, asks: Caller) -> None:
        """Lend a connection to whoever is next."""
        self.idle.append(connection)
        self.turns.give_back(asks)

    async def close(self) -> None:
        """Close each connection once it is given back."""
        for _ in self._all:
            await self.turns.take(None)
            await self.idle.pop().close()


class Reading:
    """A borrowed connection: a class, since a generator takes half as long as a short statement."""

    __slots__ = ("_caller", "_connection", "_readers", "_snapshot")

    def __init__(self, readers: Readers, *, snapshot: bool) -> None:
        self._readers, self._snapshot = readers, snapshot
        self._caller: Caller = caller()

    async def __aenter__(self) -> SQLiteConnection:
        if not self._readers.turns.take_now(self._caller):
            await self._readers.turns.take(self._caller)
        self._connection = self._readers.idle.pop()
        if self._snapshot:
            try:
                await self._connection.control("BEGIN")
            except BaseException:
                self._readers.give_back(self._connection, self._caller)
                raise
        return self._connection

    async def __aexit__(self, *_error: object) -> None:
        try:
            if self._snapshot:
                await self._connection.control("COMMIT")
        finally:
            self._readers.give_back(self._connection, self._caller)

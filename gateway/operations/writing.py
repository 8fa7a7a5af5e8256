"""Where writes are done: here, in one unit of work each; or by another writer that app.py hands in."""

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from gateway.clock import Clock
from gateway.domain.access import Viewer
from gateway.domain.errors import Refusal
from gateway.operations.commands import ChangeMany, Command, Done
from gateway.operations.work import Work
from gateway.store.databases.database import Connection, Database

T = TypeVar("T")
# Makes the answer from what a command did, or why it was refused, and from the newest change that it made. It reads on
# the connection, and may be called again from its beginning; what it raises undoes the write.
MakeAnswer = Callable[[Connection, Done | Refusal, int | None], Awaitable[T]]


class Writer(Protocol):
    """Does what faces are asked to write."""

    def as_writer(self, viewer: Viewer) -> Viewer:
        """Return the viewer with what they may do by this writer."""

    async def write(self, command: Command, viewer: Viewer, clock: Clock, make_answer: MakeAnswer[T]) -> T:
        """Do what a viewer commands, and return the answer."""


class StoreWriter:
    """Writes the store: it is the only place where the entries are."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def as_writer(self, viewer: Viewer) -> Viewer:
        """Return the viewer as they are."""
        return viewer

    async def write(self, command: Command, viewer: Viewer, clock: Clock, make_answer: MakeAnswer[T]) -> T:
        """Do it and answer in one unit of work; a refusal has written nothing."""

        async def unit(connection: Connection) -> T:
            work = Work(connection, viewer, clock)
            found = await outcome(command, work)
            return await make_answer(connection, found, work.last_event_id)

        if only_looks(command):
            return await self._database.answer(unit, snapshot=True)
        return await self._database.write(unit)


async def outcome(command: Command, work: Work) -> Done | Refusal:
    """Return what a command did, or why it was refused."""
    try:
        return await command.perform(work)
    except Refusal as refusal:
        return refusal


def only_looks(command: Command) -> bool:
    """Tell whether nothing will be written whatever is decided, so that a snapshot will do."""
    return isinstance(command, ChangeMany) and command.request.dry_run

"""A mirror that takes no writes: what is the account's is changed in the account."""

from dataclasses import replace

from gateway.clock import Clock
from gateway.domain.access import Viewer
from gateway.domain.errors import AccessDenied
from gateway.mirror.writes.refusals import ELSEWHERE
from gateway.operations.commands import Command
from gateway.operations.writing import MakeAnswer, T, Writer
from gateway.store.databases.database import Database


class RefusingWriter:
    """Refuses every write of the mirrored organization, and leaves those of others to another writer."""

    def __init__(self, database: Database, organization_id: int, others: Writer) -> None:
        self._database, self._organization_id, self._others = database, organization_id, others

    def as_writer(self, viewer: Viewer) -> Viewer:
        """Return the viewer as one who only reads, where they are of the organization."""
        return replace(viewer, only_reads=True) if viewer.organization_id == self._organization_id else viewer

    async def write(self, command: Command, viewer: Viewer, clock: Clock, make_answer: MakeAnswer[T]) -> T:
        """Tell that the caller may not, whatever is commanded."""
        if viewer.organization_id != self._organization_id:
            return await self._others.write(command, viewer, clock, make_answer)
        refusal = AccessDenied(ELSEWHERE, path=())
        return await self._database.answer(lambda connection: make_answer(connection, refusal, None), snapshot=False)

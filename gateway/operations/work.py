"""A unit of work: one write of one caller at one moment, inside one transaction."""

from dataclasses import dataclass, field

from gateway.clock import Clock
from gateway.domain.access import Viewer
from gateway.domain.errors import NotFound
from gateway.domain.facts import Entry, EntryState
from gateway.store.databases.database import Connection
from gateway.store.writes.changes import last_instant
from gateway.store.writes.entry_facts import entry_state, whole_entry
from gateway.store.writes.entry_writes import Author, Logged


@dataclass(slots=True)
class Work:
    """What every write needs: where to write, for whom, and when that is."""

    connection: Connection
    viewer: Viewer
    clock: Clock
    _now: int | None = field(default=None, init=False)
    _logged: Logged = field(default_factory=Logged, init=False)

    @property
    def now(self) -> int:
        """The one instant of all its rows: that of the clock when it is first asked for, once the rows are locked.

        The store writes the organization's last instant instead where that is later.
        """
        if self._now is None:
            self._now = self.clock()
        return self._now

    async def ordered_now(self) -> int:
        """Return `now`, not before the organization's last instant: for what is decided by it, such as minutes."""
        if self._now is None:
            self._now = max(self.clock(), await last_instant(self.connection, self.viewer.organization_id))
        return self._now

    @property
    def author(self) -> Author:
        """Who the change log names."""
        return Author(self.viewer.organization_id, self.viewer.person_id, self.now, self._logged)

    @property
    def last_event_id(self) -> int | None:
        """The newest change that it made; None where it has written nothing yet."""
        return self._logged.last_id

    async def entry_state(self, entry_id: int) -> EntryState:
        """Return the state of an entry.

        Raises:
            NotFound: there is none, or the caller may not see it.
        """
        found = await entry_state(self.connection, self.viewer, entry_id)
        if found is None:
            raise no_such_entry(("id",))
        return found

    async def entry(self, entry_id: int, *, path: tuple[str, ...] = ("id",)) -> Entry:
        """Return a whole entry.

        Raises:
            NotFound: there is none, or the caller may not see it.
        """
        found = await whole_entry(self.connection, self.viewer, entry_id)
        if found is None:
            raise no_such_entry(path)
        return found


def no_such_entry(path: tuple[str, ...]) -> NotFound:
    """Return the refusal of an id that the caller sees no entry behind."""
    return NotFound("There is no time entry with this id, or you may not see it.", path=path)

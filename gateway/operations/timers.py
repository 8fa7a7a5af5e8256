"""Timers: starting one stops the one that runs, in the same unit of work."""

from dataclasses import dataclass, replace

from gateway.domain.changes import Change
from gateway.domain.errors import Refusal
from gateway.domain.facts import Entry, References
from gateway.domain.timers import StartTimer, end_session, resume, start_new, stop, target_faults, today
from gateway.operations.idempotency import Key, remember
from gateway.operations.work import Work
from gateway.store.writes.entry_facts import running_entries
from gateway.store.writes.entry_writes import insert_entry, update_entries, work_on_tasks
from gateway.store.writes.locks import lock_person
from gateway.store.writes.reference_facts import references


@dataclass(frozen=True, slots=True)
class Started:
    """The entry whose timer runs, and the one that ran before, if any did."""

    entry_id: int
    stopped_id: int | None = None


async def start_timer(work: Work, command: StartTimer, key: Key | None = None) -> Started:
    """Start a timer on a new entry or go on with one; none was started under the key before.

    Raises:
        Refusal: nothing was written.
    """
    if command.service_id is None and command.time_entry_id is not None:
        started = await _go_on(work, command, command.time_entry_id)
    else:
        started = await _start_new(work, command)
    await remember(work, key, started.entry_id)
    return started


async def stop_timer(work: Work, entry_id: int) -> int:
    """Stop the timer of an entry and return its id.

    Raises:
        Refusal: nothing was written.
    """
    entry = await work.entry(entry_id, path=("timeEntryId",))
    change = stop(entry, await _references_of(work, entry), work.viewer, await work.ordered_now())
    await _store(work, entry, change)
    return entry_id


async def _go_on(work: Work, command: StartTimer, entry_id: int) -> Started:
    entry = await work.entry(entry_id, path=("input", "timeEntryId"))
    settings = await references(work.connection, organization_id=work.viewer.organization_id, person_id=None)
    change = resume(entry, command, settings.organization, work.viewer, await work.ordered_now())
    if change.is_nothing:
        return Started(entry_id)
    stopped = await _stop_running(work, entry.person_id)
    await _store(work, entry, change)
    return Started(entry_id, stopped)


async def _start_new(work: Work, command: StartTimer) -> Started:
    person_id = work.viewer.person_id if command.person_id is None else command.person_id
    asked = replace(command, person_id=person_id)
    if faults := target_faults(command):
        raise Refusal(faults)
    await lock_person(work.connection, person_id)
    found = await references(
        work.connection,
        organization_id=work.viewer.organization_id,
        person_id=person_id,
        service_id=asked.service_id,
        task_id=asked.task_id,
        date=today(work.viewer, await work.ordered_now()),
    )
    change = start_new(asked, found, work.viewer, work.now)
    stopped = await _stop_running(work, person_id)
    return Started(await insert_entry(work.connection, change.columns, work.author), stopped)


async def _stop_running(work: Work, person_id: int) -> int | None:
    """Stop what runs for a person; all is decided before anything is written."""
    running = await running_entries(work.connection, work.viewer, person_id)
    changes = [
        (entry, end_session(entry, await _references_of(work, entry), work.viewer, work.now, path=("input",)))
        for entry in running
    ]
    for entry, change in changes:
        await _store(work, entry, change)
    return running[-1].id if running else None


async def _references_of(work: Work, entry: Entry) -> References:
    return await references(
        work.connection,
        organization_id=work.viewer.organization_id,
        person_id=entry.person_id,
        service_id=entry.service_id,
        task_id=entry.task_id,
        date=entry.date,
    )


async def _store(work: Work, entry: Entry, change: Change) -> None:
    await work_on_tasks(work.connection, change.worked)
    await update_entries(work.connection, [entry.id], change.columns, change.kind, work.author)

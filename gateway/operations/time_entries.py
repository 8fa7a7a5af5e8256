"""Creating, updating, deleting an entry, and moving it between its states: load, decide, store."""

import datetime as dt

from gateway.domain.approval import KINDS, Act, assignments, decide
from gateway.domain.attributes import UNSET, Attributes
from gateway.domain.facts import Entry, References
from gateway.domain.time_entries import create, delete, update
from gateway.operations.idempotency import Key, remember
from gateway.operations.work import Work
from gateway.store.writes.entry_writes import delete_entries, insert_entry, update_entries, work_on_tasks
from gateway.store.writes.reference_facts import references


async def create_time_entry(work: Work, given: Attributes, key: Key | None = None) -> int:
    """Make an entry, which was not made under the key before, and return its id.

    Raises:
        Refusal: nothing was written.
    """
    change = create(given, await _references_of(work, given, None), work.viewer, work.now)
    await work_on_tasks(work.connection, change.worked)
    entry_id = await insert_entry(work.connection, change.columns, work.author)
    await remember(work, key, entry_id)
    return entry_id


async def update_time_entry(work: Work, entry_id: int, given: Attributes, *, if_revision: int | None) -> int:
    """Change what is given of an entry and return its id.

    Raises:
        Refusal: nothing was written.
    """
    entry = await work.entry(entry_id)
    found = await _references_of(work, given, entry)
    change = update(entry, given, found, work.viewer, work.now, if_revision=if_revision)
    await work_on_tasks(work.connection, change.worked)
    await update_entries(work.connection, [entry_id], change.columns, change.kind, work.author)
    return entry_id


async def delete_time_entry(work: Work, entry_id: int, *, if_revision: int | None) -> int:
    """Remove an entry and return its id.

    Raises:
        Refusal: nothing was written.
    """
    entry = await work.entry_state(entry_id)
    settings = await references(work.connection, organization_id=work.viewer.organization_id, person_id=None)
    change = delete(entry, settings.organization, work.viewer, if_revision=if_revision)
    await work_on_tasks(work.connection, change.worked)
    await delete_entries(work.connection, [entry_id], work.author)
    return entry_id


async def change_state(
    work: Work, entry_id: int, act: Act, *, reason: str | None = None, if_revision: int | None = None
) -> int:
    """Approve, unapprove, reject or unreject an entry and return its id; what already is so is left alone.

    Raises:
        Refusal: nothing was written.
    """
    entry = await work.entry_state(entry_id)
    if decide(entry, act, work.viewer, reason=reason, if_revision=if_revision):
        columns = assignments(act, work.viewer, work.now, reason=reason)
        await update_entries(work.connection, [entry_id], columns, KINDS[act], work.author)
    return entry_id


async def _references_of(work: Work, given: Attributes, entry: Entry | None) -> References:
    """Load what the entry would hang on: what is given, else what it hangs on now."""
    hangs_on = (entry.person_id, entry.service_id, entry.task_id, entry.date) if entry else (None, None, None, None)
    person_id, service_id, task_id, date = hangs_on
    return await references(
        work.connection,
        organization_id=work.viewer.organization_id,
        # Null is a fault of person and service, and names no record that could be missing.
        person_id=given.person_id if isinstance(given.person_id, int) else person_id,
        service_id=given.service_id if isinstance(given.service_id, int) else service_id,
        task_id=task_id if given.task_id is UNSET else given.task_id,
        date=given.date if isinstance(given.date, dt.date) else date,
    )

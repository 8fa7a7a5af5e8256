"""Creating, updating and deleting an entry: facts in, the columns to store or a refusal out."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gateway.domain.access import Viewer
from gateway.domain.approval import approval_undone, whole_second
from gateway.domain.attributes import UNSET, Attributes, plain_columns, read_date
from gateway.domain.billable import Minutes, billable_time, billable_time_after
from gateway.domain.changes import Change, Kind, work_done
from gateway.domain.codes import TrackMethod
from gateway.domain.costs import bears_overhead, priced, without_overhead
from gateway.domain.errors import AccessDenied, Code, Fault, Refusal
from gateway.domain.facts import Entry, EntryState, Organization, Person, References, Service
from gateway.domain.references import absence_faults, ownership_faults, task_faults
from gateway.domain.rights import check_revision, is_locked, may_edit


def create(given: Attributes, references: References, viewer: Viewer, now: int) -> Change:
    """Decide a new entry.

    Raises:
        Refusal: with every fault of the input at once.
    """
    minutes = given.time if isinstance(given.time, int) else 0
    columns = new_entry(
        references,
        viewer,
        now,
        date=given.date if isinstance(given.date, dt.date) else None,
        minutes=minutes,
        billable_minutes=given.billable_time if isinstance(given.billable_time, int) else None,
        task_asked=isinstance(given.task_id, int),
        faults=[*(read_date(None, ("input", "date"))[1] if given.date is UNSET else ()), *given.faults],
    )
    task_id = references.task.id if references.task else None
    return Change(Kind.CREATED, columns | plain_columns(given), work_done(before=(None, 0), after=(task_id, minutes)))


def new_entry(
    references: References,
    viewer: Viewer,
    now: int,
    *,
    date: dt.date | None,
    minutes: int,
    billable_minutes: int | None = None,
    task_asked: bool,
    faults: Iterable[Fault],
) -> dict[str, object]:
    """Return the columns of a new entry with its defaults; the rest of the columns are null or false.

    Raises:
        Refusal: with the faults of the input (`faults`, among them that of a date that is None) and of what the
            entry would hang on, all at once.
    """
    overhead = bears_overhead(references.rates)
    amounts, price_faults = priced(references, minutes=minutes, date=date, overhead=overhead)
    found = [
        *absence_faults(references, task_asked=task_asked),
        *ownership_faults(references, viewer),
        *price_faults,
        *faults,
        *task_faults(references),
    ]
    person, service = references.person, references.service
    if found or date is None or person is None or service is None:
        raise Refusal(found)
    approved = not service.deal.time_approval
    return {
        "organization_id": references.organization.id,
        "task_id": references.task.id if references.task else None,
        "creator_id": viewer.person_id,
        "last_actor_id": viewer.person_id,
        "date": date,
        "time": minutes,
        "billable_time": billable_time(
            time=minutes,
            given=billable_minutes,
            billable=service.is_billable,
            rounding=references.organization.rounding,
        ),
        "track_method_id": TrackMethod.BY_HAND.value,
        "overhead": overhead,
        "approved": approved,
        "approved_at": whole_second(now) if approved else None,
        "created_at": now,
        "updated_at": now,
        "last_activity_at": now,
        **person_columns(person),
        **service_columns(service),
        **day_columns(references),
        **amounts,
    }


def person_columns(person: Person) -> dict[str, object]:
    return {"person_id": person.id, "person_subsidiary_id": person.subsidiary_id}


def service_columns(service: Service) -> dict[str, object]:
    """Return the service and what derives from it; `store/imports/following.py` derives the same in SQL (`DERIVED`)."""
    deal = service.deal
    return {
        "service_id": service.id,
        "billing_type_id": service.billing_type_id,
        "deal_id": deal.id,
        "project_id": deal.project_id,
        "company_id": deal.company_id,
        "responsible_id": deal.responsible_id,
        "deal_subsidiary_id": deal.subsidiary_id,
    }


def day_columns(references: References) -> dict[str, object]:
    """Return whether the person's day is submitted."""
    timesheet_id = references.timesheet_id if references.organization.timesheet_submission else None
    return {"timesheet_id": timesheet_id, "submitted": timesheet_id is not None}


def check_edit(
    entry: EntryState,
    organization: Organization,
    viewer: Viewer,
    *,
    if_revision: int | None,
    verb: str,
    path: tuple[str, ...] = ("id",),
) -> None:
    """Let a visible entry be updated or deleted.

    Raises:
        Refusal: AccessDenied (not the viewer's to edit, or locked), or StaleRevision.
    """
    if not may_edit(viewer, entry):
        raise AccessDenied(
            f"You may not {verb} time entry {entry.id}: only your own, or of people you manage, or of deals you own.",
            path=path,
        )
    if is_locked(entry, lock_approved=organization.lock_approved):
        state = "approved" if entry.approved else "invoiced"
        raise AccessDenied(
            f"Time entry {entry.id} is {state}, and your organization locks such entries; you may not {verb} it.",
            path=path,
        )
    check_revision(entry, if_revision, path=path)


def delete(
    entry: EntryState,
    organization: Organization,
    viewer: Viewer,
    *,
    if_revision: int | None = None,
    path: tuple[str, ...] = ("id",),
) -> Change:
    """Decide the removal of an entry; its task gets the minutes back.

    Raises:
        Refusal: AccessDenied or StaleRevision.
    """
    check_edit(entry, organization, viewer, if_revision=if_revision, verb="delete", path=path)
    return Change(Kind.DELETED, {}, work_done(before=(entry.task_id, entry.time), after=(None, 0)))


def update(
    entry: Entry,
    given: Attributes,
    references: References,
    viewer: Viewer,
    now: int,
    *,
    if_revision: int | None = None,
) -> Change:
    """Decide an update; `references` are those the entry would have after it. The change may be nothing.

    Raises:
        Refusal: AccessDenied, StaleRevision, or every fault of the input at once.
    """
    check_edit(entry, references.organization, viewer, if_revision=if_revision, verb="update")
    after = _Draft.of(entry, given)
    overhead = bears_overhead(references.rates)
    is_priced = after.is_repriced(entry) and given.date is not None
    amounts, price_faults = (
        priced(references, minutes=after.time, date=after.date, overhead=overhead) if is_priced else ({}, [])
    )
    faults = [
        *absence_faults(references, task_asked=after.task_id is not None),
        *_move_faults(entry, after, references, viewer),
        *price_faults,
        *given.faults,
        *(task_faults(references) if after.is_other_work(entry) else []),
    ]
    person, service = references.person, references.service
    if faults or person is None or service is None:
        raise Refusal(faults)
    changed = _changed(
        entry, _asked_columns(entry, given, after, references.organization, person=person, service=service)
    )
    if not changed:
        return Change(Kind.UPDATED, {})
    if "date" in changed or "person_id" in changed:
        changed |= day_columns(references)
    changed |= {"overhead": overhead, **amounts}
    changed |= approval_undone(entry, references, viewer, is_edited=after.is_repriced(entry))
    if not is_priced and entry.overhead and not overhead:
        changed |= without_overhead(entry.amounts)
    changed |= {"updated_at": now, "updater_id": viewer.person_id, "last_actor_id": viewer.person_id}
    worked = work_done(before=(entry.task_id, entry.time), after=(after.task_id, after.time))
    return Change(Kind.UPDATED, changed, worked)


@dataclass(frozen=True, slots=True)
class _Draft:
    """What an entry would hang on after an update."""

    date: dt.date
    time: int
    person_id: int
    service_id: int
    task_id: int | None

    @classmethod
    def of(cls, entry: Entry, given: Attributes) -> "_Draft":
        return cls(
            date=given.date if isinstance(given.date, dt.date) else entry.date,
            time=given.time if isinstance(given.time, int) else entry.time,
            person_id=given.person_id if isinstance(given.person_id, int) else entry.person_id,
            service_id=given.service_id if isinstance(given.service_id, int) else entry.service_id,
            task_id=entry.task_id if given.task_id is UNSET else given.task_id,
        )

    def is_repriced(self, entry: Entry) -> bool:
        """Tell whether the cost is computed again: for another time, day, person or service."""
        before = (entry.time, entry.date, entry.person_id, entry.service_id)
        return (self.time, self.date, self.person_id, self.service_id) != before

    def is_other_work(self, entry: Entry) -> bool:
        return (self.service_id, self.task_id) != (entry.service_id, entry.task_id)


def _move_faults(entry: Entry, after: _Draft, references: References, viewer: Viewer) -> list[Fault]:
    if after.person_id != entry.person_id:
        return [*ownership_faults(references, viewer), *_running_faults(entry)]
    if after.service_id != entry.service_id:
        return ownership_faults(references, viewer, name="serviceId")
    return []


def _running_faults(entry: Entry) -> list[Fault]:
    """Return a fault where a timer runs: another person would get a second one."""
    if entry.timer_started_at is None:
        return []
    sentence = f"A timer runs on time entry {entry.id}; stop it before you give the entry to another person."
    return [Fault(Code.INVALID_ATTRIBUTE, sentence, ("input", "personId"))]


def _asked_columns(
    entry: Entry, given: Attributes, after: _Draft, organization: Organization, *, person: Person, service: Service
) -> dict[str, object]:
    """Return what the input makes of an entry, be it another value than before or the same."""
    columns: dict[str, object] = {
        "date": after.date,
        "time": after.time,
        "task_id": after.task_id,
        "billable_time": billable_time_after(
            before=Minutes(entry.time, entry.billable_time, entry.is_billable),
            time=after.time,
            given=given.billable_time if isinstance(given.billable_time, int) else None,
            billable=service.is_billable,
            rounding=organization.rounding,
        ),
        **plain_columns(given),
    }
    if person.id != entry.person_id:
        columns |= person_columns(person)
    if service.id != entry.service_id:
        columns |= service_columns(service)
    return columns


def _changed(entry: Entry, columns: Mapping[str, object]) -> dict[str, object]:
    """Return the columns that come out different; what derives from one that does goes with it."""
    changed = {
        name: value for name, value in columns.items() if not hasattr(entry, name) or value != getattr(entry, name)
    }
    return changed if any(hasattr(entry, name) for name in changed) else {}

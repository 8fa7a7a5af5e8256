"""Creating, updating and deleting an entry: facts in, the columns to store or a refusal out."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from gateway.domain.access import Viewer
from gateway.domain.approval import whole_second
from gateway.domain.attributes import UNSET, Attributes, attribute_faults, plain_columns, read_date
from gateway.domain.billable import Minutes, billable_time, billable_time_after
from gateway.domain.changes import Change, Kind, work_done
from gateway.domain.codes import TrackMethod
from gateway.domain.costs import bears_overhead, price_faults, priced, without_overhead
from gateway.domain.errors import AccessDenied, Fault, Refusal
from gateway.domain.facts import Entry, Organization, Person, References, Service, Standing
from gateway.domain.references import absence_faults, ownership_faults, task_faults
from gateway.domain.rights import check_revision, is_locked, may_edit


def create(given: Attributes, references: References, viewer: Viewer, now: int) -> Change:
    """Decide a new entry.

    Raises:
        Refusal: with every fault of the input at once.
    """
    day = read_date(given.date if isinstance(given.date, str) else None, ("input", "date"))
    minutes = given.time if isinstance(given.time, int) else 0
    faults = [
        *absence_faults(references, task_asked=isinstance(given.task_id, int)),
        *ownership_faults(references, viewer),
        *(day if isinstance(day, list) else price_faults(references, minutes=minutes, date=day)),
        *attribute_faults(given),
        *task_faults(references),
    ]
    if faults or isinstance(day, list):
        raise Refusal(faults)
    columns = new_entry(references, viewer, now, date=day, minutes=minutes) | plain_columns(given)
    if isinstance(given.billable_time, int) and references.service is not None:
        columns["billable_time"] = billable_time(
            time=minutes,
            given=given.billable_time,
            billable=references.service.is_billable,
            rounding=references.organization.rounding,
        )
    task_id = references.task.id if references.task else None
    return Change(Kind.CREATED, columns, work_done(before=(None, 0), after=(task_id, minutes)))


def new_entry(references: References, viewer: Viewer, now: int, *, date: dt.date, minutes: int) -> dict[str, object]:
    """Return the columns of a new entry with its defaults; the rest of the columns are null or false.

    Raises:
        Refusal: its amounts cannot be told.
    """
    person, service = references.person, references.service
    if person is None or service is None:
        raise Refusal(absence_faults(references, task_asked=False))
    overhead = bears_overhead(references.rates)
    amounts, faults = priced(references, minutes=minutes, date=date, overhead=overhead)
    if faults:
        raise Refusal(faults)
    approved = not service.deal.time_approval
    return {
        "organization_id": references.organization.id,
        "task_id": references.task.id if references.task else None,
        "creator_id": viewer.person_id,
        "last_actor_id": viewer.person_id,
        "date": date,
        "time": minutes,
        "billable_time": billable_time(
            time=minutes, given=None, billable=service.is_billable, rounding=references.organization.rounding
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
    """Return the service and what derives from it."""
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
    entry: Standing,
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
    check_revision(entry, if_revision)


def delete(
    entry: Standing,
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
    faults = [
        *absence_faults(references, task_asked=after.task_id is not None),
        *_move_faults(entry, after, references, viewer),
        *(
            after.faults
            or (price_faults(references, minutes=after.time, date=after.date) if after.is_repriced(entry) else [])
        ),
        *attribute_faults(given),
        *(task_faults(references) if after.is_other_work(entry) else []),
    ]
    person, service = references.person, references.service
    if faults or person is None or service is None:
        raise Refusal(faults)
    values: dict[str, object] = {
        "date": after.date,
        "time": after.time,
        "task_id": after.task_id,
        "billable_time": billable_time_after(
            before=Minutes(entry.time, entry.billable_time, entry.is_billable),
            time=after.time,
            given=given.billable_time if isinstance(given.billable_time, int) else None,
            billable=service.is_billable,
            rounding=references.organization.rounding,
        ),
        **plain_columns(given),
    }
    if person.id != entry.person_id:
        values |= person_columns(person)
    if service.id != entry.service_id:
        values |= service_columns(service)
    changed = _changed(entry, values)
    if not changed:
        return Change(Kind.UPDATED, {})
    if "date" in changed or "person_id" in changed:
        changed |= day_columns(references)
    changed |= _cost_columns(entry, after, references)
    changed |= {"updated_at": now, "updater_id": viewer.person_id, "last_actor_id": viewer.person_id}
    worked = work_done(before=(entry.task_id, entry.time), after=(after.task_id, after.time))
    return Change(Kind.UPDATED, changed, worked)


@dataclass(frozen=True, slots=True)
class _Draft:
    """What an entry would hang on after an update, and what is wrong with its date."""

    date: dt.date
    time: int
    person_id: int
    service_id: int
    task_id: int | None
    faults: list[Fault]

    @classmethod
    def of(cls, entry: Entry, given: Attributes) -> "_Draft":
        day = entry.date if given.date is UNSET else read_date(given.date, ("input", "date"))
        return cls(
            date=entry.date if isinstance(day, list) else day,
            time=given.time if isinstance(given.time, int) else entry.time,
            person_id=given.person_id if isinstance(given.person_id, int) else entry.person_id,
            service_id=given.service_id if isinstance(given.service_id, int) else entry.service_id,
            task_id=entry.task_id if given.task_id is UNSET else given.task_id,
            faults=day if isinstance(day, list) else [],
        )

    def is_repriced(self, entry: Entry) -> bool:
        """Tell whether the cost is computed anew: for another time, day, person or service."""
        before = (entry.time, entry.date, entry.person_id, entry.service_id)
        return (self.time, self.date, self.person_id, self.service_id) != before

    def is_other_work(self, entry: Entry) -> bool:
        return (self.service_id, self.task_id) != (entry.service_id, entry.task_id)


def _move_faults(entry: Entry, after: _Draft, references: References, viewer: Viewer) -> list[Fault]:
    if after.person_id != entry.person_id:
        return ownership_faults(references, viewer)
    if after.service_id != entry.service_id:
        return ownership_faults(references, viewer, name="serviceId")
    return []


def _changed(entry: Entry, values: Mapping[str, object]) -> dict[str, object]:
    """Return the columns that come out different; what derives from one that does goes with it."""
    changed = {
        name: value for name, value in values.items() if not hasattr(entry, name) or value != getattr(entry, name)
    }
    return changed if any(hasattr(entry, name) for name in changed) else {}


def _cost_columns(entry: Entry, after: _Draft, references: References) -> dict[str, object]:
    """Return what the change makes of overhead and cost."""
    overhead = bears_overhead(references.rates)
    if after.is_repriced(entry):
        amounts, _ = priced(references, minutes=after.time, date=after.date, overhead=overhead)
        return {"overhead": overhead, **amounts}
    if entry.overhead and not overhead:
        return {"overhead": False, **without_overhead(entry.amounts)}
    return {"overhead": overhead}

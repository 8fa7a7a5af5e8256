"""Timesheets: one person's day, submitted or taken back."""

import datetime as dt
from collections.abc import Sequence

from gateway.domain.access import Viewer
from gateway.domain.errors import AccessDenied, Fault, Refusal
from gateway.domain.facts import Organization, Person
from gateway.domain.references import no_such_record
from gateway.domain.rights import may_submit


def check_submission(
    person: Person | None, date: dt.date | Sequence[Fault], organization: Organization, viewer: Viewer
) -> tuple[Person, dt.date]:
    """Return whose day and which, when the viewer may submit it or take it back; faults stand for no date.

    Raises:
        Refusal: NotFound (no such person), AccessDenied (not the viewer's, or the organization submits none),
            or the faults of the date.
    """
    if person is None:
        raise no_such_record("person", ("personId",))
    if not organization.timesheet_submission:
        raise AccessDenied("Your organization does not submit timesheets; an admin can turn that on.", path=())
    if not may_submit(viewer, person_id=person.id, manager_id=person.manager_id):
        raise AccessDenied(
            f"You may not submit the days of person {person.id}: only your own and those of people you manage.",
            path=("personId",),
        )
    if not isinstance(date, dt.date):
        raise Refusal(date)
    return person, date


def submission(timesheet_id: int | None, viewer: Viewer, now: int) -> dict[str, object]:
    """Return the columns of every entry of the day; None takes the day back."""
    return {
        "submitted": timesheet_id is not None,
        "timesheet_id": timesheet_id,
        "updated_at": now,
        "last_actor_id": viewer.person_id,
    }

import datetime as dt
from dataclasses import replace

import pytest

from gateway.domain.access import Role, Viewer
from gateway.domain.attributes import read_date
from gateway.domain.changes import Kind
from gateway.domain.errors import AccessDenied, Code, NotFound, Refusal, TimerAlreadyStopped
from gateway.domain.exchange import ExchangeRates
from gateway.domain.facts import Deal, Entry, HourlyRate, Organization, Person, Rates, References, Salary, Service
from gateway.domain.timers import StartTimer, resume, start_new, stop
from gateway.domain.timesheets import check_submission, submission

# 2025-08-01T00:30:00.728+02:00: in UTC it is still July.
NOW = 1_754_001_000_728
ADMIN = Viewer(1, 99, Role.ADMIN, can_see_costs=True, time_zone="Europe/Berlin", timesheet_submission=True)
REFERENCES = References(
    organization=Organization(1, "USD", timesheet_submission=True),
    person=Person(10, manager_id=20),
    service=Service(5, 2, Deal(7, "EUR")),
    rates=Rates(salary=Salary(HourlyRate(2000, "EUR")), exchange=ExchangeRates({("EUR", "USD"): "1.25"})),
)
ENTRY = Entry(
    id=281, revision=4, person_id=10, service_id=5, date=dt.date(2025, 8, 1), time=10, billable_time=10, task_id=4
)


def test_a_timer_on_a_service_makes_an_entry_of_today_in_the_organizations_zone():
    change = start_new(StartTimer(person_id=10, service_id=5, note="call"), REFERENCES, ADMIN, NOW)

    assert change.kind is Kind.CREATED
    names = ("date", "time", "track_method_id", "timer_started_at", "note", "created_at", "cost")
    assert tuple(change.columns[name] for name in names) == (
        dt.date(2025, 8, 1),
        0,
        2,
        1_754_001_000_000,
        "call",
        NOW,
        0,
    )


@pytest.mark.parametrize(
    ("command", "paths"),
    [
        (StartTimer(), [("input",)]),
        (StartTimer(service_id=5, time_entry_id=281), [("input",)]),
        (StartTimer(time_entry_id=281, task_id=4, note="x"), [("input", "taskId"), ("input", "note")]),
        (StartTimer(time_entry_id=281, person_id=11), [("input", "personId")]),
    ],
)
def test_a_start_that_contradicts_itself_is_refused(command, paths):
    with pytest.raises(Refusal) as refused:
        resume(ENTRY, command, REFERENCES.organization, ADMIN, NOW)

    assert [(fault.code, fault.path) for fault in refused.value.faults] == [
        (Code.INVALID_ATTRIBUTE, path) for path in paths
    ]


@pytest.mark.parametrize(("before", "after"), [(1, 3), (2, 2), (3, 3), (7, 7)])
def test_going_on_with_an_entry_made_by_hand_marks_it_as_both(before, after):
    change = resume(
        replace(ENTRY, track_method_id=before), StartTimer(time_entry_id=281), REFERENCES.organization, ADMIN, NOW
    )

    assert change.columns["track_method_id"] == after
    assert change.columns["timer_started_at"] == 1_754_001_000_000


def test_starting_what_runs_changes_nothing():
    running = replace(ENTRY, timer_started_at=NOW - 5000)

    assert resume(running, StartTimer(time_entry_id=281), REFERENCES.organization, ADMIN, NOW).is_nothing


@pytest.mark.parametrize(
    ("seconds", "minutes"), [(0, 10), (29, 10), (30, 11), (60, 11), (89, 11), (90, 12), (3600, 70), (-60, 10)]
)
def test_a_stop_adds_whole_minutes_half_a_minute_rounded_up(seconds, minutes):
    running = replace(ENTRY, timer_started_at=1_754_001_000_000 - seconds * 1000)

    change = stop(running, REFERENCES, ADMIN, NOW)

    assert change.columns.get("time", 10) == minutes
    assert change.columns.get("billable_time", 10) == minutes
    assert (change.columns["timer_started_at"], change.columns["timer_stopped_at"]) == (None, 1_754_001_000_000)
    assert change.worked == ({4: minutes - 10} if minutes != 10 else {})


def test_a_stop_prices_the_whole_time_again():
    change = stop(replace(ENTRY, timer_started_at=1_754_001_000_000 - 1_800_000), REFERENCES, ADMIN, NOW)

    assert (change.columns["time"], change.columns["cost"], change.columns["cost_default"]) == (40, 1333, 1667)
    assert "overhead" not in change.columns


def test_a_second_stop_is_a_conflict_and_a_strangers_is_denied():
    with pytest.raises(TimerAlreadyStopped):
        stop(ENTRY, REFERENCES, ADMIN, NOW)
    with pytest.raises(AccessDenied):
        stop(replace(ENTRY, timer_started_at=NOW), REFERENCES, replace(ADMIN, role=Role.MANAGER), NOW)


def test_no_timer_starts_on_a_locked_entry_but_one_that_runs_can_be_stopped():
    locked = replace(REFERENCES.organization, lock_approved=True)
    approved = replace(ENTRY, approved=True)

    with pytest.raises(AccessDenied):
        resume(approved, StartTimer(time_entry_id=281), locked, ADMIN, NOW)
    change = stop(replace(approved, timer_started_at=NOW), replace(REFERENCES, organization=locked), ADMIN, NOW)
    assert change.columns["timer_started_at"] is None


@pytest.mark.parametrize(
    ("viewer", "allowed"),
    [
        (ADMIN, True),
        (replace(ADMIN, role=Role.MANAGER, person_id=20), True),
        (replace(ADMIN, role=Role.MANAGER, person_id=30), False),
        (replace(ADMIN, role=Role.MANAGER, person_id=10), True),
        (replace(ADMIN, role=Role.MEMBER, person_id=10), True),
        (replace(ADMIN, role=Role.MEMBER, person_id=20), False),
    ],
)
def test_a_day_is_submitted_by_its_person_its_manager_or_an_admin(viewer, allowed):
    denied = False
    try:
        check_submission(REFERENCES.person, dt.date(2025, 8, 1), REFERENCES.organization, viewer)
    except AccessDenied:
        denied = True

    assert denied is not allowed


def test_a_submission_needs_a_person_the_feature_and_a_day_in_this_order():
    off = replace(REFERENCES.organization, timesheet_submission=False)
    _, faults = read_date("", ("date",))

    with pytest.raises(NotFound):
        check_submission(None, faults, off, ADMIN)
    with pytest.raises(AccessDenied):
        check_submission(REFERENCES.person, faults, off, ADMIN)
    with pytest.raises(Refusal) as refused:
        check_submission(REFERENCES.person, faults, REFERENCES.organization, ADMIN)
    assert [fault.message for fault in refused.value.faults] == ["can't be blank", "is not a date"]


@pytest.mark.parametrize(("timesheet_id", "submitted"), [(8, True), (None, False)])
def test_a_submission_marks_the_entries_of_the_day(timesheet_id, submitted):
    assert submission(timesheet_id, ADMIN, NOW) == {
        "submitted": submitted,
        "timesheet_id": timesheet_id,
        "updated_at": NOW,
        "last_actor_id": 99,
    }

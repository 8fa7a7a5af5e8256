import datetime as dt
from dataclasses import replace

import pytest

from gateway.domain.access import Role, Viewer
from gateway.domain.attributes import read_date
from gateway.domain.changes import Change, Kind
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


TOUCHED = {"updated_at": NOW, "updater_id": 99, "last_actor_id": 99}
STRANGER = replace(ADMIN, role=Role.MANAGER)
OTHERS = "only on your own, those of people you manage and of deals you own."
LOCKED = replace(REFERENCES.organization, lock_approved=True)
START = StartTimer(time_entry_id=281)


def test_a_timer_that_goes_on_sets_these_columns_and_no_others():
    started = resume(ENTRY, START, REFERENCES.organization, ADMIN, NOW)
    running = resume(replace(ENTRY, timer_started_at=NOW), START, REFERENCES.organization, ADMIN, NOW)

    columns: dict[str, object] = {"timer_started_at": NOW - 728, "timer_stopped_at": None, "track_method_id": 3}
    assert started == Change(Kind.TIMER_STARTED, columns | TOUCHED)
    assert running == Change(Kind.TIMER_STARTED, {})


def test_a_stop_within_half_a_minute_sets_these_columns_and_no_others():
    change = stop(replace(ENTRY, timer_started_at=1_754_000_999_000), REFERENCES, ADMIN, NOW)

    assert change == Change(
        Kind.TIMER_STOPPED, {"timer_started_at": None, "timer_stopped_at": 1_754_001_000_000, **TOUCHED}
    )


@pytest.mark.parametrize(
    ("act", "path", "sentence"),
    [
        (
            lambda: resume(ENTRY, START, LOCKED, STRANGER, NOW),
            ("input", "timeEntryId"),
            f"You may not run a timer on time entry 281: {OTHERS}",
        ),
        (
            lambda: resume(replace(ENTRY, approved=True), START, LOCKED, ADMIN, NOW),
            ("input", "timeEntryId"),
            "Time entry 281 is locked by your organization; start on its service.",
        ),
        (
            lambda: resume(ENTRY, StartTimer(), REFERENCES.organization, ADMIN, NOW),
            ("input",),
            "Name either serviceId, for a new entry, or timeEntryId, to go on with one.",
        ),
        (
            lambda: start_new(StartTimer(service_id=5, note="x" * 100_001), REFERENCES, ADMIN, NOW),
            ("input", "note"),
            "note has 100,001 characters; at most 100,000 are kept.",
        ),
        (
            lambda: start_new(StartTimer(service_id=5, task_id=9), REFERENCES, ADMIN, NOW),
            ("input", "taskId"),
            "There is no task with this id in your organization.",
        ),
        (
            lambda: stop(ENTRY, REFERENCES, STRANGER, NOW),
            ("timeEntryId",),
            "You may not stop the timer of time entry 281.",
        ),
        (
            lambda: stop(ENTRY, REFERENCES, ADMIN, NOW),
            ("timeEntryId",),
            "No timer runs on time entry 281; start one to stop it.",
        ),
        (
            lambda: check_submission(None, [], REFERENCES.organization, ADMIN),
            ("personId",),
            "There is no person with this id in your organization.",
        ),
        (
            lambda: check_submission(Person(10), [], Organization(1, "USD"), ADMIN),
            (),
            "Your organization does not submit timesheets; an admin can turn that on.",
        ),
        (
            lambda: check_submission(Person(10), [], REFERENCES.organization, STRANGER),
            ("personId",),
            "You may not submit the days of person 10: only your own and those of people you manage.",
        ),
    ],
)
def test_a_refusal_says_what_to_do_at_its_place(act, path, sentence):
    with pytest.raises(Refusal) as refused:
        act()

    [fault] = refused.value.faults
    assert (fault.message, fault.path) == (sentence, path)


def test_a_stop_whose_cost_is_not_known_is_refused_at_the_timers_place():
    references = replace(REFERENCES, rates=replace(REFERENCES.rates, exchange=ExchangeRates()))
    running = replace(ENTRY, timer_started_at=1_754_001_000_000 - 60_000)

    with pytest.raises(Refusal) as refused:
        stop(running, references, ADMIN, NOW)

    assert [fault.path for fault in refused.value.faults] == [("timeEntryId",)]


def test_a_stop_keeps_the_overhead_of_its_entry_and_undoes_an_approval_like_an_edit():
    organization = replace(REFERENCES.organization, reapprove_edited=True, facility_overhead_per_hour=600)
    references = replace(REFERENCES, organization=organization)
    member = replace(ADMIN, person_id=10, role=Role.MEMBER)
    running = replace(
        ENTRY, timer_started_at=1_754_001_000_000 - 3_000_000, overhead=False, approved=True, approver_id=20
    )

    change = stop(running, references, member, NOW)

    assert (change.columns["time"], change.columns["overhead_cost"]) == (60, 0)
    assert (change.columns["approved"], change.columns["approver_id"]) == (False, None)


def test_the_billable_time_of_an_entry_that_is_not_billed_stays_nothing():
    running = replace(ENTRY, timer_started_at=1_754_001_000_000 - 60_000, billing_type_id=3, billable_time=0)

    assert stop(running, REFERENCES, ADMIN, NOW).columns["billable_time"] == 0

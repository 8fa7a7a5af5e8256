import datetime as dt
from dataclasses import replace

import pytest

from gateway.domain.access import Role, Viewer
from gateway.domain.attributes import UNSET, Attributes, read_attributes
from gateway.domain.changes import Change, Kind
from gateway.domain.errors import AccessDenied, Code, Refusal, StaleRevision
from gateway.domain.exchange import ExchangeRates
from gateway.domain.facts import Deal, Entry, HourlyRate, Organization, Person, Rates, References, Salary, Service, Task
from gateway.domain.rounding import Rounding, RoundingMethod
from gateway.domain.time_entries import create, delete, update
from gateway.querying.identifiers import NOBODY

NOW = 1_754_021_923_688
DAY = dt.date(2016, 10, 1)
ADMIN = Viewer(1, 99, Role.ADMIN, can_see_costs=True, time_zone="Europe/Berlin", timesheet_submission=False)
MEMBER = replace(ADMIN, person_id=10, role=Role.MEMBER)
MANAGER = replace(ADMIN, person_id=20, role=Role.MANAGER)

DEAL = Deal(7, "EUR", project_id=70, company_id=700, responsible_id=30, subsidiary_id=3)
SERVICE = Service(5, 2, DEAL)
REFERENCES = References(
    organization=Organization(1, "USD"),
    person=Person(10, manager_id=20, subsidiary_id=2),
    service=SERVICE,
    rates=Rates(salary=Salary(HourlyRate(2000, "EUR")), exchange=ExchangeRates({("EUR", "USD"): "1.25"})),
)
VALUES = {"date": "2016-10-01", "person_id": 10, "service_id": 5, "note": "test note", "time": 480}
GIVEN = read_attributes(VALUES)
ENTRY = Entry(
    id=281,
    revision=4,
    person_id=10,
    manager_id=20,
    responsible_id=30,
    service_id=5,
    date=DAY,
    time=480,
    billable_time=480,
)

UNKNOWN_FORMAT = "is not a date: write a calendar day as YYYY-MM-DD, such as 2026-11-24."


def faults_of(refused) -> list[tuple[Code, tuple[str, ...]]]:
    return [(fault.code, fault.path) for fault in refused.value.faults]


def test_a_created_entry_has_the_documented_defaults():
    change = create(GIVEN, REFERENCES, ADMIN, NOW)

    assert change.kind is Kind.CREATED
    expected = {
        "organization_id": 1,
        "task_id": None,
        "date": DAY,
        "time": 480,
        "billable_time": 480,
        "note": "test note",
        "track_method_id": 1,
        "overhead": True,
        "approved": False,
        "approved_at": None,
        "created_at": NOW,
        "updated_at": NOW,
        "last_activity_at": NOW,
        "creator_id": 99,
        "last_actor_id": 99,
        "person_id": 10,
        "person_subsidiary_id": 2,
        "service_id": 5,
        "deal_id": 7,
        "project_id": 70,
        "company_id": 700,
        "responsible_id": 30,
        "deal_subsidiary_id": 3,
        "billing_type_id": 2,
        "submitted": False,
        "currency": "EUR",
        "currency_default": "USD",
        "currency_normalized": "EUR",
        "cost": 16000,
        "cost_default": 20000,
        "cost_normalized": 16000,
        "overhead_cost": 0,
    }
    assert {name: change.columns[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("date", "messages"),
    [
        ("", ["can't be blank", "is not a date"]),
        ("  ", ["can't be blank", "is not a date"]),
        (None, ["can't be blank", "is not a date"]),
        ("foo", [UNKNOWN_FORMAT]),
        ("20161001", [UNKNOWN_FORMAT]),
        ("2016-02-30", [UNKNOWN_FORMAT]),
        ("2016-10-01T00:00:00Z", [UNKNOWN_FORMAT]),
    ],
)
def test_a_date_that_is_none_is_refused_in_the_documented_words(date, messages):
    with pytest.raises(Refusal) as refused:
        create(read_attributes(VALUES | {"date": date}), REFERENCES, ADMIN, NOW)

    assert [fault.message for fault in refused.value.faults] == messages
    assert {fault.path for fault in refused.value.faults} == {("input", "date")}


def test_a_new_entry_without_a_date_is_refused_as_one_with_a_blank_date():
    with pytest.raises(Refusal) as refused:
        create(replace(GIVEN, date=UNSET), REFERENCES, ADMIN, NOW)

    assert [(fault.message, fault.path) for fault in refused.value.faults] == [
        ("can't be blank", ("input", "date")),
        ("is not a date", ("input", "date")),
    ]


def test_billable_time_and_a_task_are_stored_as_they_are_given():
    references = replace(REFERENCES, task=Task(4, project_id=70))

    change = create(replace(GIVEN, billable_time=60, task_id=4), references, ADMIN, NOW)

    assert (change.columns["time"], change.columns["billable_time"], change.columns["task_id"]) == (480, 60, 4)


def test_an_entry_without_a_time_takes_none():
    references = replace(REFERENCES, task=Task(4, project_id=70))

    change = create(replace(GIVEN, time=UNSET, task_id=4), references, ADMIN, NOW)

    assert (change.columns["time"], change.columns["billable_time"], change.worked) == (0, 0, {})


@pytest.mark.parametrize(
    ("absent", "name", "what"),
    [
        ({"person": None}, "personId", "person"),
        ({"service": None}, "serviceId", "service"),
        ({"task": None}, "taskId", "task"),
    ],
)
def test_a_record_that_is_not_there_is_named_at_its_argument(absent, name, what):
    references = replace(REFERENCES, task=Task(4, project_id=70))

    with pytest.raises(Refusal) as refused_create:
        create(replace(GIVEN, task_id=4), replace(references, **absent), ADMIN, NOW)
    with pytest.raises(Refusal) as refused_update:
        update(replace(ENTRY, task_id=4), Attributes(note="new"), replace(references, **absent), ADMIN, NOW)

    for refused in (refused_create, refused_update):
        [fault] = refused.value.faults
        assert (fault.code, fault.path) == (Code.RECORD_NOT_FOUND, ("input", name))
        assert fault.message == f"There is no {what} with this id in your organization."


def test_a_task_that_nobody_asked_for_need_not_be_there():
    assert create(GIVEN, REFERENCES, ADMIN, NOW).columns["task_id"] is None
    assert update(ENTRY, Attributes(note="new"), REFERENCES, ADMIN, NOW).columns["note"] == "new"


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"time": -1}, "time"),
        ({"time": None}, "time"),
        ({"time": 52_596_001}, "time"),
        ({"billable_time": -1}, "billableTime"),
        ({"billable_time": None}, "billableTime"),
        ({"note": "x" * 100_001}, "note"),
        ({"note": "a\0b"}, "note"),
        ({"note": "\ud800"}, "note"),
        ({"rejected_reason": "\udfff"}, "rejectedReason"),
        ({"jira_issue_id": "x" * 256}, "jiraIssueId"),
        ({"jira_worklog_id": "\0"}, "jiraWorklogId"),
        ({"jira_organization": "x" * 300}, "jiraOrganization"),
        ({"jira_issue_status": "x" * 300}, "jiraIssueStatus"),
        ({"jira_issue_summary": "x" * 300}, "jiraIssueSummary"),
        ({"calendar_event_id": 0}, "calendarEventId"),
        ({"started_at": "2025-08-01"}, "startedAt"),
        ({"started_at": ""}, "startedAt"),
    ],
)
def test_a_value_that_an_attribute_cannot_have_is_refused_at_its_place(values, name):
    with pytest.raises(Refusal) as refused_create:
        create(read_attributes(VALUES | values), REFERENCES, ADMIN, NOW)
    with pytest.raises(Refusal) as refused_update:
        update(ENTRY, read_attributes(values), REFERENCES, ADMIN, NOW)

    assert faults_of(refused_create) == faults_of(refused_update) == [(Code.INVALID_ATTRIBUTE, ("input", name))]


def test_the_longest_values_are_taken():
    given = read_attributes(VALUES | {"time": 52_596_000, "note": "x" * 100_000, "jira_issue_id": "İ" * 255})

    change = create(given, REFERENCES, ADMIN, NOW)

    assert change.columns["jira_issue_id_folded"] == ("İ" * 255).casefold()
    assert change.columns["cost"] == 52_596_000 * 2000 // 60


def test_a_moment_is_stored_as_the_instant_that_it_is():
    change = create(read_attributes(VALUES | {"started_at": "2025-08-01T06:18:41.728+02:00"}), REFERENCES, ADMIN, NOW)

    assert change.columns["started_at"] == 1_754_021_921_728


def test_every_fault_is_reported_at_once_those_that_say_least_first():
    wrong = {"note": "\0", "billable_time": -1, "time": -5, "date": "", "task_id": NOBODY}
    given = read_attributes(VALUES | wrong)
    references = replace(REFERENCES, service=None)

    with pytest.raises(Refusal) as refused:
        create(given, references, ADMIN, NOW)

    assert faults_of(refused) == [
        (Code.RECORD_NOT_FOUND, ("input", "serviceId")),
        (Code.RECORD_NOT_FOUND, ("input", "taskId")),
        (Code.INVALID_ATTRIBUTE, ("input", "date")),
        (Code.INVALID_ATTRIBUTE, ("input", "date")),
        (Code.INVALID_ATTRIBUTE, ("input", "time")),
        (Code.INVALID_ATTRIBUTE, ("input", "billableTime")),
        (Code.INVALID_ATTRIBUTE, ("input", "note")),
    ]


@pytest.mark.parametrize(
    ("viewer", "allowed"),
    [
        (ADMIN, True),
        (MEMBER, True),
        (replace(MEMBER, person_id=11), False),
        (MANAGER, True),
        (replace(MANAGER, person_id=30), True),
        (replace(MANAGER, person_id=40), False),
        (replace(MANAGER, person_id=10), True),
        (replace(MEMBER, person_id=30), False),
    ],
)
def test_time_is_tracked_for_oneself_or_for_those_one_leads(viewer, allowed):
    refused = None
    try:
        create(GIVEN, REFERENCES, viewer, NOW)
    except Refusal as refusal:
        refused = [(fault.code, fault.path) for fault in refusal.faults]

    assert refused == (None if allowed else [(Code.ACCESS_DENIED, ("input", "personId"))])


def test_a_task_of_another_project_is_refused():
    with pytest.raises(Refusal) as refused:
        create(replace(GIVEN, task_id=4), replace(REFERENCES, task=Task(4, project_id=71)), ADMIN, NOW)

    assert faults_of(refused) == [(Code.INVALID_ATTRIBUTE, ("input", "taskId"))]


def test_moving_to_a_service_of_another_project_is_refused_while_the_task_stays():
    entry = replace(ENTRY, task_id=4, service_id=6)

    with pytest.raises(Refusal) as refused:
        update(entry, Attributes(service_id=5), replace(REFERENCES, task=Task(4, project_id=71)), ADMIN, NOW)

    assert faults_of(refused) == [(Code.INVALID_ATTRIBUTE, ("input", "taskId"))]


def test_an_unknown_exchange_rate_names_the_pair_and_the_day():
    references = replace(REFERENCES, rates=replace(REFERENCES.rates, exchange=ExchangeRates()))

    with pytest.raises(Refusal) as refused:
        create(GIVEN, references, ADMIN, NOW)

    assert faults_of(refused) == [(Code.INVALID_ATTRIBUTE, ("input", "date"))]
    assert "from EUR to USD is known on 2016-10-01" in refused.value.faults[0].message
    assert create(replace(GIVEN, time=0), references, ADMIN, NOW).columns["cost"] == 0


def test_an_entry_of_a_deal_without_approval_is_approved_at_its_second():
    service = replace(SERVICE, deal=replace(DEAL, time_approval=False))

    change = create(GIVEN, replace(REFERENCES, service=service), ADMIN, NOW)

    assert (change.columns["approved"], change.columns["approved_at"]) == (True, 1_754_021_923_000)


@pytest.mark.parametrize(("submission", "expected"), [(True, (88, True)), (False, (None, False))])
def test_an_entry_that_comes_to_a_submitted_day_is_submitted(submission, expected):
    organization = replace(REFERENCES.organization, timesheet_submission=submission)
    references = replace(REFERENCES, organization=organization, timesheet_id=88)

    created = create(GIVEN, references, ADMIN, NOW)
    moved = update(replace(ENTRY, date=dt.date(2016, 9, 30)), Attributes(date=DAY), references, ADMIN, NOW)

    assert (created.columns["timesheet_id"], created.columns["submitted"]) == expected
    assert (moved.columns["timesheet_id"], moved.columns["submitted"]) == expected


def test_an_entry_that_leaves_a_submitted_day_is_no_longer_submitted():
    change = update(replace(ENTRY, timesheet_id=88), Attributes(date=dt.date(2016, 10, 2)), REFERENCES, ADMIN, NOW)

    assert (change.columns["timesheet_id"], change.columns["submitted"]) == (None, False)


def test_the_persons_rate_can_exclude_overhead_and_the_deal_can_have_a_rate_of_its_own():
    organization = Organization(1, "EUR", internal_overhead_per_hour=600, facility_overhead_per_hour=60)
    rates = Rates(salary=Salary(HourlyRate(2000, "EUR"), overhead=False), override=HourlyRate(3000, "EUR"))
    references = replace(REFERENCES, organization=organization, rates=rates)

    change = create(replace(GIVEN, time=60), references, ADMIN, NOW)

    assert (change.columns["overhead"], change.columns["work_cost"], change.columns["cost"]) == (False, 3000, 3000)


@pytest.mark.parametrize(("is_client", "expected"), [(True, (600, 60, 2660)), (False, (0, 60, 2060))])
def test_an_internal_deal_bears_only_facility_overhead(is_client, expected):
    organization = Organization(1, "EUR", internal_overhead_per_hour=600, facility_overhead_per_hour=60)
    service = replace(SERVICE, deal=replace(DEAL, is_client=is_client))

    change = create(
        replace(GIVEN, time=60), replace(REFERENCES, organization=organization, service=service), ADMIN, NOW
    )

    names = ("internal_overhead_cost", "facility_overhead_cost", "cost")
    assert tuple(change.columns[name] for name in names) == expected


UP = Rounding(RoundingMethod.UP, 15)


@pytest.mark.parametrize(
    ("before", "given", "billing_type", "rounding", "expected"),
    [
        ((480, 480), {"time": 40}, 2, Rounding(), 40),
        ((480, 240), {"time": 500}, 2, Rounding(), 260),
        ((480, 240), {"time": 100}, 2, Rounding(), 0),
        ((480, 500), {"time": 40}, 2, Rounding(), 60),
        ((480, 480), {"time": 40, "billable_time": 10}, 2, Rounding(), 10),
        ((480, 480), {"time": 40, "billable_time": 10}, 3, Rounding(), 0),
        ((480, 480), {"time": 40}, 3, Rounding(), 0),
        ((50, 60), {"time": 55}, 2, UP, 60),
        ((50, 60), {"time": 61}, 2, UP, 75),
        ((50, 50), {"time": 40, "billable_time": 31}, 2, Rounding(RoundingMethod.NEAREST, 6), 30),
        ((50, 50), {"time": 40, "billable_time": 33}, 2, Rounding(RoundingMethod.NEAREST, 6), 36),
        ((50, 50), {"time": 59}, 2, Rounding(RoundingMethod.DOWN, 30), 30),
        ((480, 480), {"time": 52_596_000}, 2, UP, 52_596_000),
    ],
)
def test_billable_time_follows_the_time_and_keeps_what_was_set_apart(before, given, billing_type, rounding, expected):
    organization = replace(REFERENCES.organization, rounding=rounding)
    service = replace(SERVICE, billing_type_id=billing_type)
    references = replace(REFERENCES, organization=organization, service=service)
    entry = replace(ENTRY, time=before[0], billable_time=before[1], billing_type_id=billing_type)

    change = update(entry, Attributes(**given), references, ADMIN, NOW)

    assert change.columns["time"] == given["time"]
    assert change.columns.get("billable_time", before[1]) == expected


def test_moving_to_a_service_that_bills_makes_the_time_billable():
    entry = replace(ENTRY, service_id=6, billing_type_id=3, billable_time=0)

    change = update(entry, Attributes(service_id=5), REFERENCES, ADMIN, NOW)

    assert change.columns["billable_time"] == 480


def test_the_documented_update_costs_what_the_document_shows():
    given = Attributes(date=dt.date(2024, 2, 23), time=40, billable_time=40, note="new note", jira_issue_id=None)

    change = update(ENTRY, given, REFERENCES, ADMIN, NOW)

    assert change.columns["time"] == change.columns["billable_time"] == 40
    assert (change.columns["cost"], change.columns["cost_default"]) == (1333, 1667)
    assert (change.columns["updated_at"], change.columns["updater_id"], change.columns["last_actor_id"]) == (
        NOW,
        99,
        99,
    )
    assert "last_activity_at" not in change.columns
    assert "approved" not in change.columns


@pytest.mark.parametrize(
    "given",
    [Attributes(), Attributes(time=480, billable_time=480, note=None, date=DAY, person_id=10, service_id=5)],
)
def test_an_update_that_changes_nothing_is_nothing(given):
    assert update(ENTRY, given, REFERENCES, ADMIN, NOW).is_nothing


def test_a_new_note_does_not_change_the_cost_but_sets_overhead():
    change = update(replace(ENTRY, overhead=False), Attributes(note="New"), REFERENCES, ADMIN, NOW)

    assert change.columns == {
        "note": "New",
        "note_folded": "new",
        "overhead": True,
        "updated_at": NOW,
        "updater_id": 99,
        "last_actor_id": 99,
    }


def test_overhead_that_ends_takes_its_amounts_away():
    amounts = {"work_cost": 2000, "internal_overhead_cost": 600, "overhead_cost": 600, "cost": 2600}
    references = replace(REFERENCES, rates=Rates(salary=Salary(HourlyRate(2000, "EUR"), overhead=False)))

    change = update(replace(ENTRY, amounts=amounts), Attributes(note="new"), references, ADMIN, NOW)

    assert change.columns["overhead"] is False
    assert (change.columns["cost"], change.columns["overhead_cost"]) == (2000, 0)


@pytest.mark.parametrize(
    ("entry", "given", "expected"),
    [
        (replace(ENTRY, task_id=4), {"time": 500}, {4: 20}),
        (replace(ENTRY, task_id=4), {"task_id": None}, {4: -480}),
        (replace(ENTRY, task_id=3), {"task_id": 4, "time": 100}, {3: -480, 4: 100}),
        (replace(ENTRY, task_id=4), {"note": "new"}, {}),
    ],
)
def test_a_task_gains_and_loses_the_minutes_that_change(entry, given, expected):
    references = replace(REFERENCES, task=Task(4, project_id=70))

    assert update(entry, Attributes(**given), references, ADMIN, NOW).worked == expected


def test_a_created_and_a_deleted_entry_change_its_task_by_their_time():
    references = replace(REFERENCES, task=Task(4, project_id=70))

    assert create(replace(GIVEN, task_id=4), references, ADMIN, NOW).worked == {4: 480}
    assert delete(replace(ENTRY, task_id=4), references.organization, ADMIN) == Change(Kind.DELETED, {}, {4: -480})


def test_for_an_update_access_beats_the_revision_and_the_revision_beats_the_input():
    stranger = replace(MANAGER, person_id=40)

    with pytest.raises(AccessDenied):
        update(ENTRY, read_attributes({"time": -1}), REFERENCES, stranger, NOW, if_revision=3)
    with pytest.raises(StaleRevision):
        update(ENTRY, read_attributes({"time": -1}), REFERENCES, ADMIN, NOW, if_revision=3)
    with pytest.raises(StaleRevision):
        delete(ENTRY, REFERENCES.organization, ADMIN, if_revision=5)


def test_a_stale_revision_says_which_it_is_and_stands_beside_the_id():
    with pytest.raises(StaleRevision) as refused:
        update(ENTRY, GIVEN, REFERENCES, ADMIN, NOW, if_revision=3)
    with pytest.raises(StaleRevision) as refused_of_many:
        delete(ENTRY, REFERENCES.organization, ADMIN, if_revision=3, path=("input", "0", "id"))

    assert faults_of(refused) == [(Code.STALE_REVISION, ("ifRevision",))]
    assert faults_of(refused_of_many) == [(Code.STALE_REVISION, ("input", "0", "ifRevision"))]
    assert str(refused.value) == ("Time entry 281 is at revision 4, not 3; read it again and decide on what it is now.")


OTHERS = "only your own, or of people you manage, or of deals you own."
LOCKS = "and your organization locks such entries; you may not"


@pytest.mark.parametrize(
    ("state", "viewer", "verb", "sentence"),
    [
        ({}, replace(MANAGER, person_id=40), "update", f"You may not update time entry 281: {OTHERS}"),
        ({}, replace(MANAGER, person_id=40), "delete", f"You may not delete time entry 281: {OTHERS}"),
        ({"approved": True}, ADMIN, "update", f"Time entry 281 is approved, {LOCKS} update it."),
        ({"invoiced": True}, ADMIN, "delete", f"Time entry 281 is invoiced, {LOCKS} delete it."),
    ],
)
def test_what_is_not_the_callers_to_change_is_refused_by_a_sentence(state, viewer, verb, sentence):
    entry = replace(ENTRY, **state)
    locked = replace(REFERENCES, organization=replace(REFERENCES.organization, lock_approved=True))

    acts = {
        "update": lambda: update(entry, Attributes(note="new"), locked, viewer, NOW),
        "delete": lambda: delete(entry, locked.organization, viewer, path=("id",)),
    }

    with pytest.raises(AccessDenied) as refused:
        acts[verb]()

    assert faults_of(refused) == [(Code.ACCESS_DENIED, ("id",))]
    assert str(refused.value) == sentence


@pytest.mark.parametrize("state", [{"approved": True}, {"invoiced": True}])
def test_the_lock_refuses_update_and_delete_of_approved_and_invoiced_entries(state):
    entry = replace(ENTRY, **state)
    locked = replace(REFERENCES, organization=replace(REFERENCES.organization, lock_approved=True))

    with pytest.raises(AccessDenied):
        update(entry, Attributes(note="new"), locked, ADMIN, NOW)
    with pytest.raises(AccessDenied):
        delete(entry, locked.organization, ADMIN)
    assert update(entry, Attributes(note="new"), REFERENCES, ADMIN, NOW).columns["note"] == "new"


def test_an_entry_cannot_be_given_to_a_person_or_a_deal_that_is_not_the_callers_to_track_for():
    own = replace(ENTRY, person_id=11, manager_id=None)
    member = replace(MEMBER, person_id=11)

    with pytest.raises(Refusal) as refused:
        update(own, Attributes(person_id=10), REFERENCES, member, NOW)

    assert faults_of(refused) == [(Code.ACCESS_DENIED, ("input", "personId"))]
    assert str(refused.value) == (
        "You may not track time for person 10 on this service: "
        "only for yourself, for people you manage and on deals you own."
    )


def test_an_entry_of_another_cannot_be_moved_to_a_deal_that_is_not_the_callers():
    entry = replace(ENTRY, service_id=6, manager_id=None, responsible_id=40)
    owner = replace(MANAGER, person_id=40)
    references = replace(REFERENCES, person=Person(10))

    with pytest.raises(Refusal) as refused:
        update(entry, Attributes(service_id=5), references, owner, NOW)

    assert faults_of(refused) == [(Code.ACCESS_DENIED, ("input", "serviceId"))]
    assert update(replace(entry, service_id=5), Attributes(note="new"), references, owner, NOW).columns["note"] == "new"


def test_an_update_bears_overhead_as_the_persons_rate_says():
    organization = Organization(1, "EUR", internal_overhead_per_hour=600)
    rates = Rates(salary=Salary(HourlyRate(2000, "EUR"), overhead=False))
    references = replace(REFERENCES, organization=organization, rates=rates)

    change = update(ENTRY, Attributes(time=60), references, ADMIN, NOW)

    assert (change.columns["overhead"], change.columns["cost"], change.columns["overhead_cost"]) == (False, 2000, 0)

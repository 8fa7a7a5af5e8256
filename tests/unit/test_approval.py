import dataclasses
import datetime as dt

import pytest

from gateway.domain.access import Role, Viewer
from gateway.domain.approval import UNAPPROVED, Act, State, approval_undone, assignments, decide, would_change
from gateway.domain.codes import BillingType
from gateway.domain.errors import AccessDenied, AlreadyApproved, Code, Refusal, StaleRevision
from gateway.domain.facts import Deal, Entry, Organization, Person, References, Service
from gateway.domain.rights import would_edit

NOW = 1_754_021_982_661  # 2025-08-01T06:19:42.661+02:00
PERSON, MANAGER, OWNER, STRANGER = 10, 20, 30, 40

ROLES = {
    "admin": Viewer(
        1, STRANGER, Role.ADMIN, can_see_costs=False, time_zone="Europe/Berlin", timesheet_submission=False
    ),
    "manager of the person": Viewer(
        1, MANAGER, Role.MANAGER, can_see_costs=False, time_zone="Europe/Berlin", timesheet_submission=False
    ),
    "owner of the deal": Viewer(
        1, OWNER, Role.MANAGER, can_see_costs=False, time_zone="Europe/Berlin", timesheet_submission=False
    ),
    "another manager": Viewer(
        1, STRANGER, Role.MANAGER, can_see_costs=False, time_zone="Europe/Berlin", timesheet_submission=False
    ),
    "the person, a manager": Viewer(
        1, PERSON, Role.MANAGER, can_see_costs=False, time_zone="Europe/Berlin", timesheet_submission=False
    ),
    "the person, a member": Viewer(
        1, PERSON, Role.MEMBER, can_see_costs=False, time_zone="Europe/Berlin", timesheet_submission=False
    ),
    "owner of the deal, a member": Viewer(
        1, OWNER, Role.MEMBER, can_see_costs=False, time_zone="Europe/Berlin", timesheet_submission=False
    ),
}
DECIDERS = {"admin", "manager of the person", "owner of the deal"}

EXPECTED = {
    (State.UNDECIDED, Act.APPROVE): True,
    (State.UNDECIDED, Act.UNAPPROVE): False,
    (State.UNDECIDED, Act.REJECT): True,
    (State.UNDECIDED, Act.UNREJECT): Code.RECORD_ALREADY_UNREJECTED,
    (State.APPROVED, Act.APPROVE): False,
    (State.APPROVED, Act.UNAPPROVE): True,
    (State.APPROVED, Act.REJECT): Code.RECORD_ALREADY_APPROVED,
    (State.APPROVED, Act.UNREJECT): Code.RECORD_ALREADY_UNREJECTED,
    (State.REJECTED, Act.APPROVE): True,
    (State.REJECTED, Act.UNAPPROVE): False,
    (State.REJECTED, Act.REJECT): Code.RECORD_ALREADY_REJECTED,
    (State.REJECTED, Act.UNREJECT): True,
}


def entry_in(state: State) -> Entry:
    return Entry(
        id=225,
        revision=3,
        person_id=PERSON,
        manager_id=MANAGER,
        responsible_id=OWNER,
        service_id=1,
        date=dt.date(2016, 10, 1),
        time=480,
        billable_time=480,
        approved=state is State.APPROVED,
        rejected=state is State.REJECTED,
        approved_at=1_754_021_982_000 if state is State.APPROVED else None,
    )


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("act", Act)
@pytest.mark.parametrize("state", State)
def test_an_act_does_what_the_table_says_for_those_who_decide(state, act, role):
    entry, viewer = entry_in(state), ROLES[role]
    expected = EXPECTED[state, act] if role in DECIDERS else Code.ACCESS_DENIED

    outcome: bool | Code
    try:
        outcome = decide(entry, act, viewer)
    except Refusal as refusal:
        outcome = refusal.faults[0].code

    assert outcome == expected


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("state", State)
def test_the_permissions_are_true_exactly_where_an_act_would_change_something(state, role):
    entry, viewer = entry_in(state), ROLES[role]

    for act in Act:
        expected = role in DECIDERS and EXPECTED[state, act] is True
        assert would_change(viewer, entry, act) is expected


@pytest.mark.parametrize(
    ("act", "expected"),
    [
        (
            Act.APPROVE,
            {
                "approved": True,
                "approved_at": 1_754_021_982_000,
                "approver_id": OWNER,
                "rejected": False,
                "rejected_at": None,
                "rejected_reason": None,
                "rejecter_id": None,
            },
        ),
        (Act.UNAPPROVE, {"approved": False, "approved_at": None, "approver_id": None}),
        (Act.REJECT, {"rejected": True, "rejected_at": NOW, "rejecter_id": OWNER}),
        (
            Act.UNREJECT,
            {"rejected": False, "rejected_at": None, "rejected_reason": None, "rejecter_id": None},
        ),
    ],
)
def test_an_act_sets_its_instants_and_its_actor(act, expected):
    made = assignments(act, ROLES["owner of the deal"], NOW)

    assert made == {"updated_at": NOW, "last_actor_id": OWNER} | expected


def test_a_rejection_keeps_the_reason_it_is_given():
    made = assignments(Act.REJECT, ROLES["admin"], NOW, reason="Wrong project")

    assert made["rejected_reason"] == "Wrong project"


def test_the_conflict_names_the_day_in_the_organizations_zone_and_what_to_do():
    with pytest.raises(AlreadyApproved) as refused:
        decide(entry_in(State.APPROVED), Act.REJECT, ROLES["admin"])

    assert str(refused.value) == "Time entry 225 was approved on 2025-08-01; unapprove it before rejecting it."


@pytest.mark.parametrize(
    ("state", "at", "act", "sentence"),
    [
        (State.APPROVED, None, Act.REJECT, "Time entry 225 was approved; unapprove it before rejecting it."),
        (State.REJECTED, NOW, Act.REJECT, "Time entry 225 was rejected on 2025-08-01; unreject it to reject it again."),
        (
            State.UNDECIDED,
            None,
            Act.UNREJECT,
            "Time entry 225 is not rejected, so there is no rejection to take back.",
        ),
    ],
)
def test_every_conflict_says_what_to_do(state, at, act, sentence):
    entry = dataclasses.replace(entry_in(state), approved_at=at, rejected_at=at)

    with pytest.raises(Refusal) as refused:
        decide(entry, act, ROLES["admin"])

    assert str(refused.value) == sentence


def test_a_reason_that_is_too_long_is_refused_by_its_name():
    with pytest.raises(Refusal) as refused:
        decide(entry_in(State.UNDECIDED), Act.REJECT, ROLES["admin"], reason="x" * 100_001)

    [fault] = refused.value.faults
    assert (fault.code, fault.path) == (Code.INVALID_ATTRIBUTE, ("reason",))
    assert fault.message == "reason has 100,001 characters; at most 100,000 are kept."


APPROVED_BY_SOMEBODY = {"approver_id": OWNER, "deal_time_approval": True}
APPROVED_FOR_ITS_DEAL = {"approver_id": None, "deal_time_approval": False}


@pytest.mark.parametrize(
    ("differs", "is_undone"),
    [
        ({}, True),
        ({"state": State.UNDECIDED}, False),
        ({"person": None}, False),
        ({"service": None}, False),
        ({"needs_approval": False}, False),
        ({"is_edited": False}, False),
        ({"reapprove": False}, False),
        ({"role": "admin"}, False),
        ({"role": "manager of the person"}, False),
        ({"role": "owner of the deal"}, False),
        ({"role": "another manager"}, True),
        ({"entry": APPROVED_FOR_ITS_DEAL, "is_edited": False, "reapprove": False, "role": "admin"}, True),
        ({"entry": APPROVED_FOR_ITS_DEAL | {"deal_time_approval": True}, "is_edited": False}, False),
        ({"entry": APPROVED_FOR_ITS_DEAL | {"approver_id": OWNER}, "is_edited": False}, False),
    ],
)
def test_an_approval_is_undone_by_an_edit_that_needs_another_or_a_deal_that_needs_one(differs, is_undone):
    case = {
        "state": State.APPROVED,
        "entry": APPROVED_BY_SOMEBODY,
        "person": Person(PERSON, MANAGER),
        "service": 1,
        "needs_approval": True,
        "reapprove": True,
        "role": "the person, a member",
        "is_edited": True,
    } | differs
    deal = Deal(1, "EUR", responsible_id=OWNER, time_approval=case["needs_approval"])
    after = References(
        Organization(1, "EUR", reapprove_edited=case["reapprove"]),
        case["person"],
        case["service"] and Service(1, BillingType.ACTUALS, deal),
    )
    entry = dataclasses.replace(entry_in(case["state"]), **case["entry"])

    columns = approval_undone(entry, after, ROLES[case["role"]], is_edited=case["is_edited"])

    assert columns == (UNAPPROVED if is_undone else {})


def test_a_stale_revision_beats_a_no_op_and_access_beats_both():
    approved = entry_in(State.APPROVED)

    with pytest.raises(StaleRevision):
        decide(approved, Act.APPROVE, ROLES["admin"], if_revision=2)
    with pytest.raises(AccessDenied):
        decide(approved, Act.APPROVE, ROLES["another manager"], if_revision=2)
    assert decide(approved, Act.APPROVE, ROLES["admin"], if_revision=3) is False


def test_the_state_beats_a_reason_that_cannot_be_stored():
    with pytest.raises(AlreadyApproved):
        decide(entry_in(State.APPROVED), Act.REJECT, ROLES["admin"], reason="\0")
    with pytest.raises(Refusal) as refused:
        decide(entry_in(State.UNDECIDED), Act.REJECT, ROLES["admin"], reason="a\ud800" + "b" * 100_000 + "\0")

    assert [fault.path for fault in refused.value.faults] == [("reason",)] * 3


def test_under_the_lock_an_approved_entry_can_be_unapproved_but_not_edited():
    entry = entry_in(State.APPROVED)

    assert not would_edit(ROLES["admin"], entry, lock_approved=True)
    assert would_edit(ROLES["admin"], entry, lock_approved=False)
    assert would_change(ROLES["admin"], entry, Act.UNAPPROVE)

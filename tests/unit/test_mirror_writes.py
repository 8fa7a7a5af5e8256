"""What a mirror needs to refuse or to forward writes, and how the account's words compare with what was commanded."""

import pytest

from gateway.domain.approval import Act
from gateway.domain.attributes import read_attributes
from gateway.domain.errors import AccessDenied, Code
from gateway.mirror.options import MirrorOptions
from gateway.mirror.upstream.account import BadAccount
from gateway.mirror.upstream.errors import Conflict, Forbidden, Invalid, NotThere, Problem, Unauthorized
from gateway.mirror.writes.choosing import check_settings
from gateway.mirror.writes.refusals import refusal_of
from gateway.mirror.writes.spelling import agrees, is_in_state, spelled

URL = {"mirror_url": "https://account.example/api/v2"}
REFUSE = URL | {"mirror_organization_id": 1}
FORWARD = REFUSE | {"mirror_token": "t", "mirror_writes": "forward", "mirror_shared_writes": "on"}


@pytest.mark.parametrize("options", [{}, REFUSE, FORWARD], ids=["none", "refuse", "forward"])
def test_what_is_set_is_enough(options):
    check_settings(MirrorOptions(**options))


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (URL, "No account is mirrored: set GATEWAY_MIRROR_ORGANIZATION_ID."),
        (
            FORWARD | {"mirror_token": ""},
            "No account is mirrored: set GATEWAY_MIRROR_TOKEN or GATEWAY_MIRROR_TOKEN_FILE.",
        ),
        (
            FORWARD | {"mirror_shared_writes": "off"},
            (
                "People's writes are sent by tokens of their own: set GATEWAY_SECRET_KEY, which decrypts them, or "
                "GATEWAY_MIRROR_SHARED_WRITES=on."
            ),
        ),
    ],
    ids=["organization", "token", "key"],
)
def test_what_is_missing_is_named(options, sentence):
    with pytest.raises(BadAccount) as raised:
        check_settings(MirrorOptions(**options))

    assert str(raised.value) == sentence


GIVEN = {
    "date": "2016-10-01",
    "person_id": 4,
    "service_id": 1,
    "task_id": None,
    "note": None,
    "time": 40,
    "started_at": "2016-10-01T09:00:00+02:00",
    "calendar_event_id": 9,
}
ENTRY = {
    "attributes": {
        "date": "2016-10-01",
        "note": "",
        "time": 40,
        "started_at": "2016-10-01T07:00:00.000Z",
        "calendar_event_id": "9",
    },
    "relationships": {
        "person": {"data": {"type": "people", "id": 4}},
        "service": {"data": {"type": "services", "id": "1"}},
        "task": {"data": None},
    },
}


def test_what_is_given_is_spelled_as_documents_have_it():
    attributes, links = spelled(read_attributes(GIVEN))

    assert attributes == {
        "date": "2016-10-01",
        "note": None,
        "time": 40,
        "started_at": "2016-10-01T07:00:00.000+00:00",
        "calendar_event_id": 9,
    }
    assert links == {"person": ("people", 4), "service": ("services", 1), "task": None}


def test_an_entry_agrees_however_its_values_are_spelled():
    assert agrees(ENTRY, read_attributes(GIVEN))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("date", "2016-10-02"),
        ("person_id", 5),
        ("task_id", 1),
        ("note", "new"),
        ("time", 41),
        ("started_at", "2016-10-01T07:00:01Z"),
        ("calendar_event_id", 8),
    ],
)
def test_an_entry_that_differs_in_one_value_does_not_agree(name, value):
    assert not agrees(ENTRY, read_attributes(GIVEN | {name: value}))


@pytest.mark.parametrize(
    ("act", "said", "is_done"),
    [
        (Act.APPROVE, {"approved": True}, True),
        (Act.APPROVE, {"approved": False}, False),
        (Act.UNAPPROVE, {"approved": False}, True),
        (Act.REJECT, {"rejected": True, "rejected_reason": "no"}, True),
        (Act.REJECT, {"rejected": True, "rejected_reason": "other"}, False),
        (Act.UNREJECT, {"rejected": True}, False),
        (None, {}, False),
    ],
)
def test_whether_an_act_is_done_is_read_off_the_entry(act, said, is_done):
    assert is_in_state({"attributes": said}, act, "no" if act is Act.REJECT else None) is is_done
    assert is_in_state(None, act) is (act is None)


@pytest.mark.parametrize(
    ("error", "code", "path"),
    [
        (Conflict("", [Problem(code="record_already_approved")]), Code.RECORD_ALREADY_APPROVED, ("id",)),
        (Conflict("", [Problem(code="of_their_own")]), Code.INVALID_ATTRIBUTE, ()),
        (NotThere(""), Code.RECORD_NOT_FOUND, ()),
        (Forbidden(""), Code.ACCESS_DENIED, ()),
        (
            Invalid("", [Problem(code="invalid_attribute", pointer="/data/attributes/billable-time")]),
            Code.INVALID_ATTRIBUTE,
            ("input", "billableTime"),
        ),
        (
            Invalid("", [Problem(pointer="data/relationships/service")]),
            Code.INVALID_ATTRIBUTE,
            ("input", "serviceId"),
        ),
        (Invalid("", [Problem(code="rolled_back")]), Code.INVALID_ATTRIBUTE, ()),
    ],
)
def test_what_the_account_refuses_has_its_code_and_its_place(error, code, path):
    [fault] = refusal_of(error).faults

    assert (fault.code, fault.path) == (code, path)


def test_a_token_that_is_not_known_is_no_fault_of_the_record():
    assert isinstance(refusal_of(Unauthorized("")), AccessDenied)

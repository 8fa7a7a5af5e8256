"""Kinds: what each operation of each kind means, as the store is asked for it, and what no operand can be."""

import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy import BigInteger, column

from gateway.domain.codes import BillingType
from gateway.domain.instants import DAY, LATEST
from gateway.querying.conditions import EVERYTHING, NOTHING, All, AnyOf, Comparison, IsNull, Subject
from gateway.querying.errors import BadOperand
from gateway.querying.kinds import (
    DateKind,
    EnumKind,
    FilterContext,
    IdKind,
    InstantKind,
    IntKind,
    StringKind,
    documented_place,
)
from tests.support.worlds.office import ADMIN, viewer

SUBJECT = Subject("x", column("x"), BigInteger(), column("x_folded"))
BILLING = EnumKind("BillingTypeFilter", BillingType)
BERLIN = FilterContext(viewer(ADMIN, timesheet_submission=True))
HOUR = 3_600_000
MIDNIGHT = 1_743_289_200_000  # 2025-03-30T00:00:00+01:00, a day of 23 hours


NO_IDS = (
    "", " ", "x", "-7", "7.0", "+7", " 7", "7 ", "７", "Person:", "Person:x", "Deal:7", "person:7", "Person:-7",
    "Person: 7", "Person:7:7", "7" * 31,
)  # fmt: skip
NO_DAYS = ("", "2019-02-30", "10/21/19", "20191021", "2019-1-1", "2019-10-21T00:00:00Z")
NO_MOMENTS = ("", "2019-02-30", "2019-10-21T00:00:00", "2019-10-21T24:00:00Z", "1", "now")


def asked(kind, operation, operand, context=BERLIN):
    """What the operation asks for, as plain tuples."""
    return plain(kind.test(SUBJECT, operation, operand, context, "filter[x]"))


def plain(condition):
    match condition:
        case Comparison(comparison=comparison, operand=operand):
            return (comparison, operand)
        case IsNull(wanted=wanted):
            return ("null", wanted)
        case All(parts=parts):
            return ("all", *map(plain, parts))
        case AnyOf(parts=parts):
            return ("any", *map(plain, parts))
    raise AssertionError(condition)


@pytest.mark.parametrize(
    ("kind", "operation", "operand", "expected"),
    [
        (IdKind("Person"), "eq", "7", ("=", 7)),
        (IdKind("Person"), "eq", "Person:7", ("=", 7)),
        (IdKind("Person"), "eq", "007", ("=", 7)),
        (IdKind("Person"), "notEq", "7", ("<>", 7)),
        (IdKind("Person"), "in", ["7", "Person:8"], ("in", [7, 8])),
        (IdKind("Person"), "notIn", ["7", "8"], ("not in", [7, 8])),
        (IdKind("Person"), "in", ["7"], ("=", 7)),
        (IdKind("Person"), "notIn", ["7"], ("<>", 7)),
        (IdKind("Person"), "in", [], plain(NOTHING)),
        (IdKind("Person"), "notIn", [], plain(EVERYTHING)),
        (IdKind("Person"), "isNull", True, ("null", True)),
        (IdKind("Person"), "isNull", False, ("null", False)),
        (IdKind("Person"), "eq", str(2**63 - 1), ("=", 2**63 - 1)),
        (IdKind("Person"), "eq", str(2**63), ("=", -1)),
        (IdKind("Person"), "eq", "0", ("=", -1)),
        (IdKind("Person"), "eq", "Person:0", ("=", -1)),
        (IdKind(None), "eq", "7", ("=", 7)),
        (StringKind(255), "eq", "ŽUPAN", ("=", "ŽUPAN")),
        (StringKind(255), "contains", "ŽUPAN", ("contains", "župan")),
        (StringKind(255), "notContain", "Straße", ("not contains", "strasse")),
        (StringKind(255), "contains", "", ("contains", "")),
        (StringKind(255), "in", ["A", "a"], ("in", ["A", "a"])),
        (IntKind(), "gtEq", -5, (">=", -5)),
        (IntKind(), "notIn", [0, 1], ("not in", [0, 1])),
        (DateKind(), "lt", "2025-03-30", ("<", dt.date(2025, 3, 30))),
        (DateKind(), "in", ["0001-01-01", "9999-12-31"], ("in", [dt.date.min, dt.date.max])),
        (BILLING, "eq", BillingType.ACTUALS, ("=", 2)),
        (
            BILLING,
            "in",
            [BillingType.FIXED, BillingType.NON_BILLABLE],
            ("in", [1, 3]),
        ),
        (InstantKind(), "isNull", True, ("null", True)),
        (InstantKind(), "eq", "2025-03-30", ("all", (">=", MIDNIGHT), ("<", MIDNIGHT + 23 * HOUR))),
        (InstantKind(), "notEq", "2025-03-30", ("any", ("<", MIDNIGHT), (">=", MIDNIGHT + 23 * HOUR))),
        (InstantKind(), "gt", "2025-03-30", (">=", MIDNIGHT + 23 * HOUR)),
        (InstantKind(), "gtEq", "2025-03-30", (">=", MIDNIGHT)),
        (InstantKind(), "lt", "2025-03-30", ("<", MIDNIGHT)),
        (InstantKind(), "ltEq", "2025-03-30", ("<", MIDNIGHT + 23 * HOUR)),
        (InstantKind(), "ltEq", "9999-12-31", ("<", LATEST + DAY)),
        (InstantKind(), "gt", "2025-03-30T00:00:00+01:00", (">", MIDNIGHT)),
        (InstantKind(), "eq", "2025-03-29T23:00:00.000Z", ("=", MIDNIGHT)),
        (InstantKind(), "ltEq", "2025-03-29t18:00:00.001-05:00", ("<=", MIDNIGHT + 1)),
    ],
)
def test_an_operation_asks_for(kind, operation, operand, expected):
    assert asked(kind, operation, operand) == expected


def test_the_whole_day_is_that_of_the_zone_of_the_organization():
    havana = FilterContext(replace(viewer(ADMIN), time_zone="America/Havana"))

    found = asked(InstantKind(), "eq", "2025-03-09", havana)  # the clock jumps from 00:00 to 01:00

    start = 1_741_496_400_000  # 2025-03-09T05:00:00Z
    assert found == ("all", (">=", start), ("<", start + 23 * HOUR))


@pytest.mark.parametrize(
    ("kind", "operation", "operand"),
    [
        *((IdKind("Person"), "eq", text) for text in NO_IDS),
        (IdKind("Person"), "in", ["7", "Deal:7"]),
        (IdKind(None), "eq", "Person:7"),
        *((StringKind(255), operation, "a\0") for operation in ("eq", "contains", "notContain")),
        (StringKind(255), "in", ["a", "\ud800"]),
        *((DateKind(), "eq", text) for text in NO_DAYS),
        (DateKind(), "in", ["2019-10-21", ""]),
        *((InstantKind(), "eq", text) for text in NO_MOMENTS),
    ],
)  # fmt: skip
def test_an_operand_that_cannot_be_is_refused_with_itself_and_its_place(kind, operation, operand):
    with pytest.raises(BadOperand) as refused:
        kind.test(SUBJECT, operation, operand, BERLIN, "filter[x][eq]")

    assert "x" in refused.value.message
    dated = isinstance(kind, (DateKind, InstantKind))
    jsonapi = {"code": "unsupported_filter_value_type", "parameter": "filter[x][eq]"} if dated else None
    assert refused.value.jsonapi == jsonapi


def test_a_long_operand_is_quoted_in_short():
    with pytest.raises(BadOperand) as refused:
        asked(DateKind(), "eq", "x" * 100_000)

    assert len(refused.value.message) < 300


@pytest.mark.parametrize(
    ("path", "place"),
    [
        (("after",), "filter[after]"),
        (("updatedAt", "gtEq"), "filter[updated_at][gt_eq]"),
        (("date", "in"), "filter[date][eq]"),
    ],
)
def test_a_place_is_named_as_the_documented_api_names_it(path, place):
    aliases = {"updatedAt": "updated_at", "gtEq": "gt_eq", "in": "eq"}

    assert documented_place(path, aliases) == place

"""Kinds: what each operation of each kind means, as the store is asked for it, and what no operand can be."""

import datetime as dt
import re
from dataclasses import replace

import pytest
from sqlalchemy import BigInteger, column

from gateway.domain.codes import BillingType
from gateway.domain.instants import DAY, LATEST
from gateway.querying.conditions import EVERYTHING, NOTHING, All, AnyOf, Comparison, IsNull, Subject
from gateway.querying.errors import BadOperand
from gateway.querying.kinds import DateKind, EnumKind, IdKind, InstantKind, IntKind, StringKind
from gateway.querying.operands import FilterContext, Operands
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


NO_DAY = "Unsupported value {!r} for filter 'x'. Expected a value of type 'Date'. Write {}."
DAY_ALONE = "a calendar day as YYYY-MM-DD"
DAY_OR_MOMENT = "a day (YYYY-MM-DD) or a date-time with an offset (2025-08-01T06:18:41.728+02:00)"
NO_CHARACTER = "filter[x][eq] holds a character that text cannot have: NUL or half of a surrogate pair."
TOO_LONG = "filter[x][eq] is compared with 1,001 characters; no text there has more than 1,000."


@pytest.mark.parametrize(
    ("kind", "operand", "sentence"),
    [
        (IdKind("Deal"), "x", "'x' is not an id; filter[x][eq] takes a record's number or a Deal id."),
        (IdKind("Deal"), "Tag:7", "'Tag:7' is the id of a Tag; filter[x][eq] takes a record's number or a Deal id."),
        (IdKind(None), "Deal:7", "'Deal:7' is the id of a Deal; filter[x][eq] takes a record's number."),
        (IdKind(None), "y" * 200, f"{'y' * 100!r} is not an id; filter[x][eq] takes a record's number."),
        (StringKind(1_000), "a" * 1_001, TOO_LONG),
        (StringKind(5), "a\0", NO_CHARACTER),
        (DateKind(), "1.5.2025", NO_DAY.format("1.5.2025", DAY_ALONE)),
        (InstantKind(), "7" * 200, NO_DAY.format("7" * 100, DAY_OR_MOMENT)),
    ],
)
def test_a_refusal_says_what_was_given_and_what_is_taken(kind, operand, sentence):
    with pytest.raises(BadOperand) as refused:
        kind.test(SUBJECT, "eq", operand, BERLIN, "filter[x][eq]")

    assert refused.value.message == sentence


def test_text_that_is_looked_for_is_refused_like_text_that_is_compared():
    for operation in ("contains", "notContain"):
        with pytest.raises(BadOperand) as refused:
            asked(StringKind(5), operation, "\ud800")
        assert refused.value.message == "filter[x] holds" + NO_CHARACTER.removeprefix("filter[x][eq] holds")


def test_no_more_than_a_few_words_are_looked_for_in_a_long_text():
    name, note = StringKind(1_000), StringKind(1_001)

    assert asked(note, "contains", "Ž" * 255) == ("contains", "ž" * 255)
    assert asked(name, "contains", "x" * 1_000) == ("contains", "x" * 1_000)
    assert asked(note, "eq", "x" * 1_001) == ("=", "x" * 1_001)
    with pytest.raises(BadOperand) as refused:
        asked(note, "notContain", "x" * 256)
    assert refused.value.message == "filter[x] is searched for 256 characters; at most 255 are looked for."


def test_the_longest_text_that_an_attribute_can_have_is_compared():
    assert asked(StringKind(5), "eq", "abcde") == ("=", "abcde")


@pytest.mark.parametrize(
    ("kind", "text", "operand"),
    [
        (IdKind("Person"), "7", "7"), (IdKind("Person"), "0", "0"), (IdKind("Person"), "-7", "0"),
        (StringKind(255), "7, 8", "7, 8"), (IntKind(), "-7", -7), (IntKind(), "007", 7),
        (IntKind(), "2147483647", 2**31 - 1), (IntKind(), "-2147483648", -(2**31)),
        (DateKind(), "2025-03-30", "2025-03-30"), (BILLING, "2", BillingType.ACTUALS),
        (InstantKind(), "2025-03-30T00:00:00 01:00", "2025-03-30T00:00:00+01:00"),
    ],
)  # fmt: skip
def test_the_text_of_a_query_string_is_read_as_graphql_reads_its_literals(kind, text, operand):
    found = kind.parse(text)

    assert (found, type(found)) == (operand, type(operand))


NO_NUMBERS = ("", "x", "7.0", "+7", " 7", "٧", "7" * 31)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        *((kind, text) for kind in (IdKind("Person"), IntKind(), BILLING) for text in NO_NUMBERS),
        (IntKind(), "2147483648"),
        (IntKind(), "-2147483649"),
        (BILLING, "77"),
    ],
)
def test_text_that_is_no_such_value_is_no_operand(kind, text):
    with pytest.raises(ValueError, match=re.escape(text) or "^$"):
        kind.parse(text)


def test_all_operands_together_have_a_bound_that_they_may_reach():
    operands = Operands(most=24)
    for operand in ("abc", ["abc", "de", 7], 7):
        operands.count(operand)

    assert operands.used == 24
    with pytest.raises(BadOperand) as refused:
        operands.count("x")
    assert refused.value.message == "All operands together have more than 24 characters; ask by several requests."


@pytest.mark.parametrize("length", [1, 99, 100, 10_000])
def test_a_long_text_is_folded_once_for_all_its_uses(length):
    operands, text = Operands(), "Ž" * length

    first, second = operands.fold(text), operands.fold(text)

    assert first == second == "ž" * length
    assert operands.fold(text.lower()) == first
    assert length < 100 or first is second

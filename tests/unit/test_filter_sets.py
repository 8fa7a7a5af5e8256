"""A whole filter: groups, what is no condition, and the same condition whatever words it came in."""

import pytest

from gateway.catalog.time_entries import FILTERS
from gateway.domain.codes import TimeEntryStatus
from gateway.querying.conditions import bound_values, is_everything, is_nothing
from gateway.querying.errors import BadOperand
from gateway.querying.operands import FilterContext
from tests.support.worlds.office import ADMIN, MANAGER, MEMBER, OWNER, viewer

CONTEXT = FilterContext(viewer(ADMIN, timesheet_submission=True))
PLAIN = FilterContext(viewer(ADMIN))
APPROVED, UNAPPROVED, REJECTED, SUBMITTED, DRAFT = TimeEntryStatus
SIXTY = {"time": {"eq": 60}}
NEVER_NULL = "this attribute always has a value, and no isNull: leave the operation out"


def condition(asked, context=CONTEXT):
    return FILTERS.condition(asked, context)


def same(one, other):
    return one.shape() == other.shape() and list(one.operands()) == list(other.operands())


@pytest.mark.parametrize(
    "asked",
    [
        None, {}, {"personId": {}}, {"personId": None}, {"after": None, "invoiced": None}, {"and": []}, {"and": None},
        {"or": None}, {"not": None}, {"and": [{}, {"personId": {}}]}, {"or": [{}, SIXTY]}, {"not": {"or": []}},
        {"not": {"not": {}}}, {"personId": {"notIn": []}}, {"status": {"notIn": []}},
        {"status": {"in": [APPROVED, UNAPPROVED, REJECTED]}},
        {"status": {"in": [APPROVED, REJECTED, SUBMITTED, DRAFT]}},
    ],
)  # fmt: skip
def test_what_is_no_condition_holds_for_everything(asked):
    assert is_everything(condition(asked))


@pytest.mark.parametrize(
    "asked",
    [
        {"or": []}, {"not": {}}, {"not": {"personId": {}}}, {"not": {"and": []}}, {"personId": {"in": []}},
        {"and": [SIXTY, {"or": []}]}, {"or": [{"or": []}, {"not": {}}]}, {"status": {"in": []}},
        {"not": {"personId": {"notIn": []}}},
    ],
)  # fmt: skip
def test_what_cannot_be_holds_for_nothing(asked):
    assert is_nothing(condition(asked))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"time": {"eq": 60}, "personId": {"eq": "7"}}, {"personId": {"eq": "7"}, "time": {"eq": 60}}),
        ({"time": {"lt": 90, "gt": 30}}, {"time": {"gt": 30, "lt": 90}}),
        ({"personId": {"eq": "7"}}, {"personId": {"eq": "Person:7"}}),
        ({"personId": {"eq": "7"}}, {"personId": {"in": ["7"]}}),
        ({"and": [SIXTY]}, SIXTY),
        ({"or": [SIXTY]}, SIXTY),
        ({"not": {"not": SIXTY}}, SIXTY),
        ({"and": [{}, SIXTY]}, SIXTY),
        ({"after": None, "and": None, "personId": None, **SIXTY}, SIXTY),
        ({"or": [{"or": []}, SIXTY]}, SIXTY),
        ({"and": [{"and": [SIXTY, {"invoiced": True}]}]}, {"and": [SIXTY, {"invoiced": True}]}),
        ({"jiraIssueId": {"contains": "AB"}}, {"jiraIssueId": {"contains": "ab"}}),
        ({"updatedAt": {"gt": "2025-03-30"}}, {"updatedAt": {"gtEq": "2025-03-31"}}),
        ({"status": {"eq": UNAPPROVED}}, {"status": {"in": [SUBMITTED, DRAFT]}}),
        ({"status": {"notEq": APPROVED}}, {"status": {"in": [UNAPPROVED, REJECTED]}}),
    ],
)
def test_the_same_filter_in_other_words_is_the_same_condition(one, other):
    assert same(condition(one), condition(other))


def test_a_budget_is_a_deal_and_told_apart_only_by_its_name():
    budget, deal = condition({"budgetId": {"eq": "7"}}), condition({"dealId": {"eq": "7"}})

    assert list(budget.operands()) == list(deal.operands()) == [7]


@pytest.mark.parametrize("status", [SUBMITTED, DRAFT])
@pytest.mark.parametrize("operation", ["eq", "notEq", "in", "notIn"])
def test_the_finer_states_are_refused_without_the_feature(status, operation):
    operand = [APPROVED, status] if operation.endswith("n") else status

    with pytest.raises(BadOperand, match=status.name):
        condition({"status": {operation: operand}}, PLAIN)


@pytest.mark.parametrize("row", [row for row in FILTERS.filters if not row.fixed], ids=lambda row: row.name)
def test_null_is_no_operand_of_any_operation(row):
    can_be_null = "isNull" in row.kind.operations
    remedy = "use isNull: true to ask for entries without one" if can_be_null else NEVER_NULL
    for operation in row.kind.operations:
        with pytest.raises(BadOperand) as refused:
            condition({"or": [{row.name: {operation: None}}]})
        assert refused.value.message == f"null is not an operand of {row.name}.{operation}; {remedy}."


@pytest.mark.parametrize(
    ("asked", "parameter", "argument"),
    [
        ({"after": "x"}, "filter[after]", "filter.after"),
        ({"date": {"gt": "x"}}, "filter[date][gt]", "filter.date.gt"),
        ({"date": {"in": ["x"]}}, "filter[date][eq]", "filter.date.in"),
        (
            {"or": [{"not": {"updatedAt": {"notEq": "x"}}}]},
            "filter[updated_at][not_eq]",
            "filter.updatedAt.notEq",
        ),
        ({"date": {"notIn": ["x"]}}, "filter[date][not_eq]", "filter.date.notIn"),
    ],
)
def test_a_wrong_date_is_reported_by_the_documented_parameter_and_by_the_argument(asked, parameter, argument):
    with pytest.raises(BadOperand) as refused:
        condition(asked)

    assert refused.value.message.startswith("Unsupported value 'x' for filter ")
    assert refused.value.message.endswith(f". The argument is {argument}.")
    assert refused.value.jsonapi == {"code": "unsupported_filter_value_type", "parameter": parameter}


def test_all_documented_filters_have_a_name_a_sentence_and_a_subject_of_their_own():
    assert len([row for row in FILTERS.filters if row.is_documented]) == 33
    assert len({row.name for row in FILTERS.filters}) == len(FILTERS.filters)
    assert [row.name for row in FILTERS.filters if not row.description.endswith(".")] == []
    columns = {row.subject.name: row.subject.expression for row in FILTERS.filters}
    for row in FILTERS.filters:
        assert columns[row.subject.name] is row.subject.expression


def test_what_a_member_may_decide_is_nothing_and_what_not_is_still_a_condition():
    member = FilterContext(viewer(MEMBER))

    assert is_nothing(condition({"decidableByMe": True}, member))
    assert not is_everything(condition({"decidableByMe": False}, member))


def test_what_two_managers_may_decide_has_one_shape_so_that_they_share_a_statement():
    one, other = (condition({"decidableByMe": True}, FilterContext(viewer(who))) for who in (MANAGER, OWNER))

    assert one.shape() == other.shape()
    assert (one.operands(), other.operands()) == ((2, MANAGER, MANAGER), (2, OWNER, OWNER))


def test_operands_are_bound_in_the_order_of_the_table():
    made = condition({"time": {"lt": 90, "gt": 30}, "after": "2025-03-30", "or": [{"personId": {"eq": "7"}}, SIXTY]})

    assert [str(value) for value in bound_values(made).values()] == ["7", "60", "2025-03-30", "30", "90"]

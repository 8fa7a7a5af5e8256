"""Limits: each at its bound and one beyond, and what would be exponential or quadratic if it were followed."""

from collections.abc import Mapping
from typing import Any

import pytest

from gateway.graphql.errors import RequestRefused
from gateway.graphql.options import Limits
from gateway.graphql.requests.limits.reading import read_document
from gateway.graphql.requests.limits.scanning import without_values
from gateway.graphql.requests.limits.values import check_variables

LIMITS = Limits()


def refusal(text: str, variables: Mapping[str, object] | None = None, limits: Limits = LIMITS) -> str | None:
    """Return the code and the message of the refusal, or None."""
    try:
        reading = read_document(text, limits)
        check_variables(variables or {}, reading.counted, limits)
    except RequestRefused as refused:
        [error] = refused.errors
        return f"{code_of(error)}: {error['message']}"
    return None


def code_of(error: Mapping[str, Any]) -> str:
    return str(error["extensions"]["code"])


def doubling(levels: int) -> str:
    """Fragments that each spread the next one twice: 2 to the power of the levels fields."""
    steps = "".join(f"fragment F{n} on TimeEntry {{ ...F{n + 1} ...F{n + 1} }} " for n in range(levels))
    return f"{{ timeEntries {{ nodes {{ ...F0 }} }} }} {steps} fragment F{levels} on TimeEntry {{ id }}"


def nested(levels: int) -> str:
    return "{ deal " * (levels - 1) + "{ id }" + " }" * (levels - 1)


def brackets(levels: int) -> str:
    return "{ a(b: " + "[" * (levels - 2) + "]" * (levels - 2) + ") }"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('{ a(b: "x", c: -1.5e3, d: """y "" z""", e: [1,2], f: RED) }', "{ a(b: ?, c: ?, d: ?, e: [?, ?], f: RED) }"),
        ("  # only this\n{ a # of Ana\n b }", "{ a b }"),
        ('{ a(b: "never closed', "{ a(b:"),
        ("{ a % b(c: 1) }", "{ a"),
        ("", ""),
    ],
)
def test_a_document_can_be_shown_without_its_values(text, shown):
    assert without_values(text, 2_000) == shown


def test_no_more_of_a_document_is_shown_than_asked_for():
    assert without_values("{ a" + " b" * 5_000 + " }", 100) == ("{ a" + " b" * 5_000)[:100]


@pytest.mark.parametrize(
    ("most", "beyond", "found", "allowed"),
    [
        ("{ a } #" + "x" * 99_993, "{ a } #" + "x" * 99_994, "100,001 characters", 100_000),
        ("{ a(b: [" + " 1" * 4_991 + "]) }", "{ a(b: [" + " 1" * 4_992 + "]) }", "more than 5,000 tokens", 5_000),
        (nested(20), nested(21), "21 fields within each other", 20),
        ("{ a {" + " b" * 1_999 + "} }", "{ a {" + " b" * 2_000 + "} }", "2,001 fields", 2_000),
        ("{" + " a" * 50 + "}", "{" + " a" * 51 + "}", "51 fields at its root", 50),
        ("{ x {" + " a: b" * 500 + "} }", "{ x {" + " a: b" * 501 + "} }", "501 aliases", 500),
        ("{ a" + " @x" * 200 + "}", "{ a" + " @x" * 201 + "}", "201 directives", 200),
        ("query A {a} " * 20, "query A {a} " * 21, "21 operations", 20),
        ("fragment F on T {a} " * 200, "fragment F on T {a} " * 201, "201 fragments", 200),
        (brackets(80), brackets(81), "more than 80 brackets within each other", 80),
        (doubling(9), doubling(11), "2,048 fields", 2_000),
    ],
)
def test_a_document_is_counted_before_it_is_validated(most, beyond, found, allowed):
    assert refusal(most) is None
    assert refusal(beyond) == (f"DOCUMENT_LIMIT_EXCEEDED: The document has {found}; at most {allowed:,} are allowed.")


def test_fragments_are_never_followed_twice():
    assert "fields; at most 2,000 are allowed." in str(refusal(doubling(190)))


def test_a_long_chain_of_fragments_is_no_deep_recursion():
    chain = "".join(f"fragment F{n} on T {{ ...F{n + 1} }} " for n in range(900))

    limits = Limits(max_fragments=1_000, max_tokens=10_000)
    assert refusal(f"{{ ...F0 }} {chain} fragment F900 on T {{ id }}", limits=limits) is None


@pytest.mark.parametrize(
    "text",
    [
        "{ ...A } fragment A on Query { ...A }",
        "{ ...A } fragment A on T { x { ...B } } fragment B on T { ... { ...A } }",
    ],
)
def test_a_fragment_within_itself_is_refused(text):
    assert str(refusal(text)).startswith("GRAPHQL_VALIDATION_FAILED: Cannot spread fragment ")


def test_text_in_strings_and_comments_is_no_bracket_and_no_token():
    text = '{ a(b: "{{{{[[[((( \\" {{{", c: """ {{{ \\""" [[[ """) # {{{ [[[ "' + "{" * 200 + "\n }"

    assert refusal(text, limits=Limits(max_tokens=12)) is None
    assert "more than 10 tokens" in str(refusal(text, limits=Limits(max_tokens=10)))


@pytest.mark.parametrize("text", ["", "{", "{ }", "{ a { } }", "{ a(b: 'x') }", '{ a(b: "x }', "\0", "}" * 200, "…"])
def test_what_is_no_graphql_is_a_syntax_error(text):
    assert str(refusal(text)).startswith("GRAPHQL_PARSE_FAILED: Syntax Error: ")


def conditions(count: int) -> list[dict[str, object]]:
    return [{"personId": {"eq": str(n)}} for n in range(count)]


def groups(depth: int) -> dict[str, object]:
    value: dict[str, object] = {"time": {"gt": 0}}
    for level in range(depth):
        value = {"not": value} if level % 2 else {"or": [value]}
    return value


ASK = "query ($f: TimeEntryFilter) { timeEntries(filter: $f) { totalCount } }"


@pytest.mark.parametrize(
    ("most", "beyond", "what"),
    [
        ({"or": conditions(100)}, {"or": conditions(101)}, "100 conditions"),
        ({"or": [{}] * 100}, {"or": [{}] * 101}, "100 conditions"),
        ({"and": [{"time": {}}] * 100}, {"and": [{"time": {}}] * 101}, "100 conditions"),
        ({"and": [{"invoiced": True, "taskId": 1}] * 50}, {"and": [{"time": 1, "date": 2}] * 51}, "100 conditions"),
        ({"time": {"in": [1] * 1_000}}, {"time": {"in": [1] * 1_001}}, "1,000 operands"),
        ({"or": [{"time": {"in": [1] * 500}}] * 2}, {"or": [{"time": {"notIn": [1] * 501}}] * 2}, "1,000 operands"),
        (groups(10), groups(11), "10 groups (and, or, not) within each other"),
    ],
)  # fmt: skip
def test_a_filter_is_counted_before_it_is_coerced(most, beyond, what):
    for variables in ({"f": most}, {"input": {"target": {"filter": most}}}):
        assert refusal(ASK, variables) is None
    for variables in ({"f": beyond}, {"input": {"target": {"filter": beyond}}}):
        assert str(refusal(ASK, variables)).startswith(f"BAD_USER_INPUT: filter: more than {what}; at most ")


def test_variables_count_wherever_a_filter_uses_them():
    ask = (
        "query ($f: TimeEntryFilter, $ids: [ID!]) { timeEntries(filter: {or: [$f, $f, {personId: {in: $ids}}]}) { x } }"
    )

    assert refusal(ask, {"f": {"or": conditions(49)}, "ids": ["1"] * 902}) is None
    assert "100 conditions" in str(refusal(ask, {"f": {"or": conditions(50)}, "ids": []}))
    assert "1,000 operands" in str(refusal(ask, {"f": {"or": conditions(49)}, "ids": ["1"] * 903}))


@pytest.mark.parametrize("nothing", [{"or": [None] * 9_000}, {f"x{number}": None for number in range(9_000)}])
def test_what_is_no_condition_is_looked_at_no_more_often_than_a_variable_may_have_values(nothing):
    ask = f"query ($f: TimeEntryFilter) {{ timeEntries(filter: {{ or: [{'$f ' * 1_000}] }}) {{ totalCount }} }}"

    assert str(refusal(ask, {"f": nothing})).startswith("BAD_USER_INPUT: filter: more than 20,000 values; ")
    assert refusal(ask.replace("$f " * 1_000, "$f $f"), {"f": nothing}) is None


def test_a_default_counts_where_the_variable_is_not_given():
    literal = "{or: [" + "{time: {eq: 1}}" * 60 + "]}"
    ask = f"query ($f: TimeEntryFilter = {literal}) {{ timeEntries(filter: {{and: [$f, $f]}}) {{ totalCount }} }}"

    assert "100 conditions" in str(refusal(ask))


def test_a_filter_that_is_spelled_out_is_counted_too():
    ask = "{{ timeEntries(filter: {{personId: {{in: [{}]}}}}) {{ totalCount }} }}"

    assert refusal(ask.format("1 " * 1_000)) is None
    assert "1,000 operands" in str(refusal(ask.format("1 " * 1_001)))


@pytest.mark.parametrize("ids", [["1"] * 201, "literal"])
def test_two_hundred_ids_of_nodes_are_the_most(ids):
    literal = f"[{' '.join(['1'] * 201)}]" if ids == "literal" else "$ids"
    ask = f"query ($ids: [ID!]!) {{ nodes(ids: {literal}) {{ id }} }}"

    assert str(refusal(ask, {"ids": ids})).startswith("BAD_USER_INPUT: ids: more than 200 ids; ")
    assert refusal("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ["1"] * 200}) is None


def test_what_there_is_to_plan_is_counted_wherever_a_fragment_is_spread():
    text = "query A { a { ...F } b { ...F } } query B { c } fragment F on Deal { d { e } }"

    assert read_document(text, LIMITS).fields == 2 + 2 * 2 + 1


def test_variables_are_bounded_in_size_and_depth():
    deep: object = 1
    for _ in range(40):
        deep = [deep]

    assert refusal("{ a }", {"x": [0] * 19_999}) is None
    assert "variables: more than 20,000 values" in str(refusal("{ a }", {"x": [0] * 20_000}))
    assert "variables: more than 40 values within each other" in str(refusal("{ a }", {"x": deep}))
    assert "variables: more than 20,000 values" in str(refusal("{ a }", {f"x{n}": 0 for n in range(20_001)}))


@pytest.mark.parametrize("value", [None, 1, "x", [], [None], {"or": None}, {"or": 1}, {"not": []}, {"time": None}])
def test_a_filter_of_another_shape_is_left_to_coercion(value):
    assert refusal(ASK, {"f": value}) is None

"""Merging fields: the linear rule says the same as graphql-core's quadratic one, on documents of every shape."""

from graphql import NoUnusedFragmentsRule, OverlappingFieldsCanBeMergedRule, build_schema, parse, validate
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.graphql.requests.limits.overlapping_fields import FieldsCanBeMergedRule

SCHEMA = build_schema("""
    interface Pet { name: String owner: Human friend(of: Int): Pet tags: [String] }
    type Cat implements Pet { name: String owner: Human friend(of: Int): Pet tags: [String] lives: Int age: Int! }
    type Dog implements Pet { name: String owner: Human friend(of: Int): Pet tags: [String] lives: String age: Int }
    type Human { name: String! pet: Pet pets: [Pet] age: Int }
    type Query { pet: Pet human: Human cat: Cat dog(id: Int): Dog }
""")
TYPES = ("Pet", "Cat", "Dog", "Human", "Query")

keys = st.sampled_from(("", "a: ", "b: "))
leaves = st.sampled_from(("name", "tags", "lives", "age", "__typename", "unknown"))
objects = st.sampled_from(
    ("owner", "friend", "friend(of: 1)", "friend(of: 2)", "pet", "pets", "human", "cat", "dog", "dog(id: 1)")
)
spreads = st.sampled_from(("...F", "...G", "...Missing"))


def block(parts):
    return "{ " + " ".join(parts) + " }"


def selections(inner):
    field = st.builds("{}{} {}".format, keys, objects, inner)
    inline = st.builds("... on {} {}".format, st.sampled_from(TYPES), inner)
    bare = st.builds("... {}".format, inner)
    leaf = st.builds("{}{}".format, keys, leaves)
    return st.lists(st.one_of(leaf, field, inline, bare, spreads), min_size=1, max_size=4).map(block)


selection = st.recursive(
    st.lists(st.builds("{}{}".format, keys, leaves), min_size=1, max_size=3).map(block), selections, max_leaves=12
)
documents = st.builds(
    "{{ pet {{ ...F ...G ... {} }} }} fragment F on {} {} fragment G on {} {}".format,
    selection,
    st.sampled_from(TYPES),
    selection.map(lambda text: text.replace("...F", "...H").replace("...G", "...H")),
    st.sampled_from(TYPES),
    selection.map(lambda text: text.replace("...G", "...H")),
)


def verdict(text, rule):
    """Tell whether a document is refused; a fragment that nobody spreads is refused by a rule of its own."""
    return bool(validate(SCHEMA, parse(text), [rule, NoUnusedFragmentsRule]))


@given(documents)
@example("{ pet { ... on Cat { a: lives } ... on Dog { a: lives } } }")
@example("{ pet { ... on Cat { a: name } ... on Dog { a: tags } } }")
@example("{ pet { ... on Cat { x: friend { a: name } } ... on Dog { x: owner { a: name } } } }")
@example("{ pet { ... on Cat { x: friend { a: name } } ... on Dog { x: friend { a: __typename } } } }")
@example("{ pet { friend(of: 1) { name } ... on Cat { friend(of: 2) { name } } } }")
@example("{ a: pet { name } a: human { name } }")
@example("{ cat { a: age } cat { a: lives } }")
def test_both_rules_agree(text):
    assert verdict(text, FieldsCanBeMergedRule) == verdict(text, OverlappingFieldsCanBeMergedRule)


def test_the_reason_is_reported_in_the_same_words():
    text = "{ pet { name name: tags } }"
    [ours] = validate(SCHEMA, parse(text), [FieldsCanBeMergedRule])
    [theirs] = validate(SCHEMA, parse(text), [OverlappingFieldsCanBeMergedRule])

    assert ours.message == theirs.message


def test_arguments_in_another_order_are_the_same():
    schema = build_schema("input I { x: Int y: Int } type Query { a(i: I, j: Int): Int }")
    text = "{ a(i: {x: 1, y: 2}, j: 3) a(j: 3, i: {y: 2, x: 1}) }"

    assert validate(schema, parse(text), [FieldsCanBeMergedRule]) == []

"""The schema in the forms that clients' tools read: as text, as introspection, and which types an interface may be."""

import orjson
from graphql import introspection_from_schema, is_abstract_type

from gateway.graphql.schema import CORE, print_schema


def schema_text() -> bytes:
    """Return the schema in GraphQL's schema language."""
    return print_schema().encode()


def introspection() -> bytes:
    """Return the answer to the whole introspection query, as code generators and normalising caches read it."""
    whole = introspection_from_schema(CORE, experimental_directive_deprecation=False)
    return orjson.dumps(whole)


def possible_types() -> bytes:
    """Return the names of the types that each interface or union may be, as Apollo's cache takes them."""
    abstract = [type_ for type_ in CORE.type_map.values() if is_abstract_type(type_)]
    names = {type_.name: sorted(one.name for one in CORE.get_possible_types(type_)) for type_ in abstract}
    return orjson.dumps(names, option=orjson.OPT_SORT_KEYS)

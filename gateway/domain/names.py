"""Names: `snake_case` in the documented API and the store, `camelCase` in GraphQL."""


def camel_case(name: str) -> str:
    """Write a name as GraphQL does."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)

"""What gateway/ defines, gateway/ uses: nothing is there that only tests call."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

GATEWAY = Path(__file__).parents[2] / "gateway"
REVISIONS = GATEWAY / "store/upkeep/migrations/versions"  # Alembic calls what they define
# Decorators that register nothing: what is below them has to be called by name all the same.
PLAIN = {
    "abstractmethod", "asynccontextmanager", "cache", "cached_property", "classmethod", "contextmanager", "dataclass",
    "lru_cache", "override", "property", "staticmethod",
}  # fmt: skip
CALLED_BY_LIBRARIES = {
    "enter_directive", "enter_fragment_spread", "enter_operation_definition",  # graphql-core's visitors
    "eof_received", "on_body", "on_headers_complete", "on_message_complete", "on_response", "send_400_response",
    "commands",  # typer lists them
    "load_dialect_impl", "process_bind_param",  # SQLAlchemy's types
    "settings_customise_sources",  # pydantic
    "tell", "writable",  # of a stream
}  # fmt: skip
COUNTED_FOR_TESTS = {"collisions", "replica_reads", "write_statements"}
FOR_REVISIONS = {"rebuilt"}  # for the next one that alters a table
USED_ELSEWHERE = CALLED_BY_LIBRARIES | COUNTED_FOR_TESTS | FOR_REVISIONS


@cache
def modules() -> dict[Path, ast.Module]:
    return {path: ast.parse(path.read_text(encoding="utf-8")) for path in GATEWAY.rglob("*.py")}


def test_nothing_is_defined_that_nothing_in_the_gateway_names():
    used = {name for module in modules().values() for name in used_in(module)}

    unused = {
        f"{path.relative_to(GATEWAY)}: {name}"
        for path, module in modules().items()
        if path.parent != REVISIONS
        for name in defined_in(module)
        if name not in used | USED_ELSEWHERE
    }

    assert unused == set()


def test_what_is_used_elsewhere_is_there():
    defined = {name for module in modules().values() for name in defined_in(module)}

    assert USED_ELSEWHERE - defined == set()


def defined_in(module: ast.Module) -> Iterator[str]:
    """Yield the names of functions, methods, classes, constants of the module and attributes of objects."""
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            is_special = node.name.startswith("__")
            if not is_special and all(called(decorator) in PLAIN for decorator in node.decorator_list):
                yield node.name
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and is_self(node.value):
            yield node.attr
    for statement in module.body:
        if isinstance(statement, ast.Assign | ast.AnnAssign):
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            yield from (node.id for target in targets for node in ast.walk(target) if isinstance(node, ast.Name))


def used_in(module: ast.Module) -> Iterator[str]:
    """Yield the names that are read, also in texts that are expressions: annotations, and what is found by its name."""
    for node in ast.walk(module):
        match node:
            case ast.Name(id=name, ctx=ast.Load()) | ast.Attribute(attr=name, ctx=ast.Load()):
                yield name
            case ast.MatchClass(kwd_attrs=names):
                yield from names
            case ast.Constant(value=str(text)):
                yield from names_in(text)


def names_in(text: str) -> Iterator[str]:
    try:
        expression = ast.parse(text, mode="eval")
    except (SyntaxError, ValueError):
        return
    for node in ast.walk(expression):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr


def called(decorator: ast.expr) -> str:
    found = decorator.func if isinstance(decorator, ast.Call) else decorator
    return found.attr if isinstance(found, ast.Attribute) else getattr(found, "id", "")


def is_self(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "self"


def test_packages_hold_no_program():
    gathers_all_tables = GATEWAY / "store/schema/__init__.py"

    programs = {
        str(path.relative_to(GATEWAY))
        for path, module in modules().items()
        if path.name == "__init__.py" and path != gathers_all_tables and len(module.body) > 1
    }

    assert programs == set()

"""A constant has one home: no two modules give the same name to the same value."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

GATEWAY = Path(__file__).parents[2] / "gateway"
REVISIONS = GATEWAY / "store/upkeep/migrations/versions"  # frozen, whatever happens to the rest
# What is the same by chance, or has to be free to change alone.
SAME_BY_CHANCE = {"BETWEEN_LOOKS", "GRACE", "ROWS_A_BATCH"}
SPOKEN_BY_BOTH_SIDES = {"MEDIA_TYPE"}  # the gateway's own and the mirrored account's


def test_no_two_modules_give_one_name_to_one_value():
    homes = defaultdict(list)
    for path in sorted(GATEWAY.rglob("*.py")):
        if path.parent != REVISIONS:
            for name, value in constants_of(ast.parse(path.read_text(encoding="utf-8"))):
                homes[name, value].append(str(path.relative_to(GATEWAY)))

    doubled = {name: files for (name, _), files in homes.items() if len(files) > 1}

    assert doubled.keys() == SAME_BY_CHANCE | SPOKEN_BY_BOTH_SIDES, doubled


def constants_of(module: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield the public names that a module gives to values: not to other names, types and empty containers."""
    for statement in module.body:
        if isinstance(statement, ast.Assign):
            for target in statement.targets:
                yield from bound(target, statement.value)
        elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
            yield from bound(statement.target, statement.value)


def bound(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, str]]:
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        for one, other in zip(target.elts, value.elts, strict=True):
            yield from bound(one, other)
    elif isinstance(target, ast.Name) and not target.id.startswith("_") and is_value(value):
        yield target.id, written(value)


def is_value(node: ast.expr) -> bool:
    match node:
        case ast.Name() | ast.Attribute() | ast.Subscript() | ast.Dict(keys=[]) | ast.Call(func=ast.Name(id="TypeVar")):
            return False
        case _:
            return True


def written(value: ast.expr) -> str:
    """Return a value's text; of a product of numbers, the number."""
    match value:
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            parts = written(left), written(right)
            return str(int(parts[0]) * int(parts[1])) if all(map(str.isdecimal, parts)) else " * ".join(parts)
        case _:
            return ast.unparse(value)


SQL = ("SELECT ", "INSERT ", "UPDATE ", "DELETE ", "PRAGMA ", "BEGIN", "ANALYZE ", "CREATE ", "DROP ")


def test_the_store_writes_no_text_of_sql_and_no_choice_twice():
    places = defaultdict(list)
    for path in sorted((GATEWAY / "store").rglob("*.py")):
        if path.parent != REVISIONS:
            for node in outermost(ast.parse(path.read_text(encoding="utf-8"))):
                places[ast.unparse(node)].append(f"{path.relative_to(GATEWAY)}:{node.lineno}")

    assert {text: where for text, where in places.items() if len(where) > 1} == {}


def outermost(node: ast.AST) -> Iterator[ast.expr]:
    """Yield the texts of SQL, the columns that are written as they stand, and the choices between two known values."""
    for child in ast.iter_child_nodes(node):
        match child:
            case ast.Expr(value=ast.Constant()):  # a docstring
                continue
            case ast.Constant(value=str(text)) | ast.JoinedStr(values=[ast.Constant(value=str(text)), *_]):
                if text.startswith(SQL) and len(text.split()) > 1:
                    yield child
            case ast.Call(func=ast.Name(id="literal_column"), args=[ast.Constant(), *_]):
                yield child
            case ast.IfExp(body=body, orelse=orelse) if is_known(body) and is_known(orelse):
                yield child
            case _:
                yield from outermost(child)


def is_known(node: ast.expr) -> bool:
    """Tell whether a value is one of a module's constants, or a comparison: no value that a function was given."""
    match node:
        case ast.Name(id=name):
            return name.isupper()
        case ast.Constant(value=value):
            return value is not None
        case _:
            return isinstance(node, ast.Compare)

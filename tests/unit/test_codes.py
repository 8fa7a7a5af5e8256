"""The codes at the top of an answer: one closed set, spelled in one place, and each of them in use."""

import ast
from collections.abc import Iterator
from pathlib import Path

import gateway
from gateway.http.codes import Code

ROOT = Path(gateway.__file__).parent
HOME = ROOT / "http" / "codes.py"


def nodes() -> Iterator[ast.AST]:
    """Every node of the program's syntax, but for the home of the codes."""
    for path in ROOT.rglob("*.py"):
        if path != HOME:
            yield from ast.walk(ast.parse(path.read_text(encoding="utf-8")))


def test_no_code_is_spelled_beside_the_set():
    spelled = {node.value for node in nodes() if isinstance(node, ast.Constant) and isinstance(node.value, str)}

    assert spelled & {code.name for code in Code} == set()


def test_every_code_of_the_set_is_in_use():
    used = {
        node.attr
        for node in nodes()
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "Code"
    }

    assert {code.name for code in Code} - used == set()

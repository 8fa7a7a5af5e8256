"""Mutants: what docs/mutants.md explains is said of code that is there."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXPLAINED = re.findall(r"^- ([\w.]+): `(.*)` => `.*`$", (ROOT / "docs" / "mutants.md").read_text("utf-8"), re.MULTILINE)


def in_one_line(text):
    return " ".join(text.split())


@cache
def functions_of(module):
    """The text of each function of a module, by the name that it has in the module."""
    text = (ROOT / module).read_text("utf-8")
    found = {}

    def look(node, names):
        for inner in ast.iter_child_nodes(node):
            if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                name = (*names, inner.name)
                found[".".join(name)] = in_one_line(ast.get_source_segment(text, inner))
                look(inner, name)

    look(ast.parse(text), ())
    return found


def module_and_function(name):
    parts = name.split(".")
    length = next(length for length in range(len(parts), 0, -1) if (ROOT / f"{'/'.join(parts[:length])}.py").exists())
    return f"{'/'.join(parts[:length])}.py", ".".join(parts[length:])


@pytest.mark.parametrize("name", sorted({name for name, _ in EXPLAINED}))
def test_what_is_explained_is_there(name):
    module, function = module_and_function(name)

    text = functions_of(module)[function]

    assert [before for of, before in EXPLAINED if of == name and in_one_line(before) not in text] == []

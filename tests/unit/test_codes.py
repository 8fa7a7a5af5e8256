"""The codes at the top of an answer: one closed set, spelled in one place, and each of them in use."""

import ast
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import gateway
from gateway.http.codes import Code
from gateway.http.refusals import HttpError

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


def test_an_error_goes_through_a_context_as_itself():
    @contextmanager
    def context():
        yield

    with pytest.raises(HttpError, match="no"), context():
        raise HttpError(Code.FORBIDDEN, "no")


def test_no_error_is_frozen_for_python_writes_the_traceback_into_it():
    def errors(of: type[BaseException]) -> Iterator[type[BaseException]]:
        for error in of.__subclasses__():
            yield error
            yield from errors(error)

    params: dict[type[BaseException], Any] = {
        error: getattr(error, "__dataclass_params__", None) for error in errors(Exception)
    }
    ours = [error for error in params if error.__module__.startswith("gateway.")]

    assert HttpError in ours
    assert [error for error in ours if params[error] is not None and params[error].frozen] == []

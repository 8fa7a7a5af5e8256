"""The guard against breaking changes: what it finds since the last release, and what counts as told."""

from pathlib import Path
from runpy import run_path

import pytest
from graphql import build_schema

ROOT = Path(__file__).parents[2]
BREAKING = run_path(str(ROOT / "scripts" / "breaking.py"))
BEFORE = """
directive @d(a: Int) repeatable on FIELD
interface N { id: ID! }
type A implements N { id: ID! f(x: Int): Int g: Int }
type B { a: Int }
union U = A | B
enum E { P Q }
input I { a: Int }
type Query { a(x: Int): A b: B u: U e(i: I): E }
"""
CHANGELOG = "# Changelog\n\n## 2\n\n- New.\n%s\n## 1\n\n- `A.g` is gone; this breaks clients.\n"


@pytest.mark.parametrize(
    ("old", "new", "coordinate"),
    [
        (" g: Int", "", "A.g"),
        ("f(x: Int)", "f", "A.f(x:)"),
        ("f(x: Int)", "f(x: Int, y: Int!)", "A.f(y:)"),
        ("f(x: Int): Int", "f(x: Int): String", "A.f"),
        (" Q }", " }", "E.Q"),
        ("input I { a: Int }", "input I { a: Int b: Int! }", "I.b"),
        ("type A implements N", "type A", "A"),
        ("union U = A | B", "union U = A", "B"),
        ("(a: Int)", "", "@d(a:)"),
        (" repeatable", "", "@d"),
    ],
)
def test_a_breaking_change_has_to_be_told_by_its_coordinate_in_the_newest_section(old, new, coordinate):
    after = BEFORE.replace(old, new)
    told = f"- `{coordinate}` is another: this breaks\n  clients.\n"

    found = [*BREAKING["unannounced"](BEFORE, after, CHANGELOG % "")]

    assert len(found) == 1
    assert BREAKING["coordinate"](found[0], build_schema(BEFORE)) == coordinate
    assert [*BREAKING["unannounced"](BEFORE, after, CHANGELOG % told)] == []
    assert [*BREAKING["unannounced"](BEFORE, after, CHANGELOG % f"- `{coordinate}` is new.\n")] == found


def test_an_addition_need_not_be_told():
    assert [*BREAKING["unannounced"](BEFORE, BEFORE + "type More { a: Int }", CHANGELOG % "")] == []


def test_the_last_release_is_the_newest_by_its_numbers(tmp_path):
    for version in ("0.9.0", "0.10.0a1", "0.10.0", "0.10.0rc1", "0.2.11"):
        (tmp_path / f"{version}.graphql").touch()

    assert BREAKING["last_release"](tmp_path).stem == "0.10.0"


def test_nothing_breaks_since_the_last_release_that_clients_were_not_told():
    assert BREAKING["main"]() == 0

"""The pins stand for what pyproject.toml asks for, and name no place to get it from."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
PINS = dict(re.findall(r"^([a-z0-9.-]+)(?:\[[a-z,]+\])?==([^ ]+)", LOCK, re.MULTILINE))
ASKED = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["dev"]]


@pytest.mark.parametrize("asked", ASKED)
def test_what_is_asked_for_is_pinned_to_a_version_that_it_allows(asked):
    requirement = Requirement(asked)

    assert requirement.specifier.contains(PINS[canonicalize_name(requirement.name)]), "run scripts/lock"


def test_every_pin_has_a_hash_and_none_a_host():
    entries = re.split(r"\n(?=[a-z])", LOCK.strip())

    assert len(entries) == len(PINS)
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []
    assert re.findall(r"://|--index|--find-links| @ ", LOCK) == []


def test_the_licence_is_named_and_is_in_the_repository():
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")

    assert (PROJECT["license"], PROJECT["license-files"]) == ("MIT", ["LICENSE"])
    assert text.startswith("MIT License\n")
    assert "The time entries gateway authors" in text
    assert PROJECT["authors"] == [{"name": "The time entries gateway authors"}]


def test_the_image_is_installed_by_hash():
    steps = (ROOT / "Dockerfile").read_text(encoding="utf-8")

    by_pip, by_uv = re.findall(r"pip install (.*?)(?: &&|\n\n)", steps.replace("\\\n", ""), re.DOTALL)

    assert "--require-hashes --requirement /uv.txt" in by_pip
    assert "--verify-hashes --constraint requirements.lock --build-constraint requirements.lock ." in by_uv


def test_the_page_of_errors_names_classes_that_there_are():
    drawing = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8").split("```")[1]
    source = "".join(file.read_text(encoding="utf-8") for file in (ROOT / "gateway").rglob("*.py"))

    names = set(re.findall(r"\b[A-Z][a-z]+(?:[A-Z][a-z]+)+\b", drawing)) - {"GraphQL", "PostgreSQL"}

    assert len(names) > 20
    assert [name for name in sorted(names) if f"class {name}(" not in source and f"class {name}:" not in source] == []

"""What the documentation names is there: files, tests, settings and constants."""

import re
from collections.abc import Iterator
from pathlib import Path

from gateway.settings import PREFIX, TOKEN_VARIABLE, Settings

ROOT = Path(__file__).parents[2]
PAGES = (ROOT / "README.md", ROOT / "ARCHITECTURE.md", *sorted((ROOT / "docs").rglob("*.md")))
FOLDERS = ("gateway", "tests", "scripts", "examples", "docs")
SOURCES = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for folder in FOLDERS
    for path in (ROOT / folder).rglob("*.py")
}


def named(pattern: str) -> Iterator[tuple[str, str]]:
    """Yield the page and the name, for each name between backquotes that is of a form."""
    for page in PAGES:
        for name in re.findall(rf"`({pattern})`", page.read_text(encoding="utf-8")):
            yield page.name, name


def test_every_file_that_is_named_is_there():
    files = [f"/{path}" for path in SOURCES]

    missing = [
        (page, name) for page, name in named(r"[\w/]*\w\.py") if not any(path.endswith(f"/{name}") for path in files)
    ]

    assert missing == []


def test_every_test_that_is_named_is_there():
    defined = set(re.findall(r"def (test_\w+)", "\n".join(SOURCES.values())))

    assert [(page, name) for page, name in named(r"test_\w+") if name not in defined] == []


def test_every_setting_that_is_named_is_there():
    known = {TOKEN_VARIABLE, *(PREFIX + field.upper() for field in Settings.model_fields)}

    assert [(page, name) for page, name in named(rf"{PREFIX}[A-Z_]+") if name not in known] == []


def test_every_constant_that_is_named_is_there():
    words = set(re.findall(r"\w+", "\n".join(SOURCES.values())))

    missing = [
        (page, name) for page, name in named(r"[A-Z]+(?:_[A-Z]+)+") if not name.startswith(PREFIX) and name not in words
    ]

    assert missing == []

"""What the documentation names is there: files, tests, settings and constants."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from gateway.settings import PREFIX, TOKEN_VARIABLE, Settings

ROOT = Path(__file__).parents[2]
PAGES = (ROOT / "README.md", ROOT / "ARCHITECTURE.md", *sorted((ROOT / "docs").rglob("*.md")))
ROOMS = ("gateway/", "gateway/store/")
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


def test_the_map_has_every_room_in_the_order_of_imports():
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = pyproject["tool"]["importlinter"]["contracts"]
    layers = {contract["containers"][0]: contract["layers"] for contract in contracts if "layers" in contract}
    below = {room: [path.removeprefix(room) for path in mapped() if path.startswith(room)] for room in ROOMS}

    assert [path for path in mapped() if not (ROOT / path).exists()] == []
    assert in_layers(below["gateway/"], layers["gateway"])
    assert in_layers(below["gateway/store/"], layers["gateway.store"])


def mapped() -> Iterator[str]:
    """Yield the paths that ARCHITECTURE's map names, each below the folder that it is indented under."""
    folders: list[tuple[int, str]] = []
    for line in (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8").split("```")[1].strip().splitlines():
        indent, names = len(line) - len(line.lstrip()), re.split(r"\s{2,}", line.strip())[0].split()
        while folders and folders[-1][0] >= indent:
            folders.pop()
        above = folders[-1][1] if folders else ""
        yield from (above + name for name in names)
        folders.append((indent, above + names[0]))


def in_layers(rooms: list[str], layers: list[str]) -> bool:
    """Tell whether the rooms are those of the layers, each behind all of the layers above its own."""
    places = {room: place for place, layer in enumerate(layers) for room in re.split(r"\W+", layer)}
    own = [room.removesuffix("/").removesuffix(".py") for room in rooms]
    found = [places.pop(room) for room in own if room and "/" not in room]
    return found == sorted(found) and places.keys() <= {"__main__"}

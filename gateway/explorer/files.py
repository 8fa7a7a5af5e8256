"""Which files the explorer is made of, what they are, and under which name a browser may keep them for good."""

import hashlib
from functools import cache
from pathlib import Path

from gateway.explorer.fetch import FILES, VENDOR, is_complete

PAGE = Path(__file__).parent / "page"
CONTENT_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


def find(name: str) -> Path | None:
    """Return the path of a file that a page may ask for, None for any other name."""
    return _served().get(name)


def page(vendor: Path = VENDOR) -> str:
    """Return the page: GraphiQL, or why it is not there and what to run."""
    return document("explorer.html" if is_complete(vendor) else "missing.html")


def document(name: str) -> str:
    """Return a page of ours, which asks for its files by their present version."""
    return (PAGE / name).read_text(encoding="utf-8").replace("{assets}", f"explorer/{version()}")


def version() -> str:
    """Return a name for the files' present content; another content has another name."""
    return _digest(complete=is_complete())


@cache
def _served() -> dict[str, Path]:
    ours = (path.name for path in PAGE.iterdir())
    places = {name: VENDOR / name for name in FILES} | {name: PAGE / name for name in ours}
    return {name: path for name, path in places.items() if path.suffix in CONTENT_TYPES}


@cache
def _digest(*, complete: bool) -> str:
    # Read once in a process for each of the two cases: the files are there, or are not yet.
    digest = hashlib.sha256()
    for name, path in sorted(_served().items()):
        if complete or path.parent == PAGE:
            digest.update(name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]

"""Queries as commands are given them."""

import sys
from pathlib import Path

from gateway.commands.failures import CommandFailed


def query_text(query: str) -> str:
    """Return the text of a query that is given by itself or by where it is; every operation has a brace."""
    if "{" in query:
        return query
    if not query:
        raise CommandFailed("There is no query; give it, the file that holds it, or - for standard input.")
    try:
        return sys.stdin.read() if query == "-" else Path(query).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text in UTF-8"
        raise CommandFailed(f"The query cannot be read from {query}: {reason}.") from error

"""Entity tags as HTTP compares them: weakly, one among many."""

WEAK = "W/"


def is_known(tag: str, if_none_match: bytes) -> bool:
    """Tell whether a client has what has this tag, by its If-None-Match."""
    wanted = tag.removeprefix(WEAK).encode()
    return any(known.strip().removeprefix(WEAK.encode()) == wanted for known in if_none_match.split(b","))

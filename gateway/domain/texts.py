"""Texts of others in sentences of ours, and on terminals."""


def printable(text: str, longest: int | None = None) -> str:
    """Return the beginning of a text, with a blank for all that a terminal, a log or a database takes for a command."""
    return "".join(letter if letter.isprintable() else " " for letter in text[:longest])

"""Which text can be stored: what both databases keep byte for byte, and no longer than said."""

import re

from gateway.domain.errors import Code, Fault

MAX_TEXT = 100_000  # characters of a note or a reason
MAX_LABEL = 255  # characters of a jira text
_SURROGATE = re.compile("[\ud800-\udfff]")


def text_faults(value: str | None, *, name: str, path: tuple[str, ...], longest: int = MAX_TEXT) -> list[Fault]:
    """Return what is wrong with a text: its length, a NUL, half of a surrogate pair."""
    if value is None:
        return []
    found = []
    if len(value) > longest:
        found.append(f"{name} has {len(value):,} characters; at most {longest:,} are kept.")
    if "\0" in value:
        found.append(f"{name} contains the character U+0000, which cannot be stored.")
    if _SURROGATE.search(value):
        found.append(f"{name} contains half of a surrogate pair, which is no text.")
    return [Fault(Code.INVALID_ATTRIBUTE, sentence, path) for sentence in found]

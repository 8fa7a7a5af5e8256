"""A look at a document token by token: how many there are, how deep their brackets nest, what it is without values.

The parser descends once for each bracket and looks at each character in Python; this pass does neither.
"""

import re

from gateway.graphql.options import Limits
from gateway.graphql.requests.limits.bounds import too_large

# Brackets, counted whatever they enclose. The parser needs some six frames of the stack for each.
DEEPEST_NESTING = 80

IGNORED = r"[\ufeff\t \n\r,]*+(?:#[^\n\r]*+[\ufeff\t \n\r,]*+)*+"
TOKEN = re.compile(
    IGNORED + r"(?:(?P<open>[({\[])|(?P<close>[)}\]])"
    r"|[A-Za-z_][A-Za-z_0-9]*+|[!$&:=|@]|\.\.\.|-?[0-9][0-9.eE+-]*+"
    r'|"""(?:[^"\\]|\\"""|\\|"(?!""))*+"""'
    r'|"(?:[^"\\\n\r]|\\.)*+")'
)
BLANK = re.compile(IGNORED)
FIRST_OF_A_VALUE = '"-0123456789'


def scan(text: str, limits: Limits) -> None:
    """Check a document's length, its tokens and the nesting of its brackets.

    What is not a token ends the scan without a complaint: the parser says what it is.

    Raises:
        RequestRefused: with the limit that is exceeded.
    """
    if len(text) > limits.max_document_characters:
        raise too_large("characters", len(text), limits.max_document_characters)
    position = tokens = nesting = 0
    match = TOKEN.match
    while found := match(text, position):
        position = found.end()
        tokens += 1
        if tokens > limits.max_tokens:
            raise too_large("tokens", None, limits.max_tokens)
        if kind := found.lastgroup:
            nesting += 1 if kind == "open" else -1
            if nesting > DEEPEST_NESTING:
                raise too_large("brackets within each other", None, DEEPEST_NESTING)


def without_values(text: str, most: int) -> str:
    """Return the beginning of a document, of about `most` characters, with `?` for each text and number in it.

    Comments are left out, and so is all that follows what is not a token.
    """
    parts: list[str] = []
    position = length = 0
    while length < most and (found := TOKEN.match(text, position)):
        begin = _end_of_blank(text, position)
        if begin > position and parts:
            parts.append(", " if text[position] == "," else " ")
        parts.append("?" if text[begin] in FIRST_OF_A_VALUE else text[begin : found.end()])
        length += len(parts[-1])
        position = found.end()
    return "".join(parts)[:most]


def _end_of_blank(text: str, position: int) -> int:
    found = BLANK.match(text, position)
    return found.end() if found else position

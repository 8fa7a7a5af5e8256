"""Reading a JSON:API document piece by piece: one resource at a time is in memory, however long the document is."""

import codecs
import json
import re
from collections.abc import Callable, Iterator
from typing import BinaryIO, NoReturn

CHUNK = 1 << 18  # bytes
LARGEST_VALUE = 1 << 24  # characters of one resource, or of one member that is skipped
LONGEST_NAME, MOST_MEMBERS = 1_000, 1_000  # of a document: the format names six, whoever writes it may add some
LONGEST_TOKEN = 16  # characters of an escape or a literal, and some more
SPACE = re.compile(r"[ \t\r\n]*")
MEMBERS_WITH_RESOURCES = ("data", "included")


class Malformed(Exception):
    """The text is not what a document is; `line` and `column` say where that shows."""

    def __init__(self, expected: str, *, line: int, column: int) -> None:
        super().__init__(f"line {line}, column {column}: {expected}")
        self.expected = expected
        self.line = line
        self.column = column


class _NotJSON(ValueError):
    """What Python's decoder would take and JSON does not have."""


def _no_constant(name: str) -> NoReturn:
    raise _NotJSON(f"{name} is not a JSON number")


DECODER = json.JSONDecoder(parse_constant=_no_constant)


class Scanner:
    """A window that moves over a stream of UTF-8 text."""

    def __init__(self, stream: BinaryIO, on_read: Callable[[int], None] = lambda _: None) -> None:
        self._stream, self._on_read = stream, on_read
        self._decode = codecs.getincrementaldecoder("utf-8")().decode
        self._text, self._at, self._ended = "", 0, False
        self._line, self._column = 1, 0  # of the window's first character
        self._skip_byte_order_mark()

    def documents(self, *, several: bool) -> Iterator[tuple[int, Iterator[tuple[str, object]]]]:
        """Yield (line, resources) of each document; `several` allows one document a line.

        The resources are (JSON pointer, value), and have to be read before the next document is asked for.

        Raises:
            Malformed: while resources are read. Where several documents are allowed, the next one can be asked for.
        """
        while self._peek():
            yield self._line_here(), self._resources()
            if not several and self._peek():
                self._fail("the end of the file was expected after the document")

    def skip_line(self) -> None:
        """Give up what is left of this line."""
        while (end := self._text.find("\n", self._at)) < 0:
            self._at = len(self._text)
            if not self._more():
                return
        self._at = end + 1

    def _resources(self) -> Iterator[tuple[str, object]]:
        self._take("{", "a JSON:API document, which is an object,")
        seen = set[str]()
        more = self._peek() != "}"
        while more:
            name = self._value("a member's name")
            if not isinstance(name, str):
                self._fail("a member's name was expected")
            if len(name) > LONGEST_NAME or len(seen) == MOST_MEMBERS:
                self._fail(
                    f"at most {MOST_MEMBERS:,} members, with names of {LONGEST_NAME:,} characters, were expected"
                )
            self._take(":", "a colon")
            if name in seen:
                self._fail(f"each member once was expected, and {name!r} comes twice")
            seen.add(name)
            if name == "errors":
                self._fail("a document with data was expected, and this one holds errors")
            if name in MEMBERS_WITH_RESOURCES:
                yield from self._primary(name)
            else:
                self._value(f"the value of {name!r}")
            more = self._peek() == ","
            if more:
                self._at += 1
        self._take("}", "a comma or the end of the document")
        if "data" not in seen:
            self._fail("a document with the member data was expected")

    def _primary(self, name: str) -> Iterator[tuple[str, object]]:
        if self._peek() != "[":
            value = self._value(f"a resource or a list of resources in {name!r}")
            if value is not None:
                yield f"/{name}", value
            return
        self._at += 1
        number = 0
        more = self._peek() != "]"
        while more:
            yield f"/{name}/{number}", self._value("a resource")
            number += 1
            more = self._peek() == ","
            if more:
                self._at += 1
        self._take("]", "a comma or the end of the list")

    def _value(self, expected: str) -> object:
        """Decode the next value; what a chunk ends in the middle of is tried again with more."""
        self._peek()
        while True:
            try:
                value, end = DECODER.raw_decode(self._text, self._at)
            except (ValueError, RecursionError) as error:
                if len(self._text) - self._at > LARGEST_VALUE:
                    self._fail(f"{expected} of at most {LARGEST_VALUE:,} characters was expected")
                if not self._may_be_cut(error) or not self._more():
                    self._fail_at(error, expected)
                continue
            # A number goes on in the next chunk, perhaps.
            if end == len(self._text) and self._more():
                continue
            self._at = end
            return value

    def _may_be_cut(self, error: Exception) -> bool:
        """Tell whether an error may only show that the chunk ends here."""
        if not isinstance(error, json.JSONDecodeError):
            return False
        return error.msg.startswith("Unterminated") or error.pos > len(self._text) - LONGEST_TOKEN

    def _fail_at(self, error: Exception, expected: str) -> NoReturn:
        match error:
            case json.JSONDecodeError():
                self._at = min(error.pos, len(self._text))
                reason = "this is not JSON" if self._at < len(self._text) else "the text ends here"
            case RecursionError():
                reason = "it is nested too deeply"
            case _NotJSON():
                reason = str(error)
            case _:
                reason = "a number has too many digits"
        self._fail(f"{expected} was expected ({reason})")

    def _take(self, mark: str, expected: str) -> None:
        if self._peek() != mark:
            self._fail(f"{expected} was expected")
        self._at += 1

    def _peek(self) -> str:
        """Return the next character that is not a space, "" at the end."""
        while True:
            self._at = SPACE.match(self._text, self._at).end()  # type: ignore[union-attr]  # it matches nothing, too
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def _more(self) -> bool:
        """Read on: as much again as is kept, so that a long value is tried a few times only."""
        if self._ended:
            return False
        passed = self._text[: self._at]
        lines = passed.count("\n")
        self._line += lines
        self._column = len(passed) - passed.rfind("\n") - 1 if lines else self._column + len(passed)
        kept = self._text[self._at :]
        chunk = self._stream.read(max(CHUNK, len(kept)))
        self._on_read(len(chunk))
        self._ended = not chunk
        self._text, self._at = kept, 0
        try:
            self._text += self._decode(chunk, final=self._ended)
        except UnicodeDecodeError as error:
            self._ended = True
            self._fail(f"UTF-8 text was expected (byte {error.object[error.start]:#04x})")
        return True

    def _skip_byte_order_mark(self) -> None:
        self._more()
        self._text = self._text.removeprefix("\ufeff")

    def _line_here(self) -> int:
        return self._line + self._text.count("\n", 0, self._at)

    def _fail(self, expected: str) -> NoReturn:
        passed = self._text[: self._at]
        last = passed.rfind("\n")
        column = self._column + self._at if last < 0 else self._at - last - 1
        raise Malformed(expected, line=self._line_here(), column=column + 1)

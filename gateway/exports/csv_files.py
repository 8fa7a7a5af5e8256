"""Comma-separated values (RFC 4180, UTF-8): dates and numbers as spreadsheets read them, texts that are no formulas."""

import csv
import io
from collections.abc import Callable, Sequence

from gateway.exports.formats import Cells, Format, Heading, Kind
from gateway.exports.spreadsheets import FORMULA, local_time
from gateway.querying.formats import DATE, PLAIN, computed


def harmless(text: str) -> str:
    """Return a text that no spreadsheet calculates: an apostrophe before it says that it is text."""
    if text[:1].isalnum():  # as nearly all do: it is quicker than the pattern
        return text
    return f"'{text}" if FORMULA.match(text) else text


def _flag(value: object) -> str:
    return "TRUE" if value else "FALSE"


def _instant(render: Callable[[int], str], value: int) -> str:
    return local_time(render(value))


class _CsvFile:
    def __init__(self, headings: Sequence[Heading]) -> None:
        self._headings = headings
        self._text = io.StringIO(newline="")
        self._writer = csv.writer(self._text)

    def begin(self) -> bytes:
        return self.add([tuple(heading.text for heading in self._headings)])

    def add(self, rows: Cells) -> bytes:
        self._writer.writerows(rows)
        written = self._text.getvalue()
        self._text.seek(0)
        self._text.truncate()
        return written.encode("utf-8", "replace")

    def end(self) -> bytes:
        return b""


CSV = Format(
    "csv",
    "text/csv; charset=utf-8; header=present",
    "Comma-separated values with a heading for each column.",
    {
        Kind.TEXT: computed(harmless),
        Kind.NUMBER: PLAIN,
        Kind.FLAG: computed(_flag),
        Kind.DATE: DATE,
        Kind.INSTANT: computed(_instant, "instant"),
    },
    _CsvFile,
)

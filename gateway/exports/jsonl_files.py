"""JSON lines: an object a row, its values as the documented API writes them."""

from collections.abc import Sequence

import orjson

from gateway.exports.formats import Cells, Format, Heading


class _JsonlFile:
    def __init__(self, headings: Sequence[Heading]) -> None:
        self._names = [heading.name for heading in headings]

    def begin(self) -> bytes:
        return b""

    def add(self, rows: Cells) -> bytes:
        names = self._names
        return b"".join(
            orjson.dumps(dict(zip(names, row, strict=True)), option=orjson.OPT_APPEND_NEWLINE) for row in rows
        )

    def end(self) -> bytes:
        return b""


JSONL = Format("jsonl", "application/jsonl; charset=utf-8", "One JSON object per line.", {}, _JsonlFile)

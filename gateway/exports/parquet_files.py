"""Parquet, for those who compute: typed columns, written a group of rows at a time by pyarrow (the extra `parquet`)."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gateway.exports.formats import Cells, Format, Heading, Kind
from gateway.exports.outlets import Outlet
from gateway.querying.formats import BOOLEAN, PLAIN, computed

# Of a group of rows, which is written at once, in some ten milliseconds.
CELLS_OF_A_GROUP = 150_000
BYTES_OF_A_GROUP = 4_000_000


def _date(value: object) -> dt.date:
    return dt.date.fromisoformat(str(value))  # ISO of SQLite, a date of PostgreSQL


class _ParquetFile:
    def __init__(self, headings: Sequence[Heading]) -> None:
        import pyarrow as pa  # noqa: PLC0415 - it is there for this format alone, and takes its time and its memory
        from pyarrow import parquet as pq  # noqa: PLC0415

        types: Mapping[Kind, Callable[[Heading], Any]] = {
            Kind.TEXT: lambda _: pa.string(),
            Kind.NUMBER: lambda _: pa.int64(),
            Kind.FLAG: lambda _: pa.bool_(),
            Kind.DATE: lambda _: pa.date32(),
            Kind.INSTANT: lambda heading: pa.timestamp("ms", tz=heading.unit),
        }
        self._arrow: Any = pa
        self._schema: Any = pa.schema(
            [
                pa.field(heading.name, types[heading.kind](heading), metadata={"unit": heading.unit})
                for heading in headings
            ]
        )
        self._outlet = Outlet()
        self._writer: Any = pq.ParquetWriter(self._outlet, self._schema)
        self._waiting: list[Any] = []
        self._rows = self._bytes = 0

    def begin(self) -> bytes:
        return self._outlet.taken()

    def add(self, rows: Cells) -> bytes:
        columns = [
            self._arrow.array(values, type=field.type)
            for values, field in zip(zip(*rows, strict=True), self._schema, strict=True)
        ]
        batch = self._arrow.record_batch(columns, schema=self._schema)
        self._waiting.append(batch)
        self._rows += batch.num_rows
        self._bytes += batch.nbytes
        if self._rows * len(columns) >= CELLS_OF_A_GROUP or self._bytes >= BYTES_OF_A_GROUP:
            self._write()
        return self._outlet.taken()

    def end(self) -> bytes:
        if self._waiting:
            self._write()
        self._writer.close()
        return self._outlet.taken()

    def _write(self) -> None:
        self._writer.write_table(self._arrow.Table.from_batches(self._waiting))
        self._waiting, self._rows, self._bytes = [], 0, 0


PARQUET = Format(
    "parquet",
    "application/vnd.apache.parquet",
    "Typed columns; where the gateway is installed with the extra `parquet`.",
    {
        Kind.TEXT: PLAIN,
        Kind.NUMBER: PLAIN,
        Kind.FLAG: BOOLEAN,
        Kind.DATE: computed(_date),
        Kind.INSTANT: PLAIN,
    },
    _ParquetFile,
    needs="pyarrow",
)

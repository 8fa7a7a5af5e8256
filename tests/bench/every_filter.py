"""The table of every filter, alone and with a year of days, in every order.

`python -m tests.bench.every_filter [URL [PATTERN]]` writes tests/bench/every_filter.md: milliseconds of the first page
and of a page far down behind its cursor, each from the sixth run on, beside SQL by hand for the first page with its
values in the text. They are processor time, of this process and of that of a server on the same machine: all that a
page takes whose data is in memory, and less dependent on what else runs. The store is that of tests.bench.scale. With
a pattern, the lines that it matches are measured again, and the others stay.
"""

import asyncio
import os
import re
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.catalog.time_entries import FILTERS, SORTS
from gateway.graphql.execution import Gateway
from gateway.store.databases.database import open_database
from gateway.store.databases.options import StoreOptions
from tests.bench.measuring import processor_ms
from tests.bench.scale import SIZE, TIMEOUT, WORDS, YEAR, Measured, cases_of, say

TABLE = Path(__file__).with_name("every_filter.md")
BY_ID = "by id"
MAIN = (BY_ID, "DATE DESC", "UPDATED_AT DESC")  # in which all is asked; in the others an operation of each kind
ORDERS = {BY_ID: ("", "id")} | {
    f"{word} {way}": (
        f"orderBy: [{{ field: {word}, direction: {way} }}]",
        f"{key.name} {way}{' NULLS LAST' if key.nullable else ''}, id",
    )
    for word, key in SORTS.keys.items()
    for way in ("ASC", "DESC")
}
HEAD = ("filter", "order", "first p50", "first p95", "deep p50", "deep p95", "by hand p50")
WARM, TIMED = 5, 5  # runs; a plan for any values is made after five
SLOW = 100  # milliseconds; what takes longer is run once more only
DEEP = 3_000  # rows before the deep page
SPAN = f'date: {{ gtEq: "{YEAR[0]}", ltEq: "{YEAR[1]}" }}'
SIGNS = {"eq": "=", "notEq": "<>", "gt": ">", "gtEq": ">=", "ltEq": "<=", "in": "IN"}
CODES = {word: str(code) for words in WORDS.values() for code, word in words.items()}
BY_HAND = """SELECT t.id, t.date, t.time, t.note, t.person_id, p.first_name, t.updated_at
FROM time_entries t JOIN people p ON p.id = t.person_id
WHERE t.organization_id = 1 AND {conditions} ORDER BY {order} LIMIT {limit}"""


@dataclass(frozen=True, slots=True)
class Row:
    filter: str
    order: str
    first: tuple[float, float]
    deep: tuple[float, float] | None  # None: there is no page far down
    by_hand: float | None  # None: not said by hand

    @property
    def line(self) -> str:
        deep = ("", "") if self.deep is None else tuple(f"{each:.1f}" for each in self.deep)
        by_hand = "" if self.by_hand is None else f"{self.by_hand:.1f}"
        times = (*(f"{each:.1f}" for each in self.first), *deep, by_hand)
        return f"| {' | '.join((f'`{self.filter}`', self.order, *times))} |"


def by_hand(filter_: str, order: str) -> str | None:
    """Return SQL for the first page; None where a filter is more than a test of a column."""
    conditions = []
    for name, operation, operand in re.findall(r"(\w+): \{ (\w+): (\[.*?\]|\"[^\"]*\"|\w+)", filter_):
        row = next(row for row in FILTERS.filters if row.name == name)
        if operation not in SIGNS or name == "managerId" or row.kind.comparator == "DateTimeFilter":
            return None
        said = re.sub(r"[A-Z_]{5,}", lambda word: CODES.get(word[0], word[0]), operand) if name in WORDS else operand
        said = said.replace('"', "'").replace("[", "(").replace("]", ")")
        conditions.append(f"t.{row.subject.column} {SIGNS[operation]} {said}")
    terms = ", ".join(f"t.{term.strip()}" for term in order.split(","))
    return BY_HAND.format(conditions=" AND ".join(conditions), order=terms, limit=SIZE + 1) if conditions else None


async def _timed(run: Callable[[], Awaitable[Any]], server: int) -> tuple[float, float]:
    """Return the median and the 95th of a hundred of the runs from the sixth on."""
    times: list[float] = []
    while len(times) < WARM + TIMED:
        start = _processor_ms(server)
        await run()
        times.append(_processor_ms(server) - start)
        if len(times) > 1 and min(times) > SLOW:
            break
    late = times[WARM:] or times[1:]
    return statistics.median(late), max(late)


def _processor_ms(server: int) -> float:
    """Return what this process and the server's have taken of the processor."""
    return time.process_time() * 1000 + processor_ms(server)


async def _lines(url: str, pattern: str) -> list[str]:
    """Return the lines of the table, those that a pattern matches measured now and the others as they stand there."""
    before = {tuple(line.split(" | ")[:2]): line for line in TABLE.read_text(encoding="utf-8").splitlines()}
    found = []
    async with open_database(url, StoreOptions(statement_timeout_ms=TIMEOUT, read_connections=1)) as database:
        reading: Any = database.read(snapshot=False)
        async with reading as connection:
            alone = [case.filter for case in await cases_of(connection) if case.filter and " + " not in case.name]
            [(server,)] = await connection.execute("SELECT pg_backend_pid()")
        pairs = [f"{one}, {SPAN}" for one in alone if " eq:" in one and not one.startswith("date")]
        measured = Measured(Gateway(database))
        kinds: set[str] = set()
        for filter_ in (*alone, *pairs):
            asked = f"filter: {{ {filter_} }}"
            kind = re.sub(r"(: \{ \w+|true|false).*", r"\1", filter_) + SPAN * (filter_ in pairs)
            orders = ORDERS if kind not in kinds else MAIN
            kinds.add(kind)
            for name in orders:
                order, terms = ORDERS[name]
                line = None if re.search(pattern, f"{filter_} | {name}") else before.get((f"| `{filter_}`", name))
                if line is None:
                    row = await _row(database, (measured, server), (filter_, asked), (name, order, terms))
                    line = row.line
                    say(line)
                found.append(line)
    return found


async def _row(
    database: Any, asking: tuple[Measured, int], filters: tuple[str, str], order: tuple[str, str, str]
) -> Row:
    measured, server = asking
    (filter_, asked), (name, order_by, terms) = filters, order
    first = await _timed(lambda: measured.page(f"first: {SIZE}", asked, order_by, rounds=1), server)
    deep = None
    _, page = await measured.page(f"page: {{ number: {DEEP // SIZE}, size: {SIZE} }}", asked, order_by, rounds=1)
    if page["nodes"]:
        after = f'first: {SIZE}, after: "{page["pageInfo"]["endCursor"]}"'
        deep = await _timed(lambda: measured.page(after, asked, order_by, rounds=1), server)
    text, hand = by_hand(filter_, terms), None
    if text is not None:
        async with database.read(snapshot=False) as connection:
            hand = (await _timed(lambda: connection.execute(text), server))[0]
    return Row(filter_, name, first, deep, hand)


def table(lines: list[str], entries: int) -> str:
    """Return the whole text."""
    how = (
        f"Milliseconds of processor time, of {entries:,} entries, by `python -m tests.bench.every_filter` on "
        f"{os.cpu_count()} cores: the server's process and the gateway's together, while other things ran there, too. "
        f"What took longer than {SLOW} ms was run twice."
    )
    return "\n".join(
        (
            "# Every filter of time entries on PostgreSQL",
            "",
            how,
            "",
            f"| {' | '.join(HEAD)} |",
            "|---|---|---:|---:|---:|---:|---:|",
            *lines,
            "",
        )
    )


async def main() -> None:
    arguments = sys.argv[1:]
    url = arguments[0] if arguments else os.environ["GATEWAY_DATABASE_URL"]
    async with open_database(url) as database:
        reading: Any = database.read(snapshot=False)
        async with reading as connection:
            [(entries,)] = await connection.execute("SELECT count(*) FROM time_entries")
    TABLE.write_text(table(await _lines(url, *arguments[1:2] or [""]), entries), encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(main())

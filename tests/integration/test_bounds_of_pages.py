"""Bounds of pages: reading begins where the first zone does that can have an entry of all that is asked for."""

import datetime as dt
import operator
from itertools import cycle, product
from random import Random

import pytest
from sqlalchemy import bindparam, insert, null, select

from gateway.catalog.time_entries import SORTS
from gateway.querying.conditions import All, Comparison, IsNull, Subject, bound_values
from gateway.store.databases.statements import POSTGRESQL
from gateway.store.pages.bounds import first_of_zones
from gateway.store.pages.selects import Cut
from gateway.store.pages.wanted import Wanted
from gateway.store.schema.entries import ENTRIES
from gateway.store.schema.kept import ZONES
from gateway.store.schema.zones import NO_GREATEST, NO_LEAST
from gateway.store.visibility import visibility

LEDGER = {"seed": 7, "entries": 0}

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.postgresql_only]
ASKS = {"organization_id": 99}  # which has no entries, so that nothing widens its zones
DAY = 86_400_000
BEGINNING = -62_135_596_800_000  # the first instant of the first day, in milliseconds since 1970
INSTANTS = ("updated_at", "last_activity_at", "approved_at", "started_at")
CODES = ("invoicing_status_id", "status_id", "invoice_id", "invoice_attribution_id")
COLUMNS = ("date", *INSTANTS, *CODES)  # in the order of a zone's arrays
ORDERS = [
    [], [("DATE", False)], [("DATE", True)], [("UPDATED_AT", False)], [("UPDATED_AT", True)], [("CREATED_AT", True)],
    [("TIME", True)],
]  # fmt: skip
KINDS = {"ID": 0, "DATE": 1, "UPDATED_AT": 2, "CREATED_AT": 3}  # of the zones of an order; others have those of ids
# Which numbers pass a comparison: of two instants of a day, which have one number, either may be the later one.
PASSES = {
    ">": operator.ge, ">=": operator.ge, "<": operator.le, "<=": operator.le, "=": operator.eq, "<>": operator.ne,
    "in": lambda number, asked: min(asked) <= number <= max(asked), "has any": lambda *_: True,
}  # fmt: skip
# Where an index does not lead to the few entries of a value, or would lead to nearly all.
OF_SOME_ALONE = {"=": CODES[:2], "<>": CODES, "in": CODES}
NUMBERS = range(6)  # that zones know here
LAST_DAY = dt.date.max.toordinal() - 1  # which asyncpg writes as an infinite one, as it does the first


def zones_of(chance):
    """Zones of each kind by their places, with the least and the greatest number of each column, or none."""
    for kind in range(4):
        for place in sorted({0, *chance.sample(range(1, 900_000), 12), 913_014}):
            ends = [sorted(chance.choices(NUMBERS, k=2)) for _ in COLUMNS]
            yield kind, place, [end if chance.random() < 0.8 else (NO_LEAST, NO_GREATEST) for end in ends]


def asked_of(chance):
    """What may be asked of each column: the comparison, and a number or several."""
    for comparison in PASSES:
        for column in OF_SOME_ALONE.get(comparison, COLUMNS):
            beyond = [LAST_DAY] if column == "date" else []
            for number in (NUMBERS[0], *chance.sample(NUMBERS, 2), NUMBERS[-1], *beyond):
                yield column, comparison, [number, *chance.sample(NUMBERS, 2)] if comparison == "in" else number


def condition_of(column, comparison, asked):
    subject = Subject(column, ENTRIES.c[column], ENTRIES.c[column].type)
    if comparison == "has any":
        return IsNull(subject, wanted=False)
    return Comparison(subject, comparison, asked if comparison == "in" else value_of(column, asked))


def value_of(column, number):
    """The value that zones know by a number; of instants one in the midst of the day."""
    if column == "date":
        return dt.date.fromordinal(1 + number)
    return BEGINNING + number * DAY + DAY // 2 if column in INSTANTS else number


def can_have(ends, column, comparison, asked):
    """Whether a zone can have an entry that passes, by each number between its ends."""
    least, greatest = ends[COLUMNS.index(column)]
    return any(PASSES[comparison](number, asked) for number in range(least, greatest + 1))


def edge_of(kind, place, *, is_last):
    """The first value of a zone, or its last one."""
    if kind == 0:
        return place * 4_096 + (4_095 if is_last else 0)
    days = place * 4 + (3 if is_last else 0)
    if kind == 1:
        return dt.date.fromordinal(min(1 + days, dt.date.max.toordinal()))
    return BEGINNING + days * DAY + (DAY - 1 if is_last else 0)


async def write_zones(database, zones):
    columns = {column.name: bindparam(column.name, type_=column.type) for column in ZONES.columns}
    rows = [
        ASKS | {"kind": kind, "place": place, "least": [low for low, _ in ends], "greatest": [high for _, high in ends]}
        for kind, place, ends in zones
    ]
    everything = {"least": [NUMBERS[0]] * len(COLUMNS), "greatest": [LAST_DAY] * len(COLUMNS)}
    of_others = [
        {"organization_id": 98, "kind": kind, "place": place} | everything
        for kind in range(4)
        for place in (1, 913_013)
    ]
    statement = insert(ZONES).values(columns)
    await database.write(lambda connection: connection.execute_many(statement, rows + of_others))


def begin_of(condition, keys, *, backward):
    everything = visibility("time_entries", sees_everything=True)
    wanted = Wanted(ENTRIES, everything, condition, SORTS.order(keys), backward, Cut(), None, POSTGRESQL)
    begin = first_of_zones(wanted)
    return select(null() if begin is None else begin), bound_values(condition) | ASKS


def expected_begin(zones, questions, keys, *, backward):
    name, descending = keys[0] if keys else ("ID", False)
    kind, is_last = KINDS.get(name, 0), name in KINDS and descending != backward
    told = [each for each in questions if each[0] != name.lower()]  # by what leads the order its index finds them
    places = [place for of, place, ends in zones if of == kind and all(can_have(ends, *each) for each in told)]
    return edge_of(kind, (max if is_last else min)(places), is_last=is_last) if told and places else None


async def test_reading_begins_where_the_first_zone_does_that_can_have_what_is_asked_for(asked):
    chance = Random(5)
    zones, questions = [*zones_of(chance)], [*asked_of(chance)]
    others = chance.sample(questions, len(questions))
    await write_zones(asked.database, zones)

    async with asked.database.read(snapshot=False) as connection:
        for *pair, (keys, backward) in zip(questions, others, cycle(product(ORDERS, (False, True))), strict=False):
            condition = All(tuple(condition_of(*each) for each in pair))

            [(found,)] = await connection.fetch(*begin_of(condition, keys, backward=backward))

            assert found == expected_begin(zones, pair, keys, backward=backward), (pair, keys, backward)

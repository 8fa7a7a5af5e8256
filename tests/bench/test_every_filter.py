"""The table of every filter: each documented filter stands in it, in each order, alone and with a span of days."""

import re

from gateway.catalog.time_entries import FILTERS
from tests.bench.every_filter import HEAD, ORDERS, SPAN, TABLE, by_hand

LINES = TABLE.read_text(encoding="utf-8").splitlines()
ROWS = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in LINES if line.startswith("| `")]
NUMBER = re.compile(r"\d+\.\d")


def test_every_filter_stands_in_the_table_in_every_order():
    found = {(row[0].strip("`").partition(":")[0], row[1]) for row in ROWS}

    assert found == {(each.name, order) for each in FILTERS.filters for order in ORDERS}


def test_every_filter_by_equality_stands_beside_a_span_of_days():
    alone = {row[0] for row in ROWS if "{ eq:" in row[0] and SPAN not in row[0] and not row[0].startswith("`date")}
    paired = {row[0].replace(f", {SPAN}", "") for row in ROWS if SPAN in row[0]}

    assert paired == alone
    assert paired


def test_a_row_has_numbers_of_the_first_page_and_of_a_deep_one_where_there_is_one():
    for row in ROWS:
        assert len(row) == len(HEAD), row
        assert all(NUMBER.fullmatch(cell) for cell in row[2:4]), row
        assert all(NUMBER.fullmatch(cell) or not cell for cell in row[4:]), row
        assert bool(row[4]) == bool(row[5]), row


def test_sql_by_hand_says_the_filter_with_its_values():
    said = by_hand('status: { in: [APPROVED, REJECTED] }, date: { gtEq: "2024-01-01" }', "date DESC, id")

    assert said is not None
    assert said.splitlines()[-1] == (
        "WHERE t.organization_id = 1 AND t.status_id IN (1, 3) AND t.date >= '2024-01-01' "
        "ORDER BY t.date DESC, t.id LIMIT 31"
    )
    assert by_hand('note: { contains: "x" }', "id") is None

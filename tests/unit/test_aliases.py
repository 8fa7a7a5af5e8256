"""Aliases: one object for each table and name, counted for about the memory that it takes."""

import tracemalloc

import pytest

from gateway.querying.aliases import ALIASES, alias_of
from gateway.store.schema.entries import ENTRIES
from gateway.store.schema.rows import table_of
from gateway.store.schema.tables import DEALS, OrganizationRow

TABLES = [ENTRIES, DEALS, table_of(OrganizationRow)]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_an_alias_is_counted_for_about_what_it_takes(table):
    table.alias("before").c.keys()  # what all aliases of the table share is there by now
    tracemalloc.start()
    try:
        held, columns = ALIASES.held, alias_of(table, "measured").c.keys()
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert len(columns) == len(table.c)
    assert 0.8 * taken < ALIASES.held - held < 1.8 * taken


def test_an_alias_of_another_table_or_name_is_another():
    one, again, renamed, other = (
        alias_of(table, name) for table, name in ((ENTRIES, "a"), (ENTRIES, "a"), (ENTRIES, "b"), (DEALS, "a"))
    )

    assert one is again
    assert len({one, renamed, other}) == 3
    assert [str(alias.c.id) for alias in (one, renamed, other)] == ["a.id", "b.id", "a.id"]

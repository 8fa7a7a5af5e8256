"""Compiled statements: found by the object that was compiled, and kept within a bound."""

import gc
import weakref

from sqlalchemy import bindparam, select

from gateway.caches import CACHES
from gateway.store.databases import statements
from gateway.store.databases.statements import SQLITE, compiled
from gateway.store.schema.rows import table_of
from gateway.store.schema.tables import OrganizationRow
from gateway.store.writes.change_reads import changes_seen, newest_changes

ORGANIZATIONS = table_of(OrganizationRow)


def a_select():
    return select(ORGANIZATIONS).where(ORGANIZATIONS.c.id == bindparam("id"))


def test_a_statement_is_compiled_once_for_each_database():
    statement = a_select()

    assert compiled(statement, SQLITE) is compiled(statement, SQLITE)
    assert compiled(statement, SQLITE).text.endswith("WHERE organizations.id = ?")
    assert compiled(statement, statements.POSTGRESQL).text.endswith("WHERE organizations.id = $1::BIGINT")


def test_statements_made_for_each_call_leave_the_memory():
    first = a_select()
    gone = weakref.ref(first)
    size = statements.bytes_of([compiled(first, SQLITE)])
    del first

    for _ in range(CACHES["compiled statements"].most // size + 1):
        compiled(a_select(), SQLITE)
    gc.collect()

    assert gone() is None


def test_changes_are_ranked_by_their_numbers_and_not_with_their_images() -> None:
    statement = str(select(newest_changes(changes_seen(sees_everything=True)).c.id))
    ranked = statement[statement.index("row_number") : statement.index("AS ranked")]

    assert ranked.startswith("row_number() OVER")
    assert "before" not in ranked
    assert statement.count("time_entry_changes.before") == 1

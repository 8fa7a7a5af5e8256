"""Every revision, up and down, with data; the same tables whether made at once or step by step."""

import asyncio
import datetime as dt
import re
import sqlite3
import warnings
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from runpy import run_path
from typing import TypeVar

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, create_engine
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.schema import SchemaItem

from gateway.seeding.filling import seed
from gateway.store.databases.database import open_database
from gateway.store.databases.failures import StoreUnavailable
from gateway.store.schema.entries import TimeEntryRow
from gateway.store.schema.kept import TimeEntryDayRow, TimeEntryMonthRow, TimeEntryStatusMonthRow
from gateway.store.schema.rows import SCHEMA_REVISION, Row
from gateway.store.schema.tables import OrganizationRow, PersonRow, ServiceRow, TaskRow
from gateway.store.upkeep.health import why_not_ready
from gateway.store.upkeep.migrations.migrating import (
    FOLDER,
    UnknownRevision,
    migrate_store,
    revision_of,
    sql_of,
    stored_revision,
)
from tests.support.harness.stores import empty_store_url
from tests.support.worlds.office import entry, furnish, table_rows

T = TypeVar("T")
NEXT = '''
"""A column with a check, as a revision of the future may bring it."""

import sqlalchemy as sa
from alembic import op

from gateway.store.upkeep.migrations.rebuilding import rebuilt

revision = "%s"
down_revision = "%s"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with rebuilt("time_entries") as table:
        table.add_column(sa.Column("mood", sa.Text(), nullable=True))
        table.create_check_constraint("mood_known", "mood IN ('good', 'bad')")
    op.execute("UPDATE time_entries SET mood = 'good' WHERE id = 225")


def downgrade() -> None:
    with rebuilt("time_entries") as table:
        table.drop_constraint("mood_known", type_="check")
        table.drop_column("mood")
'''
NEXT_REVISION = f"{int(SCHEMA_REVISION) + 1:04d}"
NEXT %= (NEXT_REVISION, SCHEMA_REVISION)

WRITTEN_EARLIER = [
    "UPDATE change_counters SET last_id = 3 WHERE organization_id = 1",
    *(
        "INSERT INTO time_entry_changes (organization_id, id, time_entry_id, kind, at, revision) "
        f"VALUES (1, {number}, 225, 'UPDATED', {at}, {number})"
        for number, at in enumerate((500, 700, 600), start=1)
    ),
]


@pytest.fixture
def versions(tmp_path: Path) -> Path:
    folder = tmp_path / "versions"
    folder.mkdir()
    (folder / f"{NEXT_REVISION}_mood.py").write_text(NEXT)
    return folder


def inspect(url: str, work: Callable[[Connection], T]) -> T:
    """Run something on a plain connection."""
    if url.startswith("sqlite"):
        engine = create_engine(url.replace("sqlite+aiosqlite", "sqlite"))
        with engine.begin() as connection:
            answer = work(connection)
        engine.dispose()
        return answer

    async def run() -> T:
        engine = create_async_engine(url)
        async with engine.begin() as connection:
            answer = await connection.run_sync(work)
        await engine.dispose()
        return answer

    return asyncio.run(run())


SQLITE_SCHEMA = "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite%'"
POSTGRESQL_SCHEMA = """
SELECT table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || ' '
    || coalesce(collation_name, '') || ' ' || coalesce(column_default, '') || ' ' || coalesce(generation_expression, '')
    FROM information_schema.columns WHERE table_schema = 'public'
UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace AND contype <> 'n'
UNION ALL SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
UNION ALL SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
"""


def schema_of(url: str) -> list[str]:
    """Everything that the database was given, as text."""
    asked = SQLITE_SCHEMA if url.startswith("sqlite") else POSTGRESQL_SCHEMA

    def read(connection: Connection) -> list[str]:
        return sorted(" ".join(str(text).split()) for (text,) in connection.exec_driver_sql(asked))

    return inspect(url, read)


def words(texts: list[str]) -> list[list[str]]:
    """The words of each text; a table that was rebuilt has its parts in another order."""
    return sorted(sorted(re.findall(r"\w+", text)) for text in texts)


def differences(connection: Connection) -> list[object]:
    """What Alembic would change; it cannot read the order of an index's columns, which the texts compare."""

    def included(part: SchemaItem, name: str | None, *_rest: object) -> bool:
        dialect = connection.dialect.name
        return not str(name).endswith("_desc") and part.info.get("dialect", dialect) == dialect

    options = {"include_object": included}
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "autogenerate skipping .* '.*_desc'")  # of an index of PostgreSQL alone
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), Row.metadata))


def create(url: str, *entries: TimeEntryRow, data: bool = False) -> None:
    if data:
        entries = (entry(225), entry(226, approved=True))

    async def run() -> None:
        async with open_database(url) as database:
            await (furnish(database, *entries) if entries else database.create_tables())

    asyncio.run(run())


def rows_of(url: str, row: type[Row] = TimeEntryRow):
    async def run():
        async with open_database(url) as database:
            return await table_rows(database, row)

    return asyncio.run(run())


def test_a_store_made_step_by_step_is_the_store_made_at_once(empty_url, tmp_path):
    migrate_store(empty_url)
    made_at_once = empty_store_url(tmp_path, "other.db")
    create(made_at_once)

    assert words(schema_of(empty_url)) == words(schema_of(made_at_once))
    assert inspect(empty_url, differences) == []


def test_a_store_that_was_loaded_has_the_same_tables_keys_and_triggers(empty_url, tmp_path):
    seed(empty_url, 100, today=dt.date(2025, 7, 31))
    made_at_once = empty_store_url(tmp_path, "other.db")
    create(made_at_once)

    assert schema_of(empty_url) == schema_of(made_at_once)


def test_every_revision_goes_up_and_down_with_data_and_loses_nothing(empty_url, versions):
    create(empty_url, data=True)
    schema, before = schema_of(empty_url), rows_of(empty_url)

    up = migrate_store(empty_url, NEXT_REVISION, versions=versions)
    moods = inspect(
        empty_url, lambda one: one.exec_driver_sql("SELECT id, mood FROM time_entries ORDER BY id").fetchall()
    )
    down = migrate_store(empty_url, SCHEMA_REVISION, down=True, versions=versions)

    assert (up.before, up.after, down.before, down.after) == (
        SCHEMA_REVISION,
        NEXT_REVISION,
        NEXT_REVISION,
        SCHEMA_REVISION,
    )
    assert [tuple(row) for row in moods] == [(225, "good"), (226, None)]
    assert rows_of(empty_url) == before
    assert words(schema_of(empty_url)) == words(schema)

    gone = migrate_store(empty_url, "base", down=True)
    back = migrate_store(empty_url)

    assert (gone.after, back.after) == (None, SCHEMA_REVISION)
    assert words(schema_of(empty_url)) == words(schema)
    assert rows_of(empty_url) == []


def test_a_revision_that_fails_leaves_the_store_as_it_was(empty_url, versions):
    create(empty_url, data=True)
    schema, before = schema_of(empty_url), rows_of(empty_url)
    (versions / f"{NEXT_REVISION}_mood.py").write_text(NEXT.replace("'good' WHERE", "'unheard of' WHERE"))

    with pytest.raises(StoreUnavailable, match=r"was not migrated and is as it was"):
        migrate_store(empty_url, versions=versions)

    assert (schema_of(empty_url), rows_of(empty_url), stored_revision(empty_url)) == (schema, before, SCHEMA_REVISION)


def test_serving_asks_for_a_migration_on_an_older_and_for_another_gateway_on_a_newer_schema(empty_url):
    create(empty_url)

    def problem(revision: str) -> str | None:
        inspect(empty_url, lambda one: one.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{revision}'"))

        async def ask() -> str | None:
            async with open_database(empty_url) as database:
                return await why_not_ready(database)

        return asyncio.run(ask())

    assert problem(SCHEMA_REVISION) is None
    assert "run `gateway migrate`" in str(problem("0000"))
    assert "newer gateway" in str(problem("9999"))


def test_the_tables_of_another_program_are_left_alone(empty_url):
    inspect(empty_url, lambda one: one.exec_driver_sql("CREATE TABLE guests (id INTEGER)"))

    with pytest.raises(StoreUnavailable, match=r"tables of another program \(guests"):
        migrate_store(empty_url)

    assert inspect(empty_url, lambda one: one.exec_driver_sql("SELECT count(*) FROM guests").scalar()) == 0


def test_a_store_of_a_newer_gateway_is_left_alone(empty_url):
    create(empty_url)
    inspect(empty_url, lambda one: one.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(UnknownRevision, match=r"newer one made it"):
        migrate_store(empty_url)

    assert inspect(empty_url, revision_of) == "9999"


@pytest.mark.sqlite_only
def test_a_file_is_copied_beside_itself_before_it_is_migrated(tmp_path, versions):
    empty_url = f"sqlite+aiosqlite:///{tmp_path}/office.db"
    create(empty_url, data=True)

    first = migrate_store(empty_url, NEXT_REVISION, versions=versions)
    migrate_store(empty_url, SCHEMA_REVISION, down=True, versions=versions)
    third = migrate_store(empty_url, NEXT_REVISION, versions=versions)

    assert first.copy == tmp_path / f"office.db.{SCHEMA_REVISION}"
    assert third.copy == tmp_path / f"office.db.{SCHEMA_REVISION}.1"
    with closing(sqlite3.connect(tmp_path / f"office.db.{SCHEMA_REVISION}")) as copy:
        assert copy.execute("SELECT count(*) FROM time_entries").fetchone() == (2,)
        assert copy.execute("SELECT version_num FROM alembic_version").fetchone() == (SCHEMA_REVISION,)


def test_the_sql_of_a_migration_is_printed_for_others_to_run(empty_url):
    up, down = sql_of(empty_url), sql_of(empty_url, "base", since=SCHEMA_REVISION)

    tables = set(Row.metadata.tables)
    assert set(re.findall(r"CREATE TABLE (\w+)", up)) == tables
    assert set(re.findall(r"DROP TABLE (\w+)", down)) == tables - {"alembic_version"}  # Alembic keeps its own


def test_an_older_revision_has_to_be_meant(empty_url):
    create(empty_url, data=True)

    with pytest.raises(UnknownRevision, match=r"Going back to base loses what came .* say --down"):
        migrate_store(empty_url, "base")

    assert len(rows_of(empty_url)) == 2


@pytest.mark.sqlite_only
def test_a_revision_that_is_not_there_is_refused_by_name(tmp_path):
    with pytest.raises(
        UnknownRevision, match=r"There is no revision '0815'; this gateway knows base, 0001, .* and head"
    ):
        migrate_store(f"sqlite+aiosqlite:///{tmp_path}/office.db", "0815")


def test_the_sums_of_months_and_days_are_rebuilt_by_the_revisions_that_change_them(empty_url):
    create(empty_url, data=True)
    before = {row: sums_of(empty_url, row) for row in SUMS}

    migrate_store(empty_url, "0001", down=True)
    changed = "UPDATE time_entries SET currency_default = 'EUR' WHERE id = 225"
    inspect(empty_url, lambda one: one.exec_driver_sql(changed))
    migrate_store(empty_url)
    inspect(empty_url, lambda one: one.exec_driver_sql("UPDATE time_entries SET time = 500 WHERE id = 226"))

    of_both = ("USD", 2, 960)
    assert before == {
        TimeEntryMonthRow: [of_both] * 4,
        TimeEntryDayRow: [of_both],
        TimeEntryStatusMonthRow: [("USD", 1, 480)] * 2,
    }
    of_each = [("EUR", 1, 480), ("USD", 1, 500)]
    assert {row: sums_of(empty_url, row) for row in SUMS} == {
        TimeEntryMonthRow: sorted(of_each * 4),
        TimeEntryDayRow: of_each,
        TimeEntryStatusMonthRow: of_each,
    }


SUMS = (TimeEntryMonthRow, TimeEntryDayRow, TimeEntryStatusMonthRow)


def sums_of(url: str, row: type[Row]) -> list[tuple[str, int, int]]:
    columns = ("currency_default", "entries", "time")
    return sorted(tuple(each[name] for name in columns) for each in rows_of(url, row) if each["entries"])


def test_the_last_instants_are_taken_from_the_log_that_is_there(empty_url):
    create(empty_url, data=True)
    inspect(empty_url, lambda one: [one.exec_driver_sql(text) for text in WRITTEN_EARLIER] and None)
    migrate_store(empty_url, "0001", down=True)

    migrate_store(empty_url, "0002")

    read = "SELECT organization_id, last_id, last_at FROM change_counters ORDER BY 1"
    counters = inspect(empty_url, lambda one: one.exec_driver_sql(read).fetchall())
    assert [tuple(row) for row in counters] == [(1, 3, 700), (2, 0, 0)]


def test_notes_are_folded_of_the_entries_that_are_there(empty_url, monkeypatch):
    monkeypatch.setattr("gateway.store.upkeep.migrations.filling.ROWS_A_BATCH", 2)
    notes = {226: 'ŽUPAN "ß"\nline', 227: None, 228: "", 229: "Ağ", 230: "x" * 3_000}
    create(empty_url, *(entry(number, note=note) for number, note in notes.items()))
    before = rows_of(empty_url)
    migrate_store(empty_url, "0002", down=True)

    migrate_store(empty_url, "0003")
    migrate_store(empty_url)

    folded = inspect(empty_url, lambda one: one.exec_driver_sql("SELECT id, note_folded FROM time_entries").fetchall())
    assert {row[0]: row[1] for row in folded} == {
        226: 'župan "ss"\nline', 227: None, 228: "", 229: "ağ", 230: "x" * 3_000,
    }  # fmt: skip
    assert rows_of(empty_url) == before


def test_what_python_has_to_write_is_not_told_as_sql_but_for_an_empty_store(empty_url):
    assert "note_folded" in sql_of(empty_url, "0003")
    wanted = r"cannot be written as SQL: time_entries.note_folded is written row by row"
    with pytest.raises(UnknownRevision, match=wanted):
        sql_of(empty_url, "0003", since="0002")


def test_the_revisions_are_one_chain_numbered_in_order():
    scripts = sorted(FOLDER.glob("versions/[0-9]*.py"))

    numbers = [script.name[:4] for script in scripts]

    assert numbers == [f"{number:04d}" for number in range(1, int(SCHEMA_REVISION) + 1)]
    for script, number, before in zip(scripts, numbers, [None, *numbers], strict=False):
        found = run_path(str(script))
        assert (found["revision"], found["down_revision"]) == (number, before)


def test_names_are_made_plain_of_the_records_that_are_there(empty_url):
    create(empty_url, entry(225))
    inspect(empty_url, lambda one: one.exec_driver_sql("UPDATE tasks SET title = 'Łódź 2' WHERE id = 2"))
    migrate_store(empty_url, "0004", down=True)

    migrate_store(empty_url)

    assert [row["name_plain"] for row in rows_of(empty_url, PersonRow)] == [
        "ana kos", "marko kos", "olga kos", "iva kos", "luka kos", "saga kos",
    ]  # fmt: skip
    assert [row["name_plain"] for row in rows_of(empty_url, ServiceRow)] == [
        "service 1", "service 2", "service 3", "service 4", "service 9",
    ]  # fmt: skip
    assert [row["title_plain"] for row in rows_of(empty_url, TaskRow)] == ["task 1", "lodz 2"]


def test_names_are_folded_of_the_organizations_that_are_there(empty_url):
    create(empty_url, entry(225))
    inspect(empty_url, lambda one: one.exec_driver_sql("UPDATE organizations SET name = 'ŽIRAFA Straße' WHERE id = 1"))
    migrate_store(empty_url, "0016", down=True)

    migrate_store(empty_url)

    assert [row["name_folded"] for row in rows_of(empty_url, OrganizationRow)] == ["žirafa strasse", "borealis"]

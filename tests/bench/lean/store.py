"""The lean stores: the entries of the gateway's store in tables as one would make them for these questions alone."""

import contextlib
import sqlite3
from dataclasses import replace
from pathlib import Path

from gateway.domain.instants import zone
from tests.bench.postgres_store import ServerStore
from tests.bench.store import FileStore, say
from tests.bench.workloads import ZONE

_PLAIN = (
    "id, organization_id, person_id, service_id, deal_id, project_id, company_id, date, time, billable_time, note, "
    "track_method_id, approved, approver_id, rejected, rejected_reason, rejecter_id, invoicing_status_id, overhead, "
    "submitted, currency, cost, cost_default, cost_unrounded, cost_default_unrounded, billing_type_id, last_actor_id, "
    "revision"
)
_INSTANTS = ("created_at", "updated_at", "last_activity_at", "started_at", "approved_at", "rejected_at")
INDEXES = """
CREATE INDEX by_date ON time_entries (organization_id, date DESC, id);
CREATE INDEX by_person ON time_entries (person_id, date);
CREATE INDEX by_project ON time_entries (project_id, date);
"""
STATUS = "CASE WHEN approved THEN 1 WHEN rejected THEN 3 ELSE 2 END"
TABLES = f"""
CREATE TABLE people (id INTEGER PRIMARY KEY, first_name TEXT NOT NULL, last_name TEXT NOT NULL);
CREATE TABLE services (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE deals (id INTEGER PRIMARY KEY, name TEXT NOT NULL, currency TEXT NOT NULL);
CREATE TABLE companies (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE time_entries ({_PLAIN.replace("id,", "id INTEGER PRIMARY KEY,", 1)}, {", ".join(_INSTANTS)},
  status_id AS ({STATUS}));
INSERT INTO people SELECT id, first_name, last_name FROM whole.people;
INSERT INTO services SELECT id, name FROM whole.services;
INSERT INTO deals SELECT id, name, currency FROM whole.deals;
INSERT INTO companies SELECT id, name FROM whole.companies;
INSERT INTO time_entries ({_PLAIN}, {", ".join(_INSTANTS)})
  SELECT {_PLAIN}, {", ".join(f"shown({name})" for name in _INSTANTS)} FROM whole.time_entries ORDER BY id;
{INDEXES}
ANALYZE;
"""

SCHEMA = "lean"  # of a database on PostgreSQL, beside the gateway's tables
_RECORDS = {"people": "first_name, last_name", "services": "name", "deals": "name, currency", "companies": "name"}
_LOCAL = f"""(timestamptz 'epoch' + {{0}} * interval '1 millisecond') AT TIME ZONE '{ZONE}'"""
_SHOWN = (
    f"""to_char({_LOCAL}, 'YYYY-MM-DD"T"HH24:MI:SS.MS+') || """
    f"""to_char({_LOCAL} - (timestamp 'epoch' + {{0}} * interval '1 millisecond'), 'HH24:MI')"""
)
_ENTRIES = f"""
SELECT {_PLAIN}, {", ".join(f"{_SHOWN.format(name)} AS {name}" for name in _INSTANTS)} FROM public.time_entries
"""
SERVER_TABLES = (
    f"CREATE SCHEMA {SCHEMA}",
    f"SET LOCAL search_path = {SCHEMA}",
    *(f"CREATE TABLE {name} AS SELECT id, {columns} FROM public.{name}" for name, columns in _RECORDS.items()),
    f"CREATE TABLE time_entries AS {_ENTRIES} WITH NO DATA",
    f"ALTER TABLE time_entries ADD COLUMN status_id int GENERATED ALWAYS AS ({STATUS}) STORED",
    f"INSERT INTO time_entries {_ENTRIES} ORDER BY id",
    *(f"ALTER TABLE {name} ADD PRIMARY KEY (id)" for name in (*_RECORDS, "time_entries")),
    *filter(None, map(str.strip, INDEXES.split(";"))),
)


def lean_tables(store: ServerStore) -> ServerStore:
    """Return the lean tables of a database on PostgreSQL, making them where there are none; a load takes them along."""
    with contextlib.closing(store.connect()) as connection:
        if not connection.run(f"SELECT 1 FROM pg_namespace WHERE nspname = '{SCHEMA}'"):
            say("Making the lean tables ...")
            for statement in ("BEGIN", *SERVER_TABLES, "COMMIT"):
                connection.run(statement)
            connection.run("VACUUM ANALYZE")
    return replace(store, address=store.address.update_query_dict({"search_path": SCHEMA}), has_log=False)


def lean_store(store: FileStore) -> FileStore:
    """Return the lean store of a gateway's, made anew where that is newer."""
    source = Path(store.driver_address)
    path = source.with_name("lean.db")
    if not path.exists() or path.stat().st_mtime < source.with_name("store.json").stat().st_mtime:
        say("Making the lean store ...")
        for old in path.parent.glob("lean.db*"):
            old.unlink()
        part = path.with_suffix(".part")
        with contextlib.closing(sqlite3.connect(part, isolation_level=None)) as connection:
            shown = zone(ZONE).render
            connection.create_function("shown", 1, lambda instant: None if instant is None else shown(instant))
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute("ATTACH ? AS whole", (str(source),))
            connection.executescript(f"BEGIN;{TABLES}COMMIT;")
            connection.execute("DETACH whole")
            connection.execute("PRAGMA journal_mode = WAL")
        part.rename(path)
    return replace(store, driver_address=str(path), has_log=False)

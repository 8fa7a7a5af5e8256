"""The lean store: the entries of the gateway's store in tables as one would make them for these questions alone."""

import contextlib
import sqlite3
from dataclasses import replace
from pathlib import Path

from gateway.domain.instants import zone
from tests.bench.store import FileStore, say
from tests.bench.workloads import ZONE

_PLAIN = (
    "id, organization_id, person_id, service_id, deal_id, project_id, company_id, date, time, billable_time, note, "
    "track_method_id, approved, approver_id, rejected, rejected_reason, rejecter_id, invoicing_status_id, overhead, "
    "submitted, currency, cost, cost_default, cost_unrounded, cost_default_unrounded, billing_type_id, last_actor_id, "
    "revision"
)
_INSTANTS = ("created_at", "updated_at", "last_activity_at", "started_at", "approved_at", "rejected_at")
TABLES = f"""
CREATE TABLE people (id INTEGER PRIMARY KEY, first_name TEXT NOT NULL, last_name TEXT NOT NULL);
CREATE TABLE services (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE deals (id INTEGER PRIMARY KEY, name TEXT NOT NULL, currency TEXT NOT NULL);
CREATE TABLE companies (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE time_entries ({_PLAIN.replace("id,", "id INTEGER PRIMARY KEY,", 1)}, {", ".join(_INSTANTS)},
  status_id AS (CASE WHEN approved THEN 1 WHEN rejected THEN 3 ELSE 2 END));
INSERT INTO people SELECT id, first_name, last_name FROM whole.people;
INSERT INTO services SELECT id, name FROM whole.services;
INSERT INTO deals SELECT id, name, currency FROM whole.deals;
INSERT INTO companies SELECT id, name FROM whole.companies;
INSERT INTO time_entries ({_PLAIN}, {", ".join(_INSTANTS)})
  SELECT {_PLAIN}, {", ".join(f"shown({name})" for name in _INSTANTS)} FROM whole.time_entries ORDER BY id;
CREATE INDEX by_date ON time_entries (organization_id, date DESC, id);
CREATE INDEX by_person ON time_entries (person_id, date);
CREATE INDEX by_project ON time_entries (project_id, date);
ANALYZE;
"""


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

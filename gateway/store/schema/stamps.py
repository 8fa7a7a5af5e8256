"""Stamps: a number of each organization that every write of its rows replaces, kept by the database itself.

It stands beside the counter of changes, and what replaces it is a random number, not the next one: after a backup was
brought back, no state of the rows has the stamp of another. So who read something under a stamp knows by a look at one
row that nothing is otherwise now. Writes of entries replace it as they raise the counter; triggers do so for all else.
On PostgreSQL they run at COMMIT, once for each transaction and organization, so that nobody holds the counter's row
while waiting for another. A record never changes its organization.
"""

from collections.abc import Iterator, Mapping

from sqlalchemy import Dialect

from gateway.store.schema.rows import Row

NEVER_SHOWN = "No answer shows them."
OF_ENTRIES = "They follow their entries, in the same transaction."
# Tables whose writes replace no stamp, with the reason.
UNSTAMPED: Mapping[str, str] = {
    "alembic_version": "Of no organization; what an answer stands for names the revision.",
    "change_counters": "Its rows hold the stamps.",
    "forwarded_writes": NEVER_SHOWN,
    "idempotency_keys": NEVER_SHOWN,
    "mirror_accounts": "Of the mirror: what it brings is written elsewhere.",
    "mirror_budgets": NEVER_SHOWN,
    "mirror_lags": NEVER_SHOWN,
    "mirror_leases": NEVER_SHOWN,
    "mirror_months": NEVER_SHOWN,
    "mirror_neighbours": NEVER_SHOWN,
    "mirror_troubles": NEVER_SHOWN,
    "mirror_waiting": NEVER_SHOWN,
    "time_entry_day_ends": f"{OF_ENTRIES} {NEVER_SHOWN}",
    "time_entry_days": OF_ENTRIES,
    "time_entry_months": OF_ENTRIES,
    "time_entry_status_months": OF_ENTRIES,
    "time_entry_zones": f"{OF_ENTRIES} {NEVER_SHOWN}",
    "tokens": f"{NEVER_SHOWN} A token's last use is no write.",
    "trusted_documents": "Of no organization.",
    "upstream_tokens": NEVER_SHOWN,
}
EVENTS = ("INSERT", "UPDATE", "DELETE")
# Writes that replace the stamp as they raise the counter, or that nobody is left to see.
WITHOUT_TRIGGER = {
    ("time_entry_changes", "INSERT"): "Their ids come from the counter.",
    ("organizations", "DELETE"): "Its people are gone before.",
}
# A write of an entry that gives it a revision is logged, and has raised the counter.
CONDITIONS = {("time_entries", "UPDATE"): "NEW.revision = OLD.revision"}
FRESH = {"sqlite": "random()", "postgresql": "hashtextextended(gen_random_uuid()::text, 0)"}
FUNCTION = "replace_stamp"


def stamped_tables() -> list[str]:
    """Return the names of the tables whose writes replace a stamp."""
    return sorted(set(Row.metadata.tables) - set(UNSTAMPED))


def stamp_statements(dialect: Dialect) -> Iterator[str]:
    """Yield what gives each organization that is there its first stamp, and replaces it from then on."""
    yield (
        "INSERT INTO change_counters (organization_id, last_id, last_at, stamp) "
        f"SELECT id, 0, 0, {FRESH[dialect.name]} FROM organizations WHERE true "
        "ON CONFLICT (organization_id) DO UPDATE SET stamp = excluded.stamp WHERE change_counters.stamp = 0"
    )
    if dialect.name == "postgresql":
        yield _postgresql_function()
    for table in stamped_tables():
        for event in EVENTS:
            if (table, event) not in WITHOUT_TRIGGER:
                make = _postgresql_trigger if dialect.name == "postgresql" else _sqlite_trigger
                yield make(table, event)


def _sqlite_trigger(table: str, event: str) -> str:
    row = "OLD" if event == "DELETE" else "NEW"
    when = f" WHEN {CONDITIONS[table, event]}" if (table, event) in CONDITIONS else ""
    return (
        f"CREATE TRIGGER {table}_stamp_{event.lower()} AFTER {event} ON {table} FOR EACH ROW{when} BEGIN "
        "INSERT INTO change_counters (organization_id, last_id, last_at, stamp) "
        f"VALUES ({row}.{_organization_of(table)}, 0, 0, {FRESH['sqlite']}) "
        "ON CONFLICT (organization_id) DO UPDATE SET stamp = excluded.stamp; END"
    )


def _postgresql_trigger(table: str, event: str) -> str:
    when = f" WHEN ({CONDITIONS[table, event]})" if (table, event) in CONDITIONS else ""
    return (
        f"CREATE CONSTRAINT TRIGGER {table}_stamp_{event.lower()} AFTER {event} ON {table} "
        f"DEFERRABLE INITIALLY DEFERRED FOR EACH ROW{when} EXECUTE FUNCTION {FUNCTION}()"
    )


def _postgresql_function() -> str:
    """Replace the stamp, unless this transaction has made the row of the counter as it is."""
    return (
        f"CREATE FUNCTION {FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "DECLARE organization bigint; BEGIN "
        "IF TG_TABLE_NAME = 'organizations' THEN organization := NEW.id; "
        "ELSIF TG_OP = 'DELETE' THEN organization := OLD.organization_id; "
        "ELSE organization := NEW.organization_id; END IF; "
        "INSERT INTO change_counters (organization_id, last_id, last_at, stamp) "
        f"SELECT organization, 0, 0, {FRESH['postgresql']} WHERE NOT EXISTS ("
        "SELECT FROM change_counters c "
        "WHERE c.organization_id = organization AND c.xmin = pg_current_xact_id()::xid) "
        "ON CONFLICT (organization_id) DO UPDATE SET stamp = excluded.stamp; "
        "RETURN NULL; END $$"
    )


def _organization_of(table: str) -> str:
    return "id" if table == "organizations" else "organization_id"

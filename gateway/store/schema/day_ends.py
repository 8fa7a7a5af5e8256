"""The first and the last entry of each day, by their ids, kept by SQLite: where a page of a span of days can begin.

Triggers keep them in the transaction of every write, whoever writes; a day without entries has no row. On PostgreSQL,
where zones tell the same, the table stays empty.
"""

from collections.abc import Iterator

from gateway.store.schema.columns import any_differs
from gateway.store.schema.kept import DAY_ENDS

TABLE = DAY_ENDS.name
COLUMNS = "organization_id, date, first_id, last_id"
KEYS = ("organization_id", "date", "id")
OF_THE_DAY = "organization_id = OLD.organization_id AND date = OLD.date"


def day_end_statements() -> Iterator[str]:
    """Yield what finds the ends of the days that are there, and keeps them from then on."""
    yield (
        f"INSERT INTO {TABLE} ({COLUMNS}) SELECT organization_id, date, min(id), max(id) FROM time_entries "
        "GROUP BY organization_id, date ORDER BY organization_id, date"
    )
    came = (
        f"INSERT INTO {TABLE} ({COLUMNS}) VALUES (NEW.organization_id, NEW.date, NEW.id, NEW.id) "
        "ON CONFLICT (organization_id, date) DO UPDATE "
        "SET first_id = min(first_id, excluded.first_id), last_id = max(last_id, excluded.last_id)"
    )
    first, last = (f"(SELECT {end}(id) FROM time_entries WHERE {OF_THE_DAY})" for end in ("min", "max"))
    went = (
        f"DELETE FROM {TABLE} WHERE {OF_THE_DAY} AND first_id = OLD.id AND last_id = OLD.id",
        f"UPDATE {TABLE} SET first_id = {first}, last_id = {last} WHERE {OF_THE_DAY} AND OLD.id IN (first_id, last_id)",
    )
    moved = any_differs(KEYS)
    yield _trigger("insert", "INSERT", "", came)
    yield _trigger("delete", "DELETE", "", *went)
    yield _trigger("update", f"UPDATE OF {', '.join(KEYS)}", f"WHEN {moved} ", *went, came)


def _trigger(name: str, event: str, when: str, *statements: str) -> str:
    body = "; ".join(statements)
    return f"CREATE TRIGGER {TABLE}_{name} AFTER {event} ON time_entries FOR EACH ROW {when}BEGIN {body}; END"

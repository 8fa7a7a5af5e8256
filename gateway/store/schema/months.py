"""Months: sums of entries by organization, person, project, and project and person, kept by the database itself.

A row of `time_entry_months` holds the sums of one month, currency and default currency: of the organization as a
whole (level 0), of a person (level 1), of a project (level 2), of a person in a project (level 3). What a level does
not tell apart is 0, and so is the project of entries without one.
Triggers on time_entries keep them in the transaction of every write, whoever writes, so they are never
wrong; a row whose entries are all gone stays with sums of 0 and is passed over.
"""

from collections.abc import Iterator

from sqlalchemy import Dialect

ORGANIZATION, PERSON, PROJECT, PROJECT_PERSON = 0, 1, 2, 3
LOW_BITS = 24
MASK = (1 << LOW_BITS) - 1

CURRENCIES = ("currency", "currency_default")
KEYS = ("organization_id", "level", "project_id", "person_id", "month", *CURRENCIES)
SUMS = {
    "entries": "1",
    "time": "{row}.time",
    "billable_time": "{row}.billable_time",
    "cost_high": f"({{row}}.cost_unrounded >> {LOW_BITS})",
    "cost_low": f"({{row}}.cost_unrounded & {MASK})",
    "cost_default_high": f"({{row}}.cost_default_unrounded >> {LOW_BITS})",
    "cost_default_low": f"({{row}}.cost_default_unrounded & {MASK})",
}
_PROJECT, _PERSON = "coalesce({row}.project_id, 0)", "{row}.person_id"
RECORDS = {
    ORGANIZATION: ("0", "0"),
    PERSON: ("0", _PERSON),
    PROJECT: (_PROJECT, "0"),
    PROJECT_PERSON: (_PROJECT, _PERSON),
}
WATCHED = (
    "organization_id", "person_id", "project_id", "date", "currency", "currency_default", "time", "billable_time",
    "cost_unrounded", "cost_default_unrounded",
)  # fmt: skip

_COLUMNS = ", ".join((*KEYS, *SUMS))
_ADDED = ", ".join(f"{name} = time_entry_months.{name} + excluded.{name}" for name in SUMS)
_UPSERT = f"ON CONFLICT ({', '.join(KEYS)}) DO UPDATE SET {_ADDED}"


def summary_statements(dialect: Dialect) -> Iterator[str]:
    """Yield what sums up the entries that are there and keeps the sums from then on."""
    month = "date_trunc('month', e.date)::date" if dialect.name == "postgresql" else "date(e.date, 'start of month')"
    yield _fill_finest(month)
    yield from (_fill_from_finest(level) for level in RECORDS if level != PROJECT_PERSON)
    yield from _postgresql_triggers() if dialect.name == "postgresql" else _sqlite_triggers()


def _fill_finest(month: str) -> str:
    sums = ", ".join(f"sum({text.format(row='e')})" for text in SUMS.values())
    project, person = (record.format(row="e") for record in RECORDS[PROJECT_PERSON])
    currencies = ", ".join(f"e.{name}" for name in CURRENCIES)
    return (
        f"INSERT INTO time_entry_months ({_COLUMNS}) "
        f"SELECT e.organization_id, {PROJECT_PERSON}, {project}, {person}, {month}, {currencies}, {sums} "
        f"FROM time_entries e GROUP BY e.organization_id, {project}, {person}, {month}, {currencies}"
    )


def _fill_from_finest(level: int) -> str:
    """Add up the rows of the finest level, of which there are few: the entries are read once."""
    sums = ", ".join(f"sum({name})" for name in SUMS)
    names = ("project_id", "person_id")
    records = [name if record != "0" else "0" for name, record in zip(names, RECORDS[level], strict=True)]
    keys = ", ".join(["organization_id", *(name for name in records if name != "0"), "month", *CURRENCIES])
    return (
        f"INSERT INTO time_entry_months ({_COLUMNS}) "
        f"SELECT organization_id, {level}, {', '.join(records)}, month, {', '.join(CURRENCIES)}, {sums} "
        f"FROM time_entry_months WHERE level = {PROJECT_PERSON} GROUP BY {keys}"
    )


def _sqlite_triggers() -> Iterator[str]:
    changed = " OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in WATCHED)
    yield _sqlite_trigger("insert", "AFTER INSERT", "", [_sqlite_add("NEW", 1)])
    yield _sqlite_trigger("delete", "AFTER DELETE", "", [_sqlite_add("OLD", -1)])
    yield _sqlite_trigger(
        "update",
        f"AFTER UPDATE OF {', '.join(WATCHED)}",
        f"WHEN {changed} ",
        [_sqlite_add("OLD", -1), _sqlite_add("NEW", 1)],
    )


def _sqlite_trigger(name: str, event: str, when: str, statements: list[str]) -> str:
    body = "; ".join(statements)
    return f"CREATE TRIGGER time_entry_months_{name} {event} ON time_entries FOR EACH ROW {when}BEGIN {body}; END"


def _sqlite_add(row: str, sign: int) -> str:
    """Add a row to the sums of each level, or take it off them."""
    sums = ", ".join(f"{sign} * {text.format(row=row)}" for text in SUMS.values())
    rows = ", ".join(
        f"({row}.organization_id, {level}, {', '.join(records).format(row=row)}, date({row}.date, 'start of month'), "
        f"{row}.currency, {row}.currency_default, {sums})"
        for level, records in RECORDS.items()
    )
    return f"INSERT INTO time_entry_months ({_COLUMNS}) VALUES {rows} {_UPSERT}"


def _postgresql_triggers() -> Iterator[str]:
    """Sum up by statement, in the order of the keys: a bulk write touches each month once."""
    added, removed = _postgresql_rows("added", 1), _postgresql_rows("removed", -1)
    for name, event, tables, rows in (
        ("insert", "AFTER INSERT", "NEW TABLE AS added", added),
        ("delete", "AFTER DELETE", "OLD TABLE AS removed", removed),
        ("update", "AFTER UPDATE", "OLD TABLE AS removed NEW TABLE AS added", f"{added} UNION ALL {removed}"),
    ):
        totals = ", ".join(f"sum({column})" for column in SUMS)
        some = " OR ".join(f"sum({column}) <> 0" for column in SUMS)
        keys = ", ".join(KEYS)
        yield (
            f"CREATE FUNCTION time_entry_months_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"INSERT INTO time_entry_months ({_COLUMNS}) SELECT {keys}, {totals} FROM ({rows}) AS changed "
            f"GROUP BY {keys} HAVING {some} ORDER BY {keys} {_UPSERT}; RETURN NULL; END $$"
        )
        yield (
            f"CREATE TRIGGER time_entry_months_{name} {event} ON time_entries REFERENCING {tables} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION time_entry_months_{name}()"
        )


def _postgresql_rows(table: str, sign: int) -> str:
    sums = ", ".join(f"{sign} * {text.format(row='e')} AS {name}" for name, text in SUMS.items())
    return " UNION ALL ".join(
        f"SELECT e.organization_id, {level} AS level, {project.format(row='e')} AS project_id, "
        f"{person.format(row='e')} AS person_id, date_trunc('month', e.date)::date AS month, e.currency, "
        f"e.currency_default, {sums} FROM {table} e"
        for level, (project, person) in RECORDS.items()
    )

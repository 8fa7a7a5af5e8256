"""Sums of entries that the database itself keeps: by month for each of several records, and by day.

A row of `time_entry_months` holds the sums of one month, currency and default currency: of the organization as a
whole (level 0), of a person (level 1), of a project (level 2), of a person in a project, for its company and whoever
is responsible (level 3). What a level does not tell apart is 0, and so is what entries are without. A row of
`time_entry_days` holds those of one day of the organization that are billed in one way, a row of
`time_entry_status_months` those of a person's month that have one status.
Triggers on time_entries keep all this in the transaction of every write, whoever writes, so it is never
wrong; a row whose entries are all gone stays with sums of 0 and is passed over.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Dialect

from gateway.store.schema.columns import any_differs
from gateway.store.schema.kept import ENTRY_DAYS, ENTRY_MONTHS, ENTRY_STATUS_MONTHS

ORGANIZATION, PERSON, PROJECT, PROJECT_PERSON = 0, 1, 2, 3
LOW_BITS = 24
MASK = (1 << LOW_BITS) - 1

CURRENCIES = ("currency", "currency_default")
SUMS = {
    "entries": "1",
    "time": "{row}.time",
    "billable_time": "{row}.billable_time",
    "cost_high": f"({{row}}.cost_unrounded >> {LOW_BITS})",
    "cost_low": f"({{row}}.cost_unrounded & {MASK})",
    "cost_default_high": f"({{row}}.cost_default_unrounded >> {LOW_BITS})",
    "cost_default_low": f"({{row}}.cost_default_unrounded & {MASK})",
}
# Which records a level tells apart.
RECORDS: dict[int, tuple[str, ...]] = {
    ORGANIZATION: (),
    PERSON: ("person_id",),
    PROJECT: ("project_id",),
    PROJECT_PERSON: ("project_id", "person_id", "company_id", "responsible_id"),
}
FINEST = RECORDS[PROJECT_PERSON]
WATCHED = (
    "organization_id", *FINEST, "date", "billing_type_id", *CURRENCIES, "time", "billable_time", "cost_unrounded",
    "cost_default_unrounded",
)  # fmt: skip
ENTRY = {name: f"{{row}}.{name}" for name in (*WATCHED, "status_id")}
DECIDED = ("approved", "rejected")  # what the generated `status_id` is made of


@dataclass(frozen=True, slots=True)
class _Table:
    """A table of sums, its keys, and by what expressions over an entry each kind of its rows is found."""

    name: str
    keys: tuple[str, ...]
    rows: Sequence[dict[str, str]]
    is_by_status: bool = False

    @property
    def columns(self) -> str:
        return ", ".join((*self.keys, *SUMS))

    @property
    def upsert(self) -> str:
        added = ", ".join(f"{name} = {self.name}.{name} + excluded.{name}" for name in SUMS)
        return f"ON CONFLICT ({', '.join(self.keys)}) DO UPDATE SET {added}"

    def values(self, row: dict[str, str], entry: str, sign: int = 1) -> str:
        """Return the columns of the row for an entry, named as the columns of the table are."""
        sums = {name: f"{sign} * {text}" if sign < 0 else text for name, text in SUMS.items()}
        return ", ".join(f"{text.format(row=entry)} AS {name}" for name, text in (row | sums).items())

    def select(self, row: dict[str, str], entry: str, source: str = "", sign: int = 1) -> str:
        """Return the SELECT of the row for an entry."""
        return f"SELECT {self.values(row, entry, sign)}{source}"


def _tables(dialect: Dialect) -> tuple[_Table, ...]:
    is_postgresql = dialect.name == "postgresql"
    month = "date_trunc('month', {row}.date)::date" if is_postgresql else "date({row}.date, 'start of month')"
    organization, currencies = {"organization_id": ENTRY["organization_id"]}, {name: ENTRY[name] for name in CURRENCIES}
    levels = [
        {
            **organization,
            "level": str(level),
            **{name: f"coalesce({ENTRY[name]}, 0)" if name in names else "0" for name in FINEST},
            "month": month,
            **currencies,
        }
        for level, names in RECORDS.items()
    ]
    day = {**organization, **{name: ENTRY[name] for name in ("date", "billing_type_id")}, **currencies}
    of_status = {
        **organization,
        "status_id": ENTRY["status_id"],
        "month": month,
        "person_id": ENTRY["person_id"],
        **currencies,
    }
    return (
        _Table(ENTRY_MONTHS.name, tuple(levels[0]), levels),
        _Table(ENTRY_DAYS.name, tuple(day), [day]),
        _Table(ENTRY_STATUS_MONTHS.name, tuple(of_status), [of_status], is_by_status=True),
    )


def summary_statements(dialect: Dialect) -> Iterator[str]:
    """Yield what sums up the entries that are there and keeps the sums from then on."""
    tables = _tables(dialect)
    months, *others = tables
    yield _filled(months, months.rows[PROJECT_PERSON])
    yield from (_filled_from_finest(months, months.rows[level]) for level in RECORDS if level != PROJECT_PERSON)
    yield from (_filled(table, row) for table in others for row in table.rows)
    yield from (_postgresql_triggers if dialect.name == "postgresql" else _sqlite_triggers)(tables)


def _filled(table: _Table, row: dict[str, str]) -> str:
    sums = ", ".join(f"sum({text.format(row='e')})" for text in SUMS.values())
    keys = [text.format(row="e") for text in row.values()]
    grouped = ", ".join(text for text in keys if not text.isdigit())
    return (
        f"INSERT INTO {table.name} ({table.columns}) "
        f"SELECT {', '.join(keys)}, {sums} FROM time_entries e GROUP BY {grouped} ORDER BY {grouped}"
    )


def _filled_from_finest(months: _Table, row: dict[str, str]) -> str:
    """Add up the rows of the finest level, of which there are few: the entries are read once."""
    sums = ", ".join(f"sum({name})" for name in SUMS)
    keys = [text if text.isdigit() else name for name, text in row.items()]
    grouped = ", ".join(text for text in keys if not text.isdigit())
    return (
        f"INSERT INTO {months.name} ({months.columns}) "
        f"SELECT {', '.join(keys)}, {sums} FROM {months.name} WHERE level = {PROJECT_PERSON} "
        f"GROUP BY {grouped} ORDER BY {grouped}"
    )


def _sqlite_triggers(tables: Sequence[_Table]) -> Iterator[str]:
    """A row that is decided, and nothing else, leaves the sums alone that know no status."""
    changed = any_differs(WATCHED)
    decided = f"{any_differs(['status_id'])} AND NOT ({changed})"
    by_status = [table for table in tables if table.is_by_status]
    off = [_sqlite_add(table, "OLD", -1) for table in tables]
    on = [_sqlite_add(table, "NEW", 1) for table in tables]
    moved = [_sqlite_add(table, row, sign) for row, sign in (("OLD", -1), ("NEW", 1)) for table in by_status]
    yield _sqlite_trigger("insert", "AFTER INSERT", "", on)
    yield _sqlite_trigger("delete", "AFTER DELETE", "", off)
    yield _sqlite_trigger("update", f"AFTER UPDATE OF {', '.join(WATCHED)}", f"WHEN {changed} ", [*off, *on])
    yield _sqlite_trigger("decide", f"AFTER UPDATE OF {', '.join(DECIDED)}", f"WHEN {decided} ", moved)


def _sqlite_trigger(name: str, event: str, when: str, statements: list[str]) -> str:
    body = "; ".join(statements)
    return f"CREATE TRIGGER time_entry_sums_{name} {event} ON time_entries FOR EACH ROW {when}BEGIN {body}; END"


def _sqlite_add(table: _Table, row: str, sign: int) -> str:
    """Add an entry to the sums that it is part of, or take it off them."""
    selected = " UNION ALL ".join(table.select(each, row, sign=sign) for each in table.rows)
    # The grammar takes an ON that follows a SELECT without WHERE for a join's.
    return f"INSERT INTO {table.name} ({table.columns}) {selected} WHERE true {table.upsert}"


def _postgresql_triggers(tables: Sequence[_Table]) -> Iterator[str]:
    """Sum up by statement, in the order of the keys: a bulk write touches each row once.

    What only decides entries leaves the sums alone that know no status.
    """
    watched = ", ".join(WATCHED)
    is_changed = f"EXISTS (SELECT {watched} FROM removed EXCEPT ALL SELECT {watched} FROM added)"
    added, removed = ("added", 1), ("removed", -1)

    def sums(*changed: tuple[str, int], by_status: bool) -> str:
        return "".join(_postgresql_add(table, changed) for table in tables if table.is_by_status is by_status)

    def every(*changed: tuple[str, int]) -> str:
        return sums(*changed, by_status=False) + sums(*changed, by_status=True)

    both = (added, removed)
    updated = f"IF {is_changed} THEN {sums(*both, by_status=False)}END IF; {sums(*both, by_status=True)}"
    for name, transitions, body in (
        ("insert", "NEW TABLE AS added", every(added)),
        ("delete", "OLD TABLE AS removed", every(removed)),
        ("update", "OLD TABLE AS removed NEW TABLE AS added", updated),
    ):
        yield (
            f"CREATE FUNCTION time_entry_sums_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"{body}RETURN NULL; END $$"
        )
        yield (
            f"CREATE TRIGGER time_entry_sums_{name} AFTER {name.upper()} ON time_entries REFERENCING {transitions} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION time_entry_sums_{name}()"
        )


def _postgresql_add(table: _Table, changed: Sequence[tuple[str, int]]) -> str:
    keys, totals = ", ".join(table.keys), ", ".join(f"sum({column})" for column in SUMS)
    some = " OR ".join(f"sum({column}) <> 0" for column in SUMS)
    rows = " UNION ALL ".join(
        table.select(row, "e", f" FROM {name} e", sign) for name, sign in changed for row in table.rows
    )
    return (
        f"INSERT INTO {table.name} ({table.columns}) SELECT {keys}, {totals} FROM ({rows}) AS changed "
        f"GROUP BY {keys} HAVING {some} ORDER BY {keys} {table.upsert}; "
    )

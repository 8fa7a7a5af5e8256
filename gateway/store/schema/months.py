"""Sums of entries that the database itself keeps: by month for each of several records, and by day.

A row of `time_entry_months` holds the sums of one month, currency and default currency: of the organization as a
whole (level 0), of a person (level 1), of a project (level 2), of a person in a project, for its company and whoever
is responsible (level 3). What a level does not tell apart is 0, and so is what entries are without. A row of
`time_entry_days` holds those of one day of the organization.
`status_id` is 0 in the sums of all entries. Of the organization's days and of people there are sums of those beside,
too, whose status is another than approved: so an approval takes an entry off one sum of each, and adds it to none.
Triggers on time_entries keep all this in the transaction of every write, whoever writes, so it is never
wrong; a row whose entries are all gone stays with sums of 0 and is passed over.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Dialect

from gateway.domain.codes import TimeEntryStatus

ORGANIZATION, PERSON, PROJECT, PROJECT_PERSON = 0, 1, 2, 3
ANY_STATUS = 0
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
    "organization_id", *FINEST, "date", *CURRENCIES, "time", "billable_time", "cost_unrounded",
    "cost_default_unrounded",
)  # fmt: skip
DECIDED = ("approved", "rejected")  # what the generated `status_id` is made of


@dataclass(frozen=True, slots=True)
class _Table:
    """A table of sums, its keys, and by what expressions over an entry each kind of its rows is found."""

    name: str
    keys: tuple[str, ...]
    rows: Sequence[dict[str, str]]  # of all entries
    undecided: Sequence[dict[str, str]]  # of those whose status is another than approved

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


NOT_APPROVED = f"{{row}}.status_id <> {TimeEntryStatus.APPROVED.value}"


def _tables(dialect: Dialect) -> tuple[_Table, _Table]:
    is_postgresql = dialect.name == "postgresql"
    month = "date_trunc('month', {row}.date)::date" if is_postgresql else "date({row}.date, 'start of month')"
    currencies = {name: f"{{row}}.{name}" for name in CURRENCIES}

    def of_level(level: int, status: str) -> dict[str, str]:
        told = {name: f"coalesce({{row}}.{name}, 0)" if name in RECORDS[level] else "0" for name in FINEST}
        first = {"organization_id": "{row}.organization_id", "level": str(level), "status_id": status}
        return {**first, **told, "month": month, **currencies}

    def of_day(status: str) -> dict[str, str]:
        return {
            "organization_id": "{row}.organization_id",
            "status_id": status,
            "date": "{row}.date",
            **currencies,
        }

    every, status = str(ANY_STATUS), "{row}.status_id"
    months = [of_level(level, every) for level in RECORDS]
    return (
        _Table("time_entry_months", tuple(months[0]), months, [of_level(PERSON, status)]),
        _Table("time_entry_days", tuple(of_day(every)), [of_day(every)], [of_day(status)]),
    )


def summary_statements(dialect: Dialect) -> Iterator[str]:
    """Yield what sums up the entries that are there and keeps the sums from then on."""
    months, days = _tables(dialect)
    yield _filled(months, months.rows[PROJECT_PERSON])
    yield from (_filled_from_finest(months, months.rows[level]) for level in RECORDS if level != PROJECT_PERSON)
    yield from (_filled(days, row) for row in days.rows)
    yield from (_filled(table, row, NOT_APPROVED) for table in (months, days) for row in table.undecided)
    triggers = _postgresql_triggers if dialect.name == "postgresql" else _sqlite_triggers
    yield from triggers((months, days))


def _filled(table: _Table, row: dict[str, str], condition: str = "") -> str:
    sums = ", ".join(f"sum({text.format(row='e')})" for text in SUMS.values())
    keys = [text.format(row="e") for text in row.values()]
    told = ", ".join(text for text in keys if not text.isdigit())
    where = f"WHERE {condition.format(row='e')} " if condition else ""
    return (
        f"INSERT INTO {table.name} ({table.columns}) "
        f"SELECT {', '.join(keys)}, {sums} FROM time_entries e {where}GROUP BY {told}"
    )


def _filled_from_finest(months: _Table, row: dict[str, str]) -> str:
    """Add up the rows of the finest level, of which there are few: the entries are read once."""
    sums = ", ".join(f"sum({name})" for name in SUMS)
    keys = [text if text.isdigit() else name for name, text in row.items()]
    told = ", ".join(text for text in keys if not text.isdigit())
    return (
        f"INSERT INTO {months.name} ({months.columns}) "
        f"SELECT {', '.join(keys)}, {sums} FROM {months.name} WHERE level = {PROJECT_PERSON} GROUP BY {told}"
    )


def _sqlite_triggers(tables: Sequence[_Table]) -> Iterator[str]:
    changed = " OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in WATCHED)
    decided = f"NOT ({changed}) AND OLD.status_id IS NOT NEW.status_id"
    off = [text for table in tables for text in _sqlite_add(table, "OLD", -1)]
    on = [text for table in tables for text in _sqlite_add(table, "NEW", 1)]
    undecided = [_sqlite_add_undecided(table, row, sign) for row, sign in (("OLD", -1), ("NEW", 1)) for table in tables]
    yield _sqlite_trigger("insert", "AFTER INSERT", "", on)
    yield _sqlite_trigger("delete", "AFTER DELETE", "", off)
    yield _sqlite_trigger("update", f"AFTER UPDATE OF {', '.join(WATCHED)}", f"WHEN {changed} ", [*off, *on])
    yield _sqlite_trigger("decide", f"AFTER UPDATE OF {', '.join(DECIDED)}", f"WHEN {decided} ", undecided)


def _sqlite_trigger(name: str, event: str, when: str, statements: list[str]) -> str:
    body = "; ".join(statements)
    return f"CREATE TRIGGER time_entry_sums_{name} {event} ON time_entries FOR EACH ROW {when}BEGIN {body}; END"


def _sqlite_add(table: _Table, row: str, sign: int) -> Iterator[str]:
    """Add an entry to all sums that it is part of, or take it off them."""
    selected = " UNION ALL ".join(f"SELECT {table.values(each, row, sign)}" for each in table.rows)
    yield f"INSERT INTO {table.name} ({table.columns}) {selected} WHERE true {table.upsert}"
    yield _sqlite_add_undecided(table, row, sign)


def _sqlite_add_undecided(table: _Table, row: str, sign: int) -> str:
    [each] = table.undecided
    selected = f"SELECT {table.values(each, row, sign)} WHERE {NOT_APPROVED.format(row=row)}"
    return f"INSERT INTO {table.name} ({table.columns}) {selected} {table.upsert}"


def _postgresql_triggers(tables: Sequence[_Table]) -> Iterator[str]:
    """Sum up by statement, in the order of the keys: a bulk write touches each row once.

    What only decides entries leaves the others of their sums alone.
    """
    watched = ", ".join(WATCHED)
    is_changed = f"EXISTS (SELECT {watched} FROM removed EXCEPT ALL SELECT {watched} FROM added)"
    added, removed = ("added", 1), ("removed", -1)
    decided = "".join(_postgresql_add(table, (added, removed), undecided=True) for table in tables)

    def every(*changed: tuple[str, int]) -> str:
        return "".join(_postgresql_add(table, changed) for table in tables)

    for name, transitions, body in (
        ("insert", "NEW TABLE AS added", every(added)),
        ("delete", "OLD TABLE AS removed", every(removed)),
        (
            "update",
            "OLD TABLE AS removed NEW TABLE AS added",
            f"IF {is_changed} THEN {every(added, removed)}ELSE {decided}END IF; ",
        ),
    ):
        yield (
            f"CREATE FUNCTION time_entry_sums_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"{body}RETURN NULL; END $$"
        )
        yield (
            f"CREATE TRIGGER time_entry_sums_{name} AFTER {name.upper()} ON time_entries REFERENCING {transitions} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION time_entry_sums_{name}()"
        )


def _postgresql_add(table: _Table, changed: Sequence[tuple[str, int]], *, undecided: bool = False) -> str:
    keys, totals = ", ".join(table.keys), ", ".join(f"sum({column})" for column in SUMS)
    some = " OR ".join(f"sum({column}) <> 0" for column in SUMS)
    kinds = [(row, "") for row in table.rows if not undecided]
    kinds += [(row, f" WHERE {NOT_APPROVED.format(row='e')}") for row in table.undecided]
    rows = " UNION ALL ".join(
        f"SELECT {table.values(row, 'e', sign)} FROM {name} e{where}" for name, sign in changed for row, where in kinds
    )
    return (
        f"INSERT INTO {table.name} ({table.columns}) SELECT {keys}, {totals} FROM ({rows}) AS changed "
        f"GROUP BY {keys} HAVING {some} ORDER BY {keys} {table.upsert}; "
    )

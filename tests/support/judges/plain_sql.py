"""What a filter means, said in SQL over one plain table of a database that knows nothing of the gateway."""

import datetime as dt
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

from tests.support.judges.predicate import BILLING, FILTERS, INVOICING, Row, day_of, moment

SIGNS = {"eq": "=", "notEq": "<>", "gt": ">", "gtEq": ">=", "lt": "<", "ltEq": "<="}
WORDS = {"billing": BILLING, "invoicing": INVOICING}
STATUS = (
    "CASE WHEN approved THEN 'APPROVED' WHEN rejected THEN 'REJECTED' WHEN submitted THEN 'SUBMITTED' ELSE 'DRAFT' END"
)


def plain_database(rows: Sequence[Row]) -> sqlite3.Connection:
    """The rows in one table of a database that knows nothing of the gateway."""
    database = sqlite3.connect(":memory:", check_same_thread=False)
    database.create_function("folded", 1, lambda text: None if text is None else text.casefold(), deterministic=True)
    database.create_function("day_of", 2, lambda ms, zone: None if ms is None else day_of(ms, zone).isoformat())
    columns = list(rows[0])
    database.execute(f"CREATE TABLE entries ({', '.join(columns)})")
    places = ", ".join("?" * len(columns))
    values = [[value.isoformat() if isinstance(value, dt.date) else value for value in row.values()] for row in rows]
    database.executemany(f"INSERT INTO entries VALUES ({places})", values)
    return database


def select_ids(database: sqlite3.Connection, asked: Mapping[str, Any] | None, zone: str) -> list[int]:
    """The ids of the rows that SQL finds."""
    values: list[Any] = []
    text = _sql(asked, values, zone)
    return [number for (number,) in database.execute(f"SELECT id FROM entries WHERE {text} ORDER BY id", values)]


def _sql(asked: Mapping[str, Any] | None, values: list[Any], zone: str) -> str:
    parts = [_sql_part(name, part, values, zone) for name, part in (asked or {}).items() if part is not None]
    return f"({' AND '.join(parts) or '1'})"


def _sql_part(name: str, part: Any, values: list[Any], zone: str) -> str:
    if name in {"and", "or"}:
        neutral = "1" if name == "and" else "0"
        return f"({f' {name} '.join(_sql(inner, values, zone) for inner in part) or neutral})"
    if name == "not":
        return f"(NOT {_sql(part, values, zone)})"
    kind, column, _ = FILTERS[name]
    if kind in {"after", "before"}:
        values.append(part)
        return f"(date {'>=' if kind == 'after' else '<='} ?)"
    if kind in {"flag", "invoiced"}:
        values.append(part)
        return f"({column} = ?)" if kind == "flag" else f"(({column} <> 1) = ?)"
    return f"({' AND '.join(_sql_test(kind, column, test, values, zone) for test in part.items()) or '1'})"


def _sql_test(kind: str, column: str, test: tuple[str, Any], values: list[Any], zone: str) -> str:
    operation, operand = test
    if operation == "isNull":
        return f"({column} IS {'' if operand else 'NOT '}NULL)"
    if operation in {"in", "notIn"}:
        single = "eq" if operation == "in" else "notEq"
        tests = [_sql_test(kind, column, (single, item), values, zone) for item in operand]
        return f"({' OR '.join(tests) or '0'})" if operation == "in" else f"({' AND '.join(tests) or '1'})"
    if kind == "status":
        words = "('SUBMITTED', 'DRAFT')" if operand == "UNAPPROVED" else f"('{operand}')"
        return f"({STATUS} {'IN' if operation == 'eq' else 'NOT IN'} {words})"
    if operation in {"contains", "notContain"}:
        values.append(operand)
        return f"COALESCE((instr(folded({column}), folded(?)) > 0) = {int(operation == 'contains')}, 0)"
    if kind == "instant" and "T" not in operand:
        values += [zone, operand]
        return f"COALESCE(day_of({column}, ?) {SIGNS[operation]} ?, 0)"
    values.append(_bound(kind, operand))
    return f"COALESCE({column} {SIGNS[operation]} ?, 0)"


def _bound(kind: str, operand: Any) -> Any:
    match kind:
        case "id":
            return int(operand.split(":")[-1]) % 2**63  # what is out of range is nobody's
        case "instant":
            return moment(operand)
        case "billing" | "invoicing":
            return WORDS[kind][operand]
    return operand

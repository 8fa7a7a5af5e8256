"""Random filters, whose operands come from the rows, so that they match some and not others.

All chance comes from one `random.Random`, so that a seed, or Hypothesis, decides everything.
"""

import datetime as dt
import random
from collections.abc import Sequence
from typing import Any

from gateway.domain.instants import EARLIEST, LATEST
from tests.support.judges.predicate import BILLING, EPOCH, FILTERS, INVOICING, OPERATIONS, STATUSES, Row


class Filters:
    """Makes up filters whose operands come from the rows."""

    def __init__(self, rows: Sequence[Row], lot: random.Random, *, submission: bool) -> None:
        self._lot = lot
        self._statuses = STATUSES if submission else STATUSES[:3]
        self._values = {
            name: [row[column] for row in rows if row[column] is not None]
            for name, (_, column, _) in FILTERS.items()
            if column
        }

    def filter(self, depth: int = 3) -> dict[str, Any]:
        """Make up a filter with groups nested up to that deep."""
        lot = self._lot
        asked: dict[str, Any] = {
            name: self.part(name) for name in lot.sample(list(FILTERS), lot.choice((0, 1, 1, 1, 2)))
        }
        if depth and lot.random() < 0.7:
            group = lot.choice(("and", "or", "not", "or", "not"))
            asked[group] = (
                self.filter(depth - 1)
                if group == "not"
                else [self.filter(depth - 1) for _ in range(lot.choice((0, 1, 2, 2, 3)))]
            )
        return asked

    def part(self, name: str, operation: str | None = None) -> Any:
        """Make up what a filter is given."""
        lot = self._lot
        kind, _, type_name = FILTERS[name]
        if kind in OPERATIONS:
            if operation is None and lot.random() < 0.05:
                return lot.choice((None, {}))
            known = OPERATIONS[kind]
            operations = [operation] if operation else lot.sample(known, lot.choice((1, 1, 1, 2)))
            return {operation: self._operand(name, kind, type_name, operation) for operation in operations}
        if kind in {"after", "before"}:
            return self._one(name, "date", None)
        return lot.random() < 0.5

    def _operand(self, name: str, kind: str, type_name: str | None, operation: str) -> Any:
        if operation == "isNull":
            return self._lot.random() < 0.5
        if operation in {"in", "notIn"}:
            return [self._one(name, kind, type_name) for _ in range(self._lot.choice((0, 1, 2, 3, 8)))]
        if operation in {"contains", "notContain"}:
            text = self._one(name, kind, type_name)
            start = self._lot.randint(0, 2)
            return self._lot.choice(
                (text, text[start : start + 2], text.upper(), text.lower(), text.casefold(), "%", "_", "")
            )
        return self._one(name, kind, type_name)

    def _one(self, name: str, kind: str, type_name: str | None) -> Any:
        lot = self._lot
        match kind:
            case "billing":
                return lot.choice(list(BILLING))
            case "invoicing":
                return lot.choice(list(INVOICING))
            case "status":
                return lot.choice(self._statuses)
        value = lot.choice(self._values[name])
        match kind:
            case "id":
                value = str(lot.choice((value, value, value, value + 1, 2**63 - 1, 2**63, 10**29)))
                return f"{type_name}:{value}" if type_name and lot.random() < 0.5 else value
            case "number":
                return min(value + lot.choice((0, 0, -1, 1)), 2**31 - 1)
            case "date":
                return value.isoformat()
            case "instant":
                return self._instant(value)
        return value

    def _instant(self, value: int) -> str:
        lot = self._lot
        shift = lot.choice((0, 0, 1, -1)) if lot.random() < 0.5 else 0
        value = min(max(value + shift, EARLIEST), LATEST)  # others are refused
        zone = dt.timezone(dt.timedelta(minutes=lot.choice((0, 60, 120, -300, 345, 839, -839))))
        moment = (EPOCH + dt.timedelta(milliseconds=value)).astimezone(zone)
        if lot.random() < 0.5:
            return moment.date().isoformat()
        text = moment.isoformat(timespec="milliseconds")
        return text.replace("+00:00", "Z") if lot.random() < 0.5 else text

"""The change log of a ledger: some entries were made and updated, and one of each person was deleted."""

import datetime as dt
import json
import random
from typing import Any

from gateway.store.schema.change_log import ChangeCounterRow, TimeEntryChangeRow
from gateway.store.schema.entries import TimeEntryRow
from tests.support.worlds.ledger_values import FIRST_AMOUNT, MOMENTS, ROLES, Ledger, maybe
from tests.support.worlds.rows import row_of


def log(made: Ledger, lot: random.Random, organization: int) -> None:
    """Add changes: some entries were made and updated, and one of each person was deleted."""
    base, number = organization * 10, 0
    own = [row for row in made.time_entries if row.organization_id == organization]

    def add(entry: int, kind: str, before: dict[str, Any] | None, after: dict[str, Any] | None) -> None:
        nonlocal number
        number += 1
        made.time_entry_changes.append(
            row_of(
                TimeEntryChangeRow,
                organization_id=organization, id=number, time_entry_id=entry, kind=kind, actor_id=maybe(lot, base + 2),
                at=lot.choice(MOMENTS), revision=number, before=None if before is None else json.dumps(before),
                after=None if after is None else json.dumps(after),
            )
        )  # fmt: skip

    for row in lot.sample(own, len(own) // 3):
        image = image_of(row)
        add(row.id, "CREATED", None, image)
        before = {"time": 7, "note": None, "person_id": base + 5, "cost": FIRST_AMOUNT + 14, "updated_at": 0}
        add(row.id, "UPDATED", before, image)
    for n in ROLES:
        for row in [row for row in own if row.person_id == base + n][:1]:
            add(9000 + base + n, "DELETED", image_of(row) | {"id": 9000 + base + n}, None)
    made.change_counters.append(ChangeCounterRow(organization_id=organization, last_id=1000))


def image_of(row: TimeEntryRow) -> dict[str, Any]:
    """An entry as the change log keeps it."""
    unwritten = {"rates", "imported", "status_id"}
    return {
        name: value.isoformat() if isinstance(value, dt.date) else int(value) if isinstance(value, bool) else value
        for name, value in row.model_dump().items()
        if not name.endswith(("_folded", "_unrounded")) and name not in unwritten
    } | {"status_id": 1 if row.approved else 3 if row.rejected else 2}

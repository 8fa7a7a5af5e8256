"""A store of two organizations with all that can be read, made from a seed: every kind of record, and entries that
hold nulls, duplicates, every case of Unicode, days on which the clock changes, and extremes.

Texts of the first organization hold ADRIA, those of the second BOREALIS; the note and the amounts of an entry are
its own and nobody else's, so that whatever leaks is recognized.
"""

import random
from typing import Any

from gateway.domain.access import Viewer
from gateway.store.databases.database import Connection, Database
from gateway.store.databases.sequences import move_sequences
from tests.support.worlds.ledger_log import log
from tests.support.worlds.ledger_rows import enter, furnish
from tests.support.worlds.ledger_values import (
    ADMIN,
    AMOUNTS,
    BOSS,
    CLERK,
    DAYS,
    MARKS,
    MEMBER,
    OTHER,
    ROLES,
    STRANGE_BOSS,
    STRANGE_MEMBER,
    STRANGER,
    SUBMITS,
    ZONES,
    Ledger,
)
from tests.support.worlds.office import add_rows

__all__ = [
    "ADMIN",
    "AMOUNTS",
    "BOSS",
    "CLERK",
    "DAYS",
    "MARKS",
    "MEMBER",
    "OTHER",
    "STRANGER",
    "STRANGE_BOSS",
    "STRANGE_MEMBER",
    "Ledger",
    "fill",
    "make_ledger",
    "viewer",
]


def viewer(person: int, **changed: Any) -> Viewer:
    """The person as a caller."""
    organization = person // 10
    role, costs = ROLES[person % 10]
    values: dict[str, Any] = {
        "organization_id": organization,
        "person_id": person,
        "role": role,
        "can_see_costs": costs,
        "time_zone": ZONES[organization],
        "timesheet_submission": SUBMITS[organization],
    }
    return Viewer(**(values | changed))


async def fill(database: Database, ledger: Ledger) -> None:
    """Put the ledger into an empty store."""

    async def work(connection: Connection) -> None:
        for rows in ledger.tables():
            if rows:
                await add_rows(connection, rows)
        await move_sequences(connection)

    await database.create_tables()
    await database.write(work)


def make_ledger(seed: int, entries: int) -> Ledger:
    """Make up both organizations, with that many entries in all."""
    made = Ledger(*([] for _ in Ledger.__slots__))
    lot = random.Random(seed)
    for organization in (1, 2):
        furnish(made, organization)
    for number in range(1, entries + 1):
        organization = 2 if number % 4 == 0 else 1
        enter(made, lot, number, organization)
    for organization in (1, 2):
        log(made, lot, organization)
    return made

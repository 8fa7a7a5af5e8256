"""What the triggers of entries cost a write on PostgreSQL, as a table of Markdown.

`python -m tests.bench.triggers URL` writes rows of a store with all triggers and without those of one kind, in turns,
and rolls back; the server is on this machine. The numbers are microseconds of the server's processor time, so they
leave out what COMMIT waits for.
"""

import asyncio
import statistics
import sys
from typing import Any

import asyncpg

from gateway.domain.approval import Act, assignments
from gateway.store.databases.database import address_of
from gateway.store.databases.postgresql_start import dsn_of
from gateway.store.schema.entries import ENTRIES
from tests.bench.measuring import processor_ms
from tests.support.worlds.ledger import ADMIN, viewer

KINDS = {"months and days": "time_entry_sums", "stamps": "time_entries_stamp", "zones": "time_entry_zones"}
TURNS, WARM, TIMED = 9, 10, 100  # turns of each kind; writes of a turn
NOW = 1_754_021_982_661
OWN = [each.name for each in ENTRIES.columns if each.name != "id" and each.computed is None]
APPROVED = assignments(Act.APPROVE, viewer(ADMIN), NOW) | {"approver_id": 1, "last_actor_id": 1}
UNDECIDED = "SELECT id FROM time_entries WHERE organization_id = 1 AND status_id = 2 ORDER BY date DESC, id"
APPROVE = f"UPDATE time_entries SET {', '.join(f'{name} = ${place}' for place, name in enumerate(APPROVED, 2))} WHERE "
WRITES = {
    "an entry is made": f"INSERT INTO time_entries ({', '.join(OWN)}) SELECT {', '.join(OWN)} FROM time_entries "
    "WHERE id = $1",
    "its time is changed": f"UPDATE time_entries SET time = time + 1, updated_at = {NOW} WHERE id = $1",
    "it is approved": f"{APPROVE} id = $1",
}


async def _turn(connection: Any, sql: str, ids: list[int], without: str) -> float:
    """Return the microseconds of a write; the triggers whose name begins so are off."""
    server = connection.get_server_pid()
    transaction = connection.transaction()
    await transaction.start()
    for (name,) in await connection.fetch(
        "SELECT tgname FROM pg_trigger WHERE tgrelid = 'time_entries'::regclass AND starts_with(tgname, $1)", without
    ):
        await connection.execute(f"ALTER TABLE time_entries DISABLE TRIGGER {name}")
    statement = await connection.prepare(sql)
    values = APPROVED.values() if "$2" in sql else ()
    began = 0.0
    for number, key in enumerate(ids):
        if number == WARM:
            began = processor_ms(server)
        await statement.fetch(key, *values)
    took = processor_ms(server) - began
    await transaction.rollback()
    return 1_000 * took / (len(ids) - WARM)


async def _measured(address: str) -> None:
    connection = await asyncpg.connect(address)
    rows = await connection.fetch(f"{UNDECIDED} LIMIT {WARM + TIMED}")
    ids = [row[0] for row in rows]
    for title, sql in WRITES.items():
        turns = [[await _turn(connection, sql, ids, kind) for kind in ("-", *KINDS.values())] for _ in range(TURNS)]
        whole = statistics.median(turn[0] for turn in turns)
        costs = [statistics.median(turn[0] - turn[place] for turn in turns) for place in range(1, len(KINDS) + 1)]
        sys.stdout.write(f"| {title} | {whole:,.0f} | {' | '.join(f'{cost:,.0f}' for cost in costs)} |\n")
    await connection.close()


def main() -> None:
    sys.stdout.write(f"| | in all | {' | '.join(KINDS)} |\n|---|---:|{'---:|' * len(KINDS)}\n")
    asyncio.run(_measured(dsn_of(address_of(sys.argv[1]))))


if __name__ == "__main__":
    main()

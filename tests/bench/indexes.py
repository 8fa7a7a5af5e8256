"""What each index of entries costs a write on SQLite, and which requests name its column, as a table of Markdown.

python -m tests.bench.indexes

Of each index a copy of a store is made without it; the table shows how many pages of 4 kB fewer a write puts into the
log then: an insert, 200 approvals of the newest undecided entries in one transaction, and of 200 all over the store.
Pages do not depend on the machine. PostgreSQL writes every index of a row that is updated.
"""

import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random

from sqlalchemy import Index

from gateway.catalog.time_entries import FILTERS, SORTS
from gateway.domain.approval import Act, assignments
from gateway.store.schema.entries import ENTRIES
from gateway.store.schema.rows import indexes_of
from tests.bench.store import file_store
from tests.support.worlds.ledger import ADMIN, viewer

BYTES_OF_A_PAGE = 4_096 + 24  # with its frame in the log
BULK, INSERTS, SEED = 200, 20, 1
OWN = [column.name for column in ENTRIES.columns if column.name != "id" and column.computed is None]
APPROVED = assignments(Act.APPROVE, viewer(ADMIN), 1_754_021_982_661) | {"approver_id": 1, "last_actor_id": 1}
APPROVE = f"UPDATE time_entries SET {', '.join(f'{name} = ?' for name in APPROVED)} WHERE id IN ({{}})"
UNDECIDED = "SELECT id FROM time_entries WHERE organization_id = 1 AND status_id = 2 ORDER BY date DESC, id"
INSERT = f"INSERT INTO time_entries ({', '.join(OWN)}) SELECT {', '.join(OWN)} FROM time_entries WHERE id = ?"


def main() -> int:
    store = Path(file_store(100_000).driver_address)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy.db"
        whole = pages(store, copy, None)
        sys.stdout.write(
            "| index | filters and orders of its column | an insert | 200 new ones approved | 200 of all |\n"
            "|---|---|---:|---:|---:|\n"
        )
        for index in indexes_of(ENTRIES, "sqlite"):
            without = pages(store, copy, str(index.name))
            name = str(index.name).removeprefix("ix_time_entries__").removeprefix("organization_id_")
            insert, newest, some = (max(0, all_ - less) for all_, less in zip(whole, without, strict=True))
            sys.stdout.write(f"| {name} | {', '.join(asking(index))} | {insert:.2f} | {newest:.0f} | {some:.0f} |\n")
        insert, newest, some = whole
        sys.stdout.write(f"| all, with the table | | {insert:.1f} | {newest:.0f} | {some:.0f} |\n")
    return 0


def pages(store: Path, copy: Path, without: str | None) -> tuple[float, float, float]:
    """Return how many pages an insert, and two times 200 approvals, put into the log, without an index."""
    for old in copy.parent.glob(f"{copy.name}*"):
        old.unlink()
    shutil.copy(store, copy)
    with closing(sqlite3.connect(copy, isolation_level=None)) as connection:
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        if without is not None:
            connection.execute(f"DROP INDEX {without}")
        ids = [row[0] for row in connection.execute(f"SELECT id FROM time_entries ORDER BY id DESC LIMIT {INSERTS}")]
        insert = _logged(connection, copy, INSERT, [(number,) for number in ids]) / INSERTS
        undecided = [row[0] for row in connection.execute(UNDECIDED)]
        some = Random(SEED).sample(undecided[BULK:], BULK)
        return insert, _approved(connection, copy, undecided[:BULK]), _approved(connection, copy, some)


def _approved(connection: sqlite3.Connection, copy: Path, ids: list[int]) -> float:
    return _logged(connection, copy, APPROVE.format(", ".join(map(str, ids))), [tuple(APPROVED.values())])


def _logged(connection: sqlite3.Connection, copy: Path, sql: str, each: list[tuple[object, ...]]) -> float:
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for values in each:
        connection.execute(sql, values)
    return copy.with_name(f"{copy.name}-wal").stat().st_size / BYTES_OF_A_PAGE


def asking(index: Index) -> Iterator[str]:
    """Yield the filters and orders of the first column behind the organization."""
    names = [str(getattr(part, "column", getattr(part, "name", part))).rpartition(".")[2] for part in index.expressions]
    leading = next((name for name in names if name != "organization_id"), "")
    yield from (row.name for row in FILTERS.filters if getattr(row.subject, "column", None) == leading)
    yield from (word for word, key in SORTS.keys.items() if key.name == leading)


if __name__ == "__main__":
    sys.exit(main())

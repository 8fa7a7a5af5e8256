"""Writes the SQL of revision 0001 from the tables as they are: `python -m gateway.store.upkeep.migrations.freeze`.

Only until the first release; afterwards a change of the tables is a revision of its own.
"""

from sqlalchemy import Dialect

from gateway.store.databases.statements import POSTGRESQL, SQLITE
from gateway.store.schema.creation import creation_statements
from gateway.store.schema.tables import AlembicVersionRow
from gateway.store.upkeep.migrations import FOLDER

SEPARATOR = ";\n\n"
VERSIONS = str(AlembicVersionRow.__tablename__)


def frozen(dialect: Dialect) -> str:
    """Return the statements that make a store, without the table that Alembic keeps."""
    statements = [text.strip() for text in creation_statements(dialect)]
    kept = [text for text in statements if VERSIONS not in text]
    return SEPARATOR.join([*kept, ""])


if __name__ == "__main__":
    for dialect in (SQLITE, POSTGRESQL):
        (FOLDER / "versions" / f"0001_{dialect.name}.sql").write_text(frozen(dialect), encoding="utf-8")

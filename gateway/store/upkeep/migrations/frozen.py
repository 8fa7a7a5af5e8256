"""SQL that a revision keeps for good, a file for each database beside the revisions."""

from pathlib import Path

from alembic import op

SEPARATOR = ";\n\n"
VERSIONS = Path(__file__).with_name("versions")


def frozen(name: str) -> list[str]:
    """Return the statements of a file, of the database that is migrated."""
    text = (VERSIONS / f"{name}_{op.get_context().dialect.name}.sql").read_text(encoding="utf-8")
    return [statement.strip() for statement in text.split(SEPARATOR) if statement.strip()]

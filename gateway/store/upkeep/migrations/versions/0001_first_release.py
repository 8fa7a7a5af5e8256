"""The tables of the first release."""

import re
from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SEPARATOR = ";\n\n"


def upgrade() -> None:
    for statement in _statements():
        op.execute(statement)


def downgrade() -> None:
    text = SEPARATOR.join(_statements())
    for table in reversed(re.findall(r"CREATE TABLE (\w+)", text)):
        op.execute(f"DROP TABLE {table}")
    for function in re.findall(r"CREATE FUNCTION (\w+)", text):
        op.execute(f"DROP FUNCTION {function}")


def _statements() -> list[str]:
    frozen = Path(__file__).with_name(f"0001_{op.get_context().dialect.name}.sql")
    return [statement.strip() for statement in frozen.read_text(encoding="utf-8").split(SEPARATOR) if statement.strip()]

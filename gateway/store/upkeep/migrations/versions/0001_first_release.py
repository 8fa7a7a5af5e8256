"""The tables of the first release."""

import re

from alembic import op

from gateway.store.upkeep.migrations.frozen import SEPARATOR, frozen

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in frozen("0001"):
        op.execute(statement)


def downgrade() -> None:
    text = SEPARATOR.join(frozen("0001"))
    for table in reversed(re.findall(r"CREATE TABLE (\w+)", text)):
        op.execute(f"DROP TABLE {table}")
    for function in re.findall(r"CREATE FUNCTION (\w+)", text):
        op.execute(f"DROP FUNCTION {function}")

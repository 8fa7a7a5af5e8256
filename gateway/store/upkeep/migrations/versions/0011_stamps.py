"""The stamp of each organization beside its counter, and the triggers that replace it with every write."""

import re

import sqlalchemy as sa
from alembic import op

from gateway.store.upkeep.migrations.frozen import frozen

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("change_counters", sa.Column("stamp", sa.BigInteger(), nullable=False, server_default="0"))
    for statement in frozen("0011_stamps"):
        op.execute(statement)


def downgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        op.execute("DROP FUNCTION replace_stamp CASCADE")  # and the triggers that call it
    else:
        for statement in frozen("0011_stamps"):
            if found := re.match(r"CREATE TRIGGER (\w+)", statement):
                op.execute(f"DROP TRIGGER {found[1]}")
    op.drop_column("change_counters", "stamp")

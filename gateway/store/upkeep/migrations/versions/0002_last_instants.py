"""The instant of an organization's last write, beside the counter of its changes."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# Instants ran backwards by no more than writers waited for each other, so the last one is among the newest changes.
LAST_INSTANTS = """
UPDATE change_counters SET last_at = coalesce((
    SELECT max(at) FROM time_entry_changes
    WHERE time_entry_changes.organization_id = change_counters.organization_id
        AND time_entry_changes.id > change_counters.last_id - 10000
), 0)
"""


def upgrade() -> None:
    op.add_column("change_counters", sa.Column("last_at", sa.BigInteger(), nullable=False, server_default="0"))
    op.execute(LAST_INSTANTS)


def downgrade() -> None:
    op.drop_column("change_counters", "last_at")

"""The notes of entries, folded as the jira texts are, for `contains`."""

import sqlalchemy as sa
from alembic import op

from gateway.store.upkeep.migrations.filling import fill

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    collation = "C" if op.get_context().dialect.name == "postgresql" else None
    op.add_column("time_entries", sa.Column("note_folded", sa.Text(collation=collation), nullable=True))
    fill("time_entries", "note_folded", ["note"], str.casefold)


def downgrade() -> None:
    op.drop_column("time_entries", "note_folded")

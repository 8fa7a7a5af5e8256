"""Names of organizations and subsidiaries without case, for the search in them."""

import sqlalchemy as sa
from alembic import op

from gateway.store.upkeep.migrations.filling import fill

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

TABLES = ("organizations", "subsidiaries")


def upgrade() -> None:
    collation = "C" if op.get_context().dialect.name == "postgresql" else None
    for table in TABLES:
        op.add_column(table, sa.Column("name_folded", sa.Text(collation=collation), nullable=False, server_default=""))
        fill(table, "name_folded", ["name"], str.casefold)


def downgrade() -> None:
    for table in TABLES:
        op.drop_column(table, "name_folded")

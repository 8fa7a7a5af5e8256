"""Names without case and accents, for the search of pickers."""

import sqlalchemy as sa
from alembic import op

from gateway.domain.folding import plain
from gateway.store.upkeep.migrations.filling import fill

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

NAMES = {
    "people": ["first_name", "last_name"],
    "companies": ["name"],
    "projects": ["name"],
    "deals": ["name"],
    "services": ["name"],
    "tasks": ["title"],
}


def _column(table: str) -> str:
    return "title_plain" if table == "tasks" else "name_plain"


def _plain(*names: str) -> str:
    return plain(" ".join(names))


def upgrade() -> None:
    collation = "C" if op.get_context().dialect.name == "postgresql" else None
    for table, names in NAMES.items():
        op.add_column(table, sa.Column(_column(table), sa.Text(collation=collation), nullable=False, server_default=""))
        fill(table, _column(table), names, _plain)


def downgrade() -> None:
    for table in NAMES:
        op.drop_column(table, _column(table))

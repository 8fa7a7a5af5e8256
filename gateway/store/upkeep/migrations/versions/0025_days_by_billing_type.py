"""Sums of days that tell how entries are billed; kept by other triggers."""

import sqlalchemy as sa
from alembic import op

from gateway.store.upkeep.migrations.frozen import frozen

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

DAYS, TRIGGERS = "time_entry_days", "time_entry_sums"
CURRENCIES = ("currency", "currency_default")
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
SUMS = (
    "entries", "time", "billable_time", "cost_high", "cost_low", "cost_default_high", "cost_default_low",
)  # fmt: skip


def upgrade() -> None:
    _make_anew("billing_type_id")
    for statement in frozen("0025_days"):
        op.execute(statement)


def downgrade() -> None:
    _make_anew()
    for statement in frozen("0025_days_before"):
        op.execute(statement)


def _make_anew(*told: str) -> None:
    """Drop the triggers and the days, and make the table of days that tell something apart beside their currencies."""
    is_postgresql = op.get_context().dialect.name == "postgresql"
    for event in ("insert", "delete", "update", *([] if is_postgresql else ["decide"])):
        # A function goes with the trigger that calls it.
        name = f"{TRIGGERS}_{event}"
        op.execute(f"DROP FUNCTION {name} CASCADE" if is_postgresql else f"DROP TRIGGER {name}")
    op.drop_table(DAYS)
    op.create_table(
        DAYS,
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in SUMS),
        sa.Column("organization_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        *(sa.Column(name, sa.SmallInteger(), autoincrement=False, nullable=False) for name in told),
        *(sa.Column(name, TEXT, nullable=False) for name in CURRENCIES),
        sa.PrimaryKeyConstraint("organization_id", "date", *told, *CURRENCIES, name=f"pk_{DAYS}"),
        sqlite_with_rowid=False,
    )

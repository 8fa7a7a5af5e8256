"""The change log: a row for each write of an entry, and how far each organization's log is."""

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlmodel import Field

from gateway.store.schema.columns import big, refers, text
from gateway.store.schema.rows import Row, table_of


class TimeEntryChangeRow(Row, table=True):
    """A write of an entry. Its id counts within the organization, in commit order.

    `after` is the image as a JSON object by column name (null for a delete), without amounts that an update did not
    write; `before` holds the columns that the write could change, as they were (the whole image for a delete, null for
    a create).
    """

    __tablename__ = "time_entry_changes"
    __table_args__ = (Index(None, "time_entry_id", "id"),)

    organization_id: int = Field(
        primary_key=True,
        sa_type=BigInteger,
        sa_column_args=[ForeignKey("organizations.id", deferrable=True, initially="DEFERRED")],
    )
    id: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    time_entry_id: int = big()  # no foreign key: the row outlives the entry
    kind: str = Field(sa_type=String(20))
    actor_id: int | None = refers("people", optional=True)
    at: int = big()
    revision: int = big()
    before: str | None = text(optional=True)
    after: str | None = text(optional=True)


class ChangeCounterRow(Row, table=True):
    """The newest change id of an organization and its instant, raised as the last statement before COMMIT.

    Beside them is the organization's stamp, which every write of it replaces; see `schema/stamps.py`.
    """

    __tablename__ = "change_counters"

    organization_id: int = Field(
        primary_key=True,
        sa_type=BigInteger,
        sa_column_args=[ForeignKey("organizations.id", deferrable=True, initially="DEFERRED")],
        sa_column_kwargs={"autoincrement": False},
    )
    last_id: int = big(default=0)
    # No write of the organization has an earlier instant than the one before it.
    last_at: int = Field(default=0, sa_type=BigInteger, sa_column_kwargs={"server_default": "0"})
    stamp: int = Field(default=0, sa_type=BigInteger, sa_column_kwargs={"server_default": "0"})
    # Up to this one, changes that are no longer kept may have been removed.
    expired_id: int = Field(default=0, sa_type=BigInteger, sa_column_kwargs={"server_default": "0"})


CHANGES = table_of(TimeEntryChangeRow)
COUNTERS = table_of(ChangeCounterRow)

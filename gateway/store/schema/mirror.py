"""The tables of a mirrored account: how far it was read, what is left to read, and what is written to it.

None refers to an organization: the first rows are there before the account's organization was read.
Instants of the upstream are by its own clock, of which ours may be any number of minutes apart; each says whose it is.
"""

import datetime as dt

from sqlalchemy import BigInteger, ForeignKey, SmallInteger, String, UniqueConstraint, false
from sqlmodel import Field

from gateway.store.schema.columns import KEY, TEXT, big, one_of, part_of_key, small, text
from gateway.store.schema.rows import Row, table_of


class MirrorAccountRow(Row, table=True):
    """How far an account was read."""

    __tablename__ = "mirror_accounts"

    organization_id: int = part_of_key()
    url: str = text()  # without credentials
    started_at: int = big()  # when the first load began, by our clock
    # The store has what the account had at this instant of the upstream, which was that instant of ours.
    synced_to: int | None = big(default=None)
    synced_at: int | None = big(default=None)
    updated_to: int | None = big(default=None)  # the latest updated_at that was read, by the upstream's clock
    versions_to: int | None = big(default=None)  # the latest version that was read, by the upstream's clock
    reaches_back_to: dt.date | None = None  # the first day of the earliest month that was loaded
    begins_on: dt.date | None = None  # the day of the account's first entry
    is_complete: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    entries: int | None = big(default=None)  # how many the account has
    neighbours_at: int | None = big(default=None)  # this and all below by our clock
    swept_at: int | None = big(default=None)
    swept_all_at: int | None = big(default=None)
    swept_total: int = Field(default=0, sa_type=BigInteger, sa_column_kwargs={"server_default": "0"})  # differences
    capabilities: str | None = text(optional=True)  # JSON: what the upstream was found to have
    problem: str | None = text(optional=True)  # a sentence: why nothing is read at present
    problem_at: int | None = big(default=None)


class MirrorLeaseRow(Row, table=True):
    """Which process mirrors an organization; the instants are the database's."""

    __tablename__ = "mirror_leases"

    organization_id: int = part_of_key()
    holder: str = text()
    expires_at: int = big()


class MirrorMonthRow(Row, table=True):
    """A month of entries that was loaded."""

    __tablename__ = "mirror_months"

    organization_id: int = part_of_key()
    month: dt.date = Field(primary_key=True)  # its first day
    entries: int = big(default=0)
    loaded_at: int | None = big(default=None)
    swept_at: int | None = big(default=None)
    differences: int = Field(default=0, sa_type=BigInteger, sa_column_kwargs={"server_default": "0"})  # of all sweeps


class MirrorNeighbourRow(Row, table=True):
    """When all records of a type other than entries were last read."""

    __tablename__ = "mirror_neighbours"

    organization_id: int = part_of_key()
    type: str = Field(primary_key=True, sa_type=String(40))
    records: int = big()
    read_at: int = big()


class MirrorBudgetRow(Row, table=True):
    """The requests of an organization's latest windows."""

    __tablename__ = "mirror_budgets"

    organization_id: int = part_of_key()
    windows: str = text()  # JSON
    paused_until: int | None = big(default=None)


class MirrorTroubleRow(Row, table=True):
    """A page or a record that could not be read."""

    __tablename__ = "mirror_troubles"

    organization_id: int = part_of_key()
    what: str = Field(primary_key=True, sa_type=TEXT)  # "time_entries 17", or the name of a page
    sentence: str = text()
    tries: int = small()
    next_try_at: int = big()
    is_skipped: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    first_at: int = big()


class MirrorWaitingRow(Row, table=True):
    """A record that is to be read by its number: it waits for one that it points to, or somebody hinted at it."""

    __tablename__ = "mirror_waiting"

    organization_id: int = part_of_key()
    type: str = Field(primary_key=True, sa_type=String(40))
    id: int = part_of_key()
    lacks: str = text()  # "services 77"; empty where nothing is known to be missing
    tries: int = small()
    next_try_at: int = big()
    since: int = big()


class MirrorLagRow(Row, table=True):
    """The longest lag of a minute, for a day."""

    __tablename__ = "mirror_lags"

    organization_id: int = part_of_key()
    minute: int = part_of_key()  # since 1970
    lag_ms: int = big()


class UpstreamTokenRow(Row, table=True):
    """A person's own token for the upstream, encrypted."""

    __tablename__ = "upstream_tokens"

    person_id: int = Field(
        primary_key=True,
        sa_type=BigInteger,
        sa_column_args=[ForeignKey("people.id", deferrable=True, initially="DEFERRED")],
        sa_column_kwargs={"autoincrement": False},
    )
    ciphertext: str = text()
    created_at: int = big()


SENT, DONE, NOT_DONE, INDETERMINATE = STATES = "sent", "done", "not_done", "indeterminate"


class ForwardedWriteRow(Row, table=True):
    """A write that was sent to the upstream; with a key its outcome is kept for 24 hours."""

    __tablename__ = "forwarded_writes"
    __table_args__ = (
        UniqueConstraint("person_id", "field", "key_hash"),
        one_of("state", *STATES),
        {"sqlite_autoincrement": True},
    )

    id: int = Field(default=None, primary_key=True, sa_type=KEY)
    organization_id: int = big()
    person_id: int = Field(
        sa_type=BigInteger,
        sa_column_args=[ForeignKey("people.id", deferrable=True, initially="DEFERRED")],
    )
    field: str = Field(sa_type=String(40))
    key_hash: str | None = Field(default=None, sa_type=String(64))
    digest: str = Field(sa_type=String(64))  # SHA-256 of the coerced input without the key
    state: str = Field(sa_type=String(16))
    attempt: int = Field(default=1, sa_type=SmallInteger)
    time_entry_id: int | None = big(default=None)
    document: str | None = text(optional=True)  # JSON: what was sent, and what was there before
    created_at: int = Field(sa_type=BigInteger, index=True)


ACCOUNTS = table_of(MirrorAccountRow)
LEASES = table_of(MirrorLeaseRow)
MONTHS = table_of(MirrorMonthRow)
NEIGHBOURS = table_of(MirrorNeighbourRow)
BUDGETS = table_of(MirrorBudgetRow)
TROUBLES = table_of(MirrorTroubleRow)
WAITING = table_of(MirrorWaitingRow)
LAGS = table_of(MirrorLagRow)
UPSTREAM_TOKENS = table_of(UpstreamTokenRow)
FORWARDED = table_of(ForwardedWriteRow)

"""The tables that triggers keep: sums of entries by month, day and status, the ends of days, parts of orders."""

import datetime as dt
from typing import ClassVar

from sqlalchemy import Index, SmallInteger
from sqlmodel import Field

from gateway.store.schema.columns import NUMBERS, TEXT, big, part_of_key
from gateway.store.schema.rows import Row, table_of


class SumsRow(Row):
    """What is added up over entries of one currency and default currency; see `schema/months.py`."""

    entries: int = big()
    time: int = big()  # minutes
    billable_time: int = big()  # minutes
    # Unrounded costs, their high and their low 24 bits apart, so that no sum overflows.
    cost_high: int = big()
    cost_low: int = big()
    cost_default_high: int = big()
    cost_default_low: int = big()


class TimeEntryMonthRow(SumsRow, table=True):
    """Sums of the entries of one month; 0 stands for what they do not tell apart."""

    __tablename__ = "time_entry_months"
    __table_args__ = (
        Index(None, "organization_id", "level", "company_id", "month"),
        Index(  # by the convention it would be longer than PostgreSQL's 63 bytes
            "ix_time_entry_months__organization_id_level_responsible_month",
            *("organization_id", "level", "responsible_id", "month"),
        ),
        {"sqlite_with_rowid": False},
    )

    organization_id: int = part_of_key()
    level: int = part_of_key(SmallInteger)
    project_id: int = part_of_key()
    person_id: int = part_of_key()
    company_id: int = part_of_key()
    responsible_id: int = part_of_key()
    month: dt.date = Field(primary_key=True)  # its first day
    currency: str = Field(primary_key=True, sa_type=TEXT)
    currency_default: str = Field(primary_key=True, sa_type=TEXT)


class TimeEntryDayRow(SumsRow, table=True):
    """Sums of the entries of one day of an organization that are billed in one way."""

    __tablename__ = "time_entry_days"
    __table_args__: ClassVar[dict[str, bool]] = {"sqlite_with_rowid": False}

    organization_id: int = part_of_key()
    date: dt.date = Field(primary_key=True)
    billing_type_id: int = part_of_key(SmallInteger)
    currency: str = Field(primary_key=True, sa_type=TEXT)
    currency_default: str = Field(primary_key=True, sa_type=TEXT)


class TimeEntryStatusMonthRow(SumsRow, table=True):
    """Sums of the entries of one person and month that have one status; near each other by month, as decisions are."""

    __tablename__ = "time_entry_status_months"
    __table_args__: ClassVar[dict[str, bool]] = {"sqlite_with_rowid": False}

    organization_id: int = part_of_key()
    status_id: int = part_of_key(SmallInteger)
    month: dt.date = Field(primary_key=True)  # its first day
    person_id: int = part_of_key()
    currency: str = Field(primary_key=True, sa_type=TEXT)
    currency_default: str = Field(primary_key=True, sa_type=TEXT)


class TimeEntryDayEndsRow(Row, table=True):
    """The least and the greatest id of the entries of a day; see `schema/day_ends.py`. Empty on PostgreSQL."""

    __tablename__ = "time_entry_day_ends"
    __table_args__: ClassVar[dict[str, bool]] = {"sqlite_with_rowid": False}

    organization_id: int = part_of_key()
    date: dt.date = Field(primary_key=True)
    first_id: int = big()
    last_id: int = big()


class TimeEntryZoneRow(Row, table=True):
    """What the entries of a part of an order can have; see `schema/zones.py`. Empty on SQLite."""

    __tablename__ = "time_entry_zones"
    __table_args__: ClassVar[dict[str, bool]] = {"sqlite_with_rowid": False}

    organization_id: int = part_of_key()
    kind: int = part_of_key(SmallInteger)
    place: int = part_of_key()
    least: list[int] = Field(sa_type=NUMBERS)
    greatest: list[int] = Field(sa_type=NUMBERS)


ENTRY_MONTHS = table_of(TimeEntryMonthRow)
ENTRY_DAYS = table_of(TimeEntryDayRow)
ENTRY_STATUS_MONTHS = table_of(TimeEntryStatusMonthRow)
DAY_ENDS = table_of(TimeEntryDayEndsRow)
ZONES = table_of(TimeEntryZoneRow)

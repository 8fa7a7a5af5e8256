"""What an entry hangs on, for the rules of a write: settings, person, service, task, rates and timesheet."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import BigInteger, BindParameter, Date, Select, Text, bindparam, func, select

from gateway.domain.costs import prices
from gateway.domain.exchange import ExchangeRates
from gateway.domain.facts import References, Task
from gateway.querying.dialects import ListOf, any_of
from gateway.store.databases.database import Connection
from gateway.store.databases.statements import Row
from gateway.store.schema.tables import (
    DEAL_COST_RATES,
    DEALS,
    EXCHANGE_RATES,
    ORGANIZATIONS,
    PEOPLE,
    SALARIES,
    SERVICES,
    TASKS,
    TIMESHEETS,
)
from gateway.store.writes.facts_from_rows import organization_of, person_of, rates_of, service_of
from gateway.store.writes.locks import lock_person

LONG_AGO = dt.date(1, 1, 1)  # the day of what has none yet


def _id(name: str) -> BindParameter[int]:
    return bindparam(name, type_=BigInteger())


def _day() -> BindParameter[dt.date]:
    return bindparam("date", type_=Date())


ORGANIZATION_COLUMNS = (
    ORGANIZATIONS.c.id,
    ORGANIZATIONS.c.currency,
    ORGANIZATIONS.c.reporting_currency,
    ORGANIZATIONS.c.rounding_method,
    ORGANIZATIONS.c.rounding_interval,
    ORGANIZATIONS.c.internal_overhead_per_hour,
    ORGANIZATIONS.c.facility_overhead_per_hour,
    ORGANIZATIONS.c.lock_approved,
    ORGANIZATIONS.c.reapprove_edited,
    ORGANIZATIONS.c.timesheet_submission,
)
PERSON_COLUMNS = (PEOPLE.c.id, PEOPLE.c.manager_id, PEOPLE.c.subsidiary_id)
SERVICE_COLUMNS = (SERVICES.c.id, SERVICES.c.billing_type_id)
DEAL_COLUMNS = (
    DEALS.c.id,
    DEALS.c.currency,
    DEALS.c.project_id,
    DEALS.c.company_id,
    DEALS.c.responsible_id,
    DEALS.c.subsidiary_id,
    DEALS.c.deal_type_id,
    DEALS.c.time_approval,
)
TASK_COLUMNS = (TASKS.c.id, TASKS.c.project_id)
SALARY_COLUMNS = (
    SALARIES.c.id,
    SALARIES.c.cost,
    SALARIES.c.currency,
    SALARIES.c.overhead,
    SALARIES.c.started_on,
    SALARIES.c.ended_on,
)
OVERRIDE_COLUMNS = (DEAL_COST_RATES.c.id, DEAL_COST_RATES.c.cost, DEAL_COST_RATES.c.currency)
GROUPS = (
    ORGANIZATION_COLUMNS,
    PERSON_COLUMNS,
    SERVICE_COLUMNS,
    DEAL_COLUMNS,
    TASK_COLUMNS,
    OVERRIDE_COLUMNS,
    (TIMESHEETS.c.id,),
    SALARY_COLUMNS,
)
NAMES = [tuple(column.name for column in group) for group in GROUPS]


def _facts() -> Select[Any]:
    """Select the organization and whatever of the named records belongs to it, in a row for each salary of the person.

    Which of the salaries is valid is `rates_of`'s to say.
    """
    mine = ORGANIZATIONS.c.id
    joined = (
        ORGANIZATIONS.outerjoin(PEOPLE, (PEOPLE.c.id == _id("person_id")) & (PEOPLE.c.organization_id == mine))
        .outerjoin(SERVICES, (SERVICES.c.id == _id("service_id")) & (SERVICES.c.organization_id == mine))
        .outerjoin(DEALS, DEALS.c.id == SERVICES.c.deal_id)
        .outerjoin(TASKS, (TASKS.c.id == _id("task_id")) & (TASKS.c.organization_id == mine))
        .outerjoin(
            DEAL_COST_RATES, (DEAL_COST_RATES.c.deal_id == DEALS.c.id) & (DEAL_COST_RATES.c.person_id == PEOPLE.c.id)
        )
        .outerjoin(TIMESHEETS, (TIMESHEETS.c.person_id == PEOPLE.c.id) & (TIMESHEETS.c.date == _day()))
        .outerjoin(SALARIES, SALARIES.c.person_id == PEOPLE.c.id)
    )
    columns = [column for group in GROUPS for column in group]
    return select(*columns).select_from(joined).where(mine == _id("organization_id"))


FACTS = _facts()

_newer = EXCHANGE_RATES.alias("newer")
LAST_KNOWN = select(EXCHANGE_RATES.c.from_currency, EXCHANGE_RATES.c.to_currency, EXCHANGE_RATES.c.rate).where(
    EXCHANGE_RATES.c.organization_id == _id("organization_id"),
    any_of(EXCHANGE_RATES.c.from_currency, bindparam("currencies", type_=ListOf(Text()))),
    any_of(EXCHANGE_RATES.c.to_currency, bindparam("currencies", type_=ListOf(Text()))),
    EXCHANGE_RATES.c.date
    == select(func.max(_newer.c.date))
    .where(
        _newer.c.organization_id == EXCHANGE_RATES.c.organization_id,
        _newer.c.from_currency == EXCHANGE_RATES.c.from_currency,
        _newer.c.to_currency == EXCHANGE_RATES.c.to_currency,
        _newer.c.date <= _day(),
    )
    .correlate(EXCHANGE_RATES)
    .scalar_subquery(),
)


async def references(
    connection: Connection,
    *,
    organization_id: int,
    person_id: int | None,
    service_id: int | None = None,
    task_id: int | None = None,
    date: dt.date | None = None,
    lock: bool = True,
) -> References:
    """Return the named records of the organization; what is another's, or nobody's, is None.

    Without a date (it was none) there are no rates. The person is locked unless nothing is decided about their timers
    and days.
    """
    values = {
        "organization_id": organization_id,
        "person_id": person_id,
        "service_id": service_id,
        "task_id": task_id,
        "date": date or LONG_AGO,
    }
    if person_id is not None and lock:
        await lock_person(connection, person_id)
    found = _references(await connection.fetch(FACTS, values), date or LONG_AGO)
    currencies = _currencies(found)
    if date is None or len(currencies) < 2:  # noqa: PLR2004 - one currency needs no exchange
        return found
    rows = await connection.fetch(
        LAST_KNOWN, {"organization_id": organization_id, "currencies": currencies, "date": date}
    )
    known = {(source, target): rate for source, target, rate in rows}
    return replace(found, rates=replace(found.rates, exchange=ExchangeRates(known)))


def _currencies(found: References) -> list[str]:
    """Return the currencies that rates and amounts of such an entry are in."""
    if found.person is None or found.service is None:
        return []
    today = prices(found.organization, found.service, found.rates)
    own = [today.work.currency] if today.work else []
    return sorted({currency for _, currency in today.labels.by_suffix()} | set(own))


def _split(row: Row) -> list[dict[str, Any]]:
    """Return the values by column name for each group; the id of a record that there is not is None."""
    parts, start = [], 0
    for names in NAMES:
        parts.append(dict(zip(names, row[start : start + len(names)], strict=True)))
        start += len(names)
    return parts


def _salary(row: Row) -> dict[str, Any]:
    """Return the last group alone: there is a row for each salary that a person ever had."""
    return dict(zip(NAMES[-1], row[-len(NAMES[-1]) :], strict=True))


def _references(rows: Sequence[Row], day: dt.date) -> References:
    organization, person, service, deal, task, override, timesheet, _ = _split(rows[0])
    salaries = [salary for salary in map(_salary, rows) if salary["id"] is not None]
    return References(
        organization=organization_of(organization),
        person=None if person["id"] is None else person_of(person),
        service=None if service["id"] is None else service_of(service, deal),
        task=None if task["id"] is None else Task(**task),
        rates=rates_of(day, salaries=salaries, override=None if override["id"] is None else override),
        timesheet_id=timesheet["id"],
    )

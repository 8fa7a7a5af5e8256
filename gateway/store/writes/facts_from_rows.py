"""What the rules of a write look at, made of rows by column name: settings, deals, and the rates of a day."""

import datetime as dt
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from gateway.domain.codes import DealType
from gateway.domain.exchange import ExchangeRates
from gateway.domain.facts import Deal, HourlyRate, Organization, Person, Rates, Salary, Service
from gateway.domain.rounding import Rounding, RoundingMethod

Values = Mapping[str, Any]


def organization_of(row: Values) -> Organization:
    """Return the settings of an organization."""
    return Organization(
        id=row["id"],
        currency=row["currency"],
        reporting_currency=row["reporting_currency"],
        rounding=Rounding(RoundingMethod(row["rounding_method"]), row["rounding_interval"]),
        internal_overhead_per_hour=row["internal_overhead_per_hour"],
        facility_overhead_per_hour=row["facility_overhead_per_hour"],
        lock_approved=row["lock_approved"],
        reapprove_edited=row["reapprove_edited"],
        timesheet_submission=row["timesheet_submission"],
    )


def person_of(row: Values) -> Person:
    """Return a person."""
    return Person(row["id"], row["manager_id"], row["subsidiary_id"])


def service_of(row: Values, deal: Values) -> Service:
    """Return a service of a deal."""
    return Service(
        row["id"],
        row["billing_type_id"],
        Deal(
            id=deal["id"],
            currency=deal["currency"],
            project_id=deal["project_id"],
            company_id=deal["company_id"],
            responsible_id=deal["responsible_id"],
            subsidiary_id=deal["subsidiary_id"],
            is_client=deal["deal_type_id"] == DealType.CLIENT,
            time_approval=deal["time_approval"],
        ),
    )


def rates_of(
    day: dt.date, *, salaries: Iterable[Values], override: Values | None, exchange: ExchangeRates | None = None
) -> Rates:
    """Return what is valid on a day; `override` is what the deal says of the person.

    Where the spans of salaries overlap, the one that began last is valid.
    """
    valid = [
        row for row in salaries if row["started_on"] <= day and (row["ended_on"] is None or row["ended_on"] >= day)
    ]
    own = max(valid, key=lambda row: (row["started_on"], row["id"]), default=None)
    return Rates(
        salary=None if own is None else Salary(HourlyRate(own["cost"], own["currency"]), own["overhead"]),
        override=None if override is None else HourlyRate(override["cost"], override["currency"]),
        exchange=exchange or ExchangeRates({}),
    )


class ExchangeHistory:
    """An organization's exchange rates over time."""

    def __init__(self, rows: Iterable[Values]) -> None:
        dated: defaultdict[tuple[str, str], list[tuple[dt.date, str]]] = defaultdict(list)
        for row in rows:
            dated[row["from_currency"], row["to_currency"]].append((row["date"], row["rate"]))
        self._days = {pair: [day for day, _ in sorted(rates)] for pair, rates in dated.items()}
        self._rates = {pair: [rate for _, rate in sorted(rates)] for pair, rates in dated.items()}

    def on(self, day: dt.date) -> ExchangeRates:
        """Return the last known rates of a day."""
        places = {pair: bisect_right(days, day) for pair, days in self._days.items()}
        return ExchangeRates({pair: self._rates[pair][place - 1] for pair, place in places.items() if place})

"""What the rules of the domain look at, taken from whole rows: settings, deals, and the rates of a day."""

import datetime as dt
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable

from gateway.domain.codes import DealType
from gateway.domain.exchange import ExchangeRates
from gateway.domain.facts import Deal, HourlyRate, Organization, Person, Rates, Salary, Service
from gateway.domain.rounding import Rounding, RoundingMethod
from gateway.store.imports.staging import Values


def organization(row: Values) -> Organization:
    return Organization(
        id=row["id"],
        currency=row["currency"],
        reporting_currency=row["reporting_currency"],
        rounding=Rounding(RoundingMethod(row["rounding_method"]), row["rounding_interval"]),
        internal_overhead_per_hour=row["internal_overhead_per_hour"],
        facility_overhead_per_hour=row["facility_overhead_per_hour"],
        timesheet_submission=row["timesheet_submission"],
    )


def person(row: Values) -> Person:
    return Person(row["id"], row["manager_id"], row["subsidiary_id"])


def service(row: Values, deal: Values) -> Service:
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


class Exchange:
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


def rates(
    day: dt.date, person_id: int, *, salaries: Iterable[Values], overrides: Iterable[Values], exchange: Exchange
) -> Rates:
    """Return what is valid for a person on a deal on a day; where spans overlap, the one that began last is."""
    valid = [
        row for row in salaries if row["started_on"] <= day and (row["ended_on"] is None or row["ended_on"] >= day)
    ]
    own = max(valid, key=lambda row: (row["started_on"], row["id"]), default=None)
    override = next((row for row in overrides if row["person_id"] == person_id), None)
    return Rates(
        salary=None if own is None else Salary(HourlyRate(own["cost"], own["currency"]), own["overhead"]),
        override=None if override is None else HourlyRate(override["cost"], override["currency"]),
        exchange=exchange.on(day),
    )

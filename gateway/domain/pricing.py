"""From what was valid on a day to the amounts of an entry, or the faults that say which rate is missing."""

import datetime as dt
import json

from gateway.domain.billable import MAX_MINUTES
from gateway.domain.errors import Code, Fault
from gateway.domain.facts import Organization, Rates, References, Service
from gateway.domain.money import Cost, Labels, Prices, TooLarge, UnknownRates, cost


def labels(organization: Organization, currency: str) -> Labels:
    """Return the three currencies of an entry on a deal in `currency`."""
    return Labels(
        currency=currency,
        default=organization.currency,
        normalized=organization.reporting_currency or currency,
    )


def prices(organization: Organization, service: Service, rates: Rates) -> Prices:
    """Return what an hour costs: the deal's override, else the person's own rate, else nothing."""
    own = rates.salary.rate if rates.salary else None
    work, source = (rates.override, "deal") if rates.override else (own, "person" if own else "none")
    return Prices(
        labels=labels(organization, service.deal.currency),
        work=work,
        source=source,
        internal_overhead=organization.internal_overhead_per_hour if service.deal.is_client else 0,
        facility_overhead=organization.facility_overhead_per_hour,
        exchange=rates.exchange,
    )


def bears_overhead(rates: Rates) -> bool:
    """Tell whether the person's rate of the day bears overhead; without a rate it does."""
    return rates.salary is None or rates.salary.overhead


def priced(
    references: References,
    *,
    minutes: int,
    date: dt.date,
    overhead: bool,
    date_path: tuple[str, ...] = ("input", "date"),
    time_path: tuple[str, ...] = ("input", "time"),
) -> tuple[dict[str, object], list[Fault]]:
    """Return the columns of the amounts, their currencies and rates; or the faults, and no column."""
    if references.service is None:
        return {}, []
    today = prices(references.organization, references.service, references.rates)
    try:
        made = cost(minutes=minutes, prices=today, overhead=overhead)
    except UnknownRates as unknown:
        return {}, [
            Fault(
                Code.INVALID_ATTRIBUTE,
                f"No exchange rate from {source} to {target} is known on {date.isoformat()} or before; "
                "add one, or choose a day that has one.",
                date_path,
            )
            for source, target in unknown.pairs
        ]
    except TooLarge:
        sentence = f"{minutes:,} minutes at these rates cost more than can be stored exactly; use less time."
        return {}, [Fault(Code.INVALID_ATTRIBUTE, sentence, time_path)]
    return {**today.labels.columns(), **made.amounts, "rates": rates_text(made)}, []


def rates_text(made: Cost) -> str:
    """Write the rates that made the amounts as they are stored."""
    return json.dumps(made.rates, separators=(",", ":"), sort_keys=True)


def price_faults(references: References, *, minutes: int, date: dt.date) -> list[Fault]:
    """Return why the amounts cannot be told; nothing where the minutes are at fault themselves."""
    if not 0 <= minutes <= MAX_MINUTES:
        return []
    _, faults = priced(references, minutes=minutes, date=date, overhead=bears_overhead(references.rates))
    return faults

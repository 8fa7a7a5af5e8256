"""What an entry costs: hourly rates x minutes, in three currencies, each rounded once from the exact value."""

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from gateway.domain.billable import MAX_MINUTES
from gateway.domain.errors import Code, Fault
from gateway.domain.exchange import ExchangeRates, UnknownRate, decimal_text
from gateway.domain.facts import HourlyRate, Organization, Rates, References, Service
from gateway.domain.numbers import MAX_STORED
from gateway.domain.rounding import half_away

MAX_HOURLY_RATE = 10**8  # minor units
SCALE = 60_000  # an unrounded amount counts 1/60,000 of a minor unit

PARTS = ("work_cost", "internal_overhead_cost", "facility_overhead_cost")
SUMS = {
    "overhead_cost": ("internal_overhead_cost", "facility_overhead_cost"),
    "cost": PARTS,
}
AMOUNTS = (*PARTS, *SUMS)
SUFFIXES = ("", "_default", "_normalized")
# The thirty columns: first the rounded amounts, then the exact ones.
AMOUNT_COLUMNS = tuple(
    f"{amount}{suffix}{unrounded}" for unrounded in ("", "_unrounded") for amount in AMOUNTS for suffix in SUFFIXES
)


@dataclass(frozen=True, slots=True)
class Labels:
    """The currencies that an entry's amounts are in."""

    currency: str  # the deal's
    default: str  # the organization's
    normalized: str  # the organization's reporting currency, else the deal's

    def by_suffix(self) -> tuple[tuple[str, str], ...]:
        """Return (column suffix, currency), in the order of the documented attributes."""
        return tuple(zip(SUFFIXES, (self.currency, self.default, self.normalized), strict=True))

    def columns(self) -> dict[str, str]:
        """Return the three label columns."""
        return {f"currency{suffix}": currency for suffix, currency in self.by_suffix()}


@dataclass(frozen=True, slots=True)
class Prices:
    """What an hour of a person on a deal costs on a day."""

    labels: Labels
    work: HourlyRate | None = None  # the deal's override, else the person's own; without one all amounts are 0
    source: str = "none"  # where `work` comes from: deal, person, none
    internal_overhead: int = 0  # minor units of the organization's currency, an hour
    facility_overhead: int = 0  # likewise
    exchange: ExchangeRates = field(default_factory=ExchangeRates)

    def hourly(self, *, overhead: bool) -> Iterator[tuple[str, HourlyRate]]:
        """Yield (part, rate an hour) of the parts that cost anything."""
        if self.work is None:
            return
        parts = {"work_cost": self.work}
        if overhead:
            parts["internal_overhead_cost"] = HourlyRate(self.internal_overhead, self.labels.default)
            parts["facility_overhead_cost"] = HourlyRate(self.facility_overhead, self.labels.default)
        yield from ((part, rate) for part, rate in parts.items() if rate.minor)


@dataclass(frozen=True, slots=True)
class Cost:
    """The thirty amounts by column name, and the rates that made them (a JSON object)."""

    amounts: Mapping[str, int]
    rates: Mapping[str, object]


class UnknownRates(Exception):
    """Every currency pair whose rate is missing."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        self.pairs = pairs
        super().__init__(", ".join(f"{source} to {target}" for source, target in pairs))


class TooLarge(Exception):
    """An unrounded amount does not fit into the 63 bits that databases hold."""


def cost(*, minutes: int, prices: Prices, overhead: bool) -> Cost:
    """Return what the minutes cost; every part half a unit away from zero, sums made of rounded parts.

    Raises:
        UnknownRates: amounts other than 0 need exchange rates that are not known.
        TooLarge: an unrounded amount leaves the 63 bits that databases hold.
    """
    amounts = dict.fromkeys((f"{part}{suffix}" for part in PARTS for suffix in SUFFIXES), 0)
    unrounded = dict(amounts)
    used: dict[str, str] = {}
    missing: list[tuple[str, str]] = []
    parts = list(prices.hourly(overhead=overhead)) if minutes else []
    for part, rate in parts:
        for suffix, currency in prices.labels.by_suffix():
            try:
                factor = prices.exchange.between_minor(rate.currency, currency)
            except UnknownRate as unknown:
                missing.append((unknown.source, unknown.target))
                continue
            if rate.currency != currency:
                used[f"{rate.currency}/{currency}"] = decimal_text(prices.exchange.between(rate.currency, currency))
            exact = Fraction(rate.minor * minutes, 60) * factor
            amounts[part + suffix] = half_away(exact)
            unrounded[part + suffix] = half_away(exact * SCALE)
    if missing:
        raise UnknownRates(list(dict.fromkeys(missing)))
    _add_sums(amounts)
    _add_sums(unrounded)
    if max(unrounded.values()) > MAX_STORED:  # long before a rounded one leaves what JSON numbers hold exactly
        raise TooLarge
    columns = amounts | {f"{name}_unrounded": value for name, value in unrounded.items()}
    return Cost(columns, _rates_used(prices, dict(parts), used))


def without_overhead(amounts: Mapping[str, int]) -> dict[str, int]:
    """Return the amounts with every overhead at 0 and the cost that is left: the work."""
    kept = {name: value for name, value in amounts.items() if name.startswith("work_cost")}
    gone = {name: 0 for name in amounts if "overhead" in name}
    return kept | gone | {name.removeprefix("work_"): value for name, value in kept.items()}


def _add_sums(amounts: dict[str, int]) -> None:
    for name, parts in SUMS.items():
        for suffix in SUFFIXES:
            amounts[name + suffix] = sum(amounts[part + suffix] for part in parts)


def _rates_used(prices: Prices, parts: Mapping[str, HourlyRate], used: Mapping[str, str]) -> dict[str, object]:
    work = None if prices.work is None else {"minor": prices.work.minor, "currency": prices.work.currency}
    return {
        "source": prices.source,
        "work": work,
        "overhead": {
            "internal": parts["internal_overhead_cost"].minor if "internal_overhead_cost" in parts else 0,
            "facility": parts["facility_overhead_cost"].minor if "facility_overhead_cost" in parts else 0,
            "currency": prices.labels.default,
        },
        "exchange": dict(used),
    }


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
    date: dt.date | None,
    overhead: bool,
    date_path: tuple[str, ...] = ("input", "date"),
    time_path: tuple[str, ...] = ("input", "time"),
) -> tuple[dict[str, object], list[Fault]]:
    """Return the columns of the amounts, their currencies and rates; or the faults, and no column.

    Neither is said where the service, the date or the minutes are at fault themselves.
    """
    if references.service is None or date is None or not 0 <= minutes <= MAX_MINUTES:
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

"""The amounts of entries, each different price computed once: by the rules of the domain, then from memory."""

import datetime as dt

from gateway.domain import facts
from gateway.domain.costs import AMOUNT_COLUMNS, SUFFIXES, priced
from gateway.domain.facts import HourlyRate
from gateway.domain.rounding import Rounding
from gateway.seeding.calendar import half_of
from gateway.seeding.directory import Organization, Person
from gateway.seeding.work import Service

PRICED_COLUMNS = (
    *(f"currency{suffix}" for suffix in SUFFIXES),
    "rates",
    *AMOUNT_COLUMNS,
)


class Prices:
    """The prices of one organization on one day; those that hang on exchange rates are forgotten when these change."""

    def __init__(self, organization: Organization) -> None:
        style = organization.style
        self.organization = facts.Organization(
            id=organization.id,
            currency=style.currency,
            reporting_currency=style.reporting,
            rounding=Rounding(style.rounding),
            internal_overhead_per_hour=style.internal_overhead,
            facility_overhead_per_hour=style.facility_overhead,
        )
        self._exchange = organization.exchange
        self._reports_in = style.reporting or style.currency
        self._half = 0
        self._lasting: dict[tuple[object, ...], tuple[object, ...]] = {}
        self._of_half: dict[tuple[object, ...], tuple[object, ...]] = {}

    def turn_to(self, day: dt.date) -> None:
        """Price what comes by the rates of this day."""
        half = half_of(day)
        if half != self._half:
            self._of_half.clear()
            self._half = half

    def priced(
        self, minutes: int, service: Service, person: Person, salary: facts.Salary | None, day: dt.date
    ) -> tuple[object, ...]:
        """Return the values of PRICED_COLUMNS."""
        deal = service.deal
        override = deal.overrides.get(person.id)
        # Overrides are in the deal's currency and salaries in the organization's.
        price = (
            minutes,
            deal.currency,
            deal.is_client,
            override and override.minor,
            None if override or salary is None else salary.rate.minor,
            salary is None or salary.overhead,
        )
        exchanged = deal.currency != self.organization.currency or self._reports_in != deal.currency
        prices = self._of_half if exchanged else self._lasting
        known = prices.get(price)
        if known is None:
            known = prices[price] = self._compute(minutes, service, override, salary, day)
        return known

    def _compute(
        self,
        minutes: int,
        service: Service,
        override: HourlyRate | None,
        salary: facts.Salary | None,
        day: dt.date,
    ) -> tuple[object, ...]:
        deal = facts.Deal(service.deal.id, service.deal.currency, is_client=service.deal.is_client)
        references = facts.References(
            organization=self.organization,
            person=None,
            service=facts.Service(service.id, service.billing_type, deal),
            rates=facts.Rates(salary, override, self._exchange[self._half]),
        )
        columns, faults = priced(references, minutes=minutes, date=day, overhead=salary is None or salary.overhead)
        if faults:
            raise ValueError(faults[0].message)
        return tuple(columns[name] for name in PRICED_COLUMNS)

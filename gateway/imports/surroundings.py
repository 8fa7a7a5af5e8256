"""What the rules of an imported entry look at, found for a portion of entries at a time."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.domain.exchange import ExchangeRates
from gateway.domain.facts import Organization, Person, Rates, Service
from gateway.imports.preparing import ORGANIZATIONS, Draft, Preparation, References
from gateway.imports.rows import TABLES, defaults
from gateway.store.imports.finished import Values
from gateway.store.writes.facts_from_rows import ExchangeHistory, organization_of, person_of, rates_of, service_of

ENTRIES = TABLES["time_entries"]
BLANK = defaults(ENTRIES)
# What prices hang on; another one of these makes the amounts again.
PRICED_BY = ("date", "time", "person_id", "service_id")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """All that the rules of one entry look at."""

    draft: Draft
    organization: Organization
    person: Person
    service: Service
    rates: Rates
    attribution: Values | None
    invoice: Values | None
    timesheet: Values | None  # of the person and the day
    deal_before: Values | None  # of an entry that is stored

    @property
    def given(self) -> Values:
        return self.draft.given

    def changes(self, *columns: str) -> bool:
        """Tell whether the entry is new, or one of these columns becomes another."""
        before = self.draft.before
        return before is None or any(name in self.given and self.given[name] != before[name] for name in columns)


@dataclass(frozen=True, slots=True)
class _Portion:
    """What was looked up for the entries of a portion; many of them hang on the same few."""

    organizations: Mapping[int, Organization]
    people: Mapping[int, Person]
    services: Mapping[int, Service]
    salaries: Mapping[int, list[Values]]  # by person
    overrides: Mapping[int, list[Values]]  # by deal
    timesheets: Mapping[tuple[int, dt.date], Values]  # by person and day


class Lookups:
    """Finds what entries hang on, a portion at a time."""

    def __init__(self, preparation: Preparation) -> None:
        self._preparation = preparation
        self._exchange: dict[int, ExchangeHistory] = {}
        self._rates: dict[tuple[int, dt.date], ExchangeRates] = {}  # of this portion

    async def surroundings(self, drafts: list[Draft], references: References) -> list[Surroundings]:
        """Return the surroundings of all drafts that are not at fault."""
        sound: list[tuple[Draft, int]] = []
        for draft in drafts:
            organization_id = await self._preparation.organization(ENTRIES, draft, references)
            if organization_id is not None and self._preparation.check(ENTRIES, draft, organization_id, references):
                sound.append((draft, organization_id))
        await self._look_further(references)
        portion = await self._look_up([draft for draft, _ in sound], references)
        self._rates.clear()
        found = [await self._surroundings_of(draft, number, portion, references) for draft, number in sound]
        return [each for each in found if each is not None]

    async def _look_up(self, drafts: Sequence[Draft], references: References) -> _Portion:
        overlay = self._preparation.overlay
        people = {self._of(draft, "person_id") for draft in drafts}
        deals = {self._service_row(draft, references)["deal_id"] for draft in drafts}
        days = {(self._of(draft, "person_id"), self._of(draft, "date")) for draft in drafts}
        return _Portion(
            organizations={number: organization_of(row) for number, row in references.of(ORGANIZATIONS)},
            people={number: person_of(row) for number, row in references.of(TABLES["people"])},
            services={
                number: service_of(row, deal)
                for number, row in references.of(TABLES["services"])
                if (deal := references.row(TABLES["deals"], row["deal_id"])) is not None
            },
            salaries=await overlay.by_key(TABLES["salaries"], "person_id", people),
            overrides=await overlay.by_key(TABLES["deal_cost_rates"], "deal_id", deals),
            timesheets=await overlay.matching(TABLES["timesheets"], ("person_id", "date"), days),
        )

    async def _surroundings_of(
        self, draft: Draft, organization_id: int, portion: _Portion, references: References
    ) -> Surroundings | None:
        service = portion.services.get(self._of(draft, "service_id"))
        person = portion.people.get(self._of(draft, "person_id"))
        organization = portion.organizations.get(organization_id)
        if service is None or person is None or organization is None:
            return None
        attribution = references.row(TABLES["invoice_attributions"], self._of(draft, "invoice_attribution_id"))
        day, overrides = self._of(draft, "date"), portion.overrides[service.deal.id]
        draft.given["organization_id"] = organization_id
        return Surroundings(
            draft=draft,
            organization=organization,
            person=person,
            service=service,
            rates=rates_of(
                day,
                salaries=portion.salaries[person.id],
                override=next((each for each in overrides if each["person_id"] == person.id), None),
                exchange=await self._exchange_on(organization_id, day),
            ),
            attribution=attribution,
            invoice=attribution and references.row(TABLES["invoices"], attribution["invoice_id"]),
            timesheet=portion.timesheets.get((person.id, day)),
            deal_before=references.row(TABLES["deals"], draft.before["deal_id"]) if draft.before else None,
        )

    def _of(self, draft: Draft, column: str) -> Any:  # noqa: ANN401 - a column of any type
        return draft.given[column] if column in draft.given else (draft.before or BLANK)[column]

    def _service_row(self, draft: Draft, references: References) -> Values:
        return references.row(TABLES["services"], self._of(draft, "service_id")) or {}

    async def _look_further(self, references: References) -> None:
        for first, column, second in (
            ("services", "deal_id", "deals"),
            ("invoice_attributions", "invoice_id", "invoices"),
        ):
            numbers = {row[column] for (name, _), row in references.rows.items() if name == first}
            await self._preparation.look_up(references, TABLES[second], numbers, of=ENTRIES)

    async def _exchange_on(self, organization_id: int, day: dt.date) -> ExchangeRates:
        if (organization_id, day) not in self._rates:
            self._rates[organization_id, day] = (await self._exchange_of(organization_id)).on(day)
        return self._rates[organization_id, day]

    async def _exchange_of(self, organization_id: int) -> ExchangeHistory:
        known = self._exchange.get(organization_id)
        if known is None:
            table = TABLES["exchange_rates"]
            rows = await self._preparation.overlay.by_key(table, "organization_id", [organization_id])
            known = self._exchange[organization_id] = ExchangeHistory(rows[organization_id])
        return known

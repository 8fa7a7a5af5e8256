"""Companies, projects, deals, services and tasks, and who works on what in which half-year."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from random import Random

from gateway.domain.codes import BillingType, DealType, InvoicingStatus
from gateway.domain.facts import HourlyRate
from gateway.domain.folding import plain
from gateway.seeding import words
from gateway.seeding.calendar import QUARTERS_A_HALF, Calendar, Size, first_day_of
from gateway.seeding.tables import Tables

TASKS_A_PROJECT = 8
HALVES_A_PROJECT = (2, 3, 4)
PROJECTS_OF_A_PERSON = 3  # at the same time
OVERRIDE_RATES = (3_200, 4_000, 5_500)  # minor units an hour
OVERRIDES_EVERY = 7  # assignments to a deal
APPROVAL_OFF_EVERY = 9  # client projects
BUDGET_EVERY = 4
DAYS_UNTIL_INVOICED, DAYS_UNTIL_FINALIZED = 40, 100


@dataclass(frozen=True, slots=True)
class Invoicing:
    """The share of an invoice that bills a deal's quarter; without one it is not billed."""

    attribution_id: int | None
    invoice_id: int | None
    status: int


@dataclass(frozen=True, slots=True)
class Deal:
    id: int
    project_id: int
    company_id: int | None
    responsible_id: int
    subsidiary_id: int
    currency: str
    is_client: bool
    time_approval: bool
    invoicing: dict[int, Invoicing] = field(default_factory=dict)  # by quarter
    overrides: dict[int, HourlyRate] = field(default_factory=dict)  # by person


@dataclass(frozen=True, slots=True)
class Service:
    id: int
    billing_type: int
    deal: Deal
    task_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Project:
    id: int
    halves: range
    services: tuple[Service, ...]


@dataclass(frozen=True, slots=True)
class Booking:
    id: int
    started_on: dt.date
    ended_on: dt.date
    autotracking: bool


@dataclass(frozen=True, slots=True)
class Assignment:
    """A service that a person works on, and the person's booking on it."""

    service: Service
    booking: Booking | None


@dataclass(frozen=True, slots=True)
class Work:
    """What there is to do: assignments by person and half-year."""

    assignments: dict[tuple[int, int], tuple[Assignment, ...]]


@dataclass(frozen=True, slots=True)
class Maker:
    """What all rows of one organization's work are made with."""

    tables: Tables
    calendar: Calendar
    random: Random
    organization_id: int

    def add(self, table: str, **values: object) -> int:
        return self.tables.add(table, organization_id=self.organization_id, **values)


def make_work(
    tables: Tables,
    calendar: Calendar,
    random: Random,
    *,
    organization_id: int,
    size: Size,
    currencies: Sequence[str],
    own_currency: str,
    subsidiaries: Sequence[int],
    responsible: Sequence[int],
    people: Sequence[int],
) -> Work:
    """Make one organization's projects, and give each person work in each half-year."""
    maker = Maker(tables, calendar, random, organization_id)
    companies = [maker.add("companies", **_named(name)) for name in _company_names(random, size.companies)]
    client = [
        _client_project(
            maker,
            place,
            company_id=companies[place % len(companies)],
            currency=currencies[place % len(currencies)],
            responsible_id=responsible[place % len(responsible)],
            subsidiary_id=subsidiaries[place % len(subsidiaries)],
        )
        for place in range(size.client_projects)
    ]
    internal = [
        _internal_project(
            maker,
            place,
            currency=own_currency,
            responsible_id=responsible[place % len(responsible)],
            subsidiary_id=subsidiaries[place % len(subsidiaries)],
        )
        for place in range(size.internal_projects)
    ]
    return Work(dict(_assignments(maker, client, internal, people)))


def _named(name: str) -> dict[str, str]:
    return {"name": name, "name_folded": name.casefold(), "name_plain": plain(name)}


def _company_names(random: Random, count: int) -> Iterator[str]:
    for place in range(count):
        name = f"{random.choice(words.COMPANY_FIRST)} {random.choice(words.COMPANY_SECOND)}"
        yield name if place < len(words.COMPANY_FIRST) else f"{name} {place}"


def _client_project(
    maker: Maker, place: int, *, company_id: int, currency: str, responsible_id: int, subsidiary_id: int
) -> Project:
    halves = maker.calendar.halves
    # Some projects began before the calendar; one that runs today is among any few.
    start = halves.stop - 1 - place % (len(halves) + 1)
    active = range(start, start + HALVES_A_PROJECT[place % len(HALVES_A_PROJECT)])
    name = f"{maker.random.choice(words.COMPANY_FIRST)} {words.PROJECT_KINDS[place % len(words.PROJECT_KINDS)]}"
    project_id = maker.add("projects", company_id=company_id, **_named(name), number=f"P-{place + 1:04}")
    tasks = tuple(_tasks(maker, project_id))
    services: list[Service] = []
    for phase in words.DEAL_PHASES[: 1 + place % 2]:
        deal = _deal(
            maker,
            f"{name}, {phase}",
            project_id=project_id,
            company_id=company_id,
            responsible_id=responsible_id,
            subsidiary_id=subsidiary_id,
            currency=currency,
            is_client=True,
            time_approval=place % APPROVAL_OFF_EVERY != APPROVAL_OFF_EVERY - 1,
            budget=place % BUDGET_EVERY == 0,
        )
        _invoices(maker, deal, active)
        services += (
            _service(maker, deal, service, billing_type=billing_type, task_ids=tasks)
            for service, billing_type in zip(words.SERVICES, BillingType, strict=True)
        )
    return Project(project_id, active, tuple(services))


def _internal_project(maker: Maker, place: int, *, currency: str, responsible_id: int, subsidiary_id: int) -> Project:
    name = words.INTERNAL_KINDS[place % len(words.INTERNAL_KINDS)]
    if place >= len(words.INTERNAL_KINDS):
        name = f"{name}, team {place + 1}"
    project_id = maker.add("projects", company_id=None, **_named(name), number=None)
    deal = _deal(
        maker,
        name,
        project_id=project_id,
        company_id=None,
        responsible_id=responsible_id,
        subsidiary_id=subsidiary_id,
        currency=currency,
        is_client=False,
        time_approval=True,
        budget=True,
    )
    services = tuple(
        _service(maker, deal, service, billing_type=BillingType.NON_BILLABLE, task_ids=())
        for service in words.INTERNAL_SERVICES
    )
    return Project(project_id, maker.calendar.halves, services)


def _tasks(maker: Maker, project_id: int) -> Iterator[int]:
    for place in range(TASKS_A_PROJECT):
        title = f"{maker.random.choice(words.TASK_VERBS)} {maker.random.choice(words.TASK_OBJECTS)}"
        estimate = maker.random.choice((None, 240, 480, 960, 2400))
        yield maker.add(
            "tasks",
            project_id=project_id,
            title=title,
            title_folded=title.casefold(),
            title_plain=plain(title),
            number=str(place + 1),
            initial_estimate=estimate,
            # Below 0 where more was done than planned.
            remaining_time=None if estimate is None else estimate - maker.random.randrange(0, 600, 15),
            closed=maker.random.random() < 0.3,  # noqa: PLR2004 - a share
        )


def _deal(
    maker: Maker,
    name: str,
    *,
    project_id: int,
    company_id: int | None,
    responsible_id: int,
    subsidiary_id: int,
    currency: str,
    is_client: bool,
    time_approval: bool,
    budget: bool,
) -> Deal:
    deal_id = maker.add(
        "deals",
        project_id=project_id,
        company_id=company_id,
        responsible_id=responsible_id,
        subsidiary_id=subsidiary_id,
        **_named(name),
        currency=currency,
        budget=budget,
        deal_type_id=(DealType.CLIENT if is_client else DealType.INTERNAL).value,
        time_approval=time_approval,
    )
    return Deal(deal_id, project_id, company_id, responsible_id, subsidiary_id, currency, is_client, time_approval)


def _service(maker: Maker, deal: Deal, name: str, *, billing_type: BillingType, task_ids: tuple[int, ...]) -> Service:
    number = maker.add("services", deal_id=deal.id, **_named(name), billing_type_id=billing_type.value)
    return Service(number, billing_type.value, deal, task_ids)


def _invoices(maker: Maker, deal: Deal, halves: range) -> None:
    """Bill each quarter of a deal some weeks after its end; the newest bills are drafts."""
    first = halves.start * QUARTERS_A_HALF
    for quarter in range(first, first + len(halves) * QUARTERS_A_HALF):
        days_ago = (maker.calendar.today - first_day_of(quarter + 1)).days
        if quarter not in maker.calendar.quarters or days_ago < DAYS_UNTIL_INVOICED:
            continue
        finalized = days_ago >= DAYS_UNTIL_FINALIZED
        invoice_id = maker.add(
            "invoices",
            company_id=deal.company_id,
            number=f"{quarter // 4}-{maker.tables.next_id('invoices'):05}" if finalized else None,
            finalized_on=first_day_of(quarter + 1) + dt.timedelta(days=DAYS_UNTIL_INVOICED) if finalized else None,
        )
        attribution_id = maker.add(
            "invoice_attributions",
            invoice_id=invoice_id,
            deal_id=deal.id,
            amount=maker.random.randrange(50_000, 2_000_000, 50),
        )
        status = InvoicingStatus.FINALIZED if finalized else InvoicingStatus.DRAFTED
        deal.invoicing[quarter] = Invoicing(attribution_id, invoice_id, status.value)


def _assignments(
    maker: Maker, client: list[Project], internal: list[Project], people: Sequence[int]
) -> Iterator[tuple[tuple[int, int], tuple[Assignment, ...]]]:
    """Yield ((person, half-year), work): some projects that run then, and an internal one."""
    for half in maker.calendar.halves:
        running = [project for project in client if half in project.halves] or client
        for place, person_id in enumerate(people):
            chosen = [running[maker.random.randrange(len(running))] for _ in range(PROJECTS_OF_A_PERSON)]
            services = [service for project in chosen for service in project.services]
            services += internal[place % len(internal)].services
            yield (person_id, half), tuple(_assignment(maker, person_id, half, service) for service in services)


def _assignment(maker: Maker, person_id: int, half: int, service: Service) -> Assignment:
    if maker.random.randrange(OVERRIDES_EVERY) == 0 and service.deal.is_client:
        _override(maker, person_id, service.deal)
    booked = maker.random.randrange(4) == 0
    return Assignment(service, _booking(maker, person_id, half, service) if booked else None)


def _override(maker: Maker, person_id: int, deal: Deal) -> None:
    if person_id in deal.overrides or deal.currency == "JPY":
        return
    rate = HourlyRate(maker.random.choice(OVERRIDE_RATES), deal.currency)
    deal.overrides[person_id] = rate
    maker.add("deal_cost_rates", deal_id=deal.id, person_id=person_id, cost=rate.minor, currency=rate.currency)


def _booking(maker: Maker, person_id: int, half: int, service: Service) -> Booking:
    started_on = first_day_of(half * QUARTERS_A_HALF) + dt.timedelta(days=maker.random.randrange(90))
    ended_on = started_on + dt.timedelta(days=maker.random.randrange(14, 60))
    autotracking = maker.random.randrange(3) == 0
    number = maker.add(
        "bookings",
        person_id=person_id,
        service_id=service.id,
        started_on=started_on,
        ended_on=ended_on,
        autotracking=autotracking,
    )
    return Booking(number, started_on, ended_on, autotracking)

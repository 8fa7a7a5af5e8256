"""What entries hang on: organizations, people and rates, and (in `work`) companies, projects, deals and services."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from random import Random

from gateway.domain.exchange import ExchangeRates
from gateway.domain.facts import HourlyRate, Salary
from gateway.domain.folding import plain
from gateway.domain.rounding import RoundingMethod
from gateway.seeding import words
from gateway.seeding.calendar import QUARTERS_A_HALF, Calendar, Size, first_day_of
from gateway.seeding.tables import Tables
from gateway.seeding.work import Work, make_work
from gateway.store.bulk.batches import Batch, Encoding

# Rates step by level and year, so that there are few different prices and each is computed once.
LEVELS = 6
LOWEST_RATE, RATE_STEP, RAISE_A_YEAR = 1_850, 425, 50  # minor units an hour
SALARIES_A_PERSON = 3
WITHOUT_OVERHEAD = (6, 13)  # the seventh of every 13 people has a rate that excludes overhead
UNPAID = (7, 17)  # the eighth of every 17 has no cost rate


@dataclass(frozen=True, slots=True)
class Style:
    """What sets one organization apart."""

    currency: str
    zone: str
    timesheets: bool
    reporting: str | None
    rounding: RoundingMethod
    internal_overhead: int  # minor units an hour
    facility_overhead: int  # likewise
    deal_currencies: tuple[str, ...]


STYLES = (
    Style(
        currency="EUR",
        zone="Europe/Zagreb",
        timesheets=True,
        reporting=None,
        rounding=RoundingMethod.NONE,
        internal_overhead=450,
        facility_overhead=275,
        deal_currencies=("EUR", "EUR", "EUR", "USD", "GBP"),
    ),
    Style(
        currency="USD",
        zone="America/New_York",
        timesheets=False,
        reporting="EUR",
        rounding=RoundingMethod.NEAREST,
        internal_overhead=0,
        facility_overhead=0,
        deal_currencies=("USD", "USD", "USD", "EUR", "JPY"),
    ),
)
# How many units one unit of the first is, at the start of the calendar. Some pairs are known one way only.
EXCHANGE = {("EUR", "USD"): 1.0850, ("EUR", "GBP"): 0.8425, ("USD", "JPY"): 141.25, ("JPY", "EUR"): 0.006525}


@dataclass(frozen=True, slots=True)
class Person:
    id: int
    subsidiary_id: int
    manager_id: int | None
    salaries: tuple[tuple[dt.date, Salary], ...]  # with the day each begins, the newest first

    def salary_on(self, day: dt.date) -> Salary | None:
        """Return the cost rate that is valid on a day."""
        return next((salary for started_on, salary in self.salaries if started_on <= day), None)


@dataclass(frozen=True, slots=True)
class Cast:
    """What a demo shows of an organization: its name, its size, and the people to sign in as."""

    organization: str
    entries: int
    admin_id: int
    manager_id: int
    member_id: int


@dataclass(frozen=True, slots=True)
class Organization:
    id: int
    size: Size
    style: Style
    people: tuple[Person, ...]
    cast: Cast
    work: Work
    exchange: Mapping[int, ExchangeRates]  # by half-year


@dataclass(slots=True)
class Directory:
    """Everything but the entries, as objects for those who make entries and as rows for the store."""

    tables: Tables
    organizations: list[Organization] = field(default_factory=list)

    def batches(self, encoding: Encoding) -> Iterator[Batch]:
        """Yield the rows of every table, what is referred to first."""
        return self.tables.batches(encoding)


def make_directory(calendar: Calendar, *, seed: int) -> Directory:
    """Make the organizations and all they have, by one random source."""
    random = Random(seed)  # noqa: S311 - demo data has to be the same each time, not secret
    directory = Directory(Tables())
    for place, size in enumerate(calendar.sizes):
        directory.organizations.append(_organization(directory.tables, calendar, random, place=place, size=size))
    return directory


def _organization(tables: Tables, calendar: Calendar, random: Random, *, place: int, size: Size) -> Organization:
    style = STYLES[place % len(STYLES)]
    name = words.ORGANIZATION_NAMES[place % len(words.ORGANIZATION_NAMES)]
    organization_id = _add_organization(tables, style, name=name)
    subsidiaries = [
        tables.add(
            "subsidiaries",
            organization_id=organization_id,
            name=f"{name} {office.lower()}",
            name_folded=f"{name} {office}".casefold(),
        )
        for office in words.SUBSIDIARY_NAMES
    ]
    people = tuple(
        _people(
            tables,
            calendar,
            random,
            organization_id=organization_id,
            size=size,
            style=style,
            subsidiaries=subsidiaries,
        )
    )
    managers = people[1 : 1 + size.managers]
    return Organization(
        id=organization_id,
        size=size,
        style=style,
        people=people,
        cast=Cast(name, size.entries, people[0].id, managers[0].id, people[1 + size.managers].id),
        work=make_work(
            tables,
            calendar,
            random,
            organization_id=organization_id,
            size=size,
            currencies=style.deal_currencies,
            own_currency=style.currency,
            subsidiaries=subsidiaries,
            responsible=[person.id for person in managers],
            people=[person.id for person in people],
        ),
        exchange=_exchange(tables, calendar, random, organization_id),
    )


def _add_organization(tables: Tables, style: Style, *, name: str) -> int:
    """Add an organization with its settings, and the counter of its changes."""
    number = tables.add(
        "organizations",
        name=name,
        name_folded=name.casefold(),
        currency=style.currency,
        time_zone=style.zone,
        timesheet_submission=style.timesheets,
        lock_approved=False,
        reapprove_edited=False,
        reporting_currency=style.reporting,
        rounding_method=style.rounding.value,
        rounding_interval=15,
        internal_overhead_per_hour=style.internal_overhead,
        facility_overhead_per_hour=style.facility_overhead,
    )
    tables.add_without_id("change_counters", organization_id=number, last_id=0)
    return number


def _people(
    tables: Tables,
    calendar: Calendar,
    random: Random,
    *,
    organization_id: int,
    size: Size,
    style: Style,
    subsidiaries: list[int],
) -> Iterator[Person]:
    first_id = tables.next_id("people")
    for place in range(size.people):
        role = "ADMIN" if place == 0 else "MANAGER" if place <= size.managers else "MEMBER"
        manager_id = {"ADMIN": None, "MANAGER": first_id}.get(role, first_id + 1 + place % size.managers)
        first, last = random.choice(words.FIRST_NAMES), random.choice(words.LAST_NAMES)
        subsidiary_id = subsidiaries[place % len(subsidiaries)]
        person_id = tables.add(
            "people",
            organization_id=organization_id,
            subsidiary_id=subsidiary_id,
            manager_id=manager_id,
            first_name=first,
            last_name=last,
            name_folded=f"{first} {last}".casefold(),
            name_plain=plain(f"{first} {last}"),
            email=f"person{first_id + place}@example.com",
            title=random.choice(words.TITLES),
            role=role,
            can_see_costs=role == "MANAGER" and place % 2 == 1,
        )
        salaries = () if place % UNPAID[1] == UNPAID[0] else tuple(_salaries(calendar, random, place, style))
        _add_salaries(tables, salaries, organization_id=organization_id, person_id=person_id)
        yield Person(person_id, subsidiary_id, manager_id, salaries)


def _add_salaries(
    tables: Tables, salaries: tuple[tuple[dt.date, Salary], ...], *, organization_id: int, person_id: int
) -> None:
    """Add a person's rates, the newest first; each ends on the day before the next one begins."""
    ended_on = None
    for started_on, salary in salaries:
        tables.add(
            "salaries",
            organization_id=organization_id,
            person_id=person_id,
            cost=salary.rate.minor,
            currency=salary.rate.currency,
            overhead=salary.overhead,
            started_on=started_on,
            ended_on=ended_on,
        )
        ended_on = started_on - dt.timedelta(days=1)


def _salaries(calendar: Calendar, random: Random, place: int, style: Style) -> Iterator[tuple[dt.date, Salary]]:
    """Yield (first day, rate): a person's cost rates, the newest first; the oldest begins before the calendar."""
    level = random.randrange(LEVELS)
    overhead = place % WITHOUT_OVERHEAD[1] != WITHOUT_OVERHEAD[0]
    last_year = calendar.today.year
    for years_ago in (*range(0, SALARIES_A_PERSON * 2 - 2, 2), last_year - calendar.days[0].year + 1):
        started_on = dt.date(last_year - years_ago, 1, 1)
        minor = LOWEST_RATE + RATE_STEP * level + RAISE_A_YEAR * (SALARIES_A_PERSON * 2 - years_ago)
        yield started_on, Salary(HourlyRate(minor, style.currency), overhead)


def _exchange(tables: Tables, calendar: Calendar, random: Random, organization_id: int) -> dict[int, ExchangeRates]:
    """Make the rates of each half-year, from one before the calendar on."""
    known: dict[int, dict[tuple[str, str], str]] = {}
    for (source, target), start in EXCHANGE.items():
        rate = start
        for half in range(calendar.halves.start - 1, calendar.halves.stop):
            rate *= random.uniform(0.97, 1.03)
            written = f"{rate:.6f}"
            known.setdefault(half, {})[source, target] = written
            tables.add(
                "exchange_rates",
                organization_id=organization_id,
                from_currency=source,
                to_currency=target,
                rate=written,
                date=first_day_of(half * QUARTERS_A_HALF),
            )
    return {half: ExchangeRates(rates) for half, rates in known.items()}

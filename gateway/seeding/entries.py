"""Time entries day by day, in every state, with their timesheets and approval statuses."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from random import Random

from gateway.domain import facts
from gateway.domain.attributes import FOLDED
from gateway.domain.codes import BillingType, InvoicingStatus, TrackMethod
from gateway.domain.instants import HOUR, MINUTE, zone
from gateway.seeding import words
from gateway.seeding.calendar import Calendar, half_of, quarter_of
from gateway.seeding.decisions import OUTCOME_COLUMNS, Decisions
from gateway.seeding.directory import Directory, Organization, Person
from gateway.seeding.prices import PRICED_COLUMNS, Prices
from gateway.seeding.work import Assignment, Invoicing
from gateway.store.bulk.batches import Batch, Encoding

ROWS_A_BATCH = 5_000
JIRA_TEXTS = ("jira_issue_id", "jira_issue_status", "jira_issue_summary", "jira_organization", "jira_worklog_id")
JIRA_COLUMNS = (*JIRA_TEXTS, *(f"{name}_folded" for name in JIRA_TEXTS if name in FOLDED))
NO_JIRA = (None,) * len(JIRA_COLUMNS)
JIRA_ISSUES = 500

TIMESHEET_COLUMNS = ("id", "organization_id", "person_id", "creator_id", "date", "created_at", "imported")
STATUS_COLUMNS = ("id", "organization_id", "time_entry_id", "approver_id", "approved_at", "rejected_at", "note")

# Most entries are whole quarters of an hour; some come from a stop watch, and one in 64 is empty.
MINUTES = (15, 30, 30, 45, 60, 60, 60, 90, 90, 120, 120, 120, 180, 180, 240, 480) * 4
MINUTES = (*MINUTES[:-6], 0, 7, 22, 37, 52, 95)
RUNNING_TIMERS = 2  # people whose timer runs on the last day
SUBMITTED_AFTER_DAYS = 14
SET_APART = 30  # minutes
TASKED, OF_TASKED = 3, 5  # so many of so many entries have a task, where there are tasks
FIRST_CALENDAR_EVENT = 10**9
# Where in the random bits of an entry each choice begins; a random number for each would take several times as long.
OF_MINUTES, OF_CREATED, OF_TASK, OF_BOOKING, OF_START, OF_BILLABLE, OF_INVOICE = 0, 6, 14, 20, 22, 24, 28
OF_CREATOR, OF_NOTE, OF_SILENCE, OF_EVENT, OF_TIMER, OF_JIRA = 30, 33, 38, 40, 42, 44
FOLDED_NOTES: Mapping[str | None, str] = {note: note.casefold() for note in words.NOTES}
NOT_BILLED = Invoicing(None, None, InvoicingStatus.NOT_INVOICED.value)


@dataclass(slots=True)
class Output:
    """Rows that wait to be loaded together, and the numbers given out so far."""

    encoding: Encoding
    entries: list[tuple[object, ...]] = field(default_factory=list)
    entry_columns: tuple[str, ...] = ()
    timesheets: list[tuple[object, ...]] = field(default_factory=list)
    statuses: list[tuple[object, ...]] = field(default_factory=list)
    last_entry: int = 0
    last_timesheet: int = 0
    last_status: int = 0

    def add_entry(self, entry: dict[str, object]) -> None:
        """Add a row; all of them name the same columns in the same order."""
        self.entry_columns = self.entry_columns or tuple(entry)
        self.entries.append(tuple(entry.values()))

    def batches(self) -> Iterator[Batch]:
        """Hand over the rows, what is referred to first."""
        yield Batch("timesheets", TIMESHEET_COLUMNS, self.timesheets)
        if self.entries:
            yield Batch("time_entries", self.entry_columns, self.entries)
        yield Batch("approval_statuses", STATUS_COLUMNS, self.statuses)
        self.entries, self.timesheets, self.statuses = [], [], []


def entry_batches(directory: Directory, calendar: Calendar, encoding: Encoding, *, seed: int) -> Iterator[Batch]:
    """Yield all entries in the order of their days, so that numbers grow with time as they do in life."""
    output = Output(encoding)
    makers = [
        (EntryMaker(organization, calendar, output, seed=seed), list(calendar.quotas(organization.size)))
        for organization in directory.organizations
    ]
    for place, day in enumerate(calendar.days):
        for maker, quotas in makers:
            maker.make(day, quotas[place])
        if len(output.entries) >= ROWS_A_BATCH:
            yield from output.batches()
    yield from output.batches()


@dataclass(frozen=True, slots=True)
class Today:
    """What the entries of one day share."""

    day: dt.date
    written: object  # the day as the database wants it
    quarter: int
    age: int  # days until the last day of the calendar
    midnight: int
    opening: int  # when people begin to write entries
    span: int  # for how long they do


@dataclass(frozen=True, slots=True)
class PersonDay:
    """What a person's entries of a day share."""

    person: Person
    salary: facts.Salary | None
    today: Today
    timesheet_id: int | None
    submitted_at: int | None


class EntryMaker:
    """Makes one organization's entries."""

    def __init__(self, organization: Organization, calendar: Calendar, output: Output, *, seed: int) -> None:
        self.organization, self.calendar, self.output = organization, calendar, output
        self.random = Random(f"{seed} {organization.id}")  # noqa: S311 - demo data
        self.prices = Prices(organization)
        self.decisions = Decisions(output.encoding)
        self.zone = zone(organization.style.zone)
        self.yes, self.no = output.encoding.yes, output.encoding.no
        rounding = self.prices.organization.rounding
        self.billable = {minutes: rounding.apply(minutes) for minutes in MINUTES}
        self.jira = list(_jira_issues(self.random))

    def make(self, day: dt.date, quota: int) -> None:
        """Make a day's entries: about three a person, of as many people as it takes."""
        if not quota:
            return
        people = self.organization.people
        active = min(len(people), max(1, round(quota / 3)))
        first = self.random.randrange(len(people)) if active < len(people) else 0
        today = self._today(day)
        self.prices.turn_to(day)
        each, more = divmod(quota, active)
        carried = 0
        for place in range(active):
            due = each + (place < more) + carried
            # Neighbours differ: one does an entry less, the next one more.
            carried = 1 if place % 2 == 0 and due > 1 and place + 1 < active else 0
            self._person_day(people[(first + place) % len(people)], today, due - carried, place)

    def _today(self, day: dt.date) -> Today:
        age = (self.calendar.today - day).days
        midnight = self.zone.start_of(day)
        # Nothing of the last day lies in the future of somebody who looks at it in the morning.
        opening, span = (midnight + 9 * HOUR, 8 * HOUR) if age else (midnight, HOUR)
        return Today(day, self.output.encoding.day(day), quarter_of(day), age, midnight, opening, span)

    def _person_day(self, person: Person, today: Today, count: int, place: int) -> None:
        work = self.organization.work.assignments[person.id, half_of(today.day)]
        timesheet_id, submitted_at = self._timesheet(person, today)
        shared = PersonDay(person, person.salary_on(today.day), today, timesheet_id, submitted_at)
        for nth in range(count):
            running = not today.age and not nth and place < RUNNING_TIMERS
            bits = self.random.getrandbits(60)
            self._entry(shared, work[bits % len(work)], bits >> 8, running=running)

    def _timesheet(self, person: Person, today: Today) -> tuple[int | None, int | None]:
        """Submit the day, sooner or later: drafts are of the last two weeks."""
        if not self.organization.style.timesheets or not today.age:
            return None, None
        if today.age <= SUBMITTED_AFTER_DAYS and self.random.randrange(SUBMITTED_AFTER_DAYS) >= today.age:
            return None, None
        output = self.output
        output.last_timesheet += 1
        submitted_at = today.midnight + 18 * HOUR + self.random.randrange(HOUR)
        output.timesheets.append(
            (output.last_timesheet, self.organization.id, person.id, person.id, today.written, submitted_at, self.no)
        )
        return output.last_timesheet, submitted_at

    def _entry(self, shared: PersonDay, assignment: Assignment, bits: int, *, running: bool) -> None:
        """Make one entry; each of its choices takes some of the random bits."""
        person, salary, today, service = shared.person, shared.salary, shared.today, assignment.service
        deal, output = service.deal, self.output
        minutes = 0 if running else MINUTES[(bits >> OF_MINUTES) & 63]
        created_at = today.opening + (bits >> OF_CREATED) % today.span
        output.last_entry = number = output.last_entry + 1
        creator_id = person.manager_id or person.id if (bits >> OF_CREATOR) & 31 == 0 else person.id
        outcome = self.decisions.decide(
            deal,
            self.random.getrandbits(50),
            person_id=person.id,
            creator_id=creator_id,
            age=today.age,
            created_at=created_at,
            submitted_at=shared.submitted_at,
        )
        booking_id, autotracked = _booked(assignment, today, bits >> OF_BOOKING)
        billable = (
            0 if service.billing_type == BillingType.NON_BILLABLE else self._billable(minutes, bits >> OF_BILLABLE)
        )
        invoiced = NOT_BILLED
        if billable and outcome.approved and (bits >> OF_INVOICE) & 7:
            invoiced = deal.invoicing.get(today.quarter, NOT_BILLED)
        note = words.NOTES[(bits >> OF_NOTE) % len(words.NOTES)] if (bits >> OF_SILENCE) & 3 else None
        method, started_at, stopped_at = _timer(today, minutes, created_at, bits >> OF_TIMER, running=running)
        output.add_entry(
            {
                "id": number,
                "organization_id": self.organization.id,
                "imported": self.no,
                "person_id": person.id,
                "person_subsidiary_id": person.subsidiary_id,
                "creator_id": creator_id,
                "service_id": service.id,
                "task_id": _task(service.task_ids, bits >> OF_TASK),
                "billing_type_id": service.billing_type,
                "deal_id": deal.id,
                "project_id": deal.project_id,
                "company_id": deal.company_id,
                "responsible_id": deal.responsible_id,
                "deal_subsidiary_id": deal.subsidiary_id,
                "booking_id": booking_id,
                "autotracked": self.yes if autotracked else self.no,
                "invoice_attribution_id": invoiced.attribution_id,
                "invoice_id": invoiced.invoice_id,
                "invoicing_status_id": invoiced.status,
                "timesheet_id": shared.timesheet_id,
                "submitted": self.no if shared.timesheet_id is None else self.yes,
                "date": today.written,
                "time": minutes,
                "billable_time": billable,
                "overhead": self.yes if salary is None or salary.overhead else self.no,
                "created_at": created_at,
                "last_activity_at": created_at,
                "started_at": _started_at(today, bits >> OF_START),
                "note": note,
                "note_folded": FOLDED_NOTES.get(note),
                "calendar_event_id": FIRST_CALENDAR_EVENT + number if (bits >> OF_EVENT) & 31 == 0 else None,
                "track_method_id": method,
                "timer_started_at": started_at,
                "timer_stopped_at": stopped_at,
                **dict(zip(OUTCOME_COLUMNS, outcome.values, strict=True)),
                **dict(zip(JIRA_COLUMNS, self._jira(number, bits >> OF_JIRA), strict=True)),
                **dict(
                    zip(PRICED_COLUMNS, self.prices.priced(minutes, service, person, salary, today.day), strict=True)
                ),
            }
        )
        if outcome.recorded:
            output.last_status += 1
            output.statuses.append((output.last_status, self.organization.id, number, *outcome.recorded))

    def _billable(self, minutes: int, bits: int) -> int:
        """Return the time as the organization rounds it; one in 16 was set apart from it."""
        rounded = self.billable[minutes]
        return rounded if bits & 15 or minutes < SET_APART else rounded - SET_APART

    def _jira(self, number: int, bits: int) -> tuple[object, ...]:
        """Return the jira texts that one entry in five has."""
        if bits % 5:
            return NO_JIRA
        texts, folded = self.jira[bits % JIRA_ISSUES]
        worklog = str(10_000 + number)
        return (*texts, worklog, *folded, worklog)


def _task(task_ids: tuple[int, ...], bits: int) -> int | None:
    return task_ids[bits % len(task_ids)] if task_ids and (bits >> 3) % OF_TASKED < TASKED else None


def _started_at(today: Today, bits: int) -> int | None:
    """Return when the work began, which one entry in four says: a quarter of an hour between 8 and 17."""
    return today.midnight + (32 + bits % 36) * 15 * MINUTE if today.age and (bits >> 6) & 3 == 0 else None


def _booked(assignment: Assignment, today: Today, bits: int) -> tuple[int | None, bool]:
    booking = assignment.booking
    if booking is None or bits & 1 or not booking.started_on <= today.day <= booking.ended_on:
        return None, False
    return booking.id, booking.autotracking


def _timer(
    today: Today, minutes: int, created_at: int, bits: int, *, running: bool
) -> tuple[int, int | None, int | None]:
    """Return how the time was tracked, and when a timer was started and stopped, in whole seconds."""
    if running:
        return TrackMethod.BY_TIMER.value, created_at - created_at % 1000, None
    if not today.age or bits & 7:
        return TrackMethod.BY_HAND.value, None, None
    stopped_at = created_at + minutes * MINUTE
    method = TrackMethod.BY_TIMER if bits & 8 else TrackMethod.BY_HAND_AND_TIMER
    return method.value, None, stopped_at - stopped_at % 1000


def _jira_issues(random: Random) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Yield some issues: the texts but the worklog, and those that are folded."""
    for number in range(1, JIRA_ISSUES + 1):
        texts = (
            f"{random.choice(words.JIRA_KEYS)}-{number}",
            random.choice(words.JIRA_STATUSES),
            random.choice(words.JIRA_SUMMARIES),
        )
        yield (*texts, "example"), tuple(text.casefold() for text in texts)

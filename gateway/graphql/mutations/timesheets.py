"""`timesheetSubmit` and `timesheetUnsubmit`."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.domain.attributes import read_date
from gateway.domain.errors import Fault
from gateway.graphql.mutations.answers import Answer
from gateway.graphql.mutations.writes import Values, WritePlan
from gateway.graphql.run import Run
from gateway.operations.timesheets import Day, submit_timesheet, unsubmit_timesheet
from gateway.operations.work import Work
from gateway.querying.identifiers import id_or_nobody


@dataclass(frozen=True, slots=True)
class PersonsDay:
    """A person and a day, or why it is not one."""

    person_id: int
    date: dt.date | Sequence[Fault]


class _DayPlan(WritePlan):
    def command(self, _run: Run, values: Values) -> PersonsDay:
        """Read whose day it is."""
        date, faults = read_date(values["date"], ("date",))
        return PersonsDay(id_or_nobody(values["personId"], "Person"), date or faults)


def _answer(day: Day) -> Answer:
    return Answer(timesheet=day.timesheet_id, time_entries=day.entry_ids)


class SubmitPlan(_DayPlan):
    """`timesheetSubmit`."""

    async def perform(self, work: Work, command: PersonsDay) -> Answer:
        """Submit the day."""
        return _answer(await submit_timesheet(work, command.person_id, command.date))


class UnsubmitPlan(_DayPlan):
    """`timesheetUnsubmit`."""

    async def perform(self, work: Work, command: PersonsDay) -> Answer:
        """Take the day back."""
        return _answer(await unsubmit_timesheet(work, command.person_id, command.date))

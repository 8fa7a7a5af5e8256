"""`timesheetSubmit` and `timesheetUnsubmit`."""

from dataclasses import dataclass

from gateway.domain.errors import Refusal
from gateway.graphql.mutations.answers import Answer
from gateway.graphql.mutations.arguments import number_of
from gateway.graphql.mutations.writes import Values, WritePlan
from gateway.graphql.run import Run
from gateway.operations.timesheets import Day, submit_timesheet, unsubmit_timesheet
from gateway.operations.work import Work


@dataclass(frozen=True, slots=True)
class PersonsDay:
    """A person and a day, still as text."""

    person_id: int
    date: str


class _DayPlan(WritePlan):
    def command(self, _run: Run, values: Values) -> PersonsDay:
        """Read whose day it is."""
        return PersonsDay(number_of(values["personId"], "Person"), values["date"])

    def refused(self, command: PersonsDay, refusal: Refusal) -> Answer:
        """Answer no entries."""
        del command
        return Answer(faults=refusal.faults, lists={"timeEntries": ()})


def _answer(day: Day) -> Answer:
    return Answer(records={"timesheet": day.timesheet_id}, lists={"timeEntries": day.entries})


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

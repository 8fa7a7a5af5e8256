"""`timesheetSubmit` and `timesheetUnsubmit`."""

import datetime as dt
from collections.abc import Sequence

from gateway.domain.attributes import read_date
from gateway.domain.errors import Fault
from gateway.graphql.mutations.answers import Answer
from gateway.graphql.mutations.writes import Values, WritePlan
from gateway.graphql.run import Run
from gateway.operations.commands import Done, SubmitDay, TakeDayBack
from gateway.querying.identifiers import id_or_nobody


def _day(values: Values) -> tuple[int, dt.date | Sequence[Fault]]:
    """Read whose day it is, and which, or why it is none."""
    date, faults = read_date(values["date"], ("date",))
    return id_or_nobody(values["personId"], "Person"), date or faults


class _DayPlan(WritePlan):
    def answer(self, done: Done) -> Answer:
        """Show the timesheet and the entries of the day."""
        return Answer(timesheet=done.timesheet_id, time_entries=done.entry_ids)


class SubmitPlan(_DayPlan):
    """`timesheetSubmit`."""

    def command(self, _run: Run, values: Values) -> SubmitDay:
        """Read whose day it is."""
        return SubmitDay(*_day(values))


class UnsubmitPlan(_DayPlan):
    """`timesheetUnsubmit`."""

    def command(self, _run: Run, values: Values) -> TakeDayBack:
        """Read whose day it is."""
        return TakeDayBack(*_day(values))

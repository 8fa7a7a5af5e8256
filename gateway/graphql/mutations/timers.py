"""`timerStart` and `timerStop`."""

from dataclasses import dataclass

from gateway.domain.timers import StartTimer
from gateway.graphql.mutations.answers import Answer
from gateway.graphql.mutations.arguments import number_of, optional_number
from gateway.graphql.mutations.writes import Values, WritePlan
from gateway.graphql.run import Run
from gateway.operations.idempotency import Key
from gateway.operations.timers import start_timer, stop_timer
from gateway.operations.work import Work


@dataclass(frozen=True, slots=True)
class Start:
    """A timer to start, and the client's key for it."""

    command: StartTimer
    key: Key | None


class TimerStartPlan(WritePlan):
    """`timerStart`."""

    def command(self, _run: Run, values: Values) -> Start:
        """Read the input; null is as absent."""
        given = values["input"]
        command = StartTimer(
            person_id=optional_number(given.get("personId"), "Person"),
            service_id=optional_number(given.get("serviceId"), "Service"),
            time_entry_id=optional_number(given.get("timeEntryId"), "TimeEntry"),
            task_id=optional_number(given.get("taskId"), "Task"),
            note=given.get("note"),
        )
        return Start(command, Key.of("timerStart", given.get("idempotencyKey"), command))

    async def perform(self, work: Work, command: Start) -> Answer:
        """Start the timer."""
        started = await start_timer(work, command.command, command.key)
        return Answer(records={"timeEntry": started.number, "stoppedTimeEntry": started.stopped})


class TimerStopPlan(WritePlan):
    """`timerStop`."""

    def command(self, _run: Run, values: Values) -> int:
        """Read the id."""
        return number_of(values["timeEntryId"])

    async def perform(self, work: Work, command: int) -> Answer:
        """Stop the timer."""
        return Answer(records={"timeEntry": await stop_timer(work, command)})

    def subject(self, command: int) -> int:
        """Show this entry beside a conflict."""
        return command

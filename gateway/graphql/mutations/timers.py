"""`timerStart` and `timerStop`."""

from dataclasses import asdict, dataclass

from gateway.domain.timers import StartTimer
from gateway.graphql.mutations.answers import Answer
from gateway.graphql.mutations.writes import Values, WritePlan
from gateway.graphql.run import Run
from gateway.operations.idempotency import Key
from gateway.operations.timers import start_timer, stop_timer
from gateway.operations.work import Work
from gateway.querying.identifiers import id_or_nobody


@dataclass(frozen=True, slots=True)
class Start:
    """A timer to start, and the client's key for it."""

    command: StartTimer
    key: Key | None


def _id(given: Values, name: str, type_name: str) -> int | None:
    text = given.get(name)
    return None if text is None else id_or_nobody(text, type_name)


class TimerStartPlan(WritePlan):
    """`timerStart`."""

    def command(self, _run: Run, values: Values) -> Start:
        """Read the input; null is as absent."""
        given = values["input"]
        command = StartTimer(
            person_id=_id(given, "personId", "Person"),
            service_id=_id(given, "serviceId", "Service"),
            time_entry_id=_id(given, "timeEntryId", "TimeEntry"),
            task_id=_id(given, "taskId", "Task"),
            note=given.get("note"),
        )
        return Start(command, Key.of("timerStart", given.get("idempotencyKey"), asdict(command)))

    async def perform(self, work: Work, command: Start) -> Answer:
        """Start the timer."""
        started = await start_timer(work, command.command, command.key)
        return Answer(time_entry=started.entry_id, stopped_time_entry=started.stopped_id)


class TimerStopPlan(WritePlan):
    """`timerStop`."""

    def command(self, _run: Run, values: Values) -> int:
        """Read the id."""
        return id_or_nobody(values["timeEntryId"], "TimeEntry")

    async def perform(self, work: Work, command: int) -> Answer:
        """Stop the timer."""
        return Answer(time_entry=await stop_timer(work, command))

    def subject(self, command: int) -> int:
        """Show this entry beside a conflict."""
        return command

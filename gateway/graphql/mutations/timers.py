"""`timerStart` and `timerStop`."""

from dataclasses import asdict

from gateway.domain.timers import StartTimer
from gateway.graphql.mutations.answers import Answer
from gateway.graphql.mutations.writes import Values, WritePlan
from gateway.graphql.run import Run
from gateway.operations.commands import Done, Start, Stop
from gateway.operations.idempotency import Key
from gateway.querying.identifiers import id_or_nobody


def _id(given: Values, name: str, type_name: str) -> int | None:
    text = given.get(name)
    return None if text is None else id_or_nobody(text, type_name)


class TimerStartPlan(WritePlan):
    """`timerStart`."""

    def command(self, _run: Run, values: Values) -> Start:
        """Read the input; null is as absent."""
        given = values["input"]
        timer = StartTimer(
            person_id=_id(given, "personId", "Person"),
            service_id=_id(given, "serviceId", "Service"),
            time_entry_id=_id(given, "timeEntryId", "TimeEntry"),
            task_id=_id(given, "taskId", "Task"),
            note=given.get("note"),
        )
        return Start(timer, Key.of("timerStart", given.get("idempotencyKey"), asdict(timer)))

    def answer(self, done: Done) -> Answer:
        """Show the entry whose timer runs, and the one whose timer ended."""
        return Answer(time_entry=done.entry_id, stopped_time_entry=done.stopped_id)


class TimerStopPlan(WritePlan):
    """`timerStop`."""

    def command(self, _run: Run, values: Values) -> Stop:
        """Read the id."""
        return Stop(id_or_nobody(values["timeEntryId"], "TimeEntry"))

    def answer(self, done: Done) -> Answer:
        """Show the entry."""
        return Answer(time_entry=done.entry_id)

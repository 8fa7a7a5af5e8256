"""Mutations of many time entries: a target, a policy, and a result for each row."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from gateway.catalog.time_entries import FILTERS
from gateway.domain.approval import Act
from gateway.domain.errors import Refusal
from gateway.graphql.mutations.answers import ErrorsShape, event_id
from gateway.graphql.mutations.writes import Values, WritePlan
from gateway.graphql.plans.records import Records
from gateway.graphql.run import Run
from gateway.graphql.selections import Scope, Selected
from gateway.operations.bulk import AskedId, BulkAnswer, BulkRequest, Outcome, Result
from gateway.operations.commands import ChangeMany, Done
from gateway.querying.identifiers import global_id, id_or_nobody
from gateway.store.databases.usage import current_answer
from gateway.store.schema.entries import ENTRIES
from gateway.store.totals.effort import Effort, matched

# Without an act the entries are deleted.
ACTS: Mapping[str, Act | None] = {
    "timeEntryBulkApprove": Act.APPROVE,
    "timeEntryBulkUnapprove": Act.UNAPPROVE,
    "timeEntryBulkReject": Act.REJECT,
    "timeEntryBulkUnreject": Act.UNREJECT,
    "timeEntryBulkDelete": None,
}
RESULTS_AT_ONCE = 500  # are shaped before others get their turn
BYTES_OF_A_PART = 12  # of a result, at least
COUNTS = {"appliedCount": Outcome.APPLIED, "unchangedCount": Outcome.UNCHANGED, "failedCount": Outcome.FAILED}


class ResultsShape:
    """`results` as one selection wants them: all entries are read by one statement."""

    def __init__(self, scope: Scope, selected: Selected) -> None:
        self._type_name = selected.type.name
        self._parts = selected.parts
        self._entries = {part.key: Records(scope, part) for part in self._parts if part.name == "timeEntry"}
        self._errors = {part.key: ErrorsShape(scope, part) for part in self._parts if part.name == "userErrors"}

    async def answer(self, run: Run, results: Sequence[Result]) -> list[dict[str, object]]:
        """Read the entries and return the results' objects."""
        current_answer().grow(len(results) * sum(BYTES_OF_A_PART + len(part.key) for part in self._parts))
        ids = [result.entry_id for result in results if result.entry_id is not None]
        entries = {key: await records.some(run, ids) for key, records in self._entries.items()}
        faults = [fault for result in results for fault in result.faults]
        refused = [result.entry_id for result in results if result.faults and result.entry_id is not None]
        current = {key: await shape.read(run, faults, refused) for key, shape in self._errors.items()}
        answers = []
        for place, result in enumerate(results):
            if place and place % RESULTS_AT_ONCE == 0:
                await asyncio.sleep(0)
            answers.append(self._one(result, entries, current))
        return answers

    def _one(
        self,
        result: Result,
        entries: Mapping[str, Mapping[int, object]],
        current: Mapping[str, Mapping[str, Mapping[int, object]]],
    ) -> dict[str, object]:
        answer: dict[str, Any] = {}
        entry_id = result.entry_id
        for part in self._parts:
            match part.name:
                case "timeEntryId":
                    answer[part.key] = result.asked if entry_id is None else global_id("TimeEntry", entry_id)
                case "outcome":
                    answer[part.key] = result.outcome.name
                case "timeEntry":
                    answer[part.key] = entries[part.key].get(entry_id or 0)
                case "userErrors":
                    answer[part.key] = self._errors[part.key].shape(result.faults, current[part.key], entry_id)
                case _:
                    answer[part.key] = self._type_name
        return answer


class BulkShape:
    """A bulk payload as one selection wants it."""

    def __init__(self, scope: Scope, selected: Selected) -> None:
        self._type_name = selected.type.name
        self._parts = selected.parts
        self._results = {part.key: ResultsShape(scope, part) for part in self._parts if part.name == "results"}
        self._errors = {part.key: ErrorsShape(scope, part) for part in self._parts if part.name == "userErrors"}

    async def answer(self, run: Run, answer: BulkAnswer, last_event: int | None) -> dict[str, object]:
        """Return the payload's object."""
        return {part.key: await self._part(run, part, answer, last_event) for part in self._parts}

    async def _part(self, run: Run, part: Selected, answer: BulkAnswer, last_event: int | None) -> object:
        match part.name:
            case "lastEventId":
                return event_id(last_event)
            case "results":
                return await self._results[part.key].answer(run, answer.results)
            case "userErrors":
                return self._errors[part.key].shape(answer.faults, {}, None)
            case "__typename":
                return self._type_name
            case _:
                return answer.count(COUNTS[part.name])


def _asked(target: Values) -> list[AskedId] | None:
    """Return the entries that a target names, each with the revision that was read of it; None for a filter."""
    if "filter" in target:
        return None
    named = target["revisions"] if "revisions" in target else [{"id": text} for text in target["ids"]]
    return [AskedId(each["id"], id_or_nobody(each["id"], "TimeEntry"), each.get("ifRevision")) for each in named]


class BulkPlan(WritePlan):
    """A field that does the same with many entries: a row of ACTS."""

    def __init__(self, scope: Scope, selected: Selected) -> None:
        super().__init__(scope, selected)
        self._act = ACTS[selected.name]
        self._visibility = scope.visibility(ENTRIES)

    def shape(self, scope: Scope, selected: Selected) -> BulkShape:
        """Return the shape of a bulk payload."""
        return BulkShape(scope, selected)

    def command(self, run: Run, values: Values) -> ChangeMany:
        """Read the target and the policy.

        Raises:
            BadOperand: a filter that cannot be.
        """
        given = values["input"]
        target = given["target"]
        request = BulkRequest(
            ids=_asked(target),
            argument="revisions" if "revisions" in target else "ids",
            condition=FILTERS.condition(target["filter"], run.filter_context) if "filter" in target else None,
            all_or_nothing=given["errorPolicy"].name == "ALL_OR_NOTHING",
            at_most=given["atMost"],
            dry_run=given["dryRun"],
        )
        return ChangeMany(request, self._act, values.get("reason"))

    def efforts(self, command: ChangeMany) -> list[Effort]:
        """Return what looking for the entries can be made to do, where they are not named."""
        condition = command.request.condition
        return [] if condition is None else [matched(self._visibility, condition)]

    def answer(self, done: Done) -> BulkAnswer:
        """Show what became of every target."""
        return done.bulk

    def refused(self, command: ChangeMany, refusal: Refusal) -> BulkAnswer:
        """Answer no results."""
        del command
        return BulkAnswer((), refusal.faults)

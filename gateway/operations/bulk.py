"""The same write on many entries: one transaction, one instant, a result a row, a dozen statements at most."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import TypeVar

from gateway.domain.approval import KINDS, Act, assignments, decide
from gateway.domain.attributes import text_faults
from gateway.domain.errors import Code, Fault, InvalidAttribute, LimitExceeded, Refusal
from gateway.domain.facts import EntryState
from gateway.domain.time_entries import delete
from gateway.operations.work import Work, no_such_entry
from gateway.querying.conditions import Condition, is_everything
from gateway.querying.pages import DEFAULT_BULK, MAX_BULK
from gateway.store.writes.entry_facts import entry_states_listed, entry_states_matching
from gateway.store.writes.entry_writes import delete_entries, give_back_to_tasks, update_entries
from gateway.store.writes.reference_facts import references

AT_ONCE = 500  # rows, before others get their turn
TARGET = ("input", "target")

T = TypeVar("T")

# Whether it changes the entry, which was read at that revision; raises a Refusal.
Decision = Callable[[EntryState, int | None, tuple[str, ...]], bool]


class Outcome(Enum):
    """The outcome of one row of a bulk request."""

    APPLIED = "APPLIED"
    UNCHANGED = "UNCHANGED"
    FAILED = "FAILED"
    ROLLED_BACK = "ROLLED_BACK"


@dataclass(frozen=True, slots=True)
class AskedId:
    """An id as the caller wrote it, the number it means, and the revision that they had read, if they say so.

    The number is not positive when no record can have it.
    """

    text: str
    entry_id: int
    revision: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkRequest:
    """The entries, and what to do when some are refused."""

    ids: Sequence[AskedId] | None = None
    argument: str = "ids"  # which one names them
    condition: Condition | None = None  # instead of ids
    all_or_nothing: bool = True
    at_most: int = DEFAULT_BULK
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one row; `entry_id` is None where the caller sees no such entry."""

    asked: str
    entry_id: int | None
    outcome: Outcome
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class BulkAnswer:
    """A result for each row in the order asked, and what is said of the request as a whole."""

    results: tuple[Result, ...]
    faults: tuple[Fault, ...] = ()

    def count(self, outcome: Outcome) -> int:
        return sum(result.outcome is outcome for result in self.results)

    def ids(self, outcome: Outcome) -> list[int]:
        """Return the entries with this outcome."""
        return [result.entry_id for result in self.results if result.outcome is outcome and result.entry_id is not None]


async def change_states(work: Work, request: BulkRequest, act: Act, *, reason: str | None = None) -> BulkAnswer:
    """Approve, unapprove, reject or unreject many entries.

    Raises:
        Refusal: of the request as a whole; nothing was written.
    """
    if faults := text_faults(reason, name="reason", path=("reason",)):
        raise Refusal(faults)

    def decision(entry: EntryState, revision: int | None, path: tuple[str, ...]) -> bool:
        return decide(entry, act, work.viewer, if_revision=revision, path=path)

    answer = await _judge(await _targets(work, request), decision, request)
    if not request.dry_run:
        columns = assignments(act, work.viewer, work.now, reason=reason)
        changed = answer.ids(Outcome.APPLIED)
        await update_entries(work.connection, changed, columns, KINDS[act], work.author)
    return answer


async def delete_time_entries(work: Work, request: BulkRequest) -> BulkAnswer:
    """Remove many entries.

    Raises:
        Refusal: of the request as a whole; nothing was written.
    """
    settings = await references(work.connection, organization_id=work.viewer.organization_id, person_id=None)

    def decision(entry: EntryState, revision: int | None, path: tuple[str, ...]) -> bool:
        delete(entry, settings.organization, work.viewer, if_revision=revision, path=path)
        return True

    answer = await _judge(await _targets(work, request), decision, request)
    if not request.dry_run:
        gone = answer.ids(Outcome.APPLIED)
        await give_back_to_tasks(work.connection, gone)
        await delete_entries(work.connection, gone, work.author)
    return answer


@dataclass(frozen=True, slots=True)
class _Row:
    """A row that was asked for, its place in the arguments, the entry where there is one, and what was read of it."""

    asked: str
    path: tuple[str, ...]
    entry: EntryState | None
    revision: int | None = None


async def _targets(work: Work, request: BulkRequest) -> Iterable[_Row]:
    if request.at_most > MAX_BULK:
        raise LimitExceeded(
            f"atMost is {request.at_most:,}; at most {MAX_BULK:,} can be allowed.", path=("input", "atMost")
        )
    if request.at_most < 1:
        raise InvalidAttribute("atMost is the number of entries to allow: 1 or more.", path=("input", "atMost"))
    if request.condition is not None:
        return await _matching(work, request.condition, request)
    return await _listed(work, request.ids or (), request)


async def _matching(work: Work, condition: Condition, request: BulkRequest) -> Iterable[_Row]:
    path, at_most = (*TARGET, "filter"), request.at_most
    if is_everything(condition):
        raise InvalidAttribute("This filter has no condition and would mean every entry; give it one.", path=path)
    found = await entry_states_matching(
        work.connection, work.viewer, condition, limit=at_most + 1, lock=not request.dry_run
    )
    if len(found) > at_most:
        raise LimitExceeded(f"More than {at_most:,} entries match; narrow the filter or raise atMost.", path=path)
    return (_Row("", path, entry) for entry in found)


async def _listed(work: Work, ids: Sequence[AskedId], request: BulkRequest) -> Iterable[_Row]:
    path, at_most = (*TARGET, request.argument), request.at_most
    if not ids:
        raise InvalidAttribute("No ids were given; name at least one time entry.", path=path)
    first: dict[int | str, tuple[int, AskedId]] = {}
    for index, asked in enumerate(ids):
        first.setdefault(asked.entry_id if asked.entry_id > 0 else asked.text, (index, asked))
    if len(first) > at_most:
        raise LimitExceeded(
            f"{len(first):,} ids were given; at most {at_most:,} are allowed, or raise atMost.", path=path
        )
    known = [asked.entry_id for _, asked in first.values() if asked.entry_id > 0]
    entries = await entry_states_listed(work.connection, work.viewer, known, lock=not request.dry_run)
    found = {entry.id: entry for entry in entries}
    below = ("id",) if request.argument == "revisions" else ()
    return (
        _Row(asked.text, (*path, str(index), *below), found.get(asked.entry_id), asked.revision)
        for index, asked in first.values()
    )


async def _judge(rows: Iterable[_Row], decision: Decision, request: BulkRequest) -> BulkAnswer:
    """Decide every row; under ALL_OR_NOTHING one refusal rolls the others back before anything is written."""
    results = tuple([_result(row, decision) async for row in _in_turns(rows)])
    failed = any(result.outcome is Outcome.FAILED for result in results)
    if not (failed and request.all_or_nothing):
        return BulkAnswer(results)
    rolled_back = Fault(
        Code.ROLLED_BACK,
        "Some entries were refused, so nothing was written; leave them out, or ask for BEST_EFFORT.",
        TARGET,
    )
    undone = [
        replace(result, outcome=Outcome.ROLLED_BACK) if result.outcome is Outcome.APPLIED else result
        async for result in _in_turns(results)
    ]
    return BulkAnswer(tuple(undone), (rolled_back,))


async def _in_turns(rows: Iterable[T]) -> AsyncIterator[T]:
    """Yield rows; others get their turn between."""
    for place, row in enumerate(rows):
        if place and place % AT_ONCE == 0:
            await asyncio.sleep(0)
        yield row


def _result(row: _Row, decision: Decision) -> Result:
    if row.entry is None:
        return Result(row.asked, None, Outcome.FAILED, no_such_entry(row.path).faults)
    try:
        changes = decision(row.entry, row.revision, row.path)
    except Refusal as refusal:
        return Result(row.asked, row.entry.id, Outcome.FAILED, refusal.faults)
    return Result(row.asked, row.entry.id, Outcome.APPLIED if changes else Outcome.UNCHANGED)

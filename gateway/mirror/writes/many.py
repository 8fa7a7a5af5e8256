"""What a bulk is in the account: the same with as many entries as one call takes, again and again."""

from collections.abc import Sequence
from dataclasses import replace

from gateway.domain.approval import KINDS
from gateway.domain.changes import Kind
from gateway.domain.errors import AccessDenied, Fault, InvalidAttribute, Refusal
from gateway.http.refusals import HttpError
from gateway.mirror.upstream import calls
from gateway.mirror.writes.delivery import Delivery
from gateway.mirror.writes.readback import Resources
from gateway.mirror.writes.refusals import ALL_AT_ONCE, failed
from gateway.mirror.writes.spelling import is_in_state
from gateway.operations.bulk import TARGET, Outcome
from gateway.operations.commands import (
    ChangeMany,
    Done,
)

POLICY = ("input", "errorPolicy")


async def change_many(delivery: Delivery, command: ChangeMany, would: Done) -> Done:
    """Do the same with many entries there, in as few calls as the account has for it."""
    targets = would.bulk.ids(Outcome.APPLIED)
    most = calls.BULK_SIZE if delivery.can.bulk and command.act in calls.BULK else 1
    if command.request.all_or_nothing and len(targets) > most:
        raise InvalidAttribute(ALL_AT_ONCE.format(count=len(targets), most=most), path=POLICY)
    refused: dict[int, tuple[Fault, ...]] = {}
    for place in range(0, len(targets), most):
        try:
            await _part(delivery, command, targets[place : place + most], refused)
        except (HttpError, Refusal) as ended:
            if place == 0:
                raise
            raise _ended_early(ended, place, len(targets)) from None
    results = tuple(
        replace(result, outcome=Outcome.FAILED, faults=refused[result.entry_id])
        if result.entry_id in refused
        else result
        for result in would.bulk.results
    )
    return Done(bulk=replace(would.bulk, results=results))


async def _part(
    delivery: Delivery, command: ChangeMany, ids: Sequence[int], refused: dict[int, tuple[Fault, ...]]
) -> None:
    """Change what one call can; of entries that are refused together, find those that are refused alone."""
    act, reason = command.act, command.reason

    def is_done(found: Resources) -> bool:
        return all(is_in_state(found.get(number), act, reason) for number in ids)

    if act is None:
        sending = calls.delete_entry(ids[0])
    elif len(ids) > 1:
        sending = calls.decide_all(ids, act)
    else:
        sending = calls.decide(ids[0], act, reason)
    try:
        await delivery.change(sending, ids, Kind.DELETED if act is None else KINDS[act], is_done)
    except AccessDenied:  # of the token, whatever the entry
        raise
    except Refusal as refusal:
        faults = tuple(replace(fault, path=TARGET) for fault in refusal.faults)
        if command.request.all_or_nothing:
            raise Refusal(faults) from None
        if len(ids) == 1:
            refused[ids[0]] = faults
            return
        half = len(ids) // 2
        await _part(delivery, command, ids[:half], refused)
        await _part(delivery, command, ids[half:], refused)


def _ended_early(ended: HttpError | Refusal, done: int, of: int) -> HttpError:
    message = ended.message if isinstance(ended, HttpError) else str(ended)
    said = f"The first {done:,} of {of:,} entries are done, and the others are not all: {message}"
    return HttpError(ended.code, said) if isinstance(ended, HttpError) else failed(said)

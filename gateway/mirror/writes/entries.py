"""What the commands of one entry are in the account."""

import datetime as dt
from functools import partial

from gateway.domain.approval import KINDS
from gateway.domain.attributes import UNSET, Attributes
from gateway.domain.changes import Kind
from gateway.mirror.upstream import calls
from gateway.mirror.upstream.documents import Resource, related
from gateway.mirror.writes.delivery import Delivery
from gateway.mirror.writes.making import Likeness, Making, make
from gateway.mirror.writes.spelling import agrees, is_in_state, spelled
from gateway.operations.commands import (
    ChangeState,
    CreateEntry,
    DeleteEntry,
    Done,
    UpdateEntry,
)


async def create_entry(delivery: Delivery, command: CreateEntry, _: Done) -> Done:
    given = command.given
    person_id, day = given.person_id, given.date
    assert isinstance(person_id, int)  # noqa: S101 - the rules were here before
    assert isinstance(day, dt.date)  # noqa: S101
    making = Making(
        sending=calls.create_entry(*spelled(given)),
        key=command.key,
        person_id=person_id,
        first=day,
        last=day,
        likeness=partial(_likeness, delivery, given),
    )
    number, is_retry = await make(delivery, making)
    return Done(entry_id=number, is_retry=is_retry)


def _likeness(delivery: Delivery, given: Attributes, entry: Resource) -> Likeness:
    wanted = Attributes(date=given.date, person_id=given.person_id, service_id=given.service_id, time=given.time)
    if not agrees(entry, wanted):
        return Likeness.OTHER
    return by_note(delivery, entry, None if given.note is UNSET else given.note)


def by_note(delivery: Delivery, entry: Resource, note: str | None) -> Likeness:
    """Return how far an entry is ours that agrees but for its creator and its note."""
    marks = {_is_by(delivery, entry), agrees(entry, Attributes(note=note))}
    return Likeness.SAME if marks == {True} else Likeness.NEAR if True in marks else Likeness.OTHER


def _is_by(delivery: Delivery, entry: Resource) -> bool:
    """Tell whether an entry was made by the one whose token it is; whose the account's own is, is not known."""
    return delivery.token is None or related(entry, "creator") in {None, delivery.viewer.person_id}


async def update_entry(delivery: Delivery, command: UpdateEntry, would: Done) -> Done:
    """Change an entry there."""
    number = command.entry_id
    sending = calls.update_entry(number, *spelled(command.given))
    await delivery.change(
        sending, [number], Kind.UPDATED, lambda found: number in found and agrees(found[number], command.given)
    )
    return would


async def delete_entry(delivery: Delivery, command: DeleteEntry, would: Done) -> Done:
    """Delete an entry there."""
    number = command.entry_id
    await delivery.change(calls.delete_entry(number), [number], Kind.DELETED, lambda found: not found)
    return would


async def change_state(delivery: Delivery, command: ChangeState, would: Done) -> Done:
    """Approve or reject an entry there, or take that back."""
    number, act, reason = command.entry_id, command.act, command.reason
    sending = calls.decide(number, act, reason)
    await delivery.change(sending, [number], KINDS[act], lambda found: is_in_state(found.get(number), act, reason))
    return would

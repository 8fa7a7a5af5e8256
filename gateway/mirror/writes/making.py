"""Writes that make an entry: one by hand, or a timer on a service. What is unclear is looked for."""

import datetime as dt
from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import Enum, auto

from gateway.domain.changes import Kind
from gateway.domain.errors import Refusal
from gateway.http.codes import Code
from gateway.http.refusals import HttpError
from gateway.mirror.upstream import calls
from gateway.mirror.upstream.documents import Page, Resource, attributes_of, number_of, page_of, related
from gateway.mirror.upstream.errors import Forbidden, Malformed, NotThere, UpstreamError
from gateway.mirror.writes.delivery import PAUSES_S, Delivery
from gateway.mirror.writes.keys import Claimed, Sent
from gateway.mirror.writes.refusals import indeterminate, not_done, not_sent
from gateway.operations.idempotency import Key
from gateway.store.schema.mirror import INDETERMINATE, NOT_DONE


class Likeness(Enum):
    """How far an entry is what was to be made."""

    OTHER = auto()
    NEAR = auto()  # but for its note, which the account may write otherwise, or for whose token it was
    SAME = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Making:
    """What is to be made: how it is sent, and how it is known among a person's entries of some days."""

    sending: calls.Sending
    key: Key | None
    person_id: int
    first: dt.date
    last: dt.date
    likeness: Callable[[Resource], Likeness]

    @property
    def look_at(self) -> str:
        """Where people see whether it was made."""
        days = f"{self.first}" if self.first == self.last else f"{self.first} to {self.last}"
        return f"the time entries of person {self.person_id} of {days}"


class _Unclear(Exception):
    """It cannot be told whether it was made."""


async def make(delivery: Delivery, making: Making) -> tuple[int, bool]:
    """Make an entry, and return its number, and whether an earlier request under the key made it.

    Raises:
        Refusal: by the account, or by the key.
        HttpError: UPSTREAM_FAILED: nothing was made; INDETERMINATE: that is not known.
    """
    async with delivery.keys.turn(making.person_id):
        try:
            before = await delivery.readback.of_days(making.person_id, making.first, making.last)
        except UpstreamError as error:
            raise not_sent(error) from None
        if making.key is not None:
            return await _make_once(delivery, making, making.key, before)
        number = await _send(delivery, making, before)
        await delivery.read([number], Kind.CREATED)
        return number, False


async def _make_once(delivery: Delivery, making: Making, key: Key, before: Collection[int]) -> tuple[int, bool]:
    claimed = await delivery.keys.claim(delivery.viewer, key, before)
    try:
        number = claimed.made
        if number is None and claimed.is_unclear:
            number = await _sent_before(delivery, making, key, claimed)
        is_retry = number is not None
        if number is None:
            number = await _send(delivery, making, claimed.sent.before)
        await delivery.read([number], Kind.CREATED)
    except Refusal:
        await delivery.keys.settle(delivery.viewer, key, NOT_DONE)
        raise
    except HttpError as error:
        is_known = error.code is not Code.INDETERMINATE
        await delivery.keys.settle(delivery.viewer, key, NOT_DONE if is_known else INDETERMINATE)
        raise
    await delivery.keys.made(delivery.viewer, key, number)
    return number, is_retry


async def _sent_before(delivery: Delivery, making: Making, key: Key, claimed: Claimed) -> int | None:
    """Return what an earlier request made; None where it made nothing, and it is ours to be sent once more."""
    why = "an earlier request under this key did not end as it should."
    try:
        number = await _look(delivery, making, claimed.sent)
    except (_Unclear, UpstreamError):
        raise indeterminate(why, making.look_at) from None
    if number is not None:
        return number
    if not delivery.keys.is_settled(claimed) or not await delivery.keys.send_again(delivery.viewer, key, claimed):
        raise indeterminate(why, making.look_at)
    return None


async def _send(delivery: Delivery, making: Making, before: Collection[int]) -> int:
    try:
        received = await delivery.send(making.sending)
        if (number := _made(page_of(received.content, delivery.upstream.account, received.date))) is not None:
            return number
        ended: UpstreamError = Malformed("The account did not say which entry it made.")
    except UpstreamError as error:
        if (reason := not_done(error)) is not None:
            raise reason from None
        ended = error
    return await _found(delivery, making, Sent(delivery.clock.now(), frozenset(before)), ended)


def _made(page: Page) -> int | None:
    """Return the number of the entry that an answer is about; a timer names its entry."""
    if len(page.records) != 1:
        return None
    return related(page.records[0], "time_entry") or number_of(page.records[0])


async def _found(delivery: Delivery, making: Making, sent: Sent, ended: UpstreamError) -> int:
    """Look for what was made by a request without a good end.

    Raises:
        HttpError: it is not there, or that cannot be told.
    """
    for pause in PAUSES_S:
        await delivery.clock.sleep(pause)
        try:
            number = await _look(delivery, making, sent)
        except (_Unclear, UpstreamError):
            raise indeterminate(ended.sentence, making.look_at) from None
        if number is not None:
            return number
    raise delivery.not_found(ended, making.look_at)


async def _look(delivery: Delivery, making: Making, sent: Sent) -> int | None:
    """Return the one new entry that is what was to be made; None where none comes near it.

    Raises:
        _Unclear: several could be, or one that is not quite.
        UpstreamError: it cannot be looked.
    """
    found = await delivery.readback.of_days(making.person_id, making.first, making.last)
    likenesses = {number: making.likeness(entry) for number, entry in found.items() if number not in sent.before}
    same = [number for number, likeness in likenesses.items() if likeness is Likeness.SAME]
    if len(same) == 1:
        return same[0]
    if same or Likeness.NEAR in likenesses.values() or await _was_made_since(delivery, making, sent, found):
        raise _Unclear
    return None


async def _was_made_since(delivery: Delivery, making: Making, sent: Sent, found: Collection[int]) -> bool:
    """Tell whether versions speak of a new entry that was like it when it was made, whatever became of it since.

    Of one that is no longer where it was, and of which they do not say how it was made, that cannot be excluded.
    """
    if not delivery.can.versions:
        return False
    try:
        made = await delivery.readback.made_since(sent.at)
    except (NotThere, Forbidden):
        return False
    return any(
        making.likeness(entry) is not Likeness.OTHER if attributes_of(entry) else number not in found
        for number, entry in made.items()
        if number not in sent.before
    )

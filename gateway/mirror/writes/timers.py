"""What the commands of timers are in the account."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from gateway.domain.attributes import Attributes
from gateway.domain.changes import Kind
from gateway.domain.instants import ONE_DAY
from gateway.domain.timers import today
from gateway.mirror.upstream import calls
from gateway.mirror.upstream.documents import Resource, attributes_of
from gateway.mirror.writes.delivery import Delivery
from gateway.mirror.writes.entries import by_note
from gateway.mirror.writes.making import Likeness, Making, make
from gateway.mirror.writes.spelling import agrees
from gateway.operations.commands import (
    Done,
    Start,
    Stop,
)


async def start_timer(delivery: Delivery, command: Start, would: Done) -> Done:
    """Start a timer there."""
    timer = command.timer
    if timer.time_entry_id is not None:
        number = timer.time_entry_id
        sending = calls.start_timer({}, {"time_entry": (calls.ENTRIES, number)})
        await delivery.change(sending, [number], Kind.TIMER_STARTED, lambda found: _runs(found.get(number)))
        await _read_stopped(delivery, would)
        return would
    person_id = delivery.viewer.person_id if timer.person_id is None else timer.person_id
    links: dict[str, tuple[str, int] | None] = {"person": ("people", person_id)}
    for name, table, linked in (("service", "services", timer.service_id), ("task", "tasks", timer.task_id)):
        if linked is not None:
            links[name] = (table, linked)
    day = today(delivery.viewer, delivery.clock.now())
    making = Making(
        sending=calls.start_timer({} if timer.note is None else {"note": timer.note}, links),
        key=command.key,
        person_id=person_id,
        first=day - ONE_DAY,  # its clock and ours may be of two days
        last=day + ONE_DAY,
        likeness=partial(_timer_likeness, delivery, command),
    )
    number, is_retry = await make(delivery, making)
    await _read_stopped(delivery, would)
    return Done(entry_id=number, stopped_id=None if is_retry else would.stopped_id, is_retry=is_retry)


def _timer_likeness(delivery: Delivery, command: Start, entry: Resource) -> Likeness:
    is_of_service = agrees(entry, Attributes(service_id=command.timer.service_id))
    return by_note(delivery, entry, command.timer.note) if _runs(entry) and is_of_service else Likeness.OTHER


async def _read_stopped(delivery: Delivery, would: Done) -> None:
    """Read the entry whose timer ended because another began."""
    if would.stopped_id is not None:
        await delivery.read([would.stopped_id], Kind.TIMER_STOPPED)


def _runs(entry: Mapping[str, Any] | None) -> bool:
    """Tell whether the timer of an entry runs."""
    said = attributes_of(entry or {})
    return said.get("timer_started_at") is not None and said.get("timer_stopped_at") is None


async def stop_timer(delivery: Delivery, command: Stop, would: Done) -> Done:
    """Stop a timer there."""
    number = command.entry_id
    sending = calls.stop_timer(number)
    await delivery.change(
        sending, [number], Kind.TIMER_STOPPED, lambda found: number in found and not _runs(found[number])
    )
    return would

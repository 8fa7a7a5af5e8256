"""Writes of time entries: a document becomes an operation's command, a refusal the documented errors."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from typing import TypeVar

from gateway.domain.approval import Act
from gateway.domain.attributes import BLANK, UNSET, WRITABLE, Attributes, read_date
from gateway.domain.errors import Code, Fault, Refusal
from gateway.domain.timers import StartTimer
from gateway.http.points import WRITE_PRICE
from gateway.http.runs import Run
from gateway.jsonapi.api import KEY_HEADER, REVISION_HEADER, Asked
from gateway.jsonapi.bodies import attributes_of, header_of, read_document, read_ids
from gateway.jsonapi.errors import ApiCode, ApiError, Refused, refuse
from gateway.jsonapi.lists import FoundRecord, RecordsPlan
from gateway.jsonapi.parameters import only
from gateway.jsonapi.shown import TIMER, TYPES, RecordType
from gateway.jsonapi.wanted import wanted_of
from gateway.operations.bulk import BulkAnswer, BulkRequest, Outcome
from gateway.operations.commands import (
    ChangeMany,
    ChangeState,
    Command,
    CreateEntry,
    DeleteEntry,
    Done,
    Start,
    Stop,
    SubmitDay,
    TakeTimesheetBack,
    UpdateEntry,
)
from gateway.operations.idempotency import PATH as KEY_PATH
from gateway.querying.pages import DEFAULT_BULK
from gateway.store.databases.database import Connection
from gateway.store.databases.usage import current_answer

T = TypeVar("T")
ENTRY = TYPES["time_entries"]
# The fields of GraphQL whose keys these are, too: a retry may come by either face.
CREATE, START = "timeEntryCreate", "timerStart"


@dataclass(frozen=True, slots=True)
class Written:
    """What a write answers: a record, the status, and the names that were ignored."""

    found: FoundRecord
    status: int = 200
    ignored: str = ""


async def _write(run: Run, command: Command, make_answer: Callable[[Connection, Done], Awaitable[T]]) -> T:
    """Have a command done, and return the answer to it.

    Raises:
        Refused: nothing was written.
    """
    answer = current_answer()
    before = answer.taken

    async def make(connection: Connection, found: Done | Refusal, _event: int | None) -> T:
        answer.taken = before  # it may be made again
        if isinstance(found, Refusal):
            raise Refused(*(error_of(fault) for fault in found.faults))
        return await make_answer(connection, found)

    return await run.writer.write(command, run.viewer, run.clock, make)


async def _gone(_connection: Connection, _done: Done) -> None:
    """Answer nothing."""


async def _planned(asked: Asked, type_: RecordType, records: int = 1) -> tuple[Run, RecordsPlan]:
    """Return the plan of the answer, once its price is paid.

    Raises:
        Refused, HttpError: it cannot be asked for so.
    """
    only(asked.parameters, "include", "fields")
    run = asked.run
    plan = await asked.api.records_plan(asked.request, run, type_, wanted_of(type_, asked.parameters))
    asked.api.spend(asked.request, records * (WRITE_PRICE + plan.level.points))
    return run, plan


async def create(asked: Asked) -> Written:
    """Make an entry: 201, or 200 where the key says that it was made before."""
    document = read_document(asked.body, [ENTRY.name])
    attributes, ignored = attributes_of(document)
    _check_required(attributes)
    run, plan = await _planned(asked, ENTRY)
    key = asked.key(CREATE, attributes.given())

    async def make_answer(connection: Connection, done: Done) -> Written:
        return Written(await _read(plan, run, connection, done.entry_id), _made(done), header_of(ignored))

    return await _write(run, CreateEntry(attributes, key), make_answer)


async def update(asked: Asked, number: int) -> Written:
    """Change what a document gives of an entry."""
    attributes, ignored = attributes_of(read_document(asked.body, [ENTRY.name], number=number))
    revision = asked.revision()
    run, plan = await _planned(asked, ENTRY)

    async def make_answer(connection: Connection, done: Done) -> Written:
        return Written(await _read(plan, run, connection, done.entry_id), ignored=header_of(ignored))

    return await _write(run, UpdateEntry(number, attributes, revision), make_answer)


async def delete(asked: Asked, number: int) -> None:
    """Remove an entry."""
    only(asked.parameters)
    revision = asked.revision()
    run = asked.run
    asked.api.spend(asked.request, WRITE_PRICE)
    await _write(run, DeleteEntry(number, revision), _gone)


async def transition(asked: Asked, number: int, act: Act) -> Written:
    """Approve, unapprove, reject or unreject an entry."""
    document = read_document(asked.body, [ENTRY.name], number=number, optional=True)
    reason = document.attributes.get("rejected_reason") if act is Act.REJECT else None
    if reason is not None and not isinstance(reason, str):
        raise refuse(ApiCode.INVALID_ATTRIBUTE, "is not text", pointer="data/attributes/rejected_reason")
    known = {"rejected_reason"} if act is Act.REJECT else set()
    revision = asked.revision()
    run, plan = await _planned(asked, ENTRY)

    async def make_answer(connection: Connection, done: Done) -> Written:
        ignored = header_of([name for name in document.attributes if name not in known])
        return Written(await _read(plan, run, connection, done.entry_id), ignored=ignored)

    return await _write(run, ChangeState(number, act, reason, revision), make_answer)


async def bulk(asked: Asked, act: Act) -> dict[str, object]:
    """Approve or unapprove many entries, all or none of them."""
    ids = read_ids(asked.body)
    run, plan = await _planned(asked, ENTRY, min(max(1, len(ids)), DEFAULT_BULK))

    async def make_answer(connection: Connection, done: Done) -> dict[str, object]:
        if done.bulk.faults:
            raise Refused(*_failures(done.bulk))
        numbers = [result.entry_id for result in done.bulk.results if result.entry_id is not None]
        data, included = await plan.some(run.on(connection), numbers)
        return {"data": data} | ({"included": included} if plan.includes else {}) | {"meta": {}}

    return await _write(run, ChangeMany(BulkRequest(ids=ids), act), make_answer)


async def timer_start(asked: Asked) -> Written:
    """Start a timer on a service, or on an existing entry."""
    document = read_document(asked.body, [TIMER.name])
    note = document.attributes.get("note")
    if note is not None and not isinstance(note, str):
        raise refuse(ApiCode.INVALID_ATTRIBUTE, "is not text", pointer="data/attributes/note")
    timer = StartTimer(
        person_id=document.number("person"),
        service_id=document.number("service"),
        time_entry_id=document.number("time_entry"),
        task_id=document.number("task"),
        note=note,
    )
    run, plan = await _planned(asked, TIMER)
    key = asked.key(START, asdict(timer))

    async def make_answer(connection: Connection, done: Done) -> Written:
        return Written(await _read(plan, run, connection, done.entry_id), _made(done))

    return await _write(run, Start(timer, key), make_answer)


async def timer_stop(asked: Asked, number: int) -> Written:
    """Stop the timer of an entry."""
    read_document(asked.body, [TIMER.name], number=number, optional=True)
    run, plan = await _planned(asked, TIMER)

    async def make_answer(connection: Connection, done: Done) -> Written:
        return Written(await _read(plan, run, connection, done.entry_id))

    return await _write(run, Stop(number), make_answer)


async def timesheet_submit(asked: Asked) -> Written:
    """Submit a person's day."""
    type_ = TYPES["timesheets"]
    document = read_document(asked.body, [type_.name])
    given = document.attributes.get("date")
    day, faults = read_date(given if given is None or isinstance(given, str) else "?", ("input", "date"))
    person = document.number("person")
    if person is None:
        blank = Fault(Code.INVALID_ATTRIBUTE, BLANK, ("input", "personId"))
        raise Refused(*(error_of(fault) for fault in (blank, *faults)))
    run, plan = await _planned(asked, type_)

    async def make_answer(connection: Connection, done: Done) -> Written:
        return Written(await _read(plan, run, connection, done.timesheet_id or 0), 201)

    return await _write(run, SubmitDay(person, faults if day is None else day), make_answer)


async def timesheet_unsubmit(asked: Asked, number: int) -> None:
    """Take a person's submitted day back."""
    only(asked.parameters)
    run = asked.run
    asked.api.spend(asked.request, WRITE_PRICE)
    await _write(run, TakeTimesheetBack(number), _gone)


def _made(done: Done) -> int:
    return 200 if done.is_retry else 201


def error_of(fault: Fault) -> ApiError:
    """Spell a fault of an operation as the documented API does."""
    code = ApiCode[fault.code.name]
    if fault.path == KEY_PATH:
        return ApiError(code, fault.message, header=KEY_HEADER)
    if fault.path == ("ifRevision",):
        return ApiError(code, fault.message, header=REVISION_HEADER)
    return ApiError(code, _spelled(fault.message), pointer=_pointer(fault))


_SPELLINGS = {attribute.graphql_name: attribute.name for attribute in WRITABLE} | {"timeEntryId": "time_entry_id"}
_RELATED = {name: column.removesuffix("_id") for name, column in _SPELLINGS.items() if column.endswith("_id")}
_RELATIONSHIPS = ("person", "service", "task", "time_entry")
_WORDS = re.compile(rf"\b({'|'.join(name for name, column in _SPELLINGS.items() if name != column)})\b")


def _spelled(message: str) -> str:
    return _WORDS.sub(lambda match: _SPELLINGS[match[1]], message)


def _pointer(fault: Fault) -> str | None:
    match fault.path:
        case ("input", "target", "ids", *_) | ("input", "errorPolicy"):
            return "ids"
        case ("reason",):
            return "data/attributes/rejected_reason"
        case ("input", name) | ("date" | "personId" as name,):
            related = _RELATED.get(name)
            if related in _RELATIONSHIPS:
                section = "attributes" if fault.code is Code.INVALID_ATTRIBUTE else "relationships"
                return f"data/{section}/{related}"
            return f"data/attributes/{_SPELLINGS.get(name, name)}"
        case _:
            return None


def _failures(answer: BulkAnswer) -> list[ApiError]:
    """Return what failed of a bulk; each names its record."""
    failed = [result for result in answer.results if result.outcome is Outcome.FAILED]
    return [
        ApiError(ApiCode[fault.code.name], f"Time entry {result.asked}: {_spelled(fault.message)}", pointer="ids")
        for result in failed
        for fault in result.faults
    ]


def _check_required(attributes: Attributes) -> None:
    """Refuse a new entry that names no person or no service, with all else that is wrong with it."""
    missing = [
        Fault(Code.INVALID_ATTRIBUTE, BLANK, attribute.path)
        for attribute in WRITABLE
        if attribute.is_required and attribute.points_to and getattr(attributes, attribute.name) is UNSET
    ]
    if missing:
        blank = read_date(None, ("input", "date"))[1] if attributes.date is UNSET else []
        date = [fault for fault in attributes.faults if fault.path == ("input", "date")]
        others = [fault for fault in attributes.faults if fault not in date]
        raise Refused(*(error_of(fault) for fault in (*(date or blank), *missing, *others)))


async def _read(plan: RecordsPlan, run: Run, connection: Connection, number: int) -> FoundRecord:
    found = await plan.one(run.on(connection), number)
    if found is None:
        # Written, and out of the writer's own sight: a member cannot do that.
        raise RuntimeError(f"Record {number} cannot be read back.")
    return found

"""The calls under /api/v2, one a row: what the endpoint does, and what the OpenAPI document and the page say of it."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass

from gateway.domain.approval import Act
from gateway.exports.formats import Format
from gateway.exports.known import FORMATS
from gateway.http.answers import NO_CONTENT, Stream
from gateway.jsonapi import writes
from gateway.jsonapi.api import Asked
from gateway.jsonapi.exports import export
from gateway.jsonapi.lists import FoundRecord
from gateway.jsonapi.reads import list_records, read_record
from gateway.jsonapi.reports import NAME, REPORT, list_report
from gateway.jsonapi.shown import TIMER, TYPES, RecordType
from gateway.jsonapi.writes import Written

ID = "{id}"
MEDIA_TYPE = "application/vnd.api+json"
Steps = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered; None is no document at all."""

    status: int
    document: Mapping[str, object] | None
    headers: Mapping[str, str]
    stream: Stream | None = None  # a file in place of a document


Perform = Callable[[Asked, int], Awaitable[Reply]]


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """One call: its method and path, what it does, and what it takes and answers."""

    method: str
    steps: Steps  # of the path; `{id}` is a record's number
    perform: Perform
    type_: RecordType
    summary: str
    body: str | None = None  # the name of the schema of its body
    needs_body: bool = True
    is_list: bool = False  # answers many records
    status: int = 200
    media_type: str = f"{MEDIA_TYPE}; charset=utf-8"  # of its answer

    @property
    def is_file(self) -> bool:
        """Whether it answers a file of all records."""
        return not self.media_type.startswith(MEDIA_TYPE)

    @property
    def path(self) -> str:
        """The path below /api/v2."""
        return "/" + "/".join(self.steps)

    @property
    def kind(self) -> str:
        """What the log and the metrics call it."""
        return "query" if self.method == "GET" else "mutation"


def _list(type_: RecordType) -> Perform:
    async def perform(asked: Asked, _: int) -> Reply:
        return Reply(200, await list_records(asked, type_), {})

    return perform


async def _report(asked: Asked, _: int) -> Reply:
    return Reply(200, await list_report(asked), {})


def _record(type_: RecordType) -> Perform:
    async def perform(asked: Asked, number: int) -> Reply:
        return _found(await read_record(asked, type_, number), 200)

    return perform


def _found(found: FoundRecord, status: int, ignored: str = "") -> Reply:
    headers = {} if found.revision is None else {"etag": f'"{found.revision}"'}
    if ignored:
        headers["x-ignored-attributes"] = ignored
    return Reply(status, found.document(), headers)


def _made(perform: Callable[[Asked], Awaitable[Written]]) -> Perform:
    async def answer(asked: Asked, _: int) -> Reply:
        written = await perform(asked)
        return _found(written.found, written.status, written.ignored)

    return answer


def _changed(perform: Callable[[Asked, int], Awaitable[Written]]) -> Perform:
    async def answer(asked: Asked, number: int) -> Reply:
        written = await perform(asked, number)
        return _found(written.found, written.status, written.ignored)

    return answer


def _gone(perform: Callable[[Asked, int], Awaitable[None]]) -> Perform:
    async def answer(asked: Asked, number: int) -> Reply:
        await perform(asked, number)
        return Reply(NO_CONTENT, None, {})

    return answer


def _transition(act: Act) -> Perform:
    return _changed(lambda asked, number: writes.transition(asked, number, act))


def _bulk(act: Act) -> Perform:
    async def answer(asked: Asked, _: int) -> Reply:
        return Reply(200, await writes.bulk(asked, act), {})

    return answer


def _file(format_: Format) -> Perform:
    async def perform(asked: Asked, _: int) -> Reply:
        name = f"time_entries.{format_.suffix}"
        return Reply(200, None, {"content-disposition": f'attachment; filename="{name}"'}, export(asked, format_))

    return perform


def _calls() -> Iterator[Call]:
    entry, entries = TYPES["time_entries"], "time_entries"
    for name, type_ in TYPES.items():
        what = name.replace("_", " ")
        yield Call("GET", (name,), _list(type_), type_, f"List {what}.", is_list=True)
        yield Call("GET", (name, ID), _record(type_), type_, f"Read one of the {what}.")
    yield Call("POST", (entries,), _made(writes.create), entry, "Create a time entry.", body="NewTimeEntry", status=201)
    yield Call("PATCH", (entries, ID), _changed(writes.update), entry, "Update a time entry.", body="TimeEntryChange")
    yield Call("DELETE", (entries, ID), _gone(writes.delete), entry, "Delete a time entry.", status=NO_CONTENT)
    yield Call(
        "GET", (NAME,), _report, REPORT, "Sums of all time entries that match, a row for each group.", is_list=True
    )
    for format_ in FORMATS:
        yield Call(
            "GET", (f"{entries}.{format_.suffix}",), _file(format_), entry,
            f"All time entries that match, as a file. {format_.summary}", media_type=format_.media_type,
        )  # fmt: skip
    for act in Act:
        word = act.name.lower()
        yield Call(
            "PATCH", (entries, ID, word), _transition(act), entry, f"{word.capitalize()} a time entry.",
            body="Rejection" if act is Act.REJECT else "Nothing", needs_body=False,
        )  # fmt: skip
    for act in (Act.APPROVE, Act.UNAPPROVE):
        word = act.name.lower()
        yield Call(
            "PATCH", (entries, f"bulk_{word}"), _bulk(act), entry, f"{word.capitalize()} many time entries.",
            body="Ids", is_list=True,
        )  # fmt: skip
    yield Call("POST", ("timers",), _made(writes.timer_start), TIMER, "Start a timer.", body="NewTimer", status=201)
    yield Call(
        "PATCH", ("timers", ID, "stop"), _changed(writes.timer_stop), TIMER, "Stop the timer of an entry.",
        body="Nothing", needs_body=False,
    )  # fmt: skip
    sheet = TYPES["timesheets"]
    yield Call(
        "POST", ("timesheets",), _made(writes.timesheet_submit), sheet, "Submit a person's day.",
        body="NewTimesheet", status=201,
    )  # fmt: skip
    yield Call(
        "DELETE", ("timesheets", ID), _gone(writes.timesheet_unsubmit), sheet, "Take a submitted day back.",
        status=NO_CONTENT,
    )  # fmt: skip


CALLS = tuple(_calls())
_BY_PATH: dict[Steps, dict[str, Call]] = {}
for _call in CALLS:
    _BY_PATH.setdefault(_call.steps, {})[_call.method] = _call


def calls_at(steps: Steps) -> tuple[Mapping[str, Call], str]:
    """Return the calls of a path by method, and what stands where the record's number does; none where nothing is."""
    if steps in _BY_PATH and ID not in steps:
        return _BY_PATH[steps], ""
    if len(steps) > 1:
        found = _BY_PATH.get((steps[0], ID, *steps[2:]))
        if found is not None:
            return found, steps[1]
    return {}, ""

"""`gateway import`: files of JSON:API documents, read piece by piece into the import."""

import asyncio
import signal
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager, nullcontext
from pathlib import Path
from typing import BinaryIO

from gateway.clock import system_clock
from gateway.imports.importing import import_records
from gateway.imports.intake import Intake
from gateway.imports.preparing import ImportOptions
from gateway.imports.records import ImportReport, Place
from gateway.jsonapi.reading import Reader
from gateway.jsonapi.scanner import Malformed, Scanner
from gateway.store.databases.database import Database, address_of, open_database
from gateway.store.databases.failures import StoreUnavailable
from gateway.store.databases.options import StoreOptions
from gateway.store.upkeep.health import why_not_ready

STANDARD_INPUT = "-"
LINES = ".jsonl"
# One statement of a merge may work on many entries.
STATEMENT_TIMEOUT_MS = 600_000

Progress = Callable[[int, int | None], None]


def import_files(
    database_url: str,
    files: Sequence[str],
    *,
    person: int | None = None,
    service: int | None = None,
    replace: bool = False,
    dry_run: bool = False,
    progress: Progress = lambda _read, _all: None,
) -> ImportReport:
    """Import files into the store at an address; `-` is standard input. An empty database gets its tables.

    `progress` is called with (bytes read, bytes in all; None where standard input is among the files).

    Raises:
        ImportRefused: with every problem found; nothing was written.
        StoreFailure: the database cannot be opened or written.
    """
    return asyncio.run(
        _import_at(
            database_url,
            files,
            ImportOptions(now=system_clock(), person_id=person, service_id=service, replace=replace),
            dry_run=dry_run,
            progress=progress,
        )
    )


async def _import_at(
    database_url: str, files: Sequence[str], options: ImportOptions, *, dry_run: bool, progress: Progress
) -> ImportReport:
    async with _store(database_url, dry_run=dry_run) as database:
        return await import_into(database, files, options, dry_run=dry_run, progress=progress)


@asynccontextmanager
async def _store(database_url: str, *, dry_run: bool) -> AsyncIterator[Database]:
    """Open the store. One that is not there yet is made elsewhere, and put in its place when all is imported."""
    place = _absent_file(database_url)
    if place is None:
        async with _opened(database_url) as database:
            yield database
        return
    with _folder_beside(place, dry_run=dry_run) as folder:
        made = Path(folder) / "made.db"
        async with _opened(f"sqlite+aiosqlite:///{made}") as database:
            yield database
        if dry_run:
            return
        if not _is_absent(place):
            raise StoreUnavailable(f"{place} was made by somebody else meanwhile: import again.")
        made.replace(place)


def _folder_beside(place: Path, *, dry_run: bool) -> AbstractContextManager[str]:
    try:
        return tempfile.TemporaryDirectory(prefix=".gateway-import-", dir=None if dry_run else place.parent)
    except OSError as error:
        raise StoreUnavailable(f"The database file {str(place)!r} cannot be made: {error.strerror}.") from error


@asynccontextmanager
async def _opened(database_url: str) -> AsyncIterator[Database]:
    async with open_database(database_url, StoreOptions(statement_timeout_ms=STATEMENT_TIMEOUT_MS)) as database:
        await database.create_tables()
        reason = await why_not_ready(database)
        if reason is not None:
            raise StoreUnavailable(reason)
        yield database


def _absent_file(database_url: str) -> Path | None:
    """Return the file of a store that is not there yet, in a folder that is."""
    address = address_of(database_url)
    if address.get_backend_name() != "sqlite" or address.database in {None, "", ":memory:"}:
        return None
    file = Path(str(address.database))
    return file if file.parent.is_dir() and _is_absent(file) else None


def _is_absent(file: Path) -> bool:
    return not file.exists() or (file.is_file() and file.stat().st_size == 0)


async def import_into(
    database: Database,
    files: Sequence[str],
    options: ImportOptions,
    *,
    dry_run: bool = False,
    progress: Progress = lambda _read, _all: None,
) -> ImportReport:
    """Import files into a store that is open and has its tables.

    Raises:
        ImportRefused: with every problem found; nothing was written.
    """
    unknown: Counter[str] = Counter()

    def fill(intake: Intake) -> bool:
        reader = Reader(intake.problems)
        with _ended_by_ctrl_c():
            read_to_the_end = [
                _read_file(file, intake, reader, on_read) for file, on_read in _with_progress(files, progress)
            ]
        unknown.update(reader.unknown)
        return all(read_to_the_end)

    report = await import_records(database, fill, options, dry_run=dry_run)
    report.unknown = unknown
    return report


@contextmanager
def _ended_by_ctrl_c() -> Iterator[None]:
    """Let SIGINT end what reads: asyncio would only cancel the task, which waits for a file and would not notice."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _with_progress(files: Sequence[str], progress: Progress) -> list[tuple[str, Callable[[int], None]]]:
    paths = [Path(file) for file in files]
    is_known = STANDARD_INPUT not in files
    total = sum(path.stat().st_size for path in paths if path.is_file()) if is_known else None
    read = 0

    def on_read(count: int) -> None:
        nonlocal read
        read += count
        progress(read, total)

    return [(file, on_read) for file in files]


def _open(file: str) -> AbstractContextManager[BinaryIO]:
    return nullcontext(sys.stdin.buffer) if file == STANDARD_INPUT else Path(file).open("rb")


def _read_file(file: str, intake: Intake, reader: Reader, on_read: Callable[[int], None]) -> bool:
    """Take in all records of a file; tell whether it was read to the end of each document."""
    several = file == STANDARD_INPUT or file.endswith(LINES)
    name = "standard input" if file == STANDARD_INPUT else file
    try:
        with _open(file) as stream:
            return _read_documents(name, Scanner(stream, on_read), intake, reader, several=several)
    except OSError as error:
        intake.problems.add(Place(name, ""), f"a file that can be read was expected ({error.strerror})")
    except Malformed as malformed:
        _note(name, malformed, intake)
    return False


def _read_documents(name: str, scanner: Scanner, intake: Intake, reader: Reader, *, several: bool) -> bool:
    is_whole, count = True, 0
    for line, resources in scanner.documents(several=several):
        count += 1
        number = intake.next_document()
        where = f"{name}, line {line}" if several else name
        try:
            for pointer, value in resources:
                for record in reader.read(value, Place(where, pointer), number):
                    intake.add(record)
        except Malformed as malformed:
            _note(name, malformed, intake)
            is_whole = False
            if not several:
                break
            scanner.skip_line()
    if not count:
        intake.problems.add(Place(name, ""), "a JSON:API document was expected, and there is nothing")
    return is_whole and bool(count)


def _note(name: str, malformed: Malformed, intake: Intake) -> None:
    place = Place(f"{name}, line {malformed.line}, column {malformed.column}", "")
    intake.problems.add(place, malformed.expected)

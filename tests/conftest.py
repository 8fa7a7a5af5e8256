"""Both databases: a test that opens a store runs once on SQLite and once on PostgreSQL, where there is one.

A test opens a store when it, or a helper that its module imports, asks `tests.support.harness.stores` for an
address. The marker `sqlite_only` says that a test is about SQLite, or about what no database has a part in. Where
pytest-xdist runs the tests by several processes, the first one starts a server for all of them.
"""

import gc
import logging
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from functools import cache, partial
from pathlib import Path

import httpcore2
import hypothesis
import pytest
import pytest_asyncio
import structlog

from gateway.http.rate_limits import RateLimiter
from gateway.store.databases.database import Database, open_database
from tests.support.harness.postgres import VARIABLE, NoServer, Server
from tests.support.harness.stores import KINDS, POSTGRESQL, SQLITE, empty_store_url, store_url, stores
from tests.support.harness.waiting import TIMEOUT
from tests.support.random.examples import VARIABLE as EXAMPLES

FOLDERS = {"integration", "e2e", "conformance"}
OPENERS = {
    "store_url",
    "documented_ledger",
    "documented_store",
    "empty_store_url",
    "serving",
    "watched_office",
    "asking",
    "fuzzing",
    "make_store",
    "mirrored",
    "history",
}  # helpers that open a store
FIXTURES = {"url", "empty_url", "database", "emptied_database", "asked", "served"}
MEMORY, ROOM = Path("/dev/shm"), 4 << 30  # noqa: S108 - whose temporary files these are; ROOM in bytes
# By these a machine says that what is printed is for a terminal, or is not; typer looks at some where it is imported.
OF_TERMINALS = (
    *("CLICOLOR_FORCE", "COLORTERM", "FORCE_COLOR", "GITHUB_ACTIONS", "NO_COLOR", "PY_COLORS"),
    *("TERMINAL_WIDTH", "TTY_COMPATIBLE", "TTY_INTERACTIVE"),
)
_missing = pytest.StashKey[str]()
_end_with_kind = pytest.StashKey[Callable[[Callable[[], object]], None]]()

for _name in OF_TERMINALS:
    os.environ.pop(_name, None)

hypothesis.settings.register_profile(
    "by no chance",
    # An example may wait for a processor that the other processes keep busy; how long it takes is nobody's claim.
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
    # The suite tries the same examples each time; others are tried by scripts/soak/properties.py.
    derandomize=EXAMPLES not in os.environ,
)
hypothesis.settings.load_profile("by no chance")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "store_kind" in metafunc.fixturenames and _opens_a_store(metafunc):
        is_own = metafunc.definition.get_closest_marker("postgresql_only")
        metafunc.parametrize("store_kind", [POSTGRESQL] if is_own else KINDS, indirect=True, scope="module")


def _opens_a_store(metafunc: pytest.Metafunc) -> bool:
    if metafunc.definition.get_closest_marker("sqlite_only"):
        return False
    opens = bool(OPENERS & vars(metafunc.module).keys() or FIXTURES & set(metafunc.fixturenames))
    return opens and metafunc.definition.path.parent.name in FOLDERS


@pytest.fixture(scope="module", autouse=True)
def store_kind(request):
    """The kind of database that stores are made of."""
    request.config.stash[_end_with_kind] = request.addfinalizer
    kind = getattr(request, "param", SQLITE)
    if kind == POSTGRESQL:
        _require_server(request.config)
    stores.kind = kind
    yield kind
    stores.close()
    stores.kind = SQLITE


@pytest.hookimpl(tryfirst=True)
def pytest_fixture_setup(fixturedef, request):
    """End what lives as long as its module with the kind of the stores: it may have opened one."""
    is_ours = fixturedef.baseid.startswith("tests") and fixturedef.scope == "module"
    if is_ours and fixturedef.argname != "store_kind":
        request.config.stash[_end_with_kind](partial(fixturedef.finish, request=request))


@pytest.fixture
def url(tmp_path: Path) -> str:
    """The address of a store with its tables and no row; on a file, since readers and the writer connect apart."""
    return store_url(tmp_path)


@pytest.fixture
def empty_url(tmp_path: Path) -> str:
    """The address of a store without tables."""
    return empty_store_url(tmp_path)


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    async with open_database(url) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def database_of_the_module(
    tmp_path_factory: pytest.TempPathFactory, store_kind: str
) -> AsyncIterator[tuple[Database, str]]:
    """A database that a module's tests empty after each of them, and its address; they run in the module's loop."""
    del store_kind
    url = store_url(tmp_path_factory.mktemp("module"))
    async with open_database(url) as opened:
        yield opened, url


@pytest.fixture
def emptied_database(database_of_the_module: tuple[Database, str]) -> Iterator[Database]:
    """The module's database, empty."""
    opened, url = database_of_the_module
    yield opened
    stores.empty(url)


@pytest.fixture(scope="module", autouse=True)
def _no_machine_is_slow(request: pytest.FixtureRequest, store_kind: str) -> Iterator[None]:
    """Let no answer depend on how fast the machine is, unless a test itself sets the bound."""
    del store_kind
    with pytest.MonkeyPatch.context() as patch:
        if request.path.parent.name not in FOLDERS:
            yield
            return
        # Points come back as time passes; how many are left is exact while it stands still.
        patch.setattr("gateway.http.pipeline.RateLimiter", partial(RateLimiter, clock=lambda: 0.0))
        # What took long costs points for its time.
        for module in ("points", "requests"):
            patch.setattr(f"gateway.http.{module}.POINT_NS", 10**12)
        # A read that took longer is begun again, which shows in the number of its statements.
        patch.setattr("gateway.store.databases.postgresql.SHORT", TIMEOUT)
        yield


@pytest.fixture(scope="session", autouse=True)
def _authorities_are_read_once():
    """Spare clients the certificates of all authorities, which each reads for 6 ms, though few ask for https."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("httpcore2.default_ssl_context", cache(httpcore2.default_ssl_context))
        yield


@pytest.fixture(autouse=True)
def _fresh_stores():
    before = stores.count()
    yield
    stores.give_back(before)


@pytest.fixture(autouse=True)
def _logs_end_with_the_test():
    """A command that is run within the test has its log written to what it prints to, which is closed by now."""
    yield
    if structlog.is_configured():
        structlog.reset_defaults()
        for handler in logging.getLogger().handlers[:]:
            if isinstance(handler.formatter, structlog.stdlib.ProcessorFormatter):
                logging.getLogger().removeHandler(handler)


def _require_server(config: pytest.Config) -> None:
    _find_server(config)
    if stores.server is None:
        pytest.skip("no PostgreSQL")


def _find_server(config: pytest.Config) -> None:
    if stores.server is None and _missing not in config.stash:
        try:
            stores.server = Server.find()
        except NoServer as error:
            config.stash[_missing] = str(error)


def pytest_collection_finish() -> None:
    # What is there by now stays; the collector need not look at it again and again, which took an eighth of the time.
    gc.collect()
    gc.freeze()
    gc.enable()


def _keep_files_in_memory() -> None:
    """Have temporary files lie in memory where there is room, as a commit waits for a disk."""
    if "TMPDIR" in os.environ or not MEMORY.is_dir() or shutil.disk_usage(MEMORY).free < ROOM:
        return
    folder = MEMORY / f"gateway-tests-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    os.environ["TMPDIR"] = str(folder)  # of the processes that run the tests, and that tests start, too
    tempfile.tempdir = None  # what was found before


def pytest_configure(config: pytest.Config) -> None:
    gc.disable()  # nearly all that is made while tests are collected stays; looking at it took a quarter of that time
    _keep_files_in_memory()
    if config.getoption("numprocesses", None):  # None in the processes that run the tests
        _find_server(config)
        if stores.server is not None:
            os.environ[VARIABLE] = stores.server.address.render_as_string(hide_password=False)


def pytest_unconfigure() -> None:
    if stores.server is not None:
        stores.server.close()
        stores.server = None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if reason := config.stash.get(_missing, ""):
        terminalreporter.section("POSTGRESQL WAS NOT TESTED", red=True, bold=True)
        terminalreporter.write_line(f"{reason}. Name a server by GATEWAY_TEST_POSTGRES_URL, or run scripts/test.")
    elif stores.server is not None:
        terminalreporter.write_line(f"Tested on PostgreSQL {stores.server.version}, too.")

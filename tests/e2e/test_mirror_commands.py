"""`gateway mirror` as people run it: once, for ever, and what it says of itself."""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from gateway.cli import app
from gateway.mirror.clock import SystemClock
from gateway.store.databases.database import Connection, open_database
from gateway.store.mirror.accounts import find_account
from gateway.store.mirror.known import stored_among
from gateway.store.mirror.lease import holder_of, take_lease
from gateway.store.schema.entries import ENTRIES
from tests.support.harness.stores import empty_store_url, store_url
from tests.support.harness.waiting import TIMEOUT, eventually
from tests.support.upstream.accounts import ORGANIZATION, LiveAccount, live_account
from tests.support.upstream.mirrors import differences
from tests.support.worlds.office import entry

SECRET = "a-token-nobody-may-see"


def variables(account: LiveAccount, url: str, **more: object) -> dict[str, str]:
    settings = {"database_url": url, **account.settings(**more)}
    return {f"GATEWAY_{name.upper()}": str(value) for name, value in settings.items()}


async def run(environment: Mapping[str, str], *arguments: str) -> Result:
    """Run a command in a thread, as it has an event loop of its own."""
    return await asyncio.to_thread(CliRunner().invoke, app, ["mirror", *arguments], env=environment)


async def until(url: str, holds: Callable[[Connection], Awaitable[object]]) -> None:
    """Wait until something holds of a store that another process writes."""

    async def look() -> object:
        async with database.read(snapshot=True) as connection:
            return await holds(connection)

    async with open_database(url) as database:
        await eventually(look)


async def test_an_empty_folder_becomes_a_mirror(tmp_path):
    url = empty_store_url(tmp_path, "mirror.db")
    async with live_account(tmp_path, entry(1), entry(2), clock=SystemClock()) as account:
        environment = variables(account, url)

        first, status = await run(environment, "--once"), await run(environment, "status")
        swept = await run(environment, "--once", "--sweep")

        async with open_database(url) as database:
            assert await differences(database, account.database) == []
    assert (first.exit_code, status.exit_code, swept.exit_code) == (0, 0, 0), first.output + status.output
    assert first.output.endswith("The store has all that the account has.\n")
    assert "Nobody in Adria may approve anything: all are members." in first.output
    lines = status.output.splitlines()
    assert lines[0] == f"account       {account.url}, organization 1"
    assert any(line.startswith("reaches back  2016-10-01, which is all") for line in lines)
    assert any(line.split()[:2] == ["2016-10", "2"] for line in lines)


@pytest.mark.parametrize(("terminal", "shown"), [("1", True), ("0", False)])
async def test_a_first_load_shows_a_bar_on_a_terminal(tmp_path, terminal, shown):
    url = empty_store_url(tmp_path, "mirror.db")
    async with live_account(tmp_path, entry(1), entry(2), clock=SystemClock()) as account:
        done = await run(variables(account, url) | {"TTY_COMPATIBLE": terminal}, "--once")

    assert done.exit_code == 0, done.output
    assert ("2/2" in done.stderr and "Loading entries" in done.stderr) == shown
    assert "Loading entries" not in done.stdout


async def test_a_mirror_that_is_asked_to_end_gives_the_lease_back(start, tmp_path):
    url = empty_store_url(tmp_path, "mirror.db")
    async with live_account(tmp_path, entry(1), clock=SystemClock()) as account:
        environment = variables(account, url)
        await run(environment, "--once")
        started = start("mirror", **environment)
        await until(url, lambda connection: holder_of(connection, ORGANIZATION))

        started.send_signal(signal.SIGTERM)
        code = await asyncio.to_thread(started.wait, TIMEOUT)

        async with open_database(url) as database:
            assert await database.write(lambda connection: take_lease(connection, ORGANIZATION, "another"))
    assert code == 0


async def test_a_first_load_that_is_asked_to_end_gives_the_lease_back_and_says_so(start, tmp_path):
    url = empty_store_url(tmp_path, "mirror.db")
    async with live_account(tmp_path, entry(1), clock=SystemClock()) as account:
        asked, is_over = asyncio.Event(), asyncio.Event()

        async def wait() -> None:
            asked.set()
            await is_over.wait()

        account.proxy.delay = wait
        started = start("mirror", "--once", **variables(account, url))
        await asyncio.wait_for(asked.wait(), TIMEOUT)

        started.send_signal(signal.SIGTERM)
        said = await asyncio.to_thread(started.stdout.read)
        is_over.set()

        async with open_database(url) as database:
            assert await database.write(lambda connection: take_lease(connection, ORGANIZATION, "another"))
    assert started.returncode == 1
    assert said.endswith("Stopped; what was read is kept, and the next one goes on from there.\n")


async def test_a_second_mirror_waits_for_the_first(start, tmp_path):
    url = empty_store_url(tmp_path, "mirror.db")
    async with live_account(tmp_path, entry(1), clock=SystemClock()) as account:
        environment = variables(account, url)
        await run(environment, "--once")
        async with open_database(url) as database:
            await database.write(lambda connection: take_lease(connection, ORGANIZATION, "the first one"))
        second = start("mirror", **environment)

        said = await asyncio.to_thread(second.stdout.readline)
        second.send_signal(signal.SIGTERM)
        await asyncio.to_thread(second.wait, TIMEOUT)

    assert said == "The account is mirrored by the first one; waiting for it to end.\n"


async def test_an_account_that_does_not_answer_is_told_and_kept_in_mind(tmp_path):
    url = empty_store_url(tmp_path, "mirror.db")
    async with live_account(tmp_path, entry(1), clock=SystemClock()) as account:
        environment = variables(account, url)
        await run(environment, "--once")

        result = await run({**environment, "GATEWAY_MIRROR_TOKEN": SECRET}, "--once")

        async with open_database(url) as database, database.read(snapshot=True) as connection:
            kept = await find_account(connection, ORGANIZATION)
    assert result.exit_code == 1
    assert kept is not None
    assert kept.problem is not None
    assert result.output == f"{kept.problem}\n"
    assert "does not know the token" in kept.problem
    assert SECRET not in result.output


async def test_a_store_mirrors_one_account(tmp_path):
    url = empty_store_url(tmp_path, "mirror.db")
    async with live_account(tmp_path, entry(1), clock=SystemClock()) as account:
        environment = variables(account, url)
        await run(environment, "--once")

        elsewhere = account.url.replace("127.0.0.1", "localhost")
        result = await run({**environment, "GATEWAY_MIRROR_URL": elsewhere}, "--once")

    assert result.exit_code == 1
    assert result.output == (
        f"The store mirrors {account.url}, and GATEWAY_MIRROR_URL names another account: "
        "mirror it into another store.\n"
    )


async def test_a_store_that_mirrored_nothing_yet_is_told_by_status(tmp_path):
    url = store_url(tmp_path)
    async with live_account(tmp_path, entry(1), clock=SystemClock()) as account:
        result = await run(variables(account, url), "status")

    assert result.exit_code == 1
    assert result.output == "account       Nothing was mirrored yet: run `gateway mirror`.\n"


async def test_a_gateway_that_serves_mirrors_beside_it_until_it_ends(tmp_path):
    url = empty_store_url(tmp_path, "mirror.db")
    async with live_account(tmp_path, entry(1), entry(2), clock=SystemClock()) as account:
        environment = variables(account, url)
        await run(environment, "--once")
        serving = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "gateway", "serve", "--port", "0", "--mirror"),
            env={**os.environ, **environment},
            cwd=Path(__file__).parents[2],
        )
        await account.ask("DELETE", "time_entries/2")

        async def is_gone(connection) -> bool:
            return not await stored_among(connection, ORGANIZATION, ENTRIES, [2])

        await until(url, is_gone)
        serving.kill()  # the mirror ends by itself, and gives its lease back
        await serving.wait()

        async def is_free(connection) -> bool:
            return await holder_of(connection, ORGANIZATION) is None

        await until(url, is_free)

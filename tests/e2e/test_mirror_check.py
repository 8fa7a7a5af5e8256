"""`gateway mirror check`: what an account has and lacks, said in a line each, and by the exit code."""

import asyncio
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from gateway.cli import app
from gateway.mirror.clock import SystemClock
from gateway.mirror.upstream.budget import Limiter, StoredState, budget_of
from gateway.mirror.upstream.capabilities import Capabilities
from gateway.mirror.upstream.errors import UpstreamError
from gateway.store.databases.database import open_database
from gateway.store.mirror.accounts import Account, add_account, find_account
from tests.support.harness.stores import store_url
from tests.support.upstream.accounts import LiveAccount, live_account
from tests.support.upstream.impostors import answer, impostor
from tests.support.upstream.mirrors import mirroring
from tests.support.upstream.proxies import Plan
from tests.support.worlds.office import MEMBER, STRANGER, entry

TOKEN = "a-token-nobody-may-see"
WITHOUT_A_STORE = pytest.mark.sqlite_only  # an account is asked, and nothing is kept


async def run(monkeypatch, tmp_path: Path, **settings: object) -> Result:
    """Run the command in a thread, as it has an event loop of its own."""
    for name, value in {"database_url": f"sqlite+aiosqlite:///{tmp_path}/none.db", **settings}.items():
        monkeypatch.setenv(f"GATEWAY_{name.upper()}", str(value))
    return await asyncio.to_thread(CliRunner().invoke, app, ["mirror", "check"])


def lines(result: Result) -> dict[str, tuple[str, str]]:
    """Return state and sentence by fact."""
    found = [re.split(r"  +", line, maxsplit=2) for line in result.output.splitlines()[:-1]]
    return {fact: (state, sentence) for state, fact, sentence in found}


async def checked(monkeypatch, tmp_path, plan: Plan | None = None, **settings: object) -> tuple[Result, LiveAccount]:
    async with live_account(tmp_path, *(entry(number) for number in range(1, 4)), clock=SystemClock()) as account:
        account.proxy.plan = plan or Plan()
        return await run(monkeypatch, tmp_path, **account.settings(**settings)), account


@WITHOUT_A_STORE
async def test_an_account_that_has_everything_ends_with_0(monkeypatch, tmp_path) -> None:
    result, account = await checked(monkeypatch, tmp_path)

    assert result.exit_code == 0, result.output
    assert result.output.endswith("The account can be mirrored, with all that it could have.\n")
    found = lines(result)
    assert {state for state, _ in found.values()} == {"ok"}
    assert found["organization"] == ("ok", f"{account.url} shows it.")
    assert found["entries"] == ("ok", "There are 3, which can be ordered by updated_at.")
    assert found["attributes"] == ("ok", "All 39 are shown.")
    assert found["people"] == ("ok", "5.")
    assert found["POST timers"] == ("ok", "The call is there.")
    assert len(account.proxy.sent) <= 35
    assert account.proxy.passed == []


@WITHOUT_A_STORE
@pytest.mark.parametrize(
    ("plan", "fact", "sentence"),
    [
        (Plan(cursors=False), "cursors", "There are pages by number alone"),
        (Plan(versions=404), "versions", "Sweeps alone find deletions, and nobody is named for them"),
        (Plan(versions=403), "versions", "Sweeps alone find deletions, and nobody is named for them"),
        (Plan(timers=False), "POST timers", "Timers are refused. The call is not there"),
        (Plan(timesheets=False), "POST timesheets", "Days can be neither submitted nor taken back. The call is not"),
        (Plan(instants=False), "filter by instant", "filter[updated_at] looks at the date alone"),
        (
            Plan(unknown_includes=frozenset({"approval_statuses"})),
            "what entries point to",
            "It cannot be included: approval_statuses.",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and " " not in value else "",
)  # fmt: skip
async def test_an_account_that_lacks_something_ends_with_3_and_says_what(monkeypatch, tmp_path, plan, fact, sentence):
    result, _ = await checked(monkeypatch, tmp_path, plan)

    assert result.exit_code == 3, result.output
    found = lines(result)
    assert {name for name, (state, _) in found.items() if state != "ok"} == {fact}
    assert found[fact][0] == "lacks"
    assert found[fact][1].startswith(sentence)
    assert result.output.endswith("The account can be mirrored, without what it lacks.\n")


@pytest.mark.parametrize(
    ("plan", "code"),
    [
        (Plan(), 0),
        (Plan(cursors=False, versions=404, instants=False, timers=False, timesheets=False), 3),
        (Plan(unknown_includes=frozenset({"approval_statuses", "timesheet", "creator"})), 3),
        (Plan(unknown_includes=frozenset({"person"})), 1),
        (Plan(dates=False), 1),
    ],
    ids=["whole", "poor", "includes", "no person", "no date"],
)
async def test_an_account_is_mirrored_if_and_only_if_it_was_said_to_be(monkeypatch, tmp_path, plan, code):
    async with live_account(tmp_path, *map(entry, range(1, 4)), clock=SystemClock()) as account:
        account.proxy.plan = plan
        result = await run(monkeypatch, tmp_path, **account.settings())
        async with open_database(store_url(tmp_path, "mirror.db")) as database, mirroring(account, database) as mirror:
            try:
                is_mirrored = (await mirror.once()).is_nothing
            except UpstreamError:
                is_mirrored = False

    assert (result.exit_code, is_mirrored) == (code, code != 1), result.output


@WITHOUT_A_STORE
async def test_answers_with_dashes_numbers_and_unknown_attributes_are_as_good(monkeypatch, tmp_path) -> None:
    result, _ = await checked(monkeypatch, tmp_path, Plan(dashes=True))

    assert result.exit_code == 0, result.output


@WITHOUT_A_STORE
async def test_a_token_that_sees_no_costs_is_told_by_what_is_hidden(monkeypatch, tmp_path) -> None:
    async with live_account(tmp_path, entry(1, person_id=MEMBER), clock=SystemClock()) as account:
        result = await run(monkeypatch, tmp_path, **account.settings(mirror_token=account.tokens[MEMBER]))

    assert result.exit_code == 3, result.output
    found = lines(result)
    assert found["salaries"] == (
        "lacks",
        f"They stay unknown: {account.url}/salaries may not be asked with this token: Only an admin may read salaries.",
    )


@WITHOUT_A_STORE
@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (lambda _: {"mirror_token": TOKEN}, "does not know the token"),
        (lambda _: {"mirror_organization_id": 2}, "may not be asked with this token"),
        (lambda account: {"mirror_token": account.tokens[STRANGER]}, "may not be asked with this token"),
        (lambda _: {"mirror_url": "http://127.0.0.1:9/api/v2"}, "http://127.0.0.1:9/api/v2 cannot be reached"),
        (
            lambda account: {"mirror_url": account.url.removesuffix("/api/v2")},
            "is not there: it does not say why. Is GATEWAY_MIRROR_URL the address of the API, with its path?",
        ),
    ],
    ids=["token", "organization", "stranger", "unreachable", "path"],
)
async def test_an_account_that_cannot_be_asked_ends_with_1_and_one_sentence(monkeypatch, tmp_path, settings, sentence):
    async with live_account(tmp_path, entry(1), clock=SystemClock()) as account:
        result = await run(monkeypatch, tmp_path, **account.settings(**settings(account)))

    assert result.exit_code == 1, result.output
    [line, end] = result.output.splitlines()
    assert line.startswith("FAILS  organization ")
    assert sentence in line
    assert end == "The account cannot be mirrored."
    assert TOKEN not in result.output
    assert account.tokens[1] not in result.output


@WITHOUT_A_STORE
@pytest.mark.parametrize(
    ("reply", "sentence"),
    [
        (answer(200, body=b"<html></html>", media_type="text/html"), "answers text/html in place of JSON"),
        (answer(200, body=b" " * 30_000_000), "answers more than 20 MB, which no page has."),
        (answer(301, location="https://elsewhere.example"), "leads to another address (status 301)"),
        (b"SSH-2.0-OpenSSH\r\n", "was not read: the connection was lost"),
        (answer(200, {"data": []}), "The token does not show organization 1: is GATEWAY_MIRROR_ORGANIZATION_ID right?"),
    ],
    ids=["html", "long", "redirect", "no http", "no organization"],
)
async def test_an_impostor_ends_with_1_and_one_sentence(monkeypatch, tmp_path, reply, sentence) -> None:
    async with impostor(lambda _: reply) as server:
        result = await run(monkeypatch, tmp_path, mirror_url=server.url, mirror_token=TOKEN, mirror_organization_id=1)

    assert result.exit_code == 1
    assert sentence in result.output
    assert len(result.output.splitlines()) == 2
    assert TOKEN not in result.output


@WITHOUT_A_STORE
@pytest.mark.parametrize(
    ("settings", "code", "sentence"),
    [
        ({}, 1, "No account is mirrored: set GATEWAY_MIRROR_URL."),
        ({"mirror_url": "http://api.example/api/v2"}, 2, "GATEWAY_MIRROR_URL"),
        ({"mirror_url": "https://me:secret@api.example/api/v2"}, 2, "GATEWAY_MIRROR_URL"),
    ],
)
async def test_settings_that_cannot_be_right_are_refused_before_anything_is_asked(
    monkeypatch, tmp_path, settings, code, sentence
) -> None:
    result = await run(monkeypatch, tmp_path, **settings)

    assert result.exit_code == code
    assert sentence in result.output
    assert len(result.output.splitlines()) == 1


async def test_what_is_found_is_kept_for_an_account_that_is_mirrored_and_its_budget_is_shared(
    monkeypatch, tmp_path
) -> None:
    url = store_url(tmp_path)
    async with open_database(url) as database:
        await database.write(lambda one: add_account(one, Account(organization_id=1, url="u", started_at=0)))
    result, account = await checked(monkeypatch, tmp_path, Plan(timers=False, versions=404), database_url=url)

    async with open_database(url) as database, database.read(snapshot=False) as connection:
        kept = await find_account(connection, 1)
        used, _ = await Limiter(budget_of([(4_000, 1_800)]), StoredState(database, 1), SystemClock()).use()

    assert result.exit_code == 3
    assert used[0].mirror + used[0].people == len(account.proxy.sent)
    assert kept is not None
    assert Capabilities.read(kept.capabilities) == Capabilities(
        versions=False, cursors=True, bulk=True, timers=False, timesheets=True
    )


def test_before_anybody_looked_no_optional_write_is_taken_to_be_there() -> None:
    assert Capabilities.read(None) == Capabilities(
        versions=True, cursors=True, bulk=False, timers=False, timesheets=False
    )

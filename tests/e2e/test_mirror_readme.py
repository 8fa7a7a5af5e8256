"""The README's way from an empty folder to a mirrored account, command by command, against an account of the tests."""

import asyncio
import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.mirror.clock import SystemClock
from tests.support.harness.waiting import TIMEOUT, eventually
from tests.support.upstream.accounts import LiveAccount, live_account
from tests.support.worlds.office import ADMIN, entry

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
SECTION = README.partition("## A live account")[2].partition("\n## ")[0]
ASKED = "{ timeEntries { nodes { id note } } }"

pytestmark = pytest.mark.sqlite_only


def commands() -> list[list[str]]:
    """The commands that the section shows, without comments; its person is the office's admin."""
    [block] = re.findall(r"^```sh\n(.*?)^```$", SECTION, re.MULTILINE | re.DOTALL)
    lines = [shlex.split(line, comments=True) for line in block.splitlines()]
    assert all(words[0] == "gateway" for words in lines)
    return [[str(ADMIN) if word == "4" else word for word in words[1:]] for words in lines]


def variables(account: LiveAccount, folder: Path) -> dict[str, str]:
    """The three variables that the section names, and what keeps the test's requests within the account's budget."""
    settings = {f"GATEWAY_{name.upper()}": str(value) for name, value in account.settings().items()}
    token = folder / "token"
    token.write_text(settings.pop("GATEWAY_MIRROR_TOKEN"))
    named = {
        "GATEWAY_MIRROR_URL",
        "GATEWAY_MIRROR_TOKEN_FILE",
        "GATEWAY_MIRROR_ORGANIZATION_ID",
        "GATEWAY_MIRROR_BUDGET",
    }
    given = settings | {"GATEWAY_MIRROR_TOKEN_FILE": str(token)}
    assert given.keys() == named
    assert all(f"`{name}`" in SECTION for name in named)
    return given


def address_of(serving: subprocess.Popen[str]) -> str:
    """Return the address that a server prints once it answers."""
    assert serving.stdout is not None
    for line in serving.stdout:
        if found := re.search(r"http://\S+(?=/graphql)", line):
            return found[0]
    pytest.fail("it printed no address")


async def answered(client: httpx.AsyncClient, note: str) -> Any:
    """Ask until the one entry has a note; return the answer's extensions."""
    wanted = {"timeEntries": {"nodes": [{"id": "TimeEntry:325", "note": note}]}}

    async def look() -> Any:
        answer = (await client.post("/graphql", json={"query": ASKED})).json()
        return answer["extensions"] if answer.get("data") == wanted else None

    return await eventually(look)


async def test_four_commands_make_a_mirrored_account_of_an_empty_folder(start, tmp_path):
    load, role, token, serve = commands()
    async with live_account(tmp_path, entry(325, note="A review"), clock=SystemClock()) as account:
        folder = tmp_path / "account"
        folder.mkdir()
        environment = variables(account, folder)

        async def run(*words: str) -> str:
            process = start(*words, **environment)
            printed = await asyncio.to_thread(process.stdout.read)
            assert await asyncio.to_thread(process.wait) == 0, printed
            return str(printed)

        loaded = await run(*load)
        await run(*role)
        [secret] = re.findall(r"teg_\S+", await run(*token))
        serving = start(*serve, "--port", "0", **environment)
        address = await asyncio.wait_for(asyncio.to_thread(address_of, serving), TIMEOUT)
        async with httpx.AsyncClient(
            base_url=address, headers={"authorization": f"Bearer {secret}"}, timeout=TIMEOUT
        ) as client:
            before = await answered(client, "A review")
            note = {"data": {"type": "time_entries", "attributes": {"note": "Another review"}}}
            await account.ask("PATCH", "time_entries/325", note)
            after = await answered(client, "Another review")
            ready = await client.get("/readyz")
        serving.terminate()
        ended = await asyncio.to_thread(serving.wait, TIMEOUT)

    assert loaded.endswith("The store has all that the account has.\n")
    assert before["mirror"]["complete"] is True
    # It is read once a second, so it may be older than the data, and never newer.
    assert after["mirror"]["syncedTo"] >= before["mirror"]["syncedTo"]
    assert ready.status_code == 200
    assert ended == 0

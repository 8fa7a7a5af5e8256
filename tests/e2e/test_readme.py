"""The README: each query that it shows is run in its order, on the demo that it names, and answered as it shows."""

import asyncio
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import httpx
import pytest

from gateway.documents.registry import BETWEEN_LOOKS
from tests.support.harness.serving import serving
from tests.support.harness.waiting import TIMEOUT
from tests.support.harness.watching import watched_office
from tests.support.worlds.office import entry

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
DEMO = re.search(r"gateway (demo --until [0-9-]+)", README)
BLOCK = re.compile(r"^```(graphql|json variables|json)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SHELL = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LEFT_OUT = "..."

pytestmark = pytest.mark.sqlite_only


def exchanges_of(text):
    """Return (query, variables, answer) of each query that a text shows."""
    shown = []
    for kind, block in BLOCK.findall(text):
        if kind == "graphql":
            shown.append([block, {}, None])
        elif kind == "json variables":
            shown[-1][1] = json.loads(block)
        else:
            shown[-1][2] = json.loads(block)
    return shown


def fits(shown, answer):
    """Tell whether an answer is as shown: `...` stands for any value or text, at the end of a list for the rest."""
    if shown == LEFT_OUT:
        return True
    if isinstance(shown, dict) and isinstance(answer, dict):
        return shown.keys() == answer.keys() and all(fits(shown[name], answer[name]) for name in shown)
    if isinstance(shown, list):
        if not isinstance(answer, list):
            return False
        if shown and shown[-1] == LEFT_OUT:
            shown, answer = shown[:-1], answer[: len(shown) - 1]
        return len(shown) == len(answer) and all(map(fits, shown, answer))
    if isinstance(shown, str) and LEFT_OUT in shown:
        return isinstance(answer, str) and bool(re.fullmatch(".+".join(map(re.escape, shown.split(LEFT_OUT))), answer))
    return type(shown) is type(answer) and shown == answer


@pytest.mark.parametrize(
    ("shown", "answer", "expected"),
    [
        ({"a": 1}, {"a": 1, "b": 2}, False),
        ({"a": 1}, {"a": True}, False),
        ({"a": "..."}, {"a": [1]}, True),
        ([1, "..."], [1, 2, 3], True),
        ([1, "..."], [2, 2, 3], False),
        ([1], [1, 2], False),
        ("on ...; undo", "on Monday; undo", True),
        ("on ...; undo", "on Monday; redo", False),
    ],
)
def test_what_is_left_out_is_the_only_difference(shown, answer, expected):
    assert fits(shown, answer) is expected


@pytest.fixture
def demo(start):
    """The address of the demo that the README names, and the first admin's token."""
    assert DEMO
    process = start(*DEMO[1].split(), "--port", "0")
    printed = ""
    for line in process.stdout:
        printed += line
        if "Member" in line:
            break
    return re.findall(r"(http\S+)/graphql#token=(\S+)", printed)[0]


def test_each_query_of_the_readme_is_answered_as_it_shows(demo):
    url, token = demo

    with httpx.Client(headers={"Authorization": f"Bearer {token}"}, timeout=TIMEOUT) as client:
        for query, variables, shown in exchanges_of(README):
            answer = client.post(f"{url}/graphql", json={"query": query, "variables": variables}).json()
            if "extensions" not in shown:
                answer.pop("extensions", None)  # the cost, which is shown once

            assert fits(shown, answer), json.dumps(answer, ensure_ascii=False, indent=2)


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl")
def test_each_call_of_the_documented_api_that_the_readme_shows_succeeds(demo, tmp_path):
    url, token = demo
    calls = "".join(block for block in SHELL.findall(README) if "/api/v2/" in block and block.startswith("curl"))
    strict = 'set -e; curl() { command curl --silent --show-error --fail "$@"; }\n'

    done = subprocess.run(
        ["bash", "-c", strict + calls.replace("http://127.0.0.1:8000", url)],
        check=False,
        cwd=tmp_path,
        env={**os.environ, "TOKEN": token},
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
    )

    assert done.stderr == ""
    assert done.returncode == 0
    assert calls.count("curl ") >= 6
    assert (tmp_path / "july.csv").read_text(encoding="utf-8").count("2025-07-") > 10


async def test_the_trusted_document_of_the_readme_is_added_asked_for_and_known(gateway, tmp_path):
    section = README.partition("## Trusted documents")[2].partition("\n## ")[0]
    document, _, shown = exchanges_of(section)[0]
    [path] = re.findall(r"'http://127.0.0.1:8000(/graphql\S+)'", section)
    [added] = re.findall(r"gateway (documents add \S+)", section)
    (tmp_path / "me.graphql").write_text(document)

    async with serving(tmp_path, documents="trusted") as served:
        url = f"sqlite+aiosqlite:///{tmp_path}/gateway.db"
        done = await asyncio.to_thread(gateway, *added.split(), GATEWAY_DATABASE_URL=url)
        await asyncio.sleep(BETWEEN_LOOKS)
        first = await served.client.get(path, headers=served.bearer())
        known = {**served.bearer(), "if-none-match": first.headers["etag"]}
        again = await served.client.get(path, headers=known)
        text = await served.post(document)

    assert done.exit_code == 0
    assert fits(shown["data"], first.json()["data"])
    assert (first.status_code, again.status_code, text.status_code) == (200, 304, 400)


async def test_the_subscription_of_the_readme_is_answered_as_it_shows_and_goes_on(tmp_path):
    section = README.partition("## Live updates")[2].partition("\n## ")[0]
    first, second = (json.loads(body)["query"] for body in re.findall(r"-d '(.+)'", section))
    [again] = re.findall(r"-H 'Last-Event-ID: (\d+)'", section)
    [shown] = re.findall(r"^```text\n(.*?)```$", section, re.MULTILINE | re.DOTALL)

    async with watched_office(tmp_path, entry(225, note="A review")) as office:
        async with office.watch(query=first) as stream:
            begin = await stream.any()
            await office.note(225, "Code review")
            event = await stream.any()
        await office.note(225, "Another review")
        async with office.watch(query=second, headers={"last-event-id": again}) as stream:
            later = await stream.next()

    data = json.dumps(event.data, separators=(",", ":"))
    assert shown == f"id: {begin.id}\n\nid: {event.id}\nevent: {event.name}\ndata: {data}\n"
    assert (later.id, later.payload["timeEntry"]) == ("2", {"note": "Another review"})


def test_the_readme_shows_queries_with_variables_errors_and_mutations():
    shown = exchanges_of(README)

    assert [bool(variables) for _, variables, _ in shown].count(True) >= 1
    assert [query.split()[0] for query, _, _ in shown].count("mutation") >= 3
    assert all(answer for _, _, answer in shown)

"""The audits of the npm package graphql-http, run by the package itself against a served gateway."""

import asyncio
import json
import shutil
import tempfile
from pathlib import Path

import pytest

from tests.support.harness.serving import listening, serving

pytestmark = pytest.mark.sqlite_only  # what HTTP says does not depend on the database
PACKAGES = ("graphql-http@1.23.1", "graphql@16.11.0")
INSTALLED = Path(__file__).parents[2] / "build" / "graphql-http-1.23.1"
TIMEOUT = 120  # seconds
AUDITS = {
    "MUST": "4655 82A3 BF61 78D5 2C94 03D4 13EE B8B3 0220 0221 0222 28B9 1B7A",
    "SHOULD": (
        "22EB 47DE 80D8 9ABE 34A2 8161 94B0 94B1 94B2 2EA1 428F BCF8 B7N8 572B FDE2 7B9B 865D 556A D586 51FE 74FF 5E5B "
        "86EE"
    ),
    "MAY": (
        "5A70 9C48 A5BF 423L LKJ0 LKJ1 LKJ2 LKJ3 6C00 6C01 6C02 6C03 4760 4761 4762 4763 D6D5 6A70 58B0 58B1 58B2 58B3 "
        "B6DC 8764 3E3A"
    ),
}
RUN = """
import { auditServer } from "graphql-http";
const [url, token] = process.argv.slice(1);
const fetchFn = (address, init = {}) =>
  fetch(address, { ...init, headers: { ...init.headers, authorization: `Bearer ${token}` } });
const results = await auditServer({ url, fetchFn });
console.log(JSON.stringify(results.map(({ id, name, status, reason }) => ({ id, name, status, reason }))));
"""


@pytest.fixture(scope="session")
def node(tell):
    """Node and the package; where there is none, the audits are skipped, and a line at the end says so."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        tell("graphql-http: NOT AUDITED, there is no Node here.")
        pytest.skip("there is no Node here to run the audits of graphql-http with")
    return node, npm


async def run(*command, cwd):
    """Run a command and return what it prints."""
    process = await asyncio.create_subprocess_exec(
        *command, cwd=cwd, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(TIMEOUT):
        printed, complaints = await process.communicate()
    assert process.returncode == 0, complaints.decode()
    return printed.decode()


async def install(npm):
    """Install the package once, wholly or not at all."""
    if INSTALLED.exists():
        return
    INSTALLED.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=INSTALLED.parent) as folder:
        work = Path(folder) / "audit"
        work.mkdir()
        (work / "package.json").write_text('{"private": true}', encoding="utf-8")
        await run(npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", *PACKAGES, cwd=work)
        work.rename(INSTALLED)


async def test_all_61_audits_of_graphql_http_pass(node, tell, tmp_path):
    program, npm = node
    await install(npm)

    async with serving(tmp_path) as served, listening(served.app) as address:
        printed = await run(
            program, "--input-type=module", "-e", RUN, f"{address}/graphql", served.tokens["admin"], cwd=INSTALLED
        )

    results = json.loads(printed)
    passed = [result["id"] for result in results if result["status"] == "ok"]
    tell(f"graphql-http 1.23.1: {len(passed)} of {len(results)} audits pass.")
    assert [result for result in results if result["status"] != "ok"] == []
    for level, ids in AUDITS.items():
        assert sorted(result["id"] for result in results if result["name"].startswith(level)) == sorted(ids.split())

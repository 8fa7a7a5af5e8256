"""Sends what the OpenAPI document allows, by `scripts/soak/schemathesis.py [--examples 200] [--seed 1] [--short]`.

No request under /api/v2 may cause a fault of the gateway or be answered by what the document denies. `--short` sends
a few for each call.
"""

import argparse
import asyncio
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from gateway.store.databases.database import Connection, open_database
from gateway.store.tokens import create_token
from tests.support.harness.asking import NOW
from tests.support.harness.processes import served
from tests.support.harness.waiting import TIMEOUT
from tests.support.worlds.ledger import ADMIN, fill, make_ledger

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
SHORT_EXAMPLES = 4


async def make_store(url: str) -> str:
    """Fill a store and return a token of an admin."""

    async def token(connection: Connection) -> str:
        return await create_token(connection, person_id=ADMIN, name="soak", now=NOW)

    async with open_database(url) as database:
        await fill(database, make_ledger(seed=19, entries=200))
        return await database.write(token)


def run(folder: str, asked: argparse.Namespace) -> int:
    """Serve a store and have schemathesis ask; return its exit code."""
    url = f"sqlite+aiosqlite:///{folder}/gateway.db"
    token = asyncio.run(make_store(url))
    with served(url, GATEWAY_LOG_LEVEL="error") as (_, address):
        command = [str(Path(sys.executable).with_name("schemathesis")), "run", f"{address}/api/v2/openapi.json"]
        command += ["--header", f"X-Auth-Token: {token}", "--checks", CHECKS, "--no-color"]
        command += ["--generation-database=none", "--max-examples", str(asked.examples), "--seed", str(asked.seed)]
        command += ["--phases=examples,fuzzing", "--request-timeout", str(TIMEOUT)]
        command += ["--suppress-health-check=too_slow"]  # which a busy machine is
        return subprocess.run(command, check=False, cwd=folder).returncode  # noqa: S603 - put together above


def main() -> None:
    """End with 1 where something was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, count in (("examples", 200), ("seed", 1)):
        parser.add_argument(f"--{name}", type=int, default=count)
    parser.add_argument("--short", action="store_true")
    asked = parser.parse_args()
    if asked.short:
        asked.examples = SHORT_EXAMPLES
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        sys.exit(run(folder, asked))


if __name__ == "__main__":
    main()

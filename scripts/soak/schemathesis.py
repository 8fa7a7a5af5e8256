"""Sends what the OpenAPI document allows, by `scripts/soak/schemathesis.py [--examples 200] [--seed 1] [--short]`.

No request under /api/v2 may cause a fault of the gateway or be answered by what the document denies. `--short` sends
a few for each call.
"""

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx

sys.path.insert(0, str(Path(__file__).parents[2]))

from gateway.store.databases.database import Connection, open_database
from gateway.store.tokens import create_token
from tests.support.harness.asking import NOW
from tests.support.worlds.ledger import ADMIN, fill, make_ledger

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
SHORT_EXAMPLES = 4
TIMEOUT = 30  # seconds for the server to answer


async def make_store(url: str) -> str:
    """Fill a store and return a token of an admin."""

    async def token(connection: Connection) -> str:
        return await create_token(connection, person_id=ADMIN, name="soak", now=NOW)

    async with open_database(url) as database:
        await fill(database, make_ledger(seed=19, entries=200))
        return await database.write(token)


def wait_for(url: str) -> None:
    """Wait until the server answers."""
    until = time.monotonic() + TIMEOUT
    while True:
        try:
            httpx.get(url)
        except httpx.TransportError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)
        else:
            return


def run(folder: str, asked: argparse.Namespace) -> int:
    """Serve a store and have schemathesis ask; return its exit code."""
    database_url = f"sqlite+aiosqlite:///{folder}/gateway.db"
    token = asyncio.run(make_store(database_url))
    environment = {
        **os.environ,
        "GATEWAY_DATABASE_URL": database_url,
        "GATEWAY_PORT": str(asked.port),
        "GATEWAY_LOG_LEVEL": "error",
    }
    server = subprocess.Popen([sys.executable, "-m", "gateway", "serve"], env=environment)
    try:
        address = f"http://127.0.0.1:{asked.port}"
        wait_for(f"{address}/healthz")
        command = [str(Path(sys.executable).with_name("schemathesis")), "run", f"{address}/api/v2/openapi.json"]
        command += [
            "--header",
            f"X-Auth-Token: {token}",
            "--checks",
            CHECKS,
            "--no-color",
            "--generation-database=none",
        ]
        command += ["--max-examples", str(asked.examples), "--seed", str(asked.seed), "--phases=examples,fuzzing"]
        return subprocess.run(command, check=False, cwd=folder).returncode  # noqa: S603 - put together above
    finally:
        server.terminate()
        server.wait()


def main() -> None:
    """End with 1 where something was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, count in (("examples", 200), ("seed", 1), ("port", 8765)):
        parser.add_argument(f"--{name}", type=int, default=count)
    parser.add_argument("--short", action="store_true")
    asked = parser.parse_args()
    if asked.short:
        asked.examples = SHORT_EXAMPLES
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        sys.exit(run(folder, asked))


if __name__ == "__main__":
    main()

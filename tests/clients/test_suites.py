"""The clients that are made for JavaScript: each suite runs in Node against a gateway of its own."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.harness.processes import demo

HERE = Path(__file__).parent
SUITES = sorted(path.name for path in (HERE / "suites").glob("*.test.mjs"))
MANIFESTS = {"codegen.test.mjs": "build/gql/persisted-documents.json", "relay.test.mjs": "build/relay.documents.json"}
LONGEST = 600  # seconds for a program that may have much to compile
pytestmark = [pytest.mark.clients, pytest.mark.timeout(2 * LONGEST)]


def run(*command, **environment):
    """Run a program in the folder of the clients; fail with all that it prints."""
    ran = subprocess.run(
        command,
        cwd=HERE,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=LONGEST,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.fixture(scope="session")
def node():
    """Node, with the packages of the clients; where they are not there, scripts/test-clients has said so."""
    program = shutil.which("node")
    if program is None or not (HERE / "node_modules").exists():
        pytest.skip("there is no Node here, or the clients are not installed: run scripts/test-clients")
    return program


@pytest.fixture(scope="session")
def compiled(node):  # noqa: ARG001  (skips where there is none)
    """What the code generators of Relay and GraphQL make of our schema; TypeScript at its strictest takes it."""
    run("npm", "run", "compile", "--silent")


@pytest.mark.usefixtures("node")
def test_the_linters_of_schemas_and_operations_find_nothing():
    run("npm", "run", "lint", "--silent")


@pytest.mark.parametrize("suite", SUITES)
@pytest.mark.usefixtures("compiled")
def test_a_suite_passes(suite, node, tmp_path):
    settings = {"GATEWAY_DOCUMENTS_MANIFEST": str(HERE / MANIFESTS[suite])} if suite in MANIFESTS else {}

    with demo(tmp_path, **settings) as gateway:
        known = {"GATEWAY_ADDRESS": gateway.address, "GATEWAY_TOKENS": json.dumps(gateway.tokens)}
        run(node, "--test", "--test-force-exit", "--test-reporter=spec", f"suites/{suite}", **known)

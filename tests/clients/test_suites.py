"""The clients that are made for JavaScript: each suite runs in Node against a gateway of its own."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.harness.processes import demo

pytestmark = pytest.mark.clients
HERE = Path(__file__).parent
SUITES = sorted(path.name for path in (HERE / "suites").glob("*.test.mjs"))
TIMEOUT = 120  # seconds


@pytest.fixture(scope="session")
def node():
    """Node, with the packages of the clients; where they are not there, scripts/test-clients has said so."""
    program = shutil.which("node")
    if program is None or not (HERE / "node_modules").exists():
        pytest.skip("there is no Node here, or the clients are not installed: run scripts/test-clients")
    return program


@pytest.mark.parametrize("suite", SUITES)
def test_a_suite_passes(suite, node, tmp_path):
    with demo(tmp_path) as gateway:
        known = {"GATEWAY_ADDRESS": gateway.address, "GATEWAY_TOKENS": json.dumps(gateway.tokens)}
        ran = subprocess.run(
            [node, "--test", "--test-reporter=spec", f"suites/{suite}"],
            cwd=HERE,
            env=os.environ | known,
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
            check=False,
        )

    assert ran.returncode == 0, ran.stdout + ran.stderr

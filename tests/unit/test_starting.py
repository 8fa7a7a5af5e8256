"""What a command imports before it runs: half of a start goes to the schema and the application, which few need."""

import subprocess
import sys

from gateway.cli import COMMANDS

OF_FACES = {"documents", "explain", "export", "query", "schema"}  # read or print what a face knows
HEAVY = ("fastapi", "gateway.app", "gateway.graphql.schema", "graphql", "strawberry")
OF_FORWARDING = ("cryptography", "gateway.mirror.upstream.client", "httpx2")
IMPORTING = "import sys; [__import__(name) for name in sys.argv[1:]]; print(*sys.modules)"


def imported(*modules: str) -> set[str]:
    """Return all modules that are there when some were imported."""
    printed = subprocess.run([sys.executable, "-c", IMPORTING, *modules], check=True, capture_output=True, text=True)
    return set(printed.stdout.split())


def test_only_what_needs_the_schema_or_the_application_imports_them():
    modules = [f"gateway.commands.{module}" for name, (module, _) in COMMANDS.items() if name not in OF_FACES]

    found = imported(*modules)

    assert found >= {*modules, "gateway.serving.workers"}
    assert found.isdisjoint(HEAVY)


def test_only_a_gateway_that_forwards_writes_imports_a_client_and_ciphers():
    serving, forwarding = imported("gateway.commands.serve", "gateway.app"), imported("gateway.mirror.writes.opening")

    assert serving.isdisjoint(OF_FORWARDING)
    assert forwarding >= {*OF_FORWARDING}
